"""Generated candidates: listed, judged in the background, looked at, compared and accepted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.background import Background
from gpff_desktop.gui.candidates_panel import CandidatesPanel
from gpff_desktop.gui.candidates_smarts import SmartsFilter
from gpff_desktop.gui.judging import Judging
from gpff_desktop.gui.messages import NewCandidates
from gpff_desktop.gui.stage import Stage
from gpff_desktop.session.candidates import Candidate
from gpff_desktop.session.overlay import laid_onto
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure

_MENU = "Run/Candidates"
CONTEXT_MENU = ("run.accept", "candidates.star", "candidates.smiles", "candidates.delete", "candidates.clear")
"""Ids of the commands that a right click in the table offers."""
_AT_ONCE = 32
_MOST_OVERLAID = 40


@dataclass(frozen=True, eq=False)
class _View:
    """What was on view before the pointer came to the table: a candidate (None for the document) and the camera."""

    shown: Candidate | None
    camera: dict[str, Any]


class Review(QObject):
    """Between the candidates, their table, the judge and the view.

    Parameters
    ----------
    workbench
        Holds the candidates.
    panel
        The table.
    stage
        Where the chosen candidates are shown.
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
        self,
        workbench: Workbench,
        panel: CandidatesPanel,
        stage: Stage,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workbench, self._candidates = workbench, workbench.candidates
        self._panel, self._stage = panel, stage
        self.judging = Judging(self._candidates, background, self)
        self._smarts = SmartsFilter(self._candidates, background, self)
        self._coming: deque[NewCandidates] = deque()
        self._more = QTimer(self, singleShot=True, interval=0)
        self._chosen_for_user: int | None = None
        self._shown: Candidate | None = None
        self._before: _View | None = None
        self._overlaid = False
        self._connect()

    @property
    def busy(self) -> bool:
        """Whether candidates wait to be listed or judged."""
        return bool(self._coming) or self.judging.busy

    # What the user can do

    def add(self, new: NewCandidates) -> None:
        """List candidates, a few at a time, have them judged, and show the first."""
        self._coming.extend(_parts(new))
        first = not self._more.isActive()
        keys = self._list_next() if first else []
        if keys:
            self._chosen_for_user = keys[0]
            self._panel.choose(keys[0])

    def chosen(self) -> list[Structure]:
        """The selected candidates, or all if none is selected, with the figures that plugins gave them."""
        keys = self._panel.chosen() or [candidate.key for candidate in self._candidates]
        return [self._panel.model.exported(key) for key in keys]

    def has_candidates(self) -> bool:
        """Whether any are listed."""
        return bool(len(self._candidates))

    def has_chosen(self) -> bool:
        """Whether any are selected."""
        return bool(self._panel.chosen())

    def can_accept(self) -> bool:
        """Whether a candidate is being looked at."""
        return self._stage.preview is not None and not self._stage.running

    def accept(self) -> None:
        """Open the candidate on view in the document, as one step."""
        if self.can_accept():
            self._stage.accept()

    def clear(self) -> None:
        """Remove all candidates, those still to be listed too."""
        self._coming.clear()
        self._candidates.clear()

    def delete(self) -> None:
        """Remove the selected candidates; the row that takes their place is chosen."""
        keys = self._panel.chosen()
        if not keys:
            return
        heir = _heir(self._panel.shown(), keys)
        self._candidates.remove(keys)
        self._workbench.noted.emit(f"Removed {_count(len(keys))}")
        if heir is not None:
            self._panel.choose(heir)

    def star(self) -> None:
        """Star the selected candidates; if all of them are, take the stars away."""
        keys = self._panel.chosen()
        on = not all(self._candidates[key].starred for key in keys)
        for key in keys:
            self._candidates.star(key, on)

    def copy_smiles(self) -> None:
        """Put the SMILES of the selected candidates on the clipboard, one a line."""
        judgements = (self._candidates[key].judgement for key in self._panel.chosen())
        lines = [judgement.smiles for judgement in judgements if judgement and judgement.smiles]
        if not lines:
            self._workbench.warned.emit("None of the chosen candidates has a SMILES; choose a valid one")
            return
        QApplication.clipboard().setText("\n".join(lines))
        self._workbench.noted.emit(f"Copied {len(lines)} SMILES")

    def walk(self, by: int) -> None:
        """Choose the row that many places below the one chosen last."""
        shown = self._panel.shown()
        if shown:
            place = shown.index(self._panel.current) + by if self._panel.current in shown else 0
            self._panel.choose(shown[min(max(place, 0), len(shown) - 1)])

    def commands(self) -> list[Command]:
        """What the Run menu offers for candidates."""
        chosen = partial(
            Command, menu=_MENU, enabled_when=self.has_chosen, needs="Choose a candidate in the table first"
        )
        some = partial(Command, menu=_MENU, enabled_when=self.has_candidates, needs="Generate candidates first")
        return [
            some(
                "candidates.next",
                "Next candidate",
                callback=lambda: self.walk(1),
                shortcut="Ctrl+Down",
                icon="mdi6.arrow-down",
                hint="Look at the candidate in the next row",
            ),
            some(
                "candidates.previous",
                "Previous candidate",
                callback=lambda: self.walk(-1),
                shortcut="Ctrl+Up",
                icon="mdi6.arrow-up",
                hint="Look at the candidate in the row before",
            ),
            chosen(
                "candidates.star",
                "Star",
                callback=self.star,
                shortcut="Ctrl+B",
                icon="mdi6.star-outline",
                hint="Star the chosen candidates, or take their stars away",
            ),
            chosen(
                "candidates.smiles",
                "Copy SMILES",
                callback=self.copy_smiles,
                icon="mdi6.content-copy",
                hint="Copy the SMILES of the chosen candidates",
            ),
            chosen(
                "candidates.delete",
                "Remove chosen",
                callback=self.delete,
                icon="mdi6.delete-outline",
                hint="Take the chosen candidates off the table",
            ),
            some(
                "candidates.clear",
                "Remove all",
                callback=self.clear,
                icon="mdi6.broom",
                hint="Take all candidates off the table",
            ),
        ]

    # What happens

    def _list_next(self) -> list[int]:
        if not self._coming:
            return []
        new = self._coming.popleft()
        keys = self._candidates.add(new.structures, new.run, new.trajectories, new.starts, new.locked, new.scaffold)
        if self._coming:
            self._more.start()
        return keys

    def _seek(self, pattern: str) -> None:
        try:
            self._smarts.seek(pattern)
            self._panel.show_problem("")
        except ValueError as error:
            self._panel.show_problem(str(error))

    def _on_selection(self) -> None:
        keys = self._panel.chosen()
        if keys:
            main = self._panel.current if self._panel.current in keys else keys[0]
            self._before = None
            self._show(self._candidates[main])
            self._overlay(key for key in keys if key != main)
        else:
            self._overlay(())
        self.changed.emit()

    def _on_pointed(self, key: int | None) -> None:
        """Look at a candidate while the pointer rests on it; when it leaves, all is as it was."""
        if self._stage.running or self._overlaid or (key is None and self._before is None):
            return
        camera = self._stage.view.canvas.camera
        if key is not None and key in self._candidates:
            if self._before is None:
                self._before = _View(self._shown if self._looking() else None, camera.get_state())
            self._show(self._candidates[key])
            return
        before, self._before = self._before, None
        if before is not None and self._looking():
            if before.shown is not None and before.shown.key in self._candidates:
                self._show(before.shown, fit=False)
            else:
                self._stage.end_preview(fit=False)
            camera.set_state(before.camera)

    def _looking(self) -> bool:
        """Whether what is on view is the candidate that was last put there."""
        return self._shown is not None and self._stage.preview is self._shown.structure

    def _show(self, candidate: Candidate, fit: bool = True) -> None:
        self._shown = candidate
        self._stage.show_preview(candidate.structure, _title(candidate), fit, candidate.trajectory)

    def _overlay(self, keys: Iterable[int]) -> None:
        """Lay candidates over the one on view: onto it, or as they are where locked atoms hold their frame."""
        main = self._shown
        others = [self._candidates[key] for key in keys][:_MOST_OVERLAID]
        if main is None or (not others and not self._overlaid):
            return
        held = all(candidate.lock_drift is not None for candidate in (main, *others))
        ghosts = [c.structure if held else laid_onto(c.structure, main.structure) for c in others]
        self._stage.view.canvas.set_ghosts(ghosts)
        self._overlaid = bool(ghosts)

    def _on_stage(self) -> None:
        if self._overlaid and (self._stage.running or self._stage.preview is None):
            self._overlay(())

    def _on_updated(self, key: int) -> None:
        candidate = self._candidates[key]
        if self._shown is not None and self._shown.key == key and self._looking():
            self._show(candidate, fit=False)
        elif candidate.valid:
            self._offer_valid(key)

    def _offer_valid(self, key: int) -> None:
        """Show the first valid candidate of a run instead of a first one that is not, unless the user chose a row."""
        current = self._panel.current
        if current is None or current != self._chosen_for_user or key < current or self._before is not None:
            return
        if (judgement := self._candidates[current].judgement) and not judgement.valid:
            self._chosen_for_user = None
            self._panel.choose(key)

    def _on_removed(self, keys: tuple[int, ...]) -> None:
        if self._shown is not None and self._shown.key in keys:
            looking, self._shown = self._looking(), None
            self._before = None
            self._stage.view.canvas.set_ghosts([])
            self._overlaid = False
            if looking:
                self._stage.end_preview()
        self.changed.emit()

    def _connect(self) -> None:
        candidates, table, panel = self._candidates, self._panel.table, self._panel
        self._more.timeout.connect(self._list_next)
        candidates.added.connect(lambda _: self.changed.emit())
        candidates.updated.connect(self._on_updated)
        candidates.removed.connect(self._on_removed)
        self.judging.done.connect(self._on_judged)
        self._stage.changed.connect(self._on_stage)
        table.chosen_changed.connect(self._on_selection)
        table.pointed.connect(self._on_pointed)
        table.star_clicked.connect(lambda key: candidates.star(key, not candidates[key].starred))
        table.accepted.connect(self.accept)
        table.star_pressed.connect(self.star)
        table.delete_pressed.connect(self.delete)
        table.copy_pressed.connect(self.copy_smiles)
        panel.accept_clicked.connect(self.accept)
        panel.smarts_typed.connect(self._seek)
        self._smarts.found.connect(panel.show_matches)

    def _on_judged(self) -> None:
        self.changed.emit()
        if not self.busy:
            self.judged_all.emit()


def _title(candidate: Candidate) -> str:
    of = f" · {candidate.run}" if candidate.run else ""
    return f"Candidate {candidate.key}{of}"


def _parts(new: NewCandidates) -> list[NewCandidates]:
    """Candidates in portions that can be listed without holding up the window."""
    return [_part(new, slice(first, first + _AT_ONCE)) for first in range(0, len(new.structures), _AT_ONCE)]


def _part(new: NewCandidates, rows: slice) -> NewCandidates:
    trajectories: tuple[Trajectory, ...] | None = new.trajectories and new.trajectories[rows]
    starts: tuple[Structure, ...] | None = new.starts and new.starts[rows]
    return NewCandidates(new.structures[rows], new.run, trajectories or None, starts or None, new.locked, new.scaffold)


def _heir(shown: list[int], gone: list[int]) -> int | None:
    """The row to choose when some go: the next below the last of them, else the last that stays."""
    staying = [key for key in shown if key not in gone]
    below = shown[shown.index(gone[-1]) + 1 :]
    return below[0] if below else staying[-1] if staying else None


def _count(number: int) -> str:
    return "1 candidate" if number == 1 else f"{number} candidates"
