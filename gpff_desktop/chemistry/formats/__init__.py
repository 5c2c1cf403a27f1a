"""Reading and writing molecule files. One table says which suffix is read and written by what."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from uuid import uuid4

import numpy as np

from gpff_desktop.chemistry.formats import ase_database, mol2, npz, pdb, sdf, smiles, xyz
from gpff_desktop.chemistry.formats.common import (
    FormatError,
    Problem,
    ReadResult,
    Record,
    Step,
    file_start,
    greatest_force,
    is_periodic,
)
from gpff_desktop.chemistry.formats.sniff import sniff
from gpff_desktop.chemistry.formats.stream import Parser, RecordStream, text_steps
from gpff_desktop.structure import Structure

__all__ = [
    "FORMATS",
    "FileFormat",
    "FormatError",
    "Problem",
    "ReadResult",
    "Record",
    "RecordStream",
    "greatest_force",
    "is_periodic",
    "is_trajectory",
    "iterate_records",
    "iterate_structures",
    "open_records",
    "read_structures",
    "readable_suffixes",
    "writable_suffixes",
    "write_structures",
    "write_text",
]

Writer = Callable[[TextIO, Structure, int], None]


@dataclass(frozen=True)
class FileFormat:
    """One file format.

    Parameters
    ----------
    name
        What a file dialogue calls it.
    parse
        Yields the records of a text; `None` if the format is not text.
    steps
        Yields the records of a file that is not text, and how much of it has been read.
    write
        Appends one structure, which is the n-th, to an open file; `None` if the format is only read.
    single
        Whether a file holds one structure only.
    decimals
        Decimals of a coordinate in Å that a written file keeps; `None` if all are kept.
    keeps_positions, keeps_bonds, keeps_properties
        What of a structure a file can hold, beside elements and title.
    """

    name: str
    parse: Parser | None = None
    steps: Callable[[Path], Generator[Step, None, None]] | None = None
    write: Writer | None = None
    single: bool = False
    decimals: int | None = None
    keeps_positions: bool = True
    keeps_bonds: bool = False
    keeps_properties: bool = True

    def open(self, path: Path) -> RecordStream:
        """The records of a file of this format."""
        if self.parse:
            return RecordStream(text_steps(path, self.parse))
        assert self.steps is not None
        return RecordStream(self.steps(path))


FORMATS: dict[str, FileFormat] = {
    ".sdf": FileFormat("SDF", sdf.parse, write=sdf.write_sdf, decimals=4, keeps_bonds=True),
    ".mol": FileFormat("MOL", sdf.parse, write=sdf.write_mol, single=True, decimals=4, keeps_bonds=True),
    ".xyz": FileFormat("XYZ", xyz.parse, write=xyz.write),
    ".extxyz": FileFormat("Extended XYZ", xyz.parse, write=xyz.write),
    ".pdb": FileFormat("PDB", pdb.parse, write=pdb.write, decimals=3, keeps_bonds=True),
    ".smi": FileFormat("SMILES", smiles.parse, write=smiles.write, keeps_positions=False, keeps_properties=False),
    ".mol2": FileFormat("MOL2", mol2.parse),
    ".db": FileFormat("ASE database", steps=ase_database.steps),
    ".npz": FileFormat("Structure set", steps=npz.steps),
}


def readable_suffixes() -> list[str]:
    """Suffixes that can be read, such as `.sdf`."""
    return list(FORMATS)


def writable_suffixes() -> list[str]:
    """Suffixes that can be written."""
    return [suffix for suffix, entry in FORMATS.items() if entry.write]


def read_structures(path: Path | str) -> ReadResult:
    """Read a whole file: the good records, and what is wrong with the others.

    Raises
    ------
    FormatError
        If the suffix is unknown or not a single record can be read.
    """
    problems: list[Problem] = []
    structures = list(iterate_structures(path, problems.append))
    return ReadResult(structures, problems)


def iterate_structures(path: Path | str, on_problem: Callable[[Problem], object] | None = None) -> Iterator[Structure]:
    """Structures of a file, one at a time, so that a file larger than memory can be read.

    Parameters
    ----------
    path
        A file with a known suffix.
    on_problem
        Told of every record that cannot be read; such records are left out.

    Raises
    ------
    FormatError
        If the suffix is unknown or, at the end, not a single record could be read.
    """
    first_problem, opened = None, False
    for record in iterate_records(path):
        if isinstance(record, Structure):
            opened = True
            yield record
            continue
        first_problem = first_problem or record
        if on_problem:
            on_problem(record)
    if not opened:
        raise FormatError(_nothing_read(Path(path), first_problem))


def iterate_records(path: Path | str) -> Iterator[Record]:
    """Every record of a file in its order, as a `Structure` or the `Problem` with it.

    Raises
    ------
    FormatError
        If the suffix is unknown, the file cannot be opened or is plainly of another format.
    """
    with open_records(path) as records:
        yield from records


def open_records(path: Path | str) -> RecordStream:
    """Every record of a file, as `iterate_records`, with how much has been read; to be closed when done.

    The file itself is opened at the first record, so that a worker thread may be handed the stream.

    Raises
    ------
    FormatError
        If the suffix is unknown, the file cannot be opened or is plainly of another format.
    """
    path = Path(path)
    start = file_start(path)
    looks_like = sniff(start)
    entry = FORMATS.get(path.suffix.lower())
    if entry is None:
        hint = f"it {_rename(looks_like[0])}" if looks_like else f"known suffixes are {', '.join(readable_suffixes())}"
        raise FormatError(f"cannot read '{path.name}': {hint}")
    if looks_like and not any(_same_reader(FORMATS[suffix], entry) for suffix in looks_like):
        raise FormatError(f"'{path.name}' {_rename(looks_like[0])}")
    return entry.open(path)


def is_trajectory(structures: Sequence[Structure]) -> bool:
    """Whether structures are frames of one system: more than one, with the same atoms in the same order."""
    return len(structures) > 1 and all(np.array_equal(structures[0].numbers, one.numbers) for one in structures[1:])


def write_structures(
    path: Path | str,
    structures: Iterable[Structure],
    *,
    overwrite: bool = False,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Write structures to a file in the format of its suffix: all of them, or the file stays as it was.

    Parameters
    ----------
    path
        Where to; its folder must exist.
    structures
        What to write, at least one.
    overwrite
        Whether an existing file may be replaced.
    progress
        Told the number of structures written so far.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    FormatError
        If the suffix is unknown or read-only, the folder cannot be written, there is nothing to write, or the format
        has no room for one of the structures, which is named by its number.
    FileExistsError
        If the file exists and may not be replaced.
    """
    path = Path(path)
    try:
        entry = _writable(path)
        if path.exists() and not overwrite:
            raise FileExistsError(f"'{path}' exists already; use --force to replace it or choose another name")
        return _write_and_rename(path.resolve(), entry, structures, progress)
    except FileExistsError:
        raise
    except OSError as error:
        raise FormatError(f"cannot write '{path}' ({error.strerror or error}); choose another folder") from error


