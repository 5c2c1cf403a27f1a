"""Molecules from SMILES, ready to be put into a structure."""

from __future__ import annotations

from functools import reduce

from rdkit import Chem

from gpff_desktop.chemistry import convert
from gpff_desktop.chemistry.building.atoms import beside, merge
from gpff_desktop.chemistry.building.edit import BuildError
from gpff_desktop.chemistry.molecules import quiet
from gpff_desktop.structure import Structure

CHARGE = "charge"
"""Property that holds the total charge where it is not 0: a structure itself knows only elements and bonds."""
_LARGE = 20


def is_large(text: str) -> bool:
    """Whether a SMILES names so many atoms that its molecule takes a noticeable time to embed."""
    with quiet():
        mol = Chem.MolFromSmiles(text.strip())
    return mol is not None and mol.GetNumHeavyAtoms() > _LARGE


def from_smiles(text: str, seed: int = 0) -> Structure:
    """A conformer with all hydrogens, see `convert.from_smiles`; pieces written with a dot are set side by side.

    Raises
    ------
    BuildError
        If the text is not a SMILES, names atoms that are no elements, or no conformer is found.
    """
    smiles = text.strip()
    with quiet():
        mol = Chem.MolFromSmiles(smiles) if smiles else None
        # A dot does not always part molecules (C1.C1 is ethane), so the pieces are those of the molecule.
        pieces = Chem.GetMolFrags(mol, asMols=True) if mol is not None else ()
    written = [smiles] if len(pieces) <= 1 else [Chem.MolToSmiles(piece) for piece in pieces]
    try:
        structures = [convert.from_smiles(piece, seed) for piece in written]
    except ValueError as error:
        raise BuildError(str(error)) from None
    whole = reduce(_side_by_side, structures).with_title(smiles)
    charge = Chem.GetFormalCharge(mol)
    return whole.with_properties(**{CHARGE: f"{charge:+d}"}) if charge else whole


def _side_by_side(first: Structure, second: Structure) -> Structure:
    return merge(first, second.with_positions(second.positions + beside(first, second))).structure
