"""Saving for the case that the program dies, and offering what was saved at the next start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer

from gpff_desktop.gui.background import Background
from gpff_desktop.gui.notices import Notices
from gpff_desktop.session.autosave import EVERY, Autosave, Leftover, discard, leftovers, recover
from gpff_desktop.session.session_file import SessionFileError
from gpff_desktop.session.workbench import Workbench

_LOOK_SECONDS = 2.0
_SMALL_BYTES = 500_000


class Recovery(QObject):
    """Autosaves a workbench and recovers what programs before left behind; does nothing until it is started.

    Parameters
    ----------
    workbench
        What is saved.
    view
        What is remembered of the view at each saving.
    notices
        Where recovery is offered.
    background
        Where old files are looked through if they are large.
    """

    def __init__(
        self,
        workbench: Workbench,
        view: Callable[[], Mapping[str, Any]],
        notices: Notices,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workbench, self._view = workbench, view
        self._notices, self._background = notices, background
        self.autosave: Autosave | None = None
        self._failed = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)

    def start(self, folder: Path, every: float = EVERY) -> None:
        """Save to a folder from now on, and offer what is left in it.

        Parameters
        ----------
        folder
            Where sessions are saved; it is made when it is first needed.
        every
            Seconds between two savings.
        """
        workbench = self._workbench
        self.autosave = Autosave(folder, workbench.document, workbench.candidates, every, self._view)
        self.autosave.failed.connect(self._on_failure)
        if _size(folder) <= _SMALL_BYTES:
            self._offer(leftovers(folder))
        else:
            self._background.call(leftovers, folder, then=self._offer)
        self._timer.start(round(1000 * min(every, _LOOK_SECONDS)))

    def save_now(self) -> None:
        """Save what has changed, as at the end of a run."""
        if self.autosave is not None:
            self.autosave.save_now()

    def close(self) -> None:
        """The program ends well: nothing is left behind."""
        self._timer.stop()
        if self.autosave is not None:
            self.autosave.close()
            self.autosave = None

    def _tick(self) -> None:
        if self.autosave is not None:
            self.autosave.tick()

    def _on_failure(self, message: str) -> None:
        self._failed = True
        self._workbench.warned.emit(message)

    def _offer(self, found: list[Leftover]) -> None:
        for leftover in reversed(found):
            self._notices.tell(
                f"The program was not closed properly. Recover {_contents(leftover)} from {_time(leftover.when)}?",
                ("Recover", partial(self._recover, leftover)),
                ("Discard", partial(discard, leftover)),
            )

    def _recover(self, leftover: Leftover) -> None:
        """Open what was left beside what is open already; it goes only when it is saved again."""
        try:
            session = recover(leftover)
        except SessionFileError as error:
            self._workbench.warned.emit(str(error))
            return
        document, current = self._workbench.document, session.state.current
        keys = document.add_entries(session.state.entries, f"Recover {_contents(leftover)}")
        by_old = dict(zip((entry.key for entry in session.state.entries), keys, strict=True))
        if current in by_old:
            document.show(by_old[current])
        self._workbench.candidates.restore(session.candidates)
        self._workbench.noted.emit(f"Recovered {_contents(leftover)}")
        if self._is_saved_again():
            discard(leftover)

    def _is_saved_again(self) -> bool:
        if self.autosave is None:
            return False
        self.autosave.settle()
        self.autosave.save_now()
        self.autosave.settle()
        return self.autosave.path.exists() and not self._failed


def _size(folder: Path) -> int:
    """Bytes of what is in a folder; 0 if it is not there."""
    total = 0
    for path in folder.glob("*"):
        with suppress(OSError):
            total += path.stat().st_size
    return total


def _contents(leftover: Leftover) -> str:
    counts = ((leftover.structures, "structure"), (leftover.candidates, "candidate"))
    parts = [f"{number} {thing}" if number == 1 else f"{number} {thing}s" for number, thing in counts if number]
    return " and ".join(parts) or "an empty session"


def _time(when: datetime) -> str:
    today = when.date() == datetime.now(when.tzinfo).date()
    return f"{when:%H:%M}" if today else f"{when:%H:%M on} {when.day} {when:%B}"
