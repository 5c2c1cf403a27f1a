"""ASE databases (`.db`), as ASE and SchNetPack keep them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator, Iterator
from functools import reduce
from operator import truediv
from pathlib import Path
from typing import Any

import ase.units
import numpy as np
from ase.db import connect

from gpff_desktop.chemistry.formats.common import (
    FormatError,
    Problem,
    Record,
    Step,
    cell_properties,
    file_start,
    force_property,
    require_sound,
)
from gpff_desktop.structure import Structure

_PAGE = 500


def steps(path: Path) -> Generator[Step, None, None]:
    """Structures of the rows of a database, coordinates in Å.

    A row's title is the entry `title` of its data, if there is one; its key-value pairs become properties, and so do
    its cell, if it is periodic, and its greatest force.

    Raises
    ------
    FormatError
        If the file is missing, not an ASE database, or its unit of length is unknown.
    """
    file_start(path)
    record = 0
    try:
        last_id = _last_id(path)
        with connect(path, type="db", use_lock_file=False) as database:
            metadata = database.metadata
            to_angstrom = _unit_of_length(metadata.get("_distance_unit", "Ang"), path)
            force_unit = _unit_of_force(metadata.get("_property_unit_dict", {}).get("forces"))
            for record, row in enumerate(_rows(database), start=1):
                yield getattr(row, "id", last_id) / last_id, _record(row, record, to_angstrom, force_unit)
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    except sqlite3.DatabaseError as error:
        if not record:
            raise FormatError(f"{path} is not an ASE database: {error}") from error
        yield 1.0, Problem(record + 1, f"the database is damaged from here on ({error})")


def _rows(database: Any) -> Iterator[Any]:
    """Rows one by one; what cannot be decoded ends the query and is handed on as the error it is."""
    last, page, more = 0, _PAGE, True
    while more:
        more = False
        try:
            # ASE fetches all rows that a query finds at once: ask for a page at a time. SQLite goes through them by
            # their ids; asking ASE to sort would have it go through the whole table for every page.
            for row in database.select(f"id>{last}", limit=page):
                last, more = row.id, True
                yield row
        except sqlite3.DatabaseError:
            if page == 1:
                raise
            page, more = 1, True  # as far as the damage, row by row
        except (ValueError, TypeError, KeyError) as error:
            yield error


def _record(row: Any, record: int, to_angstrom: float, force_unit: float | None) -> Record:
    if isinstance(row, Exception):
        return Problem(record, "the row is damaged; it and the rest are not read")
    try:
        require_sound(row.positions, None)
        properties = {str(key): str(value) for key, value in row.key_value_pairs.items()}
        properties |= cell_properties(row.cell * to_angstrom, row.pbc) if row.pbc.any() else {}
        properties |= _force(row, force_unit)
        title = str(row.data.get("title", ""))
        return Structure(row.numbers, row.positions * to_angstrom, title=title, properties=properties)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return Problem(record, next(iter(str(error).splitlines()), "the row is damaged"))


def _force(row: Any, unit: float | None) -> dict[str, str]:
    """The greatest force of a row: of ASE's calculators in eV/Å, or among SchNetPack's properties in `unit`."""
    if "forces" in row:
        return force_property(row.forces)
    forces = row.data.get("forces")
    return {} if forces is None or unit is None else force_property(np.reshape(forces, (-1, 3)) * unit)


def _last_id(path: Path) -> int:
    """The highest number of a row; refuses other programs' SQLite files, to which ASE would add its tables."""
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as plain:
        if not plain.execute("SELECT 1 FROM sqlite_master WHERE name = 'systems'").fetchone():
            raise FormatError(f"{path} is not an ASE database: it holds no systems")
        return int(plain.execute("SELECT max(id) FROM systems").fetchone()[0] or 1)


def _unit_of_force(name: str | None) -> float | None:
    """A unit such as `kcal/mol/Ang` in eV/Å; `None` if it is not known."""
    units = [getattr(ase.units, part.strip(), None) for part in (name or "").split("/")]
    known = [float(unit) for unit in units if isinstance(unit, float | int)]
    return reduce(truediv, known) if len(known) == len(units) else None


def _unit_of_length(name: str, path: Path) -> float:
    unit = getattr(ase.units, name, None)
    if not isinstance(unit, float | int):
        raise FormatError(f"{path}: unknown unit of length '{name}'")
    return float(unit)
