"""Following long work step by step from a thread that mostly waits, so that the window is never held up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from gpff_desktop.gui.worker import one_line

Steps = Generator[Any, None, None]


class Following(QObject):
    """Follows one piece of work at a time; another one takes the place of what is being done.

    Attributes
    ----------
    progressed
        Signal with each step that is not `None`, in the window's thread.
    failed
        Signal with one line on what is wrong.
    ended
        Signal without arguments: nothing is being done any more, for whatever reason.
    """

    progressed = Signal(object)
    failed = Signal(str)
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: _Thread | None = None
        self._given_up: list[_Thread] = []

    @property
    def busy(self) -> bool:
        """Whether something is being done."""
        return self._thread is not None

    def start(self, make: Callable[[], Steps]) -> None:
        """Follow the generator that `make` gives; both are used in a thread of their own."""
        self.cancel()
        thread = self._thread = _Thread(make, self)
        thread.stepped.connect(self._on_step)
        thread.went_wrong.connect(self._on_failure)
        thread.finished.connect(lambda: self._on_end(thread))
        thread.start()

    def cancel(self) -> None:
        """Give up what is being done; nothing more is heard of it."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.cancelled.set()
            self._given_up.append(thread)
            self.ended.emit()

    def close(self) -> None:
        """Give up and wait for the threads."""
        self.cancel()
        for thread in self._given_up:
            thread.wait()

    def _on_step(self, thread: _Thread, step: object) -> None:
        if thread is self._thread:
            self.progressed.emit(step)

    def _on_failure(self, thread: _Thread, message: str) -> None:
        if thread is self._thread:
            self.failed.emit(message)

    def _on_end(self, thread: _Thread) -> None:
        if thread in self._given_up:
            self._given_up.remove(thread)
        if thread is self._thread:
            self._thread = None
            self.ended.emit()
        thread.deleteLater()


class _Thread(QThread):
    stepped = Signal(object, object)
    went_wrong = Signal(object, str)

    def __init__(self, make: Callable[[], Steps], parent: QObject) -> None:
        super().__init__(parent)
        self._make = make
        self.cancelled = threading.Event()

    def run(self) -> None:
        try:
            with closing(self._make()) as steps:
                for step in steps:
                    if self.cancelled.is_set():
                        return
                    if step is not None:
                        self.stepped.emit(self, step)
        except (ValueError, OSError) as error:
            self.went_wrong.emit(self, one_line(error))
