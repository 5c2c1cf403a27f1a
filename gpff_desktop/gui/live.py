"""Live in the window: the document's molecule follows the field while the user's hands are on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from gpff_desktop.gui.live_job import LiveJob
from gpff_desktop.gui.live_meter import LiveMeter
from gpff_desktop.gui.stage import Stage
from gpff_desktop.gui.worker import FieldWorker
from gpff_desktop.session.entry import NO_ATOMS, Entry, State
from gpff_desktop.session.scene import Scene
from gpff_desktop.session.steering_of_entry import constraints_on
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure

STEP = "Live"


class Live(QObject):
    """Sends every edit of the entry on view to the worker and puts what comes back into the document.

    What the field moves belongs to the step of the history that it follows: the one with which live began, or the
    user's last gesture. Undo goes back to where the molecule was when that gesture began, and the field goes on there.

    Parameters
    ----------
    worker
        Steps in its thread.
    workbench, stage
        What is worked on, and where it is shown.

    Attributes
    ----------
    meter
        How fast frames come and how soon an edit is answered.
    changed
        Signal without arguments: live has begun, ended, paused or gone on.
    stepped
        Signal with each `LiveStep` that is shown.
    """

    changed = Signal()
    stepped = Signal(object)

    def __init__(self, worker: FieldWorker, workbench: Workbench, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker, self._workbench, self._stage = worker, workbench, stage
        self._document = workbench.document
        self._job: LiveJob | None = None
        self._key = 0
        self._held = self._typed = NO_ATOMS
        self._flowing = False
        self._paused = False
        self._temperature = 0.0
        self._serial = self._anew_since = 0
        self._own: set[int] = set()
        self._newest = self._present = self._first = 0
        self._before: Entry | None = None
        self._aside = False
        self.trouble = ""
        self.resting = False
        self.meter = LiveMeter()
        self._connect()

    # What the user can do

    @property
    def on(self) -> bool:
        """Whether the molecule follows the field."""
        return self._job is not None

    @property
    def paused(self) -> bool:
        """Whether the user has told it to wait."""
        return self._paused

    def start(self) -> None:
        """Let the structure on view follow the field; a candidate is opened first."""
        entry = self._stage.accept()
        self._key, self._held, self._paused = entry.key, NO_ATOMS, False
        self._aside, self._before = False, entry
        self._document.edit_entry(STEP, entry)
        self._present = self._newest = self._first = self._document.history.serial
        self._own = {self._first}
        self.meter = LiveMeter()
        self._job = LiveJob()
        self._worker.submit(self._job)
        self._show(anew=True)
        self._workbench.noted.emit("Live: drag, lock, draw and delete; the other atoms follow")
        self.changed.emit()

    def end(self, why: str = "") -> None:
        """Leave the atoms where they are."""
        job, self._job = self._job, None
        if job is None:
            return
        job.end()
        self._stage.view.canvas.animating = False
        self._take_back_nothing()
        self._workbench.noted.emit(f"Live ended{why}")
        self.changed.emit()

    def pause(self, on: bool) -> None:
        """Hold the atoms still, or let them go on from where they are."""
        if self.on and on != self._paused:
            self._paused = on
            self._show(anew=True)
            self.changed.emit()

    def hold(self, atoms: frozenset[int]) -> None:
        """Keep atoms in place while something is typed for them, as if they were in the hand; none to let them go."""
        if atoms != self._typed:
            self._typed = atoms
            if self.on:
                self._show(anew=False)

    def set_temperature(self, width: float) -> None:
        """Noise in Å that free atoms take up at every step."""
        self._temperature = width
        if self.on:
            self._show(anew=False)

    # What happens to the document

    def _on_document(self, before: State, after: State) -> None:
        if not self.on or self._flowing:
            return
        entry, old = after.entry, before.entry
        if entry is None or old is None or entry.key != self._key or old.key != self._key:
            self.end(": another structure is on view")
            return
        self._follow_history()
        if self._document.in_gesture and _only_moved(old, entry):
            moved = (entry.structure.positions != old.structure.positions).any(axis=1)
            self._held |= frozenset(np.flatnonzero(moved).tolist())
            self._show(anew=False)
        elif not _same_for_the_field(old, entry):
            self._held = NO_ATOMS
            self._show(anew=True)

    def _on_history(self) -> None:
        if not self.on:
            return
        self._follow_history()
        if self._held and not self._document.in_gesture:
            self._held = NO_ATOMS
            self._show(anew=True)

    def _follow_history(self) -> None:
        """Steps made from now on are live's; one from before it must not be changed, so there it waits."""
        serial = self._document.history.serial
        if serial > self._newest:
            self._newest = serial
            self._own.add(serial)
        elif serial != self._present and serial not in self._own and not self._paused:
            self._workbench.noted.emit("Live waits, as this step is from before it; press Space to go on from here")
            self._present = serial
            self.pause(True)
        self._present = serial

    def _on_stage(self) -> None:
        """A candidate that is only looked at stops the atoms until it is put away."""
        aside = self._stage.preview is not None
        if self.on and aside != self._aside:
            self._aside = aside
            self._show(anew=True)

    # What the worker tells

    def _on_step(self) -> None:
        step = self._job.newest() if self._job else None
        if step is None or step.serial < self._anew_since or self._aside:
            return
        entry = self._document.find_or_none(self._key)
        if entry is None or len(entry.structure) != len(step.positions):
            return
        self.trouble = step.unmet
        self.resting = step.resting
        self._flow(entry, step.positions)
        self._stage.view.canvas.animating = not step.resting
        self.meter.applied(step.serial)
        self.stepped.emit(step)

    def _flow(self, entry: Entry, positions: np.ndarray) -> None:
        """Move the free atoms; fixed ones are where the user has them by now."""
        fixed = self._scene(entry).fixed[:, None]
        moved = entry.structure.with_positions(np.where(fixed, entry.structure.positions, positions))
        self._flowing = True
        try:
            self._put(entry.with_structure(moved))
        finally:
            self._flowing = False

    def _put(self, entry: Entry) -> None:
        document = self._document
        if document.in_gesture or (self._present in self._own and document.modified):
            document.amend_entry(entry)
        else:
            document.edit_entry(STEP, entry)

    def _on_refused(self, message: str) -> None:
        if self.on:
            self.trouble = message
            self._workbench.warned.emit(message)
            self._stage.view.canvas.animating = False
            self.changed.emit()

    def _on_failed(self, message: str) -> None:
        if self.on:
            self.end()
            self._workbench.warned.emit(message)

    # Details

    def _show(self, anew: bool) -> None:
        """Tell the worker how things are."""
        entry = self._document.find_or_none(self._key)
        if self._job is None or entry is None:
            return
        self._serial += 1
        if anew:
            self._anew_since = self._serial
        self.trouble, self.resting = "", False
        scene = replace(self._scene(entry), anew=anew, serial=self._serial)
        self.meter.asked(self._serial)
        if scene.paused:
            self._stage.view.canvas.animating = False
        self._job.show(scene)

    def _scene(self, entry: Entry) -> Scene:
        return Scene(
            entry.structure,
            locked=entry.locked,
            held=frozenset(atom for atom in self._held | self._typed if atom < len(entry.structure)),
            constraints=constraints_on(entry),
            temperature=self._temperature,
            paused=self._paused or self._aside,
        )

    def _take_back_nothing(self) -> None:
        """The step with which live began goes again if nothing has come of it."""
        entry, before = self._document.entry, self._before
        if self._document.history.serial == self._first and entry and before and _same_for_the_field(before, entry):
            self._document.undo()

    def _connect(self) -> None:
        self._worker.live_stepped.connect(self._on_step)
        self._worker.live_refused.connect(self._on_refused)
        self._worker.live_failed.connect(self._on_failed)
        self._document.changed.connect(self._on_document)
        self._document.history_changed.connect(self._on_history)
        self._stage.changed.connect(self._on_stage)
        self._stage.view.canvas.events.draw.connect(lambda _: self.meter.drawn())


def _only_moved(old: Entry, new: Entry) -> bool:
    """Whether atoms have moved, and nothing else is different to the field."""
    return old.structure is not new.structure and _alike(old, new) and not _same_places(old.structure, new.structure)


def _same_for_the_field(old: Entry, new: Entry) -> bool:
    return _alike(old, new) and _same_places(old.structure, new.structure)


def _alike(old: Entry, new: Entry) -> bool:
    same_atoms = np.array_equal(old.structure.numbers, new.structure.numbers)
    return same_atoms and old.locked == new.locked and old.constraints == new.constraints


def _same_places(old: Structure, new: Structure) -> bool:
    return old is new or np.array_equal(old.positions, new.positions)
