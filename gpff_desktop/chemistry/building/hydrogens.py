"""Hydrogens that fill valences, and structures without them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from rdkit import Chem

from gpff_desktop.chemistry.building.edit import BuildError, Edit, checked, extended, kept, name, unedited
from gpff_desktop.chemistry.building.orders import bonds_of_skeleton
from gpff_desktop.chemistry.building.topology import neighbours
from gpff_desktop.chemistry.building.valences import open_valences, overfull_atoms, saturated_mol
from gpff_desktop.chemistry.molecules import quiet
from gpff_desktop.structure import Structure


def adjust_hydrogens(structure: Structure, atoms: Iterable[int] | None = None) -> Edit:
    """Add and remove hydrogens until valences are filled; heavy atoms stay exactly where they are.

    Atoms are taken as neutral, except where bonds between heavy atoms ask for charges, as in nitro groups. Metals and
    other elements without a usual valence get no hydrogens. The bonds are known afterwards.

    Parameters
    ----------
    structure
        The molecule. If its bonds are not known they are perceived, from bond lengths where hydrogens are missing.
    atoms
        Heavy atoms whose hydrogens are adjusted (hydrogens among them are passed over); by default all.

    Raises
    ------
    BuildError
        If an atom is not there, or has more bonds than its element allows.
    """
    chosen = np.arange(len(structure)) if atoms is None else checked(structure, atoms)
    bonds = bonds_of_skeleton(structure) if structure.bonds is None else structure.bonds
    _check_valences(structure, bonds, chosen)
    known = structure.with_bonds(bonds)
    lacking = np.zeros(len(structure), dtype=np.int64)
    lacking[chosen] = open_valences(known, bonds)[chosen]
    trimmed = kept(known, np.delete(np.arange(len(known)), _surplus(known, lacking)))
    return trimmed.then(_filled(trimmed.structure, lacking[trimmed.origin]))


def remove_hydrogens(structure: Structure) -> Edit:
    """The heavy atoms and the bonds among them; the bonds are perceived while the hydrogens are there to tell."""
    bonds = bonds_of_skeleton(structure) if structure.bonds is None else structure.bonds
    return kept(structure.with_bonds(bonds), np.flatnonzero(structure.numbers > 1))


def _check_valences(structure: Structure, bonds: np.ndarray, atoms: np.ndarray) -> None:
    overfull = np.intersect1d(overfull_atoms(structure, bonds), atoms)
    if len(overfull):
        atom = int(overfull[0])
        raise BuildError(f"{name(structure, atom)} has too many bonds; remove one or lower its order")


def _surplus(structure: Structure, lacking: np.ndarray) -> np.ndarray:
    """Hydrogens `[n]` to remove: of each atom that has too many, those that were added last."""
    assert structure.bonds is not None
    gone: list[int] = []
    for atom in np.flatnonzero(lacking < 0).tolist():
        bonded = neighbours(atom, structure.bonds)
        hydrogens = bonded[structure.numbers[bonded] == 1]
        gone += hydrogens[lacking[atom] :].tolist()
    return np.unique(np.array(gone, dtype=np.int64))


def _filled(structure: Structure, lacking: np.ndarray) -> Edit:
    """The structure with hydrogens `[n_atoms]` added, where RDKit places them."""
    assert structure.bonds is not None
    wanting = np.flatnonzero(lacking > 0)
    if not len(wanting):
        # RDKit reads an empty list of atoms as all of them.
        return unedited(structure)
    with quiet():
        mol = saturated_mol(structure, structure.bonds)
        full = Chem.AddHs(mol, addCoords=True, onlyOnAtoms=wanting.tolist())
    parents = np.array(
        [a.GetNeighbors()[0].GetIdx() for a in full.GetAtoms() if a.GetIdx() >= len(structure)], np.int64
    )
    positions = full.GetConformer().GetPositions()[len(structure) :]
    hydrogens = len(structure) + np.arange(len(parents))
    bonds = np.column_stack([parents, hydrogens, np.ones_like(parents)])
    return extended(structure, np.ones_like(parents), positions, np.vstack([structure.bonds, bonds]))
