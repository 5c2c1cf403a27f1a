"""Arrows of the pseudo-force on the atoms on view."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.messages import Frame
from gpff_desktop.gui.runs import Runs
from gpff_desktop.gui.stage import Stage
from gpff_desktop.session.scene import LiveStep
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure


class ForceArrows(QObject):
    """Asks the model for the pseudo-forces of what is on view while arrows are wanted; the newest question wins.

    Parameters
    ----------
    workbench, stage
        What is worked on, and where it is shown.
    runs
        Knows the model, and brings the frames of runs.

    Attributes
    ----------
    changed
        Signal without arguments: arrows are wanted, or no longer.
    """

    changed = Signal()

    def __init__(self, workbench: Workbench, stage: Stage, runs: Runs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.on = False
        self._workbench, self._stage, self._runs = workbench, stage, runs
        self._asked: Structure | None = None
        stage.changed.connect(self._refresh)
        workbench.document.changed.connect(lambda *_: self._refresh())
        runs.changed.connect(self._refresh)
        runs.framed.connect(self._on_frame)
        runs.live.stepped.connect(self._on_live)
        runs.worker.forces_known.connect(self._on_forces)

    def toggle(self) -> None:
        """Draw arrows, or draw none any more."""
        self.on = not self.on
        self._asked = None
        self._draw(None)
        self._refresh()
        self.changed.emit()

    def commands(self) -> list[Command]:
        """The switch in the View menu."""
        return [
            Command(
                "view.forces",
                "Pseudo-force arrows",
                "View",
                self.toggle,
                "Ctrl+Shift+F",
                "mdi6.arrow-expand-all",
                "Draw where the model would move each atom",
                enabled_when=lambda: self._runs.model is not None,
                needs="The model has to be loaded first",
                checked_when=lambda: self.on,
            )
        ]

    def _refresh(self) -> None:
        structure = self._stage.structure
        if not self.on or self._runs.model is None or self._stage.running or structure is self._asked:
            return
        if self._runs.live.on:  # its steps bring the forces, and leave the worker no time for questions
            return
        known = self._asked
        self._asked = structure
        if structure is None or known is None or not np.array_equal(known.numbers, structure.numbers):
            self._draw(None)
        if structure is not None and len(structure):
            self._runs.worker.ask_forces(structure)

    def _on_forces(self, structure: Structure, forces: np.ndarray | None) -> None:
        if not self.on or self._stage.running or structure is not self._asked:
            return
        if forces is None:
            self._workbench.warned.emit(f"The model does not know structures such as {structure.formula}: no arrows")
        self._draw(forces)

    def _on_frame(self, frame: Frame) -> None:
        self._asked = None
        if self.on:
            self._draw(frame.pull)

    def _on_live(self, step: LiveStep) -> None:
        if self.on:
            self._draw(step.forces)

    def _draw(self, vectors: np.ndarray | None) -> None:
        canvas = self._stage.view.canvas
        fits = vectors is not None and len(vectors) == len(canvas.molecule.positions)
        canvas.set_arrows(vectors if fits else None)
