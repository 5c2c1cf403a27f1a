"""Sets of atoms by what they are and what they are bonded to."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from rdkit import Chem

from gpff_desktop.chemistry.building.edit import checked
from gpff_desktop.chemistry.building.topology import (
    bonds_by_distance,
    bonds_with_orders,
    neighbour_lists,
    piece_labels,
    reachable,
    touching,
)
from gpff_desktop.chemistry.convert import match_smarts
from gpff_desktop.chemistry.molecules import bonded_mol
from gpff_desktop.structure import Structure


def by_smarts(structure: Structure, smarts: str) -> frozenset[int]:
    """All atoms that are part of a match of a SMARTS pattern; `convert.match_smarts` gives the matches one by one.

    Raises
    ------
    ValueError
        If the pattern cannot be read.
    """
    return frozenset(atom for match in match_smarts(structure, smarts) for atom in match)


def by_element(structure: Structure, number: int) -> frozenset[int]:
    """All atoms of an element."""
    return _indices(structure.numbers == number)


def hydrogens(structure: Structure) -> frozenset[int]:
    """All hydrogens."""
    return _indices(structure.numbers == 1)


def heavy(structure: Structure) -> frozenset[int]:
    """All atoms but hydrogens."""
    return _indices(structure.numbers > 1)


def invert(structure: Structure, atoms: Iterable[int]) -> frozenset[int]:
    """All other atoms."""
    return frozenset(range(len(structure))) - frozenset(atoms)


def grow(structure: Structure, atoms: Iterable[int]) -> frozenset[int]:
    """The atoms and all that are bonded to them.

    Raises
    ------
    ValueError
        If an atom is not there.
    """
    chosen = checked(structure, atoms)
    bonds = bonds_by_distance(structure)
    return frozenset(chosen.tolist()) | frozenset(bonds[touching(chosen, bonds), :2].ravel().tolist())


def shrink(structure: Structure, atoms: Iterable[int]) -> frozenset[int]:
    """The atoms without those that are bonded to atoms outside.

    Raises
    ------
    ValueError
        If an atom is not there.
    """
    chosen = frozenset(checked(structure, atoms).tolist())
    return chosen - grow(structure, invert(structure, chosen))


def fragment_of(structure: Structure, atom: int) -> frozenset[int]:
    """An atom and all that bonds connect to it.

    Raises
    ------
    ValueError
        If the atom is not there.
    """
    checked(structure, [atom])
    return reachable(atom, len(structure), bonds_by_distance(structure))


def pieces(structure: Structure) -> list[frozenset[int]]:
    """The connected pieces, in the order of their first atoms."""
    labels = piece_labels(len(structure), bonds_by_distance(structure))
    firsts = np.unique(labels, return_index=True)[1]
    return [_indices(labels == labels[first]) for first in np.sort(firsts)]


def ring_atoms(structure: Structure) -> frozenset[int]:
    """All atoms in rings."""
    mol = bonded_mol(structure, bonds_by_distance(structure))
    Chem.FastFindRings(mol)
    return frozenset(atom.GetIdx() for atom in mol.GetAtoms() if atom.IsInRing())


def scaffold(structure: Structure) -> frozenset[int]:
    """Rings, the chains between them and what is bonded to these by double bonds; empty where there is no ring.

    The framework of Bemis & Murcko (1996, doi:10.1021/jm9602928) in RDKit's reading, which keeps the double bonds.
    """
    bonds = bonds_with_orders(structure)
    framework = _without_side_chains(len(structure), bonds)
    doubled = bonds[(bonds[:, 2] == 2) & touching(framework, bonds), :2]
    return framework | frozenset(doubled.ravel().tolist())


def _without_side_chains(n_atoms: int, bonds: np.ndarray) -> frozenset[int]:
    """What is left after taking off ends of chains until there are none."""
    lists = neighbour_lists(n_atoms, bonds)
    degrees = [len(bonded) for bonded in lists]
    ends = [atom for atom, degree in enumerate(degrees) if degree <= 1]
    left = set(range(n_atoms))
    while ends:
        end = ends.pop()
        left.discard(end)
        for other in lists[end]:
            degrees[other] -= 1
            if other in left and degrees[other] == 1:
                ends.append(other)
    return frozenset(left)


def _indices(chosen: np.ndarray) -> frozenset[int]:
    return frozenset(np.flatnonzero(chosen).tolist())
