"""Generated candidates: listed, judged in the background, looked at and accepted."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from gpff_desktop.gui.background import Background
from gpff_desktop.gui.candidates_panel import CandidatesPanel
from gpff_desktop.gui.judgement import Judgement, judge_arrays
from gpff_desktop.gui.stage import Stage
from gpff_desktop.structure import Structure


class Review(QObject):
    """Between the candidates' table, the judge and the view.

    Parameters
    ----------
    panel
        The table.
    stage
        Where the chosen candidate is shown.
    background
        Where the judge works.

    Attributes
    ----------
    changed
        Signal without arguments: candidates, or which of them are selected, are different.
    judged_all
        Signal without arguments: no candidate waits for the judge.
    """

    changed = Signal()
    judged_all = Signal()

    def __init__(
        self, panel: CandidatesPanel, stage: Stage, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._panel, self._stage, self._background = panel, stage, background
        self._to_judge: set[int] = set()
        self._chosen_for_user: int | None = None
        panel.shown.connect(self._show)
        panel.selection_changed.connect(self.changed)
        panel.accept_clicked.connect(self.accept)

    @property
    def busy(self) -> bool:
        """Whether candidates wait for the judge."""
        return bool(self._to_judge)

    def add(self, structures: tuple[Structure, ...]) -> None:
        """List candidates, have them judged, and show the first."""
        if not structures:
            return
        keys = self._panel.add(structures)
        for key, structure in zip(keys, structures, strict=True):
            self._to_judge.add(key)
            self._background.call(
                judge_arrays,
                structure.numbers,
                structure.positions,
                then=partial(self._on_judged, key),
                failed=partial(self._on_failed, key),
            )
        self._chosen_for_user = len(self._panel.model.rows) - len(structures)
        self._panel.choose(self._chosen_for_user)

    def chosen(self) -> list[Structure]:
        """The selected candidates, or all if none is selected."""
        return [candidate.structure for candidate in self._panel.chosen()]

    def has_candidates(self) -> bool:
        """Whether any are listed."""
        return bool(self._panel.model.rows)

    def can_accept(self) -> bool:
        """Whether a candidate is being looked at."""
        return self._stage.preview is not None and not self._stage.running

    def accept(self) -> None:
        """Open the candidate on view in the document, as one step."""
        if self.can_accept():
            self._stage.accept()

    def _on_judged(self, key: int, judgement: Judgement) -> None:
        self._to_judge.discard(key)
        row = self._panel.set_judgement(key, judgement)
        if row is not None and row == self._panel.current and self._stage.preview is not None:
            self._show(row, fit=False)
        elif row is not None and judgement.valid:
            self._offer_valid(row)
        self.changed.emit()
        if not self._to_judge:
            self.judged_all.emit()

    def _on_failed(self, key: int, message: str) -> None:
        self._on_judged(key, Judgement(False, "", message, np.empty((0, 3), dtype=np.int64), b""))

    def _offer_valid(self, row: int) -> None:
        """Show the first valid candidate of a run instead of a first one that is not, unless the user chose a row."""
        current = self._panel.current
        if current is None or current != self._chosen_for_user or row < current:
            return
        shown = self._panel.model.rows[current].judgement
        if shown is not None and not shown.valid:
            self._chosen_for_user = None
            self._panel.choose(row)

    def _show(self, row: int, fit: bool = True) -> None:
        candidate = self._panel.model.rows[row]
        self._stage.show_preview(candidate.structure, f"Candidate {row + 1}: {candidate.validity}", fit)
