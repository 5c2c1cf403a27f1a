"""What an edit gives back, and what it says when it cannot be made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from gpff_desktop import elements
from gpff_desktop.structure import Structure

NEW = -1
"""Stands in `Edit.origin` for an atom that was not there before."""


class BuildError(ValueError):
    """An edit that cannot be made; the message is one line that says what to do instead."""


@dataclass(frozen=True, eq=False)
class Edit:
    """An edited structure and where its atoms come from.

    Parameters
    ----------
    structure
        The structure after the edit.
    origin
        `[n_atoms]`, int64: index in the old structure of every atom of the new one, -1 for new atoms.
    """

    structure: Structure
    origin: np.ndarray

    @property
    def added(self) -> np.ndarray:
        """Indices `[n_added]` of the new atoms."""
        return np.flatnonzero(self.origin == NEW)

    def carried(self, atoms: Iterable[int]) -> frozenset[int]:
        """Where atoms of the old structure are now; those that are gone are left out."""
        wanted = set(atoms)
        return frozenset(new for new, old in enumerate(self.origin.tolist()) if old in wanted)

    def then(self, later: Edit) -> Edit:
        """This edit and a later one, made on its result, as one."""
        # The appended -1 is what an origin of -1 reads.
        origin = np.append(self.origin, NEW)[later.origin]
        return Edit(later.structure, origin)


def unedited(structure: Structure) -> Edit:
    """The edit that changes nothing."""
    return Edit(structure, np.arange(len(structure), dtype=np.int64))


def kept(structure: Structure, atoms: np.ndarray) -> Edit:
    """Only some atoms, in the order `atoms` `[n_kept]`, with the bonds among them."""
    origin = np.asarray(atoms, dtype=np.int64)
    bonds = None if structure.bonds is None else _bonds_among(structure.bonds, origin, len(structure))
    part = replace(structure, numbers=structure.numbers[origin], positions=structure.positions[origin], bonds=bonds)
    return Edit(part, origin)


def extended(structure: Structure, numbers: np.ndarray, positions: np.ndarray, bonds: np.ndarray | None) -> Edit:
    """The atoms of a structure, then new ones `[n_new]` at `[n_new, 3]` in Å, with the bonds `[n_bonds, 3]` of all."""
    longer = replace(
        structure,
        numbers=np.concatenate([structure.numbers, np.asarray(numbers, dtype=np.int64).reshape(-1)]),
        positions=np.concatenate([structure.positions, np.asarray(positions, dtype=np.float64).reshape(-1, 3)]),
        bonds=bonds,
    )
    origin = np.full(len(longer), NEW, dtype=np.int64)
    origin[: len(structure)] = np.arange(len(structure))
    return Edit(longer, origin)


def checked(structure: Structure, atoms: Iterable[int]) -> np.ndarray:
    """Distinct atoms `[n]` in ascending order.

    Raises
    ------
    BuildError
        If one is not there.
    """
    chosen = np.unique(np.fromiter(atoms, dtype=np.int64))
    for atom in chosen:
        if not 0 <= atom < len(structure):
            raise BuildError(f"there is no atom {atom + 1}; the structure has {len(structure)}")
    return chosen


def element_checked(number: int) -> int:
    """An atomic number that exists.

    Raises
    ------
    BuildError
        If there is no such element.
    """
    if not 1 <= number <= elements.MAX_NUMBER:
        raise BuildError(f"there is no element {number}; use an atomic number from 1 to {elements.MAX_NUMBER}")
    return int(number)


def name(structure: Structure, atom: int) -> str:
    """What messages call an atom: `C1`, counted from 1."""
    return f"{elements.symbol(int(structure.numbers[atom]))}{atom + 1}"


def _bonds_among(bonds: np.ndarray, origin: np.ndarray, n_atoms: int) -> np.ndarray:
    new_index = np.full(n_atoms, NEW, dtype=np.int64)
    new_index[origin] = np.arange(len(origin))
    renumbered = np.column_stack([new_index[bonds[:, :2]], bonds[:, 2]])
    return renumbered[(renumbered[:, :2] != NEW).all(axis=1)]
