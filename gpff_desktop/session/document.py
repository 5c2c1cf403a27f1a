"""The document: open structures with their selections, locks and measurements, and everything undoable about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import numpy as np
from psygnal import Signal

from gpff_desktop.chemistry.bonds import connectivity
from gpff_desktop.session.entry import EditError, Entry, State
from gpff_desktop.session.history import History
from gpff_desktop.session.measurements import Measurement
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import Structure


@dataclass
class _Gesture:
    name: str
    before: State
    depth: int = field(default=1)


class Document:
    """Open structures, their marks and their history. Knows no window; whoever shows it listens to its events.

    Attributes
    ----------
    changed
        psygnal event with the `State` before and after anything changed, the selection included.
    history_changed
        psygnal event: a step was made, undone or redone, or the document was saved.
    dropped
        psygnal event with one line on the constraints that went with the atoms they were on.
    """

    changed = Signal(State, State)
    history_changed = Signal()
    dropped = Signal(str)

    def __init__(self) -> None:
        self._history: History[State] = History(State())
        self._keys = count(1)
        self._saved = self._history.serial
        self._gesture: _Gesture | None = None
        self.path: Path | None = None

    # What there is

    @property
    def state(self) -> State:
        """The present state."""
        return self._history.state

    @property
    def history(self) -> History[State]:
        """The steps so far, to be read; change them with `undo`, `redo` and `go_to`."""
        return self._history

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The open structures."""
        return self.state.entries

    @property
    def entry(self) -> Entry | None:
        """The entry on view, if any is open."""
        return self.state.entry

    @property
    def modified(self) -> bool:
        """Whether there are changes since the document was last saved or opened."""
        return self._history.serial != self._saved

    def required(self) -> Entry:
        """The entry on view.

        Raises
        ------
        EditError
            If none is open.
        """
        entry = self.entry
        if entry is None:
            raise EditError("no structure is open; open a file or draw an atom first")
        return entry

    def find(self, key: int) -> Entry:
        """The entry with a key.

        Raises
        ------
        KeyError
            If there is none.
        """
        entry = self.find_or_none(key)
        if entry is None:
            raise KeyError(f"no structure with the key {key} is open")
        return entry

    def find_or_none(self, key: int) -> Entry | None:
        """The entry with a key, or `None`."""
        return next((entry for entry in self.entries if entry.key == key), None)

    # Steps that can be undone

    def edit(self, name: str, state: State) -> None:
        """Make a step; within a gesture it becomes part of the gesture's step."""
        before = self.state
        if self._gesture:
            self._history.amend(state)
        else:
            self._history.push(name, state)
        self._tell(before)

    def edit_entry(self, name: str, entry: Entry) -> None:
        """Make a step that changes one entry."""
        self.edit(name, self.state.with_entry(entry))

    def change(self, name: str, structure: Structure, origin: np.ndarray | None = None) -> None:
        """Make a step that edits the structure on view; see `Entry.with_structure`.

        Raises
        ------
        EditError
            If nothing is open or a locked atom would move or go.
        """
        entry = self.required()
        self.edit_entry(name, entry.with_structure(structure, origin))
        if origin is not None and (lost := entry.lost(origin)):
            self.dropped.emit(f"Removed with the atoms: {', '.join(lost)}; undo brings it all back")

    def add(
        self, structures: Iterable[Structure], name: str = "", source: Path | None = None, keep_bonds: bool = True
    ) -> list[int]:
        """Open structures behind the others and show the first; one step. Returns their keys.

        Parameters
        ----------
        structures
            What to open; bonds that are not known are found from distances.
        name
            What the entries are called; by default each by its own title.
        source
            The file they come from.
        keep_bonds
            Whether bonds that a structure has stay as its atoms move.
        """
        return self.add_entries(new_entry(structure, name, source, keep_bonds) for structure in structures)

    def add_entries(self, entries: Iterable[Entry], step: str = "") -> list[int]:
        """Open entries, with all that is marked on them, behind the others and show the first; one step.

        Parameters
        ----------
        entries
            What to open; the keys they have do not matter.
        step
            What the step is called, if it is no mere opening.

        Returns
        -------
        list of int
            Their new keys.
        """
        added = [replace(entry, key=next(self._keys)) for entry in entries]
        if not added:
            return []
        opened = f"Open {added[0].title}" if len(added) == 1 else f"Open {len(added)} structures"
        self.edit(step or opened, State((*self.entries, *added), added[0].key))
        return [entry.key for entry in added]

    def close(self, keys: Iterable[int]) -> None:
        """Take entries out of the document, as one step."""
        gone = set(keys)
        left = tuple(entry for entry in self.entries if entry.key not in gone)
        closed = [entry for entry in self.entries if entry.key in gone]
        if not closed:
            return
        current = self.state.current if self.state.current not in gone else _neighbour(self.state, left)
        name = f"Close {closed[0].title}" if len(closed) == 1 else f"Close {len(closed)} structures"
        self.edit(name, State(left, current))

    def rename(self, key: int, name: str) -> None:
        """Call an entry something else, as one step."""
        self.edit_entry(f"Rename to {name}", replace(self.find(key), name=name))

    def lock(self, atoms: Iterable[int], on: bool = True) -> None:
        """Lock or unlock atoms of the entry on view, as one step."""
        entry, chosen = self.required(), self._checked(atoms)
        locked = entry.locked | chosen if on else entry.locked - chosen
        if locked != entry.locked:
            verb = "Lock" if on else "Unlock"
            self.edit_entry(f"{verb} {atom_count(len(chosen))}", replace(entry, locked=locked))

    def measure(self, atoms: Iterable[int]) -> Measurement:
        """Take a measurement between two to four atoms of the entry on view, as one step.

        Raises
        ------
        EditError
            If the atoms cannot be measured.
        """
        atoms = tuple(atoms)
        self._checked(atoms)
        try:
            measurement = Measurement(atoms)
        except ValueError as error:
            raise EditError(str(error)) from None
        entry = self.required()
        if measurement not in entry.measurements:
            taken = (*entry.measurements, measurement)
            self.edit_entry(f"Measure {measurement.kind}", replace(entry, measurements=taken))
        return measurement

    def clear_measurements(self) -> None:
        """Remove all measurements of the entry on view, as one step."""
        entry = self.required()
        if entry.measurements:
            self.edit_entry("Clear measurements", replace(entry, measurements=()))

    def keep_bonds(self, on: bool) -> None:
        """Keep the bonds as they are when atoms move, or let them follow the coordinates; one step."""
        entry = self.required()
        if entry.keeps_bonds == on:
            return
        changed = replace(entry, keeps_bonds=on)
        if not on:
            changed = changed.with_structure(entry.structure)
        self.edit_entry("Keep bonds" if on else "Perceive bonds", changed)

    # Changes without a step

    def show(self, key: int) -> None:
        """Bring an entry on view.

        Raises
        ------
        KeyError
            If there is none with this key.
        """
        self.find(key)
        self._amend(replace(self.state, current=key))

    def select(self, atoms: Iterable[int]) -> None:
        """Select atoms of the entry on view; nothing happens if none is open."""
        if self.entry is not None:
            self._amend(self.state.with_entry(replace(self.entry, selected=self._checked(atoms))))

    def set_perceived_bonds(self, key: int, structure: Structure, perceived: Structure) -> bool:
        """Draw an entry with perceived bonds; False if `structure`, which was looked at, is no longer what it holds."""
        entry = self.find_or_none(key)
        if entry is None or entry.keeps_bonds or entry.structure is not structure:
            return False
        self._amend(self.state.with_entry(replace(entry, structure=perceived)))
        return True

    def set_trajectory(self, key: int, trajectory: Trajectory | None) -> None:
        """Attach the steps of a run to an entry."""
        self.amend_entry(replace(self.find(key), trajectory=trajectory))

    def amend_entry(self, entry: Entry) -> None:
        """Change an entry within the present step, as when a live run moves its atoms."""
        self._amend(self.state.with_entry(entry))

    def _amend(self, state: State) -> None:
        before = self.state
        if state != before:
            self._history.amend(state)
            self.changed.emit(before, state)

    # Gestures

    def begin(self, name: str) -> None:
        """Begin a gesture such as a drag: its edits show at once and become one step when it ends."""
        if self._gesture:
            self._gesture.depth += 1
            return
        self._gesture = _Gesture(name, self.state)

    def commit(self) -> None:
        """End the gesture; what it changed becomes one step, unless that was the selection only."""
        gesture = self._gesture
        if gesture is None:
            return
        gesture.depth -= 1
        if gesture.depth:
            return
        self._gesture, after = None, self.state
        if after.edited_since(gesture.before):
            self._history.amend(gesture.before)
            self._history.push(gesture.name, after)
            self.history_changed.emit()

    def abandon(self) -> None:
        """Take back what the gesture did so far, and end it."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            self._amend(gesture.before)

    @property
    def in_gesture(self) -> bool:
        """Whether a gesture is under way."""
        return self._gesture is not None

    @contextmanager
    def gesture(self, name: str) -> Iterator[None]:
        """All edits within become one step; an exception takes all of them back."""
        self.begin(name)
        try:
            yield
        except BaseException:
            self.abandon()
            raise
        self.commit()

    # History

    def undo(self) -> None:
        """Take back the last step; nothing happens if there is none."""
        self.go_to(max(0, self._history.index - 1))

    def redo(self) -> None:
        """Do the next step again; nothing happens if there is none."""
        self.go_to(min(len(self._history.names) - 1, self._history.index + 1))

    def go_to(self, index: int) -> None:
        """Go back or forward to any step of the history.

        Raises
        ------
        IndexError
            If there is no such step.
        """
        self.abandon()
        before, was = self.state, self._history.index
        self._history.go_to(index)
        if self._history.index != was:
            self._tell(before)

    def mark_saved(self, path: Path | None = None) -> None:
        """Note that the document, as it is, is in a file."""
        self.path = path or self.path
        self._saved = self._history.serial
        self.history_changed.emit()

    def load(self, state: State, path: Path | None = None) -> None:
        """Begin anew with a state read from a file; the history starts with it. Entries get new keys."""
        before = self.state
        keys = {entry.key: next(self._keys) for entry in state.entries}
        entries = tuple(replace(entry, key=keys[entry.key]) for entry in state.entries)
        self._gesture = None
        self._history = History(State(entries, keys.get(state.current) if state.current is not None else None))
        self._saved, self.path = self._history.serial, path
        self._tell(before)

    def _tell(self, before: State) -> None:
        self.changed.emit(before, self.state)
        if not self._gesture:
            self.history_changed.emit()

    def _checked(self, atoms: Iterable[int]) -> frozenset[int]:
        chosen = frozenset(int(atom) for atom in atoms)
        n_atoms = len(self.required().structure)
        if strange := sorted(atom for atom in chosen if not 0 <= atom < n_atoms):
            raise EditError(f"there is no atom {strange[0] + 1}; the structure has {n_atoms}")
        return chosen


def new_entry(structure: Structure, name: str = "", source: Path | None = None, keep_bonds: bool = True) -> Entry:
    """An entry to be opened, as `Document.add` makes it; it has no key yet."""
    keeps = keep_bonds and structure.bonds is not None
    if not keeps:
        structure = structure.with_bonds(connectivity(structure))
    return Entry(0, structure, name, keeps_bonds=keeps, source=source)


def atom_count(number: int) -> str:
    """`1 atom`, `2 atoms`."""
    return f"{number} atom" if number == 1 else f"{number} atoms"


def _neighbour(state: State, left: tuple[Entry, ...]) -> int | None:
    """The key of the entry to show when the one on view is closed: the next that stays, else the last."""
    keys = [entry.key for entry in state.entries]
    place = keys.index(state.current) if state.current in keys else 0
    staying = {entry.key for entry in left}
    return next((key for key in keys[place:] if key in staying), left[-1].key if left else None)
