"""Import into SchNetPack's ASE database: streamed, checked, all or nothing, and stopped by not asking for more."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from gpff_desktop import elements
from gpff_desktop.data.database import add_metadata, add_structures, create_database, discard_database
from gpff_desktop.data.inspecting import Inspector, RecordFault
from gpff_desktop.data.manifest import Manifest, hash_source
from gpff_desktop.data.rules import Fault, ImportRules
from gpff_desktop.data.sources import SourceRecord, iterate_sources, require_source
from gpff_desktop.structure import Structure

CHUNK = 1000
LISTED = 1000


@dataclass(frozen=True)
class ImportProgress:
    """How far an import has come.

    Parameters
    ----------
    file
        Name of the file read last.
    fraction
        The part of the sources that has been read, 0 to 1.
    n_read, n_kept, n_problems
        Records read, structures kept and records left out, so far.
    left_out
        Records left out, by the reason.
    problems
        What was left out and why: the first thousand.
    finished
        Whether the database is complete and in its place.
    """

    file: str = ""
    fraction: float = 0.0
    n_read: int = 0
    n_kept: int = 0
    n_problems: int = 0
    left_out: Mapping[Fault, int] = field(default_factory=dict)
    problems: tuple[RecordFault, ...] = ()
    finished: bool = False


def import_dataset(
    sources: Sequence[Path | str],
    target: Path | str,
    *,
    rules: ImportRules | None = None,
    overwrite: bool = False,
    chunk: int = CHUNK,
) -> Iterator[ImportProgress]:
    """Import files, folders and archives into one database with a manifest; unfit records are listed and left out.

    The database is written under a temporary name and renamed at the end. Closing the iterator early stops the
    import and leaves nothing behind.

    Parameters
    ----------
    sources
        Files (SDF, MOL, XYZ, extended XYZ, PDB, MOL2, .npz, ASE databases, QM9's XYZ), tar archives of QM9's XYZ
        files, and folders of these.
    target
        The database, `*.db`.
    rules
        What is left out; by default duplicates and overlapping atoms.
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
    OSError
        If a folder cannot be read, or the database cannot be written, as on a full disk.
    ValueError
        If a source is of an unknown kind, the target is no `.db`, or not one record is fit to be kept.
    """
    paths, target, rules = [Path(source) for source in sources], Path(target), rules or ImportRules()
    _check(paths, target, overwrite)
    partial = target.with_name(f".{target.stem}.{os.getpid()}.partial.db")
    try:
        create_database(partial, sources=[path.name for path in paths])
        progress, inspector = ImportProgress(), Inspector()
        for records in _chunks(iterate_sources(paths), chunk):
            progress = _take(progress, records, inspector, rules, partial)
            yield progress
        if not progress.n_kept:
            raise ValueError(_nothing_kept(progress))
        manifest = Manifest.of(map(hash_source, paths), rules, progress.n_read, progress.left_out)
        add_metadata(partial, manifest=manifest.as_dict())
        os.replace(partial, target)
        yield ImportProgress(**{**vars(progress), "fraction": 1.0, "finished": True})
    finally:
        discard_database(partial)


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


def _take(
    progress: ImportProgress, records: list[SourceRecord], inspector: Inspector, rules: ImportRules, database: Path
) -> ImportProgress:
    structures: list[Structure] = []
    problems: list[RecordFault] = []
    for record in records:
        problem = _problem(record, inspector, rules)
        if problem is not None:
            problems.append(problem)
        elif isinstance(record.content, Structure):
            structures.append(record.content)
    add_structures(database, structures)
    left_out = Counter(progress.left_out) + Counter(problem.fault for problem in problems)
    return ImportProgress(
        file=records[-1].file,
        fraction=records[-1].fraction,
        n_read=progress.n_read + len(records),
        n_kept=progress.n_kept + len(structures),
        n_problems=progress.n_problems + len(problems),
        left_out={fault: left_out[fault] for fault in Fault if left_out[fault]},
        problems=progress.problems + tuple(problems[: LISTED - len(progress.problems)]),
    )


def _problem(record: SourceRecord, inspector: Inspector, rules: ImportRules) -> RecordFault | None:
    """Why a record is left out, `None` if it is kept."""
    if isinstance(record.content, str):
        return RecordFault(record.file, record.record, Fault.UNREADABLE, record.content)
    structure = record.content
    faults = inspector.inspect(structure).faults
    reason = rules.reason(faults, len(structure), np.unique(structure.numbers).tolist())
    if reason is None:
        return None
    message = faults.get(reason) or _against_rules(reason, structure, rules)
    return RecordFault(record.file, record.record, reason, message)


def _against_rules(reason: Fault, structure: Structure, rules: ImportRules) -> str:
    if reason is Fault.SIZE:
        return f"it has {len(structure)} atoms"
    foreign = set(structure.numbers.tolist()) - (rules.elements or set())
    return f"it holds {', '.join(elements.symbol(z) for z in sorted(foreign))}"


def _nothing_kept(progress: ImportProgress) -> str:
    if not progress.problems:
        return "the sources hold no structures; choose others"
    first = progress.problems[0]
    return f"no record is fit to be kept ({first.file}, record {first.record}: {first.message})"
