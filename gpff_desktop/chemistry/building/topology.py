"""Who is bonded to whom, and what hangs together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from gpff_desktop.chemistry.bonds import connectivity, perceive_bonds
from gpff_desktop.structure import Structure


def bonds_with_orders(structure: Structure) -> np.ndarray:
    """The structure's bonds `[n_bonds, 3]`, perceived with their orders if they are not known."""
    return perceive_bonds(structure) if structure.bonds is None else structure.bonds


def bonds_by_distance(structure: Structure) -> np.ndarray:
    """The structure's bonds `[n_bonds, 3]`; if they are not known, by distance: quick, all of order 1."""
    return connectivity(structure) if structure.bonds is None else structure.bonds


def neighbours(atom: int, bonds: np.ndarray) -> np.ndarray:
    """Other atoms `[n]` bonded to an atom, in ascending order."""
    found = np.unique(np.concatenate([bonds[bonds[:, 0] == atom, 1], bonds[bonds[:, 1] == atom, 0]]))
    return found[found != atom]


def neighbour_lists(n_atoms: int, bonds: np.ndarray) -> list[list[int]]:
    """Atoms bonded to each atom."""
    lists: list[list[int]] = [[] for _ in range(n_atoms)]
    for first, second in bonds[:, :2].tolist():
        lists[first].append(second)
        lists[second].append(first)
    return lists


def touching(atoms: Iterable[int], bonds: np.ndarray) -> np.ndarray:
    """Which bonds `[n_bonds]` have an end among some atoms."""
    inside = np.isin(bonds[:, :2], np.fromiter(atoms, dtype=np.int64))
    return inside[:, 0] | inside[:, 1]


def between(first: int, second: int, bonds: np.ndarray) -> np.ndarray:
    """Which bonds `[n_bonds]` join two atoms, in either order."""
    same: np.ndarray = (np.sort(bonds[:, :2], axis=1) == sorted((first, second))).all(axis=1)
    return same


def reachable(atom: int, n_atoms: int, bonds: np.ndarray) -> frozenset[int]:
    """An atom and all that bonds lead to from it."""
    order = breadth_first_order(_graph(n_atoms, bonds), atom, directed=False, return_predecessors=False)
    return frozenset(order.tolist())


def piece_labels(n_atoms: int, bonds: np.ndarray) -> np.ndarray:
    """Number `[n_atoms]` of the connected piece that each atom is in."""
    return connected_components(_graph(n_atoms, bonds), directed=False)[1] if n_atoms else np.empty(0, dtype=np.int64)


def order_sums(n_atoms: int, bonds: np.ndarray) -> np.ndarray:
    """Sum of the orders `[n_atoms]` of each atom's bonds."""
    sums = np.zeros(n_atoms, dtype=np.int64)
    for column in (0, 1):
        np.add.at(sums, bonds[:, column], bonds[:, 2])
    return sums


def _graph(n_atoms: int, bonds: np.ndarray) -> csr_array:
    return csr_array((np.ones(len(bonds), dtype=np.int8), (bonds[:, 0], bonds[:, 1])), shape=(n_atoms, n_atoms))
