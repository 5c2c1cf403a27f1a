"""What had to survive a run: a locked scaffold's bonds and stereo, or a whole molecule's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rdkit import Chem

from gpff_desktop.chemistry.bonds import connectivity, perceive_bonds
from gpff_desktop.chemistry.building import edit
from gpff_desktop.chemistry.molecules import bonded_mol, quiet
from gpff_desktop.structure import Structure


@dataclass(frozen=True, eq=False)
class Scaffold:
    """Atoms of a structure that a run keeps at their places.

    Parameters
    ----------
    whole
        The structure; its bonds are perceived if it has none.
    kept
        Atoms (from 0) that stay, in ascending order.
    """

    whole: Structure
    kept: tuple[int, ...]

    @property
    def atoms(self) -> Structure:
        """Only the atoms that stay, as they come first in a result."""
        return edit.kept(self.whole, np.array(self.kept, dtype=np.int64)).structure

    def loss(self, structure: Structure) -> str:
        """Why it did not survive in the result of a run; empty if it did. See `scaffold_kept`."""
        return scaffold_kept(structure, self.whole, self.kept)


def scaffold_kept(structure: Structure, scaffold: Structure, locked: Sequence[int]) -> str:
    """Why a scaffold did not survive growing; empty if its bonds, stereo and aromatic rings did.

    Locked atoms must be bonded as they were, none more and none less (orders aside: growing conjugates, but an aromatic
    ring stays one). As they do not move, stereo among them can only be lost with a centre's fourth neighbour or with a
    double bond.

    Parameters
    ----------
    structure
        Result of a run; its first atoms are the locked ones, in the order of the scaffold.
    scaffold
        What it was grown on; its bonds are perceived if it has none.
    locked
        Indices (from 0) of the scaffold's atoms that were locked.
    """
    kept = sorted(set(locked))
    old = _bonded_mol(scaffold, scaffold.bonds)
    new = _bonded_mol(structure, None)
    before, after = _pairs(old, kept), _pairs(new, range(len(kept)))
    for i, j in sorted(before ^ after):
        happened = "a bond was lost" if (i, j) in before else "a bond was made"
        return f"{happened} between atoms {i + 1} and {j + 1} of the scaffold"
    return _lost_stereo(old, new, kept) or _lost_aromaticity(old, new, kept)


def molecule_changed(structure: Structure, reference: Structure) -> str:
    """Why a structure is not the molecule of a reference with the same atoms in the same order; empty if it is.

    Connectivity by distance must be that of the reference's bonds, orders aside, and so must the handedness of each
    stereocentre and the side of each double bond.

    Raises
    ------
    ValueError
        If the atoms are not the same.
    """
    if not np.array_equal(structure.numbers, reference.numbers):
        raise ValueError("the structures must have the same atoms in the same order")
    bonds = perceive_bonds(reference) if reference.bonds is None else reference.bonds
    before, after = _bonded(bonds), _bonded(connectivity(structure))
    for i, j in sorted(before ^ after):
        happened = "lost" if (i, j) in before else "made"
        return f"the bond {edit.name(reference, i)}–{edit.name(reference, j)} was {happened}"
    old, new = _bonded_mol(reference, bonds), _bonded_mol(structure, bonds)
    for a, b in zip(old.GetAtoms(), new.GetAtoms(), strict=True):
        if a.GetChiralTag() != b.GetChiralTag():
            return f"the stereocentre {edit.name(reference, a.GetIdx())} was inverted"
    for a, b in zip(old.GetBonds(), new.GetBonds(), strict=True):
        if a.GetStereo() != b.GetStereo():
            ends = (edit.name(reference, end) for end in (a.GetBeginAtomIdx(), a.GetEndAtomIdx()))
            return f"the double bond {'='.join(ends)} was turned"
    return ""


def _bonded(bonds: np.ndarray) -> set[tuple[int, int]]:
    return {(min(i, j), max(i, j)) for i, j in bonds[:, :2].tolist()}


def _bonded_mol(structure: Structure, bonds: np.ndarray | None) -> Chem.Mol:
    with quiet():
        mol = bonded_mol(structure, perceive_bonds(structure) if bonds is None else bonds)
        Chem.SanitizeMol(mol, catchErrors=True)
        Chem.AssignStereochemistryFrom3D(mol)
    return mol


def _pairs(mol: Chem.Mol, atoms: Sequence[int]) -> set[tuple[int, int]]:
    """Bonded pairs of some atoms, by their places in the list."""
    return {(i, j) for j in range(len(atoms)) for i in range(j) if mol.GetBondBetweenAtoms(atoms[i], atoms[j])}


def _lost_stereo(old: Chem.Mol, new: Chem.Mol, kept: Sequence[int]) -> str:
    place = {atom: k for k, atom in enumerate(kept)}
    for atom in old.GetAtoms():
        held = sum(neighbour.GetIdx() in place for neighbour in atom.GetNeighbors())
        centre = atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED and atom.GetIdx() in place and held >= 3
        if centre and new.GetAtomWithIdx(place[atom.GetIdx()]).GetDegree() != 4:
            return f"the stereocentre at atom {place[atom.GetIdx()] + 1} of the scaffold was lost"
    for bond in old.GetBonds():
        i, j = place.get(bond.GetBeginAtomIdx(), -1), place.get(bond.GetEndAtomIdx(), -1)
        if bond.GetStereo() <= Chem.BondStereo.STEREOANY or min(i, j) < 0:
            continue
        if new.GetBondBetweenAtoms(i, j).GetBondType() == Chem.BondType.SINGLE:
            return f"the double bond between atoms {i + 1} and {j + 1} of the scaffold, and its stereo, was lost"
    return ""


def _lost_aromaticity(old: Chem.Mol, new: Chem.Mol, kept: Sequence[int]) -> str:
    place = {atom: k for k, atom in enumerate(kept)}
    for ring in Chem.GetSymmSSSR(old):
        held = all(atom in place and old.GetAtomWithIdx(atom).GetIsAromatic() for atom in ring)
        if held and not all(new.GetAtomWithIdx(place[atom]).GetIsAromatic() for atom in ring):
            atoms = ", ".join(str(k) for k in sorted(place[atom] + 1 for atom in ring))
            return f"the aromatic ring of atoms {atoms} of the scaffold was lost"
    return ""
