"""Whether what is on view is a valid molecule, said beside it: at rest, and every now and then during a run."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QObject, QTimer

from gpff_desktop.gui.background import Background
from gpff_desktop.gui.messages import Frame
from gpff_desktop.gui.stage import Stage
from gpff_desktop.session.judgement import Opinion, judge_quickly
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure

_REST_MS = 250
_LARGEST = 200
_LONGEST = 60


class ValidityBadge(QObject):
    """Asks the judge in the background about what is on view, one question at a time.

    Parameters
    ----------
    workbench, stage
        What is worked on, and what is on view.
    background
        Where the judge works.
    """

    def __init__(
        self, workbench: Workbench, stage: Stage, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._stage, self._background = stage, background
        self._shown: Structure | None = None
        self._opinion: Opinion | None = None
        self._asked = False
        self._good, self._bad = "green", "red"
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._ask)
        stage.changed.connect(self._on_change)
        workbench.document.changed.connect(lambda *_: self._on_change())

    def set_colors(self, good: str, bad: str) -> None:
        """Colours of what is valid and what is not."""
        self._good, self._bad = good, bad
        self._say(self._opinion)

    def take_frame(self, frame: Frame) -> None:
        """Note what a run shows; it is judged when the judge is free."""
        self._shown = frame.structure
        if not self._rest.isActive():
            self._rest.start()

    def _on_change(self) -> None:
        structure = None if self._stage.running else self._stage.structure
        if structure is not self._shown:
            self._shown = structure
            self._say(None)
            self._rest.start()

    def _ask(self) -> None:
        shown = self._shown
        if shown is None or self._asked or not 0 < len(shown) <= _LARGEST:
            return
        self._asked = True
        self._background.call(
            judge_quickly,
            shown.numbers,
            shown.positions,
            then=lambda opinion: self._take(shown, opinion),
            failed=lambda _: self._take(shown, None),
        )

    def _take(self, judged: Structure, opinion: Opinion | None) -> None:
        self._asked = False
        if judged is self._shown or self._stage.running:
            self._say(opinion)
        if judged is not self._shown:
            self._rest.start()

    def _say(self, opinion: Opinion | None) -> None:
        self._opinion = opinion
        self._stage.view.set_badge(self._markup(opinion) if opinion else "")

    def _markup(self, opinion: Opinion) -> str:
        if not opinion.valid:
            return f"<span style='color: {self._bad}'>✗ {escape(opinion.reason or 'not valid')}</span>"
        smiles = f" &nbsp;{escape(opinion.smiles)}" if len(opinion.smiles) <= _LONGEST else ""
        return f"<span style='color: {self._good}'>✓ valid</span>{smiles}"
