"""Where a scaffold grows: what stays, which hydrogens are given up, and where the new atoms start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gpff_desktop import elements
from gpff_desktop.chemistry.building.edit import name
from gpff_desktop.chemistry.building.topology import bonds_by_distance, neighbour_lists
from gpff_desktop.session.entry import NO_ATOMS, EditError
from gpff_desktop.session.scaffold import Scaffold
from gpff_desktop.structure import Structure

if TYPE_CHECKING:
    from gpff_desktop.engine.steering import Prior

START_WIDTH = 1.0
"""Usual width in Å of the cloud around an attachment point."""
_REACH = 2.0  # Å; of 48 growths on benzene and cyclopentane 42 kept their scaffold, of those around the atom itself 15


@dataclass(frozen=True, eq=False)
class Site:
    """Where a structure is to grow.

    Parameters
    ----------
    structure
        The structure.
    given_up
        Hydrogens (from 0) in whose places something is to grow.
    holders
        The atom that each of them is bonded to.
    """

    structure: Structure
    given_up: tuple[int, ...]
    holders: tuple[int, ...]

    @property
    def attachments(self) -> tuple[int, ...]:
        """The atoms that get new neighbours, each once."""
        return tuple(dict.fromkeys(self.holders))

    @property
    def scaffold(self) -> Scaffold:
        """All that stays."""
        gone = set(self.given_up)
        return Scaffold(self.structure, tuple(atom for atom in range(len(self.structure)) if atom not in gone))

    @property
    def text(self) -> str:
        """Such as `C3 gives up H9`."""
        given = ", ".join(name(self.structure, atom) for atom in self.given_up)
        holders = ", ".join(name(self.structure, atom) for atom in self.attachments)
        return f"{holders} {'gives' if len(self.attachments) == 1 else 'give'} up {given}"

    def added(self, formula: str) -> np.ndarray:
        """Atomic numbers `[n_added]` of what a whole formula adds to the scaffold.

        Raises
        ------
        ValueError
            If it is no formula, lacks atoms of the scaffold, or adds fewer than two atoms.
        """
        rest, kept = elements.parse_formula(formula).tolist(), self.scaffold.atoms
        for z in kept.numbers.tolist():
            if z not in rest:
                raise EditError(f"{formula} lacks atoms of the scaffold {kept.formula}; add what is to grow to it")
            rest.remove(z)
        if len(rest) < 2:
            few = "one atom" if rest else "nothing"
            raise EditError(f"{formula} adds {few} to {kept.formula}; a run needs at least two atoms to place")
        return np.array(rest, dtype=np.int64)

    def start(self, n_added: int, width: float = START_WIDTH) -> Prior:
        """Clouds of a `width` in Å where the hydrogens pointed, which share the atoms to place evenly."""
        from gpff_desktop.engine.steering import Mixture, NearPoint

        clouds = [NearPoint(tuple(centre.tolist()), width) for centre in self._centres()[:n_added]]
        shares = [tuple(range(k, n_added, len(clouds))) for k in range(len(clouds))]
        if len(clouds) == 1:
            return clouds[0]
        return Mixture(tuple(zip(shares[1:], clouds[1:], strict=True)), clouds[0])

    def _centres(self) -> np.ndarray:
        """Places `[n_given_up, 3]` in Å, `_REACH` from the attachment points along the bonds that are given up."""
        places = self.structure.positions
        ends, holders = places[list(self.given_up)], places[list(self.holders)]
        along = ends - holders
        return holders + _REACH * along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)


def growth_site(structure: Structure, selected: Iterable[int], locked: frozenset[int] = NO_ATOMS) -> Site:
    """Where to grow, from what is selected: hydrogens are given up, and other atoms give up one of theirs.

    Parameters
    ----------
    structure
        What is to grow.
    selected
        Atoms (from 0).
    locked
        Atoms that may not be given up.

    Raises
    ------
    EditError
        If nothing is selected, or an atom has no hydrogen to give up.
    """
    chosen = sorted(set(selected))
    if not chosen:
        raise EditError("select an atom to grow from, or the hydrogens to give up")
    partners = neighbour_lists(len(structure), bonds_by_distance(structure))
    given = {atom: _holder(structure, atom, partners) for atom in chosen if structure.numbers[atom] == 1}
    for atom in (atom for atom in chosen if structure.numbers[atom] != 1 and atom not in given.values()):
        given[_hydrogen_of(structure, atom, partners, locked)] = atom
    if held := sorted(locked & given.keys()):
        raise EditError(f"{name(structure, held[0])} is locked; unlock it to grow in its place")
    return Site(structure, tuple(given), tuple(given.values()))


def _holder(structure: Structure, hydrogen: int, partners: list[list[int]]) -> int:
    heavy = [atom for atom in partners[hydrogen] if structure.numbers[atom] != 1]
    if not heavy:
        raise EditError(f"{name(structure, hydrogen)} is bonded to no atom that could grow; select another")
    return heavy[0]


def _hydrogen_of(structure: Structure, atom: int, partners: list[list[int]], locked: frozenset[int]) -> int:
    hydrogens = [other for other in partners[atom] if structure.numbers[other] == 1]
    if not hydrogens:
        raise EditError(f"{name(structure, atom)} has no hydrogen to give up; select an atom that has one")
    return next((other for other in hydrogens if other not in locked), hydrogens[0])
