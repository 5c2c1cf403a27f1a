"""ASE databases as SchNetPack keeps them: writing, reading, and a packed copy beside the file for speed."""

from __future__ import annotations

import contextlib
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import ase.units
import numpy as np
from ase import Atoms
from ase.db import connect

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.structure import Structure

CACHE_SUFFIX = ".db.packed.npz"


def cache_path(path: Path) -> Path:
    """Where the packed copy of a database lies."""
    return path.with_suffix(CACHE_SUFFIX)


def load_cached(path: Path) -> PackedDataset:
    """Read a database, through its packed copy if that is as new as the database.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not an ASE database, or its unit of length is unknown.
    """
    stat = path.stat()
    state = np.array([stat.st_size, stat.st_mtime_ns], dtype=np.int64)
    cache = cache_path(path)
    if _is_current(cache, state):
        return PackedDataset.from_npz(cache)
    dataset = PackedDataset.from_structures(iterate_database(path))
    with contextlib.suppress(OSError):  # a read-only folder costs time at the next reading, nothing else
        dataset.save(cache, database_state=state)
    return dataset


def _is_current(cache: Path, state: np.ndarray) -> bool:
    try:
        with np.load(cache, allow_pickle=False) as file:
            return bool(np.array_equal(file["database_state"], state))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return False


def iterate_database(path: Path) -> Iterator[Structure]:
    """Structures of an ASE database, one after another, coordinates in Å.

    A row's title is the entry `title` of its data, if there is one.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not an ASE database, or its unit of length is unknown.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no database {path}")
    try:
        _require_systems(path)
        with connect(path, type="db", use_lock_file=False) as database:
            to_angstrom = _unit_of_length(database.metadata.get("_distance_unit", "Ang"), path)
            for row in database.select():
                title = str(row.data.get("title", ""))
                yield Structure(row.numbers, row.positions * to_angstrom, title=title)
    except sqlite3.DatabaseError as error:
        raise ValueError(f"{path} is not an ASE database: {error}") from error


def _require_systems(path: Path) -> None:
    """Refuse other programs' SQLite files: merely opening one, ASE would add its tables to it."""
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as plain:
        if not plain.execute("SELECT 1 FROM sqlite_master WHERE name = 'systems'").fetchone():
            raise ValueError(f"{path} is not an ASE database: it holds no systems")


def _unit_of_length(name: str, path: Path) -> float:
    unit = getattr(ase.units, name, None)
    if not isinstance(unit, float | int):
        raise ValueError(f"{path}: unknown unit of length '{name}'")
    return float(unit)


def create_database(path: Path, sources: Sequence[str] = ()) -> None:
    """Make an empty SchNetPack database, lengths in Å, that remembers the names of its `sources`."""
    # Here, not above: torch takes seconds to load. And the first before the second: it lets schnetpack load at all.
    import gpff_desktop.engine.compat  # noqa: F401  # isort: skip
    from schnetpack.data import ASEAtomsData

    dataset = ASEAtomsData.create(str(path), distance_unit="Ang", property_unit_dict={})
    dataset.update_metadata(sources=list(sources))


def add_structures(path: Path, structures: Iterable[Structure]) -> None:
    """Append structures and their titles to a database, in one transaction."""
    # ASEAtomsData.add_systems reads the metadata again for every structure and has no place for a title.
    with connect(path, type="db", use_lock_file=False) as database:
        for structure in structures:
            database.write(Atoms(structure.numbers, structure.positions), data={"title": structure.title})
