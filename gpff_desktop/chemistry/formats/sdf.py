"""SDF and MOL files: V2000, or V3000 where V2000 has no room; bonds and properties travel along.

Coordinates have 4 decimals in V2000 and 6 in V3000: a limit of the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

import numpy as np
from rdkit import Chem

from gpff_desktop.chemistry.bonds import perceive_bonds
from gpff_desktop.chemistry.formats.common import (
    Problem,
    Record,
    RecordError,
    one_line,
    quote_unless,
    require_sound,
    unquote,
)
from gpff_desktop.chemistry.molecules import bonded_mol, bonds_of, quiet
from gpff_desktop.structure import Structure

_END = "$$$$"
_MOL_END = "M  END"
_HEADER = 4
_DATA_NAME = re.compile(r">[^<]*<(.*)>")
_V2000_ATOMS = 999
_V2000_COORDINATE = 9_999.0


def parse(lines: Iterable[str]) -> Iterator[Record]:
    """Records of an SDF or MOL file, one by one; molecules that fail sanitisation are welcome."""
    first_line = 1
    for record, (block, closed) in enumerate(_records(lines), start=1):
        yield _record(block, closed, record, first_line)
        first_line += len(block) + closed


def write_sdf(file: TextIO, structure: Structure, record: int = 1) -> None:
    """Append one record with its properties; bonds are perceived if the structure has none."""
    _write_block(file, structure)
    for name, value in structure.properties.items():
        file.write(f">  <{quote_unless(_plain_name(name), name)}>\n")
        file.write(f"{quote_unless(_plain_value(str(value)), str(value))}\n\n")
    file.write(f"{_END}\n")


def write_mol(file: TextIO, structure: Structure, record: int = 1) -> None:
    """Write a MOL file; properties, where there are any, follow the mol block as they do in SDF.

    Readers of MOL stop at the end of the block, so nothing is lost and nobody is disturbed.
    """
    if structure.properties:
        write_sdf(file, structure, record)
    else:
        _write_block(file, structure)


def _write_block(file: TextIO, structure: Structure) -> None:
    block = _mol_block(structure)
    title = quote_unless(one_line(structure.title) and not structure.title.startswith(_END), structure.title)
    file.write(title + "\n" + block.split("\n", 1)[1])


def _mol_block(structure: Structure) -> str:
    bonds = perceive_bonds(structure) if structure.bonds is None else structure.bonds
    extent = float(np.abs(structure.positions).max()) if len(structure) else 0.0
    large = max(len(structure), len(bonds)) > _V2000_ATOMS or extent > _V2000_COORDINATE
    with quiet():
        mol = bonded_mol(structure, bonds)
        return Chem.MolToMolBlock(mol, includeStereo=False, kekulize=False, forceV3000=large)


def _records(source: Iterable[str]) -> Iterator[tuple[list[str], bool]]:
    """Lines of each record, and whether its closing line was there."""
    lines: list[str] = []
    for line in source:
        # RDKit never writes the mark inside a record, and a title that starts with it is quoted.
        if line.startswith(_END):
            yield lines, True
            lines = []
        else:
            lines.append(line.rstrip("\n"))
    if any(line.strip() for line in lines):
        yield lines, False


def _record(lines: list[str], closed: bool, record: int, first_line: int) -> Record:
    try:
        _require_whole(lines, closed, only=record == 1)
        return _structure(lines)
    except ValueError as error:
        return Problem.of(error, record, first_line)


def _require_whole(lines: list[str], closed: bool, *, only: bool) -> None:
    alone = only and not any(line.startswith(">") for line in lines[_HEADER:])
    if not closed and not alone:
        raise RecordError(f"no '{_END}' line: the file is cut short", len(lines) - 1)


def _structure(lines: list[str]) -> Structure:
    end = _end_of_block(lines)
    with quiet():
        mol, positions = _mol(lines[: end + 1])
        bonds = bonds_of(mol)
    first_atom = _HEADER if _is_v2000(lines) else None
    require_sound(positions, first_atom)
    numbers = [mol.GetAtomWithIdx(index).GetAtomicNum() for index in range(len(positions))]
    if 0 in numbers:
        raise _unknown_element(lines, numbers.index(0), first_atom)
    return Structure(np.array(numbers), positions, bonds, unquote(lines[0]), _data(lines[end + 1 :]))


def _unknown_element(lines: list[str], atom: int, first_atom: int | None) -> RecordError:
    if first_atom is None:
        return RecordError(f"atom {atom + 1} is not an element")
    name = lines[first_atom + atom][30:34].strip()
    return RecordError(f"atom {atom + 1} is not an element: '{name}'", first_atom + atom)


def _is_v2000(lines: list[str]) -> bool:
    return "V3000" not in lines[_HEADER - 1]


def _end_of_block(lines: list[str]) -> int:
    for index, line in enumerate(lines):
        if index >= _HEADER and line.startswith(_MOL_END):
            return index
    raise RecordError(f"no '{_MOL_END}' line: the record is cut short or not a mol block")


def _mol(lines: list[str]) -> tuple[Chem.Mol, np.ndarray]:
    """The molecule of a mol block and its coordinates `[n_atoms, 3]`."""
    if not _is_v2000(lines):
        mol = _rdkit_mol(lines)
        if mol is None or mol.GetNumConformers() == 0:
            raise RecordError("the mol block cannot be read")
        return mol, mol.GetConformer().GetPositions()
    # Not RDKit's: it reads the number at the beginning of anything, 1.2 of 1.2.3 and 0 of blanks.
    positions = _positions(lines)
    # RDKit works out stereo from the coordinates and gives up on atoms that lie on each other: hide them from it.
    mol = _rdkit_mol(lines) or _rdkit_mol(_flattened(lines, len(positions)))
    if mol is None or mol.GetNumAtoms() != len(positions):
        raise _fault(lines, len(positions))
    return mol, positions


def _rdkit_mol(lines: list[str]) -> Chem.Mol | None:
    try:
        return Chem.MolFromMolBlock("\n".join([*lines, ""]), sanitize=False, removeHs=False, strictParsing=False)
    except (RuntimeError, ValueError):
        return None


def _positions(lines: list[str]) -> np.ndarray:
    """Coordinates `[n_atoms, 3]` of a V2000 block."""
    count = lines[_HEADER - 1][:3].strip()
    if not count.isdecimal():
        raise RecordError("the line with the numbers of atoms and bonds cannot be read", _HEADER - 1)
    atoms = lines[_HEADER : _HEADER + int(count)]
    return np.array([_coordinates(line, index) for index, line in enumerate(atoms)]).reshape(-1, 3)


def _coordinates(line: str, index: int) -> list[float]:
    try:
        return [float(line[:10]), float(line[10:20]), float(line[20:30])]
    except ValueError:
        raise RecordError(f"the coordinates of atom {index + 1} are not numbers", _HEADER + index) from None


def _flattened(lines: list[str], n_atoms: int) -> list[str]:
    """A V2000 block with all coordinates 0."""
    zeros, stop = f"{0.0:10.4f}" * 3, _HEADER + n_atoms
    return ["", "", "", lines[3], *(zeros + line[30:] for line in lines[_HEADER:stop]), *lines[stop:]]


def _fault(lines: list[str], n_atoms: int) -> RecordError:
    """Why RDKit cannot read a V2000 block, if that is one of the common reasons."""
    for index, line in enumerate(lines[_HEADER : _HEADER + n_atoms]):
        if not line[30:34].strip():
            return _unknown_element(lines, index, _HEADER)
    n_bonds = lines[_HEADER - 1][3:6].strip()
    bonds = lines[_HEADER + n_atoms :][: int(n_bonds) if n_bonds.isdecimal() else 0]
    for index, line in enumerate(bonds):
        ends = [line[at : at + 3].strip() for at in (0, 3)]
        if not all(end.isdecimal() and 1 <= int(end) <= n_atoms for end in ends):
            return RecordError(f"bond {index + 1} does not join two of the atoms", _HEADER + n_atoms + index)
    return RecordError("the mol block cannot be read")


def _data(lines: list[str]) -> dict[str, str]:
    """Data fields after the mol block; a value ends at an empty line."""
    fields: dict[str, list[str]] = {}
    value: list[str] | None = None
    for line in lines:
        header = _DATA_NAME.match(line) if value is None else None
        if header:
            value = fields.setdefault(unquote(header[1]), [])
            value.clear()
        elif not line.strip():
            value = None
        elif value is not None:
            value.append(line)
    return {name: unquote("\n".join(value)) for name, value in fields.items()}


def _plain_name(name: str) -> bool:
    return one_line(name) and bool(name)


def _plain_value(value: str) -> bool:
    """Whether each line of a value may stand in the file as it is."""
    lines = value.split("\n")
    return all(line.strip() and "\r" not in line and not line.startswith((_END, ">")) for line in lines)
