"""SDF and MOL files: V2000, or V3000 where V2000 has no room; bonds and properties travel along.

Coordinates have 4 decimals in V2000 and 6 in V3000: a limit of the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
from rdkit import Chem

from gpff_desktop.chemistry.bonds import perceive_bonds
from gpff_desktop.chemistry.formats.common import (
    Problem,
    Record,
    one_line,
    open_text,
    quote_unless,
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


def read(path: Path) -> Iterator[Record]:
    """Records of an SDF or MOL file, one by one; molecules that fail sanitisation are welcome."""
    with open_text(path) as file:
        for record, (lines, closed) in enumerate(_records(file), start=1):
            try:
                _require_whole(lines, closed, only=record == 1)
                yield _parse(lines)
            except ValueError as error:
                yield Problem(record, str(error))


def write_sdf(file: TextIO, structure: Structure) -> None:
    """Append one record with its properties; bonds are perceived if the structure has none."""
    _write_block(file, structure)
    for name, value in structure.properties.items():
        file.write(f">  <{quote_unless(_plain_name(name), name)}>\n")
        file.write(f"{quote_unless(_plain_value(str(value)), str(value))}\n\n")
    file.write(f"{_END}\n")


def write_mol(file: TextIO, structure: Structure) -> None:
    """Write a MOL file; properties, where there are any, follow the mol block as they do in SDF.

    Readers of MOL stop at the end of the block, so nothing is lost and nobody is disturbed.
    """
    if structure.properties:
        write_sdf(file, structure)
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


def _records(file: TextIO) -> Iterator[tuple[list[str], bool]]:
    """Lines of each record, and whether its closing line was there."""
    lines: list[str] = []
    for line in file:
        # RDKit never writes the mark inside a record, and a title that starts with it is quoted.
        if line.startswith(_END):
            yield lines, True
            lines = []
        else:
            lines.append(line.rstrip("\n"))
    if any(line.strip() for line in lines):
        yield lines, False


def _require_whole(lines: list[str], closed: bool, *, only: bool) -> None:
    alone = only and not any(line.startswith(">") for line in lines[_HEADER:])
    if not closed and not alone:
        raise ValueError(f"no '{_END}' line: the file is cut short")


def _parse(lines: list[str]) -> Structure:
    end = _end_of_block(lines)
    with quiet():
        mol, positions = _mol(lines[: end + 1])
        bonds = bonds_of(mol)
    numbers = np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()], dtype=np.int64)
    if (numbers == 0).any():
        raise ValueError(f"atom {int(np.flatnonzero(numbers == 0)[0]) + 1} is not an element")
    return Structure(numbers, positions, bonds, unquote(lines[0]), _data(lines[end + 1 :]))


def _end_of_block(lines: list[str]) -> int:
    for index, line in enumerate(lines):
        if index >= _HEADER and line.startswith(_MOL_END):
            return index
    raise ValueError(f"no '{_MOL_END}' line: the record is cut short or not a mol block")


def _mol(lines: list[str]) -> tuple[Chem.Mol, np.ndarray]:
    """The molecule of a mol block and its coordinates `[n_atoms, 3]`."""
    mol = _rdkit_mol(lines)
    if mol is not None and mol.GetNumConformers():
        return mol, mol.GetConformer().GetPositions()
    # RDKit works out stereo from the coordinates and gives up on atoms that lie on each other: hide them from it.
    flat, positions = _flattened(lines)
    mol = _rdkit_mol(flat)
    if mol is None or mol.GetNumAtoms() != len(positions):
        raise ValueError("the mol block cannot be read")
    return mol, positions


def _rdkit_mol(lines: list[str]) -> Chem.Mol | None:
    try:
        return Chem.MolFromMolBlock("\n".join([*lines, ""]), sanitize=False, removeHs=False, strictParsing=False)
    except (RuntimeError, ValueError):
        return None


def _flattened(lines: list[str]) -> tuple[list[str], np.ndarray]:
    """A V2000 block with all coordinates 0, and the coordinates it had."""
    try:
        stop = _HEADER + int(lines[_HEADER - 1][:3])
        atoms = lines[_HEADER:stop]
        positions = np.array([[float(line[at : at + 10]) for at in (0, 10, 20)] for line in atoms]).reshape(-1, 3)
    except (ValueError, IndexError) as error:
        raise ValueError("the mol block cannot be read") from error
    zeros = f"{0.0:10.4f}" * 3
    return [lines[0], "", "", lines[3], *(zeros + line[30:] for line in atoms), *lines[stop:]], positions


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
