"""Reading and writing molecule files. One table says which suffix is read and written by what."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from gpff_desktop.chemistry.formats import other, sdf, xyz
from gpff_desktop.chemistry.formats.common import FormatError, Problem, ReadResult, Record
from gpff_desktop.chemistry.formats.other import iterate_npz
from gpff_desktop.structure import Structure

__all__ = [
    "FORMATS",
    "FileFormat",
    "FormatError",
    "Problem",
    "ReadResult",
    "iterate_npz",
    "iterate_records",
    "iterate_structures",
    "read_structures",
    "readable_suffixes",
    "writable_suffixes",
    "write_structures",
]


@dataclass(frozen=True)
class FileFormat:
    """One file format.

    Parameters
    ----------
    name
        What a file dialogue calls it.
    read
        Yields the records of a file.
    write
        Appends one structure to an open file; `None` if the format is only read.
    single
        Whether a file holds one structure only.
    """

    name: str
    read: Callable[[Path], Iterator[Record]]
    write: Callable[[TextIO, Structure], None] | None = None
    single: bool = False


FORMATS: dict[str, FileFormat] = {
    ".sdf": FileFormat("SDF", sdf.read, sdf.write_sdf),
    ".mol": FileFormat("MOL", sdf.read, sdf.write_mol, single=True),
    ".xyz": FileFormat("XYZ", xyz.read, xyz.write),
    ".extxyz": FileFormat("Extended XYZ", xyz.read, xyz.write),
    ".pdb": FileFormat("PDB", other.read_pdb),
    ".smi": FileFormat("SMILES", other.read_smiles),
    ".npz": FileFormat("Structure set", iterate_npz),
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
        If the suffix is unknown or the file cannot be opened.
    """
    path = Path(path)
    entry = FORMATS.get(path.suffix.lower())
    if entry is None:
        raise FormatError(f"cannot read '{path.name}': known suffixes are {', '.join(readable_suffixes())}")
    yield from entry.read(path)


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
        If the suffix is unknown or read-only, the folder cannot be written or there is nothing to write.
    FileExistsError
        If the file exists and may not be replaced.
    """
    path = Path(path)
    entry = _writable(path)
    if path.exists() and not overwrite:
        raise FileExistsError(f"'{path}' exists already; use --force to replace it or choose another name")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        count = _write_all(partial, entry, structures, progress)
        os.replace(partial, path)
    except OSError as error:
        raise FormatError(f"cannot write '{path}' ({error.strerror or error}); choose another folder") from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def _write_all(
    path: Path, entry: FileFormat, structures: Iterable[Structure], progress: Callable[[int], object] | None
) -> int:
    assert entry.write is not None
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for count, structure in enumerate(structures, start=1):
            if entry.single and count > 1:
                raise FormatError(f"a {entry.name} file can hold one structure only; write .sdf for several")
            entry.write(file, structure)
            if progress:
                progress(count)
        if count == 0:
            raise FormatError("there are no structures to write")
        # The new name must not become visible before the content, even if the power fails.
        file.flush()
        os.fsync(file.fileno())
    return count


def _writable(path: Path) -> FileFormat:
    entry = FORMATS.get(path.suffix.lower())
    if entry is None or entry.write is None:
        raise FormatError(
            f"cannot write '{path.name}': suffixes that can be written are {', '.join(writable_suffixes())}"
        )
    if path.is_dir():
        raise FormatError(f"'{path}' is a folder; add a file name")
    return entry


def _nothing_read(path: Path, problem: Problem | None) -> str:
    name = FORMATS[path.suffix.lower()].name
    if problem is None:
        return f"'{path.name}' holds no structures; choose another file"
    return (
        f"'{path.name}' could not be read as {name} (record {problem.record}: {problem.message}); is it another format?"
    )
