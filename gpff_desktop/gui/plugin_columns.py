"""Numbers that plugins add to the table of candidates, computed in a process of their own."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from gpff_desktop.gui.background import Background
from gpff_desktop.gui.candidate_figures import CandidatesFigures, FigureColumn
from gpff_desktop.plugins import Column, figure_of, in_one_line
from gpff_desktop.session.candidates import CandidateList
from gpff_desktop.structure import Structure

PATIENCE_MS = 60_000
"""A column whose figure takes longer than this for one candidate is given up."""

Answer = tuple[float | None, str, str]


class PluginColumns(QObject):
    """Has the figures of all columns computed for all valid candidates, one after the other.

    Parameters
    ----------
    candidates
        What the figures are of.
    table
        Where they are shown.

    Attributes
    ----------
    failed
        Signal with a column's id, one line and the traceback, the first time that its function fails.
    """

    failed = Signal(str, str, str)

    def __init__(self, candidates: CandidateList, table: CandidatesFigures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._candidates, self._table = candidates, table
        self._background = Background(self)
        self._columns: dict[str, Column] = {}
        self._told: set[str] = set()
        self._wanted: set[tuple[str, int]] = set()
        self._waiting: deque[tuple[str, int]] = deque()
        self._asked: tuple[str, int] | None = None
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._give_up)
        candidates.updated.connect(self._on_updated)
        candidates.added.connect(self._want)

    @property
    def busy(self) -> bool:
        """Whether figures are still to come."""
        return self._asked is not None

    def add(self, name: str, column: Column, hint: str) -> None:
        """Show a column, under a unique name, and fill it."""
        self._table.add_column(FigureColumn(name, column.head, hint, column.digits))
        self._columns[name] = column
        self._want(candidate.key for candidate in self._candidates)

    def remove(self, name: str) -> None:
        """Take a column away."""
        self._forget(name)
        self._told.discard(name)
        self._table.remove_column(name)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._patience.stop()
        self._background.close()

    def _on_updated(self, key: int) -> None:
        self._want([key])

    def _want(self, keys: Iterable[int]) -> None:
        """Ask for the figures of those candidates that the judge has found valid, each once."""
        wanted = [(name, key) for key in keys if self._candidates[key].valid for name in self._columns]
        new = [one for one in wanted if one not in self._wanted]
        self._wanted.update(new)
        self._waiting.extend(new)
        self._ask()

    def _ask(self) -> None:
        while self._waiting and self._asked is None:
            name, key = self._waiting.popleft()
            if key in self._candidates:
                self._asked = name, key
                function = self._columns[name].figure
                self._background.call(
                    answer,
                    function.__module__,
                    function.__name__,
                    self._candidates[key].structure,
                    then=partial(self._take, (name, key)),
                    failed=lambda line, asked=(name, key): self._take(asked, (None, line, line)),  # type: ignore[misc]
                )
                self._patience.start()

    def _take(self, asked: tuple[str, int], answered: Answer) -> None:
        if asked != self._asked:
            return
        self._asked = None
        self._patience.stop()
        self._ask()  # first, so that the process works while the window shows what it said
        name, key = asked
        if name in self._columns:
            value, line, details = answered
            self._table.set_figure(name, key, value, line)
            if line:
                self._tell(name, f"for candidate {key}: {line}", details)

    def _give_up(self) -> None:
        """Nothing came back: the function hangs, or has taken the process with it."""
        assert self._asked is not None
        (name, key), self._asked = self._asked, None
        self._background.close()
        self._background.deleteLater()
        self._background = Background(self)
        line = f"for candidate {key}: no answer within {self._patience.interval() / 1000:.0f} s; the column is given up"
        self._forget(name)
        self._tell(name, line, line)
        self._ask()

    def _forget(self, name: str) -> None:
        self._columns.pop(name, None)
        self._wanted = {wanted for wanted in self._wanted if wanted[0] != name}
        self._waiting = deque(wanted for wanted in self._waiting if wanted[0] != name)

    def _tell(self, name: str, line: str, details: str) -> None:
        if name not in self._told:
            self._told.add(name)
            self.failed.emit(name, line, details)


def answer(module: str, function: str, structure: Structure) -> Answer:
    """The number that a function of a plugin gives, or else one line and the traceback of what it raised."""
    try:
        return figure_of(module, function, structure), "", ""
    except (Exception, SystemExit) as error:
        return None, in_one_line(error), traceback.format_exc()
