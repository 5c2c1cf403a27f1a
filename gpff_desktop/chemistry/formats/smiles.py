"""SMILES files: one molecule a line, then its title. Coordinates are not kept; reading makes new ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from rdkit import Chem

from gpff_desktop.chemistry.convert import from_smiles, to_rdkit
from gpff_desktop.chemistry.formats.common import FormatError, Problem, Record, one_line, quote_unless, unquote
from gpff_desktop.chemistry.molecules import quiet
from gpff_desktop.structure import Structure


def parse(lines: Iterable[str]) -> Iterator[Record]:
    """Molecules of a SMILES file, each embedded in 3D; lines that begin with `#` are comments.

    A molecule without a title is called by its SMILES.
    """
    record = 0
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            record += 1
            yield _record(line, record, number)


def write(file: TextIO, structure: Structure, record: int = 1) -> None:
    """Append the canonical SMILES of a structure and its title.

    Raises
    ------
    FormatError
        If its bonds do not make a molecule.
    """
    smiles = canonical(structure)
    title = structure.title
    title = quote_unless(one_line(title) and len(title.splitlines()) < 2, title) if title else ""
    file.write(f"{smiles} {title}".rstrip() + "\n")


def canonical(structure: Structure) -> str:
    """Canonical SMILES of a structure's bonds, with stereo marks from its coordinates.

    Raises
    ------
    FormatError
        If the bonds (perceived if there are none) do not make a molecule.
    """
    try:
        with quiet():
            mol = to_rdkit(structure, sanitize=True)
            Chem.AssignStereochemistryFrom3D(mol)
            return Chem.MolToSmiles(Chem.RemoveHs(mol))
    except (ValueError, RuntimeError) as error:
        reason = next(iter(str(error).splitlines()), "RDKit gives no reason")
        raise FormatError(f"its bonds make no molecule that SMILES can say ({reason}); write .sdf or .xyz") from error


def _record(line: str, record: int, number: int) -> Record:
    smiles, *name = line.strip().split(maxsplit=1)
    try:
        return from_smiles(smiles).with_title(unquote(name[0]) if name else smiles)
    except (ValueError, RuntimeError) as error:
        return Problem.of(ValueError(str(error)), record, number)