def write_text(
    file: TextIO,
    entry: FileFormat,
    structures: Iterable[Structure],
    progress: Callable[[int], object] | None = None,
) -> int:
    """Write structures to an open text file in a format, and return how many; raises as `write_structures` does."""
    count = 0
    for count, structure in enumerate(structures, start=1):
        _write_one(file, entry, structure, count)
        if progress:
            progress(count)
    if count == 0:
        raise FormatError("there are no structures to write")
    return count


def _write_and_rename(
    path: Path, entry: FileFormat, structures: Iterable[Structure], progress: Callable[[int], object] | None
) -> int:
    # Not made of the file's own name, which may be as long as a name can be.
    partial = path.with_name(f".{uuid4().hex}.partial")
    try:
        count = _write_all(partial, entry, structures, progress)
        os.replace(partial, path)
    finally:
        # What went wrong before is worth more to the user than what goes wrong in tidying up.
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return count


def _write_all(
    path: Path, entry: FileFormat, structures: Iterable[Structure], progress: Callable[[int], object] | None
) -> int:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        count = write_text(file, entry, structures, progress)
        # The new name must not become visible before the content, even if the power fails.
        file.flush()
        os.fsync(file.fileno())
    return count


def _write_one(file: TextIO, entry: FileFormat, structure: Structure, record: int) -> None:
    assert entry.write is not None
    if entry.single and record > 1:
        raise FormatError(f"a {entry.name} file can hold one structure only; write .sdf for several")
    if not len(structure):
        raise FormatError(f"structure {record} holds no atoms; add some or leave it out")
    try:
        entry.write(file, structure, record)
    except FormatError as error:
        raise FormatError(f"structure {record} cannot be written as {entry.name}: {error}") from error


def _writable(path: Path) -> FileFormat:
    entry = FORMATS.get(path.suffix.lower())
    if entry is None or entry.write is None:
        raise FormatError(
            f"cannot write '{path.name}': suffixes that can be written are {', '.join(writable_suffixes())}"
        )
    if path.is_dir():
        raise FormatError(f"'{path}' is a folder; add a file name")
    return entry


def _same_reader(one: FileFormat, other: FileFormat) -> bool:
    return (one.parse, one.steps) == (other.parse, other.steps)


def _rename(suffix: str) -> str:
    return f"looks like {FORMATS[suffix].name}; rename it to {suffix}"


def _nothing_read(path: Path, problem: Problem | None) -> str:
    name = FORMATS[path.suffix.lower()].name
    if problem is None:
        return f"'{path.name}' holds no structures; choose another file"
    return f"'{path.name}' could not be read as {name} ({problem}); is it another format?"
