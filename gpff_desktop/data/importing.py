"""Import into SchNetPack's ASE database: streamed, checked, all or nothing, and stopped by not asking for more."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from gpff_desktop.data.database import add_structures, create_database
from gpff_desktop.data.geometry import closest_distances
from gpff_desktop.data.sources import SourceRecord, iterate_source, require_source
from gpff_desktop.structure import Structure

CLOSEST = 0.4
"""Atoms nearer than this, in Å, overlap: no molecule looks like that."""
CHUNK = 1000
LISTED = 1000


@dataclass(frozen=True)
class ImportProblem:
    """A record left out: the file it stands in, its number there (0: the file itself) and what is wrong with it."""

    file: str
    record: int
    message: str


@dataclass(frozen=True)
class ImportProgress:
    """How far an import has come.

    Parameters
    ----------
    file
        Name of the file read last.
    n_read, n_kept, n_problems
        Records read, structures kept and records left out, so far.
    problems
        What was left out and why: the first thousand.
    finished
        Whether the database is complete and in its place.
    """

    file: str = ""
    n_read: int = 0
    n_kept: int = 0
    n_problems: int = 0
    problems: tuple[ImportProblem, ...] = ()
    finished: bool = False


def import_dataset(
    sources: Sequence[Path | str], target: Path | str, *, overwrite: bool = False, chunk: int = CHUNK
) -> Iterator[ImportProgress]:
    """Import files, folders and archives into one database; unfit records are listed, the others kept.

    The database is written under a temporary name and renamed at the end. Closing the iterator early stops the
    import and leaves nothing behind.

    Parameters
    ----------
    sources
        Files (SDF, MOL, XYZ, extended XYZ, PDB, SMILES, .npz, ASE databases, QM9's XYZ), tar archives of QM9's XYZ
        files, and folders of these.
    target
        The database, `*.db`.
    overwrite
        Whether an existing database may be replaced.
    chunk
        Records read between two progress reports.

    Yields
    ------
    ImportProgress
        One for each chunk; the last has `finished` set.

    Raises
    ------
    FileNotFoundError
        If a source is not there.
    FileExistsError
        If the database exists and may not be replaced.
    ValueError
        If a source is of an unknown kind, the target is no `.db`, or not one record is fit to be kept.
    """
    paths, target = [Path(source) for source in sources], Path(target)
    _check(paths, target, overwrite)
    partial = target.with_name(f".{target.stem}.{os.getpid()}.partial.db")
    try:
        create_database(partial, sources=[path.name for path in paths])
        progress = ImportProgress()
        for records in _chunks(chain.from_iterable(map(iterate_source, paths)), chunk):
            progress = _take(progress, records, partial)
            yield progress
        if not progress.n_kept:
            raise ValueError(_nothing_kept(progress))
        os.replace(partial, target)
        yield ImportProgress(**{**vars(progress), "finished": True})
    finally:
        partial.unlink(missing_ok=True)


def unfitness(structure: Structure) -> str | None:
    """Why a structure is not fit for training, in one line; `None` if it is."""
    if not len(structure):
        return "it holds no atoms"
    closest = float(closest_distances(structure.positions[None])[0])
    return f"two atoms overlap: they are {closest:.2f} Å apart" if closest < CLOSEST else None


def _check(sources: list[Path], target: Path, overwrite: bool) -> None:
    if target.suffix != ".db":
        raise ValueError(f"the data set must be called *.db, not '{target.name}'")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder '{target.parent}'; make it first")
    if target.exists() and not overwrite:
        raise FileExistsError(f"'{target}' exists already; use --force to replace it or choose another name")
    if not sources:
        raise ValueError("there is nothing to import; name a file or a folder")
    for path in sources:
        require_source(path)


def _chunks(records: Iterable[SourceRecord], size: int) -> Iterator[list[SourceRecord]]:
    iterator = iter(records)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _take(progress: ImportProgress, records: list[SourceRecord], database: Path) -> ImportProgress:
    structures: list[Structure] = []
    problems: list[ImportProblem] = []
    for record in records:
        fault = record.content if isinstance(record.content, str) else unfitness(record.content)
        if fault is not None:
            problems.append(ImportProblem(record.file, record.record, fault))
        elif isinstance(record.content, Structure):
            structures.append(record.content)
    add_structures(database, structures)
    return ImportProgress(
        file=records[-1].file,
        n_read=progress.n_read + len(records),
        n_kept=progress.n_kept + len(structures),
        n_problems=progress.n_problems + len(problems),
        problems=progress.problems + tuple(problems[: LISTED - len(progress.problems)]),
    )


def _nothing_kept(progress: ImportProgress) -> str:
    if not progress.problems:
        return "the sources hold no structures; choose others"
    first = progress.problems[0]
    return f"no record is fit to be kept ({first.file}, record {first.record}: {first.message})"
