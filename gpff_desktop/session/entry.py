"""An open structure with the user's marks on it, and the state of all that are open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gpff_desktop.chemistry.bonds import connectivity
from gpff_desktop.session.measurements import Measurement
from gpff_desktop.session.provenance import without_provenance
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import Structure

if TYPE_CHECKING:  # These load torch, for which a window does not wait.
    from gpff_desktop.engine.steering import Constraint, Prior

NO_ATOMS: frozenset[int] = frozenset()


class EditError(ValueError):
    """An edit that cannot be made; the message is one line that says what to do instead."""


class LockError(EditError):
    """An edit that would move or remove a locked atom."""


@dataclass(frozen=True)
class HeldConstraint:
    """A constraint on an open structure.

    Parameters
    ----------
    constraint
        What runs must respect; its atoms count those of the structure.
    on
        Whether they have to at present.
    """

    constraint: Constraint
    on: bool = True

    def carried(self, new_index: dict[int, int]) -> HeldConstraint | None:
        """The same after atoms were renumbered; `None` if it cannot do without those that are gone."""
        constraint = self.constraint.carried(new_index)
        return replace(self, constraint=constraint) if constraint else None


@dataclass(frozen=True)
class Entry:
    """An open structure and what the user has marked on it.

    Parameters
    ----------
    key
        Names the entry as long as the document lives.
    structure
        The atoms; its bonds are those that are drawn.
    name
        What lists call it.
    selected, locked
        Atoms, counted from 0.
    measurements
        In the order in which they were taken.
    keeps_bonds
        Whether the bonds are the user's or the file's, and stay as atoms move; otherwise they follow the coordinates.
    trajectory
        The steps or frames that belong to the structure, if there are any.
    source
        The file it was read from.
    constraints
        What runs must respect beside the locks.
    prior
        Where generated atoms start; `None` leaves it to the model. Atoms that it names count those of the structure.
    """

    key: int
    structure: Structure
    name: str = ""
    selected: frozenset[int] = NO_ATOMS
    locked: frozenset[int] = NO_ATOMS
    measurements: tuple[Measurement, ...] = ()
    keeps_bonds: bool = False
    trajectory: Trajectory | None = None
    source: Path | None = None
    constraints: tuple[HeldConstraint, ...] = ()
    prior: Prior | None = None

    @property
    def title(self) -> str:
        """The name, or the formula of what has none."""
        return self.name or self.structure.title or self.structure.formula or "Empty"

    def with_structure(self, structure: Structure, origin: np.ndarray | None = None) -> Entry:
        """The entry after an edit; marks stay on the atoms they were made on, and what a run said of the old ones goes.

        Parameters
        ----------
        structure
            The edited structure.
        origin
            `[n_atoms]`: which atom of the old structure each new one was, -1 for none; by default all stayed in place.

        Raises
        ------
        LockError
            If a locked atom has moved or is gone.
        """
        origin = np.arange(len(structure)) if origin is None else np.asarray(origin)
        new_index = {int(old): new for new, old in enumerate(origin) if old >= 0}
        self._check_locks(structure, new_index)
        if structure.properties == self.structure.properties and not self._same_place(structure):
            structure = without_provenance(structure)
        carried = (measurement.carried(new_index) for measurement in self.measurements)
        held = (held.carried(new_index) for held in self.constraints)
        return replace(
            self,
            structure=structure if self.keeps_bonds else self._bonded(structure, new_index),
            selected=frozenset(new_index[atom] for atom in self.selected if atom in new_index),
            locked=frozenset(new_index[atom] for atom in self.locked),
            measurements=tuple(measurement for measurement in carried if measurement),
            trajectory=self.trajectory if self._same_atoms(structure, origin) else None,
            constraints=tuple(constraint for constraint in held if constraint),
            prior=self.prior and self.prior.carried(new_index),
        )

    def lost(self, origin: np.ndarray) -> list[str]:
        """What an edit as in `with_structure` takes away with its atoms, in words."""
        new_index = {int(old): new for new, old in enumerate(origin) if old >= 0}
        gone = [held.constraint.describe() for held in self.constraints if held.carried(new_index) is None]
        without_start = self.prior is not None and self.prior.carried(new_index) is None
        return [*gone, *(["the start of runs"] if without_start else [])]

    def _bonded(self, structure: Structure, new_index: dict[int, int]) -> Structure:
        """Bonds by distance; those that were there before keep the orders they had."""
        bonds = connectivity(structure)
        orders = {
            frozenset((new_index[i], new_index[j])): order
            for i, j, order in ([] if self.structure.bonds is None else self.structure.bonds.tolist())
            if i in new_index and j in new_index
        }
        for bond in bonds:
            bond[2] = orders.get(frozenset(bond[:2].tolist()), 1)
        return structure.with_bonds(bonds)

    def _check_locks(self, structure: Structure, new_index: dict[int, int]) -> None:
        for atom in sorted(self.locked):
            if atom not in new_index:
                raise LockError(f"atom {atom + 1} is locked; unlock it before you delete it")
            if not np.array_equal(structure.positions[new_index[atom]], self.structure.positions[atom]):
                raise LockError(f"atom {atom + 1} is locked; unlock it before you move it")

    def _same_place(self, structure: Structure) -> bool:
        old = self.structure
        same = np.array_equal(old.numbers, structure.numbers)
        return same and np.array_equal(old.positions, structure.positions)

    def _same_atoms(self, structure: Structure, origin: np.ndarray) -> bool:
        same = len(structure) == len(self.structure) and np.array_equal(origin, np.arange(len(origin)))
        return same and np.array_equal(structure.numbers, self.structure.numbers)


@dataclass(frozen=True)
class State:
    """Everything that undo brings back: the entries in their order and the key of the one on view."""

    entries: tuple[Entry, ...] = ()
    current: int | None = None

    @property
    def entry(self) -> Entry | None:
        """The entry on view."""
        return next((entry for entry in self.entries if entry.key == self.current), None)

    def with_entry(self, entry: Entry) -> State:
        """A copy in which `entry` stands in place of the one with its key."""
        return replace(self, entries=tuple(entry if old.key == entry.key else old for old in self.entries))

    def edited_since(self, before: State) -> bool:
        """Whether more than the selection or the entry on view is different."""
        return _unselected(self) != _unselected(before)


def _unselected(state: State) -> list[Entry]:
    return [replace(entry, selected=NO_ATOMS) for entry in state.entries]
