"""What is on view: the document's entry, a candidate being looked at, or a run as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from gpff_desktop.chemistry.bonds import connectivity
from gpff_desktop.gui.messages import Frame
from gpff_desktop.gui.view import MoleculeView
from gpff_desktop.session.document import Document
from gpff_desktop.session.entry import EditError, Entry, State
from gpff_desktop.session.measurements import Measurement
from gpff_desktop.session.steering_of_entry import constraints_on
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import Structure
from gpff_desktop.viewer import measurements as drawn

if TYPE_CHECKING:
    from gpff_desktop.engine.steering import Constraint


class Stage(QObject):
    """Keeps the view in step with the document.

    A preview is looked at without being part of the document; the first thing done to it opens it there, so that what
    is seen is what is edited.

    Parameters
    ----------
    view
        Where things are shown.
    document
        What is shown unless a preview or a run is.

    Attributes
    ----------
    changed
        Signal without arguments: something else is on view, or a run has begun or ended.
    """

    changed = Signal()

    def __init__(self, view: MoleculeView, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view, self.document = view, document
        self.preview: Structure | None = None
        self._preview_trajectory: Trajectory | None = None
        self._preview_title = ""
        self.running = False
        self.pending: tuple[int, ...] = ()
        self._relaxed: Entry | None = None
        self._steady = False
        self._locks_shown: frozenset[int] = frozenset()
        self._constraints_shown: tuple[Constraint, ...] = ()
        document.changed.connect(self._on_document)

    @property
    def structure(self) -> Structure | None:
        """The structure to export, relax or edit: the preview, else the document's."""
        if self.preview is not None:
            return self.preview
        entry = self.document.entry
        return entry.structure if entry else None

    @property
    def trajectory(self) -> Trajectory | None:
        """The frames that belong to what is on view, if there are any."""
        if self.preview is not None:
            return self._preview_trajectory
        entry = self.document.entry
        return entry.trajectory if entry else None

    @property
    def title(self) -> str:
        """What is on view is called this; empty if nothing is."""
        if self.preview is not None:
            return self._preview_title
        entry = self.document.entry
        return entry.title if entry else ""

    def show_preview(
        self, structure: Structure, title: str = "", fit: bool = True, trajectory: Trajectory | None = None
    ) -> None:
        """Look at a structure that is not part of the document, with its frames; waits while a run is shown.

        Without `fit` the camera stays where it is.
        """
        moved = not fit and self.view.structure is not None and _same_but_moved(self.view.structure, structure)
        self.preview, self._preview_trajectory, self._preview_title = structure, trajectory, title
        if not self.running:
            self._clear_marks()
            drawn = structure if structure.bonds is not None else structure.with_bonds(connectivity(structure))
            if moved:
                self.view.move_atoms(drawn)
                self.view.set_title(title)
            else:
                self.view.show_structure(drawn, title, fit)
        self.changed.emit()

    def end_preview(self, fit: bool = True) -> None:
        """Show the document's entry again."""
        if self.preview is not None:
            self.preview = None
            if not self.running:
                self._show_entry(fit)
            self.changed.emit()

    def accept(self) -> Entry:
        """The entry to work on; a preview is opened in the document first, as one step.

        Raises
        ------
        EditError
            If nothing is on view, or a run is.
        """
        if self.running:
            raise EditError("a run is on view; stop it first (Esc)")
        trajectory, preview, self.preview = self.trajectory, self.preview, None
        if preview is not None:
            with self.steady():
                (key,) = self.document.add([preview], keep_bonds=False)
            self.document.set_trajectory(key, trajectory)
        return self.document.required()

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Whatever comes on view within, the camera stays where it is."""
        before, self._steady = self._steady, True
        try:
            yield
        finally:
            self._steady = before

    def set_pending(self, atoms: tuple[int, ...]) -> None:
        """Mark the atoms clicked so far for a measurement, and show its value; none when it is taken or dropped."""
        if atoms != self.pending:
            self.pending = atoms
            entry = self.document.entry
            if entry is not None and self.preview is None and not self.running:
                self._mark(entry)

    def start_run(self, relaxed: Entry | None = None) -> None:
        """Show the frames that come from now on; those of an entry being `relaxed` keep its marks."""
        self.running, self.pending, self._relaxed = True, (), relaxed
        if relaxed is None:
            self._clear_marks()
        else:
            self._mark(relaxed)
        self.view.start_run()
        self.changed.emit()

    def play(self, frame: Frame) -> None:
        """Show a frame of the run."""
        self.view.play(frame)
        if self._relaxed is not None:
            self._show_values(self._relaxed, frame.structure.positions)

    def end_run(self, back: bool = False) -> None:
        """No more frames will come; with `back`, show again what was on view before."""
        self.running, self._relaxed = False, None
        self.view.end_run()
        if back:
            self._show_entry(fit=False)
        self.changed.emit()

    def _on_document(self, before: State, after: State) -> None:
        entry, old = after.entry, before.entry
        other = (entry and entry.key) != (old and old.key)
        if self.preview is not None and not other and entry and old and _only_bonds(old.structure, entry.structure):
            return  # orders found in the background are no reason to look at something else
        if other or (entry and old and entry.structure is not old.structure):
            self.preview = None
            self._drop_pending(before, after)
            if not self.running:
                self._show_entry(fit=not self._steady and (other or _grown(old, entry)))
            self.changed.emit()
        elif entry is not None and self.preview is None and not self.running:
            self._mark(entry)

    def _drop_pending(self, before: State, after: State) -> None:
        """Atoms clicked for a measurement are forgotten where they may be others now."""
        old, new = before.entry, after.entry
        if old is None or new is None or old.key != new.key or not _same_but_moved(old.structure, new.structure):
            self.pending = ()

    def _show_entry(self, fit: bool) -> None:
        entry = self.document.entry
        if entry is None:
            self._clear_marks()
            self.view.show_nothing()
            return
        shown = self.view.structure
        if not fit and shown is not None and _same_but_moved(shown, entry.structure):
            self.view.move_atoms(entry.structure)
        else:
            self._clear_marks()
            self.view.show_structure(entry.structure, entry.title, fit)
        self._mark(entry)

    def _mark(self, entry: Entry) -> None:
        canvas = self.view.canvas
        glowing = entry.selected | frozenset(self.pending)
        if canvas.selection != glowing:
            canvas.set_selection(glowing)
        self._show_locks(entry.locked)
        self._show_constraints(constraints_on(entry))
        self._show_values(entry, entry.structure.positions)
        self.view.set_marks(len(entry.selected), len(entry.locked))

    def _show_locks(self, locked: frozenset[int]) -> None:
        if locked != self._locks_shown:
            self._locks_shown = locked
            self.view.canvas.set_locked(locked)

    def _show_constraints(self, constraints: tuple[Constraint, ...]) -> None:
        if constraints != self._constraints_shown:
            self._constraints_shown = constraints
            self.view.canvas.set_constraint_marks(constraints)

    def _show_values(self, entry: Entry, positions: np.ndarray) -> None:
        shown = list(entry.measurements)
        if len(self.pending) > 1 and (pending := Measurement(self.pending)) not in shown:
            shown.append(pending)
        texts = [drawn.Measurement(measured.atoms, measured.text(positions)) for measured in shown]
        self.view.canvas.set_measurements(texts)

    def _clear_marks(self) -> None:
        canvas = self.view.canvas
        canvas.set_selection([])
        self._show_locks(frozenset())
        self._show_constraints(())
        canvas.set_measurements([])
        self.view.set_marks(0, 0)


def _grown(old: Entry | None, new: Entry | None) -> bool:
    """Whether the first atoms have appeared, so that there is something to bring into view."""
    return bool(new and len(new.structure)) and not (old and len(old.structure))


def _same_but_moved(shown: Structure, structure: Structure) -> bool:
    return np.array_equal(shown.numbers, structure.numbers)


def _only_bonds(then: Structure, now: Structure) -> bool:
    """Whether two structures are different, but in nothing but bonds."""
    same_atoms = np.array_equal(then.numbers, now.numbers) and np.array_equal(then.positions, now.positions)
    return then is not now and same_atoms
