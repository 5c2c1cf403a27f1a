"""Atoms and bonds: add, delete, change, copy, join."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from gpff_desktop.chemistry.building.directions import bond_length, free_direction
from gpff_desktop.chemistry.building.edit import (
    BuildError,
    Edit,
    checked,
    element_checked,
    extended,
    kept,
    unedited,
)
from gpff_desktop.chemistry.building.topology import between, bonds_with_orders
from gpff_desktop.structure import Structure

ORDERS = (1, 2, 3)
GAP = 2.5
"""Å of empty space left between what is there and what is put beside it."""


def add_atom(structure: Structure, number: int, position: np.ndarray) -> Edit:
    """A lone atom at a position `[3]` in Å; it is the last one.

    Raises
    ------
    BuildError
        If there is no such element or the position is not three finite numbers.
    """
    return extended(structure, np.array([element_checked(number)]), _point(position), structure.bonds)


def add_bonded(
    structure: Structure, atom: int, number: int, order: int = 1, direction: np.ndarray | None = None
) -> Edit:
    """A new atom bonded to another, at the usual bond length; it is the last one, and all bonds are then known.

    Parameters
    ----------
    structure
        The molecule; bonds are perceived if they are not known.
    atom
        Where it is bonded.
    number
        Its atomic number.
    order
        Of the bond.
    direction
        Vector `[3]` of any length from the atom towards the new one; by default where the bonds leave room.

    Raises
    ------
    BuildError
        If the atom, the element or the order does not exist or the direction has no length.
    """
    checked(structure, [atom])
    _check_order(order)
    bonds = bonds_with_orders(structure)
    unit = free_direction(structure.with_bonds(bonds), atom, order) if direction is None else _unit(direction)
    length = bond_length(int(structure.numbers[atom]), element_checked(number), order)
    longer = np.vstack([bonds, [atom, len(structure), order]])
    return extended(structure, np.array([number]), structure.positions[atom] + length * unit, longer)


def delete_atoms(structure: Structure, atoms: Iterable[int]) -> Edit:
    """The structure without some atoms and their bonds.

    Raises
    ------
    BuildError
        If an atom is not there.
    """
    return kept(structure, np.delete(np.arange(len(structure)), checked(structure, atoms)))


def set_elements(structure: Structure, atoms: Iterable[int], number: int) -> Structure:
    """Some atoms as another element; positions, bonds and hydrogens stay as they are.

    Raises
    ------
    BuildError
        If an atom is not there or there is no such element.
    """
    numbers = structure.numbers.copy()
    numbers[checked(structure, atoms)] = element_checked(number)
    return replace(structure, numbers=numbers)


def set_bond(structure: Structure, i: int, j: int, order: int) -> Structure:
    """The bond between two atoms with another order, made if there is none; order 0 removes it.

    Bonds are perceived first if they are not known.

    Raises
    ------
    BuildError
        If an atom is not there, both are the same or there is no such order.
    """
    checked(structure, [i, j])
    if i == j:
        raise BuildError("an atom cannot be bonded to itself; choose two atoms")
    if order:
        _check_order(order)
    bonds = bonds_with_orders(structure)
    there = between(i, j, bonds)
    if not order:
        return structure.with_bonds(bonds[~there])
    if not there.any():
        return structure.with_bonds(np.vstack([bonds, [i, j, order]]))
    changed = bonds.copy()
    changed[there, 2] = order
    return structure.with_bonds(changed)


def duplicate(structure: Structure, atoms: Iterable[int], shift: np.ndarray | None = None) -> Edit:
    """A copy of some atoms, with the bonds among them, after the others.

    Parameters
    ----------
    structure
        The structure.
    atoms
        What to copy.
    shift
        Where the copy is, `[3]` in Å from the original; by default beside everything, along x.

    Raises
    ------
    BuildError
        If an atom is not there.
    """
    part = kept(structure, checked(structure, atoms)).structure
    if not len(part):
        return unedited(structure)
    offset = beside(structure, part) if shift is None else _point(shift)
    return merge(structure, part.with_positions(part.positions + offset))


def merge(first: Structure, second: Structure) -> Edit:
    """The atoms of two structures, where they are; title and properties are those of the first.

    If the bonds of only one are known, those of the other are perceived.
    """
    bonds = None
    if first.bonds is not None or second.bonds is not None:
        later = bonds_with_orders(second) + np.array([len(first), len(first), 0])
        bonds = np.vstack([bonds_with_orders(first), later])
    return extended(first, second.numbers, second.positions, bonds)


def beside(structure: Structure, other: Structure) -> np.ndarray:
    """Shift `[3]` in Å along x that brings `other` next to a structure, with a gap between them."""
    if not len(structure) or not len(other):
        return np.zeros(3)
    return np.array([structure.positions[:, 0].max() - other.positions[:, 0].min() + GAP, 0.0, 0.0])


def _point(values: np.ndarray) -> np.ndarray:
    point = np.asarray(values, dtype=np.float64)
    if point.shape != (3,) or not np.isfinite(point).all():
        raise BuildError("a place in space is three numbers x, y and z in Å")
    return point


def _unit(direction: np.ndarray) -> np.ndarray:
    vector = _point(direction)
    length = float(np.linalg.norm(vector))
    if not length > 0:
        raise BuildError("the direction has no length; give a vector that is not zero")
    return vector / length


def _check_order(order: int) -> None:
    if order not in ORDERS:
        raise BuildError(f"there is no bond order {order}; use 1, 2 or 3")
