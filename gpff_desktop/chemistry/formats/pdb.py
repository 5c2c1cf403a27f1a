"""PDB files: any number of models, coordinates with 3 decimals.

What the format has no place for (a long title, properties, whether all bonds are listed) is kept in remarks, which
other programs skip. The order of a bond is the number of times CONECT names it, as RDKit and others have it.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TextIO

import numpy as np
from ase.geometry import cellpar_to_cell
from rdkit import Chem

from gpff_desktop import elements
from gpff_desktop.chemistry.bonds import perceive_bonds
from gpff_desktop.chemistry.formats.common import (
    FormatError,
    Problem,
    Record,
    RecordError,
    cell_properties,
    require_sound,
)
from gpff_desktop.chemistry.molecules import quiet
from gpff_desktop.structure import Structure

_REMARK = "REMARK   6 GPFF "
_REMARK_WIDTH = 80 - len(_REMARK)
_TITLE_WIDTH = 70
_MOST_ATOMS = 99_999
_LOWEST, _HIGHEST = -999.9995, 9999.9995
_FIRST_PLACES = (" ", "A", "1")


@dataclass
class _Model:
    """What has been read of one model, each atom with its line in the file."""

    atoms: list[tuple[int, str]] = field(default_factory=list)
    partners: dict[int, Counter[int]] = field(default_factory=dict)
    remark: str = ""
    first_line: int = 0


def parse(lines: Iterable[str]) -> Iterator[Record]:
    """Models of a PDB file, one by one.

    Bonds are known if CONECT names every atom, or a remark of ours says that none is missing; else they are to be
    perceived. Of alternate places of an atom the first is taken. A crystal's cell becomes a property of every model.
    """
    model, title, cell, record = _Model(), "", {}, 0
    for number, line in enumerate(lines, start=1):
        name = line[:6].rstrip()
        model.first_line = model.first_line or number
        if name == "TITLE":
            title = _continued(title, line)
        elif name == "CRYST1":
            cell = _cell(line)
        elif name in ("ATOM", "HETATM"):
            model.atoms.append((number, line))
        elif name == "CONECT":
            _add_partners(model, line)
        elif line.startswith(_REMARK):
            model.remark += line[len(_REMARK) :].rstrip("\n")
        elif name in ("ENDMDL", "END") and (model.atoms or name == "ENDMDL"):
            record += 1
            yield _record(model, title, cell, record)
            model = _Model()
    if model.atoms:
        yield _record(model, title, cell, record + 1)


def write(file: TextIO, structure: Structure, record: int = 1) -> None:
    """Append one model; bonds are perceived if the structure has none.

    Raises
    ------
    FormatError
        If the structure has too many atoms for the format, or one lies outside its range of coordinates.
    """
    _require_room(structure)
    bonds = perceive_bonds(structure) if structure.bonds is None else structure.bonds
    file.writelines(_title_lines(structure.title))
    file.writelines(_remark_lines(structure))
    file.write(f"MODEL     {record % 10_000:4d}\n")
    file.writelines(_atom_lines(structure))
    file.writelines(_bond_lines(bonds))
    file.write("ENDMDL\n")


def _continued(title: str, line: str) -> str:
    text = line[10:].strip()
    return f"{title} {text}".strip() if line[6:10].strip() else text


def _cell(line: str) -> dict[str, str]:
    """The cell of a crystal as properties; none for the cube of 1 Å that stands where there is no crystal."""
    try:
        lengths = [float(line[at : at + 9]) for at in (6, 15, 24)]
        angles = [float(line[at : at + 7]) for at in (33, 40, 47)]
    except ValueError:
        return {}
    if min(lengths) <= 1 or not all(0 < angle < 180 for angle in angles):
        return {}
    return cell_properties(cellpar_to_cell([*lengths, *angles]), (True, True, True))


def _add_partners(model: _Model, line: str) -> None:
    serials = [line[at : at + 5].strip() for at in range(6, 31, 5)]
    found = [int(serial) for serial in serials if serial.isdecimal()]
    if found:
        model.partners.setdefault(found[0], Counter()).update(found[1:])


def _record(model: _Model, title: str, cell: dict[str, str], record: int) -> Record:
    try:
        return _structure(model, title, cell)
    except ValueError as error:
        return Problem.of(error, record, model.first_line)


def _structure(model: _Model, title: str, cell: dict[str, str]) -> Structure:
    kept = [(number - model.first_line, line) for number, line in model.atoms if line[16:17] in _FIRST_PLACES]
    positions = np.array([_coordinates(line, offset) for offset, line in kept]).reshape(-1, 3)
    require_sound(positions, None)
    numbers = [_number(line, offset) for offset, line in kept]
    note = _note(model.remark)
    bonds = _bonds(model, [line[6:11].strip() for _, line in kept], complete=bool(note))
    return Structure(np.array(numbers), positions, bonds, note.get("title", title), note.get("properties", cell))


def _coordinates(line: str, offset: int) -> list[float]:
    try:
        place = [float(line[at : at + 8]) for at in (30, 38, 46)]
    except ValueError:
        place = [math.nan]
    if not all(map(math.isfinite, place)):
        raise RecordError(f"the coordinates of atom '{line[12:16].strip()}' are not three numbers", offset)
    return place


def _number(line: str, offset: int) -> int:
    try:
        return elements.number(line[76:78])
    except ValueError:
        pass
    # The columns after the serial number and before the residue's number: all that the element depends on.
    number = _number_by_name(line[:6], line[12:16], line[17:20])
    if not number:
        raise RecordError(f"the element of atom '{line[12:16].strip()}' is not known", offset)
    return number


@lru_cache(maxsize=4096)
def _number_by_name(kind: str, name: str, residue: str) -> int:
    """Atomic number by RDKit's reading of an atom's name, 0 if it has none."""
    line = f"{kind}    1 {name} {residue} A   1       0.000   0.000   0.000\n"
    try:
        with quiet():
            mol = Chem.MolFromPDBBlock(line, sanitize=False, removeHs=False, proximityBonding=False)
    except (ValueError, RuntimeError):
        return 0
    return mol.GetAtomWithIdx(0).GetAtomicNum() if mol is not None and mol.GetNumAtoms() else 0


def _note(remark: str) -> dict[str, Any]:
    """What our own remark says of the structure; empty if there is none."""
    try:
        note = json.loads(remark)
        properties = {key: str(value) for key, value in note["properties"].items()}
        return {"title": str(note["title"]), "properties": properties}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _bonds(model: _Model, serials: list[str], *, complete: bool) -> np.ndarray | None:
    """Bonds `[n_bonds, 3]` of CONECT, or `None` if it names only some of the atoms."""
    index = {int(serial): place for place, serial in enumerate(serials) if serial.isdecimal()}
    named = model.partners.keys() | {partner for partners in model.partners.values() for partner in partners}
    if len(index) < len(serials) or not (complete or index.keys() <= named):
        return None
    orders: dict[tuple[int, int], int] = {}
    for serial, partners in model.partners.items():
        for partner, times in partners.items():
            if serial in index and partner in index and serial != partner:
                pair = (index[min(serial, partner)], index[max(serial, partner)])
                orders[pair] = max(orders.get(pair, 0), min(times, 3))
    return np.array([(*pair, order) for pair, order in orders.items()], dtype=np.int64).reshape(-1, 3)


def _require_room(structure: Structure) -> None:
    if len(structure) > _MOST_ATOMS:
        raise FormatError(f"a PDB file has room for {_MOST_ATOMS} atoms; write .sdf or .xyz for {len(structure)}")
    outside = (structure.positions <= _LOWEST) | (structure.positions >= _HIGHEST)
    if outside.any():
        atom = int(np.flatnonzero(outside.any(axis=1))[0]) + 1
        raise FormatError(f"atom {atom} is too far out for a PDB file; move it nearer or write .sdf or .xyz")


def _title_lines(title: str) -> Iterator[str]:
    plain = title.encode("ascii", "replace").decode()
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in plain).split())
    for number, start in enumerate(range(0, max(1, len(text)), _TITLE_WIDTH - 1), start=1):
        count = f"{number:2d} " if number > 1 else "   "
        yield f"TITLE  {count}{text[start : start + _TITLE_WIDTH - 1]}".rstrip() + "\n"
        if number == 99:
            return


def _remark_lines(structure: Structure) -> Iterator[str]:
    """Title and properties word for word; no line ends in a space that an editor might drop."""
    note = {"title": structure.title, "properties": {key: str(value) for key, value in structure.properties.items()}}
    text = json.dumps(note).replace("  ", "\\u0020 ")
    while text:
        part = text[:_REMARK_WIDTH].rstrip()
        text = text[len(part) :]
        yield f"{_REMARK}{part}\n"


def _atom_lines(structure: Structure) -> Iterator[str]:
    counts: Counter[str] = Counter()
    rows = zip(structure.numbers.tolist(), structure.positions.tolist(), strict=True)
    for serial, (z, (x, y, t)) in enumerate(rows, start=1):
        symbol = elements.symbol(z).upper()
        counts[symbol] += 1
        name = f"{symbol:>2}{counts[symbol]:<2}" if counts[symbol] < 100 else f"{symbol:>2}  "
        yield (
            f"HETATM{serial:5d} {name} UNL A   1    {x:8.3f}{y:8.3f}{t:8.3f}{1.0:6.2f}{0.0:6.2f}          {symbol:>2}\n"
        )


def _bond_lines(bonds: np.ndarray) -> Iterator[str]:
    partners: dict[int, list[int]] = {}
    for first, second, order in bonds.tolist():
        for atom, other in ((first, second), (second, first)):
            partners.setdefault(atom + 1, []).extend([other + 1] * max(1, min(order, 3)))
    for atom, others in sorted(partners.items()):
        for start in range(0, len(others), 4):
            yield f"CONECT{atom:5d}" + "".join(f"{other:5d}" for other in others[start : start + 4]) + "\n"
