"""Where a data set comes from and what was left out of it: kept in the database, for a model's card to cite."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ase.db import connect

from gpff_desktop import __version__
from gpff_desktop.atomic_file import file_hash
from gpff_desktop.data.rules import Fault, ImportRules
from gpff_desktop.data.sources import source_files


@dataclass(frozen=True)
class SourceHash:
    """One source as it was when it was imported.

    Parameters
    ----------
    name
        Name of the file or folder.
    n_files, n_bytes
        How many files were read, and their size.
    sha256
        Hash of the file; of a folder, that of the lines `sha256  name` of its files, as `sha256sum` prints them with
        names from the folder on.
    """

    name: str
    n_files: int
    n_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a data set was made of.

    Parameters
    ----------
    sources
        What was imported.
    rules
        What was to be left out, as `ImportRules.as_dict` has it.
    n_read, n_kept
        Records read and structures kept.
    left_out
        Records left out, by the reason.
    version, created
        The program's version, and when it was done: ISO date and time in UTC.
    """

    sources: tuple[SourceHash, ...]
    rules: Mapping[str, Any]
    n_read: int
    n_kept: int
    left_out: Mapping[str, int]
    version: str
    created: str

    @classmethod
    def of(
        cls, sources: Iterable[SourceHash], rules: ImportRules, n_read: int, left_out: Mapping[Fault, int]
    ) -> Manifest:
        """The manifest of an import that has just been done."""
        counts = {str(fault): count for fault, count in left_out.items()}
        n_kept = n_read - sum(counts.values())
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(tuple(sources), rules.as_dict(), n_read, n_kept, counts, __version__, now)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)


def hash_source(path: Path) -> SourceHash:
    """Read a source once more for its hash; files that cannot be read have none, as they gave no structures."""
    hashes = [found for file in source_files(path) if isinstance(file, Path) and (found := _hash(file))]
    lines = (f"{sha256}  {file.relative_to(path).as_posix()}\n" for file, _, sha256 in hashes)
    single = hashes[0][2] if hashes else ""
    sha256 = hashlib.sha256("".join(lines).encode()).hexdigest() if path.is_dir() else single
    return SourceHash(path.name, len(hashes), sum(size for _, size, _ in hashes), sha256)


def read_manifest(path: Path | str) -> dict[str, Any] | None:
    """The manifest of an imported data set; `None` if it has none, as data sets of other programs and `.npz`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is called `.db` but is no database.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no data set {path}")
    if path.suffix.lower() != ".db":
        return None
    try:
        with connect(path, type="db", use_lock_file=False) as database:
            found = database.metadata.get("manifest")
    except sqlite3.DatabaseError as error:
        raise ValueError(f"'{path}' is not an ASE database ({error}); choose another file") from error
    return found if isinstance(found, dict) else None


def _hash(file: Path) -> tuple[Path, int, str] | None:
    try:
        return file, file.stat().st_size, file_hash(file)
    except OSError:
        return None
