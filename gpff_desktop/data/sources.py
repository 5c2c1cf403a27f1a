"""What a data set can be imported from: files, folders and archives, read record by record."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gpff_desktop.chemistry.formats import FORMATS, Problem, open_records
from gpff_desktop.data.database import CACHE_SUFFIX
from gpff_desktop.data.qm9 import is_qm9_file, iterate_archive, parse_qm9
from gpff_desktop.structure import Structure

ARCHIVE_SUFFIXES = (".tar", ".tar.bz2", ".tar.gz", ".tar.xz", ".tgz")
FILE_SUFFIXES = tuple(suffix for suffix, entry in FORMATS.items() if entry.keeps_positions)
FOLDER_SUFFIXES = (*FILE_SUFFIXES, *ARCHIVE_SUFFIXES)
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
    fraction
        The part of all that is to be read that has been read with it, 0 to 1.
    """

    file: str
    record: int
    content: Structure | str
    fraction: float = 0.0


def require_source(path: Path) -> None:
    """Make sure that a path can be imported from.

    Raises
    ------
    FileNotFoundError
        If there is nothing of that name.
    OSError
        If it is a folder that cannot be read.
    ValueError
        If it is a file of another kind, or a folder that holds none of the known ones.
    """
    if path.is_dir():
        _require_files(path)
    elif not path.exists():
        raise FileNotFoundError(f"there is no file or folder '{path}'; check its name")
    elif path.suffix.lower() in FORMATS and not _is_known(path):
        raise ValueError(f"'{path.name}' holds no coordinates to learn from; import structures in 3D")
    elif not _is_known(path):
        raise ValueError(f"cannot import '{path.name}': known suffixes are {', '.join(sorted(FOLDER_SUFFIXES))}")


def _require_files(folder: Path) -> None:
    error = None
    for found in source_files(folder):
        if isinstance(found, Path):
            return
        error = error or found
    if error:
        raise OSError(_unreadable(error)) from error
    raise ValueError(f"folder '{folder}' holds nothing to import; known suffixes are {', '.join(FOLDER_SUFFIXES)}")


def iterate_sources(paths: Iterable[Path]) -> Iterator[SourceRecord]:
    """Every record of files, archives and folders' files in the order of their names; nothing is held in memory.

    A file or folder that cannot be read (further) is a record too; reading goes on with the next one.
    """
    paths = list(paths)
    total = max(1, sum(_size(file) for path in paths for file in source_files(path)))
    before = 0
    for file in (file for path in paths for file in source_files(path)):
        size = _size(file)
        for record in _records(file):
            yield replace(record, fraction=min(1.0, (before + size * record.fraction) / total))
        before += size


def source_files(path: Path) -> Iterator[Path | OSError]:
    """The file a path names, or what is to be imported from a folder and those in it, folder by folder by name.

    What keeps a folder from being read is yielded in its place.
    """
    if not path.is_dir():
        yield path
        return
    try:
        # Names, not paths, and of one folder at a time: there may be a million.
        with os.scandir(path) as found:
            names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in found)
    except OSError as error:
        yield error
        return
    for name, is_folder in names:
        if is_folder:
            yield from source_files(path / name)
        elif _is_taken(name) and (path / name).is_file():
            yield path / name


def _is_taken(name: str) -> bool:
    return name.lower().endswith(FOLDER_SUFFIXES) and not name.startswith(".") and not name.endswith(CACHE_SUFFIX)


def _is_known(path: Path) -> bool:
    return path.suffix.lower() in FILE_SUFFIXES or _is_archive(path)


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def _size(file: Path | OSError) -> int:
    try:
        return 0 if isinstance(file, OSError) else file.stat().st_size
    except OSError:
        return 0


def _unreadable(error: OSError) -> str:
    return f"folder '{error.filename}' cannot be read ({error.strerror}); check its permissions"


def _records(file: Path | OSError) -> Iterator[SourceRecord]:
    if isinstance(file, OSError):
        yield SourceRecord(Path(str(file.filename)).name, 0, _unreadable(file))
        return
    try:
        yield from _iterate_file(file)
    except (ValueError, OSError) as error:
        yield SourceRecord(file.name, 0, str(error), 1.0)


def _iterate_file(path: Path) -> Iterator[SourceRecord]:
    if _is_archive(path):
        for fraction, name, text in iterate_archive(path):
            yield _qm9_record(name, text, fraction)
    elif path.suffix.lower() == ".xyz" and is_qm9_file(path):
        yield _qm9_record(path.name, path.read_text(encoding="utf-8", errors="replace"), 1.0)
    else:
        with open_records(path) as records:
            for index, record in enumerate(records, start=1):
                content = record.message if isinstance(record, Problem) else _titled(record)
                yield SourceRecord(path.name, index, content, records.fraction)


def _titled(structure: Structure) -> Structure:
    """Sets of structures without titles often number them instead."""
    number = structure.properties.get("ids", "")
    return structure.with_title(number) if number and not structure.title else structure


def _qm9_record(name: str, text: str, fraction: float) -> SourceRecord:
    try:
        return SourceRecord(name, 1, parse_qm9(text), fraction)
    except ValueError as error:
        return SourceRecord(name, 1, str(error), fraction)
