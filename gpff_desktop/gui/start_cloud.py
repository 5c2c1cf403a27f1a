"""A translucent cloud that shows, before a run, where its atoms would start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer

from gpff_desktop.gui.generate_panel import GeneratePanel
from gpff_desktop.gui.growing import Growing
from gpff_desktop.gui.stage import Stage
from gpff_desktop.gui.starts import Starts
from gpff_desktop.structure import Structure

if TYPE_CHECKING:
    from gpff_desktop.engine.steering import Prior

_POINTS = 400
_REST_MS = 30


class StartCloud(QObject):
    """Draws the cloud of whichever panel is in sight: what would grow, or the start that is chosen.

    Parameters
    ----------
    stage
        Where it is drawn, while neither a run nor a candidate is on view.
    starts, growing
        What would start where.
    generating
        What would be generated.
    """

    def __init__(
        self, stage: Stage, starts: Starts, growing: Growing, generating: GeneratePanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._stage, self._starts, self._growing, self._generating = stage, starts, growing, generating
        self._later = QTimer(self, singleShot=True, interval=_REST_MS)
        self._later.timeout.connect(self._draw)
        self._shown = False
        for signal in (starts.changed, growing.changed, generating.changed, stage.changed, growing.panel.seen):
            signal.connect(self._later.start)

    def _draw(self) -> None:
        if not self._stage.view.isVisible():
            return
        points = None
        if not self._stage.running and self._stage.preview is None:
            try:
                points = self._points()
                self._starts.panel.set_error("") if points is not None else None
            except ValueError as error:
                self._starts.panel.set_error(str(error))
        if points is not None or self._shown:
            self._stage.view.canvas.set_cloud(points)
        self._shown = points is not None

    def _points(self) -> np.ndarray | None:
        if self._growing.panel.in_sight:
            return self._growing.cloud(_POINTS)
        if not self._starts.panel.in_sight or self._generating.error:
            return None
        prior = self._starts.prior()
        return None if prior is None else self._of_start(prior)

    def _of_start(self, prior: Prior) -> np.ndarray:
        from gpff_desktop.session.starting import cloud, prior_of_run

        entry, scaffold = self._starts.entry, self._generating.scaffold
        structure = entry.structure if entry else Structure(np.zeros(0, dtype=np.int64), np.zeros((0, 3)))
        kept = scaffold.kept if scaffold else ()
        numbers = self._generating.choices().placed
        return cloud(prior_of_run(prior, structure, kept), numbers, structure.positions[list(kept)], _POINTS)
