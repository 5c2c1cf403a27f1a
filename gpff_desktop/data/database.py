"""ASE databases as SchNetPack keeps them: writing, reading, and a packed copy beside the file for speed."""

from __future__ import annotations

import contextlib
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.db import connect

from gpff_desktop.chemistry.formats import Problem, ase_database
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
        If the file is not an ASE database, one of its rows is not a structure, or its unit of length is unknown.
    """
    stat = path.stat()
    state = np.array([stat.st_size, stat.st_mtime_ns], dtype=np.int64)
    cache = cache_path(path)
    if _is_current(cache, state):
        return PackedDataset.from_npz(cache)
    dataset = PackedDataset.from_structures(_every_structure(path))
    with contextlib.suppress(OSError):  # a read-only folder costs time at the next reading, nothing else
        dataset.save(cache, database_state=state)
    return dataset


def _is_current(cache: Path, state: np.ndarray) -> bool:
    try:
        with np.load(cache, allow_pickle=False) as file:
            return bool(np.array_equal(file["database_state"], state))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return False


def _every_structure(path: Path) -> Iterator[Structure]:
    for _, record in ase_database.steps(path):
        if isinstance(record, Problem):
            raise ValueError(f"{path}: row {record.record} is not a structure: {record.message}; import the rest anew")
        yield record


def create_database(path: Path, sources: Sequence[str] = ()) -> None:
    """Make an empty SchNetPack database, lengths in Å, that remembers the names of its `sources`.

    Raises
    ------
    OSError
        If it cannot be written, as on a full disk.
    """
    # What schnetpack.data.ASEAtomsData.create writes, without the time that loading SchNetPack and torch takes.
    layout = {"_distance_unit": "Ang", "_property_unit_dict": {}, "atomrefs": {}}
    with _written(path), connect(path, type="db", use_lock_file=False) as database:
        database.metadata = {**layout, "sources": list(sources)}


def add_structures(path: Path, structures: Iterable[Structure]) -> None:
    """Append structures and their titles to a database, in one transaction; raises as `create_database` does."""
    # ASEAtomsData.add_systems reads the metadata again for every structure and has no place for a title.
    with _written(path), connect(path, type="db", use_lock_file=False) as database:
        for structure in structures:
            database.write(Atoms(structure.numbers, structure.positions), data={"title": structure.title})


def add_metadata(path: Path, **entries: Any) -> None:
    """Add entries, fit for JSON, to what a database says of itself; raises as `create_database` does."""
    with _written(path), connect(path, type="db", use_lock_file=False) as database:
        database.metadata = {**database.metadata, **entries}


def discard_database(path: Path) -> None:
    """Remove a database and what SQLite may have left beside it."""
    for name in (path.name, f"{path.name}-journal", f"{path.name}-wal", f"{path.name}-shm"):
        with contextlib.suppress(OSError):
            path.with_name(name).unlink(missing_ok=True)


@contextlib.contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise OSError(
            f"cannot write a data set in '{path.parent}' ({error}); free some space there or choose another folder"
        ) from error
