"""What a data set can be imported from: files, folders and archives, read record by record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gpff_desktop.chemistry.formats import Problem, iterate_records, readable_suffixes
from gpff_desktop.data.database import CACHE_SUFFIX, iterate_database
from gpff_desktop.data.qm9 import is_qm9_file, iterate_archive, parse_qm9
from gpff_desktop.structure import Structure

ARCHIVE_SUFFIXES = (".tar", ".tar.bz2", ".tar.gz", ".tar.xz", ".tgz")
DATABASE_SUFFIX = ".db"
FOLDER_SUFFIXES = (".sdf", ".mol", ".xyz", ".extxyz", ".npz", DATABASE_SUFFIX, *ARCHIVE_SUFFIXES)
"""What is taken out of a folder; other files in it are left alone."""


@dataclass(frozen=True)
class SourceRecord:
    """One record of a source.

    Parameters
    ----------
    file
        Name of the file it stands in.
    record
        Its number in the file, counted from 1; 0 if the file itself is meant.
    content
        The structure, or what is wrong in one line.
    """

    file: str
    record: int
    content: Structure | str


def require_source(path: Path) -> None:
    """Make sure that a path can be imported from.

    Raises
    ------
    FileNotFoundError
        If there is nothing of that name.
    ValueError
        If it is a file of another kind, or a folder that holds none of the known ones.
    """
    known = ", ".join(sorted({*readable_suffixes(), DATABASE_SUFFIX, *ARCHIVE_SUFFIXES}))
    if path.is_dir():
        if next(_files_in(path), None) is None:
            raise ValueError(
                f"folder '{path}' holds nothing to import; known suffixes are {', '.join(FOLDER_SUFFIXES)}"
            )
    elif not path.exists():
        raise FileNotFoundError(f"there is no file or folder '{path}'; check its name")
    elif not _is_known(path):
        raise ValueError(f"cannot import '{path.name}': known suffixes are {known}")


def iterate_source(path: Path) -> Iterator[SourceRecord]:
    """Every record of a file, an archive, or a folder's files in the order of their names; nothing is held in memory.

    A file that cannot be read (further) is a record too; reading goes on with the next file.
    """
    for file in sorted(_files_in(path)) if path.is_dir() else [path]:
        try:
            yield from _iterate_file(file)
        except (ValueError, OSError) as error:
            yield SourceRecord(file.name, 0, str(error))


def _files_in(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        ours = path.name.startswith(".") or path.name.endswith(CACHE_SUFFIX)
        if path.name.lower().endswith(FOLDER_SUFFIXES) and not ours and path.is_file():
            yield path


def _is_known(path: Path) -> bool:
    return path.suffix.lower() in (*readable_suffixes(), DATABASE_SUFFIX) or _is_archive(path)


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def _iterate_file(path: Path) -> Iterator[SourceRecord]:
    if _is_archive(path):
        for name, text in iterate_archive(path):
            yield _qm9_record(name, text)
    elif path.suffix.lower() == ".xyz" and is_qm9_file(path):
        yield _qm9_record(path.name, path.read_text(encoding="utf-8", errors="replace"))
    else:
        records = iterate_database(path) if path.suffix.lower() == DATABASE_SUFFIX else iterate_records(path)
        for index, record in enumerate(records, start=1):
            yield SourceRecord(path.name, index, record.message if isinstance(record, Problem) else _titled(record))


def _titled(structure: Structure) -> Structure:
    """Sets of structures without titles often number them instead."""
    number = structure.properties.get("ids", "")
    return structure.with_title(number) if number and not structure.title else structure


def _qm9_record(name: str, text: str) -> SourceRecord:
    try:
        return SourceRecord(name, 1, parse_qm9(text))
    except ValueError as error:
        return SourceRecord(name, 1, str(error))
