"""Bond orders of molecules without their hydrogens, from lengths and angles."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

from gpff_desktop.chemistry.bonds import connectivity, perceive_bonds
from gpff_desktop.chemistry.building.directions import bond_length
from gpff_desktop.chemistry.building.topology import neighbour_lists, order_sums
from gpff_desktop.chemistry.building.valences import open_valences
from gpff_desktop.structure import Structure

# Lengths against the sum of the radii. Aromatic bonds have 0.91 to 0.93, conjugated single ones 0.95 and more.
_DOUBLE_BELOW = 0.94
_TRIPLE_BELOW = 0.84
# What one more multiple bond is worth beside a better length: in a ring, as many as fit.
_BONUS = 0.1
_BENT = np.cos(np.radians(150))
_FLAT_ANGLES = np.radians(345)
_LARGEST = 500
# Double bonds by element and number of neighbours, where lengths choose only which: oxygen at the end of P=O and S=O.
_OXIDES = {(8, 1): 1, (15, 4): 1, (16, 3): 1, (16, 4): 2}


def bonds_of_skeleton(structure: Structure) -> np.ndarray:
    """Bonds `[n_bonds, 3]` with orders, also where hydrogens are missing.

    What `perceive_bonds` makes of a whole molecule stands. If it finds no multiple bonds, or cumulated and triple ones
    at bent atoms, hydrogens must be missing. Then short bonds between flat atoms with open valences become
    double or triple: the choice with the most and shortest multiple bonds, an integer linear programme.
    """
    perceived = perceive_bonds(structure)
    if not len(perceived) or len(structure) > _LARGEST or _believable(structure, perceived):
        return perceived
    bonds = connectivity(structure)
    capacity = _pi_capacity(structure, bonds)
    ends = structure.positions[bonds[:, :2]]
    usual = np.array([bond_length(*pair) for pair in structure.numbers[bonds[:, :2]].tolist()])
    ratio = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1) / usual
    candidates = np.flatnonzero((capacity[bonds[:, :2]] > 0).all(axis=1) & (ratio < _DOUBLE_BELOW))
    if len(candidates):
        bonds[candidates, 2] += _best_raises(bonds[candidates, :2], ratio[candidates], capacity)
    return bonds


def _believable(structure: Structure, bonds: np.ndarray) -> bool:
    if bonds[:, 2].max() == 1:
        return False
    lists = neighbour_lists(len(structure), bonds)
    pi_bonds = order_sums(len(structure), bonds) - [len(bonded) for bonded in lists]
    carbons = np.flatnonzero((pi_bonds >= 2) & np.isin(structure.numbers, (6, 7)))
    return not any(_is_bent(structure, atom, lists[atom]) for atom in carbons.tolist())


def _pi_capacity(structure: Structure, bonds: np.ndarray) -> np.ndarray:
    """By how much `[n_atoms]` the orders at each atom may rise: 0 at pyramidal and 1 at bent or flat ones."""
    capacity = np.maximum(0, open_valences(structure, bonds))
    for atom, bonded in enumerate(neighbour_lists(len(structure), bonds)):
        kind = (int(structure.numbers[atom]), len(bonded))
        if kind in _OXIDES:
            capacity[atom] = _OXIDES[kind]
        elif len(bonded) > 2 and not _is_flat(structure, atom, bonded):
            capacity[atom] = 0
        elif _is_bent(structure, atom, bonded):
            capacity[atom] = min(1, capacity[atom])
    return capacity


def _best_raises(pairs: np.ndarray, ratio: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """By how much `[n_pairs]` to raise each bond's order, 0 to 2, within what the atoms can take."""
    n_pairs = len(pairs)
    columns = np.repeat(np.arange(n_pairs), 2)
    incidence = csr_array((np.ones(2 * n_pairs), (pairs.ravel(), columns)), shape=(len(capacity), n_pairs))
    one = eye_array(n_pairs)
    # Two unknowns a bond: whether it is at least double, and whether it is triple, which implies the first.
    worth = np.concatenate([_BONUS + _DOUBLE_BELOW - ratio, 2 * (_TRIPLE_BELOW - ratio)])
    constraints = [
        LinearConstraint(hstack([incidence, incidence]), -np.inf, capacity),
        LinearConstraint(hstack([-one, one]), -np.inf, 0),
    ]
    found = milp(-worth, integrality=np.ones(2 * n_pairs), bounds=Bounds(0, 1), constraints=constraints)
    if found.x is None:
        return np.zeros(n_pairs, dtype=np.int64)
    return np.rint(found.x).astype(np.int64).reshape(2, n_pairs).sum(axis=0)


def _is_flat(structure: Structure, atom: int, bonded: list[int]) -> bool:
    cosines = _cosines(structure, atom, bonded)
    return len(bonded) == 3 and float(np.arccos(np.clip(cosines, -1, 1)).sum()) > _FLAT_ANGLES


def _is_bent(structure: Structure, atom: int, bonded: list[int]) -> bool:
    return len(bonded) > 1 and float(_cosines(structure, atom, bonded).max()) > _BENT


def _cosines(structure: Structure, atom: int, bonded: list[int]) -> np.ndarray:
    """Cosines `[n_pairs]` of the angles between all pairs of an atom's bonds."""
    arms = structure.positions[bonded] - structure.positions[atom]
    arms = arms / np.linalg.norm(arms, axis=1, keepdims=True)
    return (arms @ arms.T)[np.triu_indices(len(bonded), 1)]
