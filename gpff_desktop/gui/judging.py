"""Candidates go to the judge a few at a time, so that other work in the background is not kept waiting."""

from __future__ import annotations

from collections import deque
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from gpff_desktop.gui.background import Background
from gpff_desktop.session.candidates import CandidateList
from gpff_desktop.session.judgement import Judgement, judge_candidate

_AT_ONCE = 2


class Judging(QObject):
    """Has every candidate judged that has not been.

    Parameters
    ----------
    candidates
        The list; verdicts are noted there.
    background
        Where the judge works.

    Attributes
    ----------
    done
        Signal without arguments: no candidate waits any more.
    """

    done = Signal()

    def __init__(self, candidates: CandidateList, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.known: Path | None = None
        self._candidates, self._background = candidates, background
        self._waiting: deque[int] = deque()
        self._asked: set[int] = set()
        candidates.added.connect(self._on_added)

    @property
    def busy(self) -> bool:
        """Whether candidates wait for the judge."""
        return bool(self._waiting or self._asked)

    def _on_added(self, keys: tuple[int, ...]) -> None:
        self._waiting.extend(key for key in keys if self._candidates[key].judgement is None)
        self._ask()

    def _ask(self) -> None:
        while self._waiting and len(self._asked) < _AT_ONCE:
            key = self._waiting.popleft()
            if key not in self._candidates:
                continue
            self._asked.add(key)
            structure, scaffold = self._candidates[key].structure, self._candidates[key].scaffold
            self._background.call(
                judge_candidate,
                structure.numbers,
                structure.positions,
                self.known,
                scaffold,
                then=partial(self._take, key),
                failed=partial(self._on_failed, key),
            )

    def _take(self, key: int, judgement: Judgement) -> None:
        self._asked.discard(key)
        self._ask()  # first, so that the judge works while the window shows what it said
        self._candidates.set_judgement(key, judgement)
        if not self.busy:
            self.done.emit()

    def _on_failed(self, key: int, message: str) -> None:
        self._take(key, Judgement(False, reason=message))
