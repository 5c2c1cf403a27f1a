"""Opening files in a thread of its own, one after the other, with progress and a way to give up."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing

from PySide6.QtCore import QObject, QThread, Signal

from gpff_desktop.gui.worker import one_line
from gpff_desktop.session.elsewhere import read_elsewhere
from gpff_desktop.session.opening import Opening
from gpff_desktop.session.source import Ready, Source, read


class FileOpener(QObject):
    """Opens one source after the other.

    Attributes
    ----------
    progressed
        Signal with the `Source` in hand and an `Opening`.
    ready
        Signal with a `Ready`.
    failed
        Signal with one line on what is wrong.
    ended
        Signal without arguments: nothing waits any more.
    """

    progressed = Signal(object, object)
    ready = Signal(object)
    failed = Signal(str)
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Source] = deque()
        self._reader: _Reader | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being opened."""
        return self._reader is not None

    def open(self, source: Source) -> None:
        """Open a source when those before it are done; a small file at once, if none is before it."""
        if not self.busy and source.is_quick:
            _follow(read(source), threading.Event(), lambda _: None, self.ready.emit, self.failed.emit)
            return
        self._waiting.append(source)
        if not self.busy:
            self._next()

    def cancel(self) -> None:
        """Give up what is being opened and what waits; what is open already stays."""
        self._waiting.clear()
        if self._reader is not None:
            self._reader.cancelled.set()

    def close(self) -> None:
        """Give up and wait for the thread."""
        self.cancel()
        if self._reader is not None:
            self._reader.wait()

    def _next(self) -> None:
        source = self._waiting.popleft()
        reader = self._reader = _Reader(source, self)
        reader.progressed.connect(self.progressed)
        reader.ready.connect(self._on_ready)
        reader.failed.connect(self.failed)
        reader.finished.connect(self._on_finished)
        reader.start()

    def _on_ready(self, ready: Ready) -> None:
        # What was given up may have come to its end already and wait here to be taken.
        if self._reader is not None and not self._reader.cancelled.is_set():
            self.ready.emit(ready)

    def _on_finished(self) -> None:
        if self._reader is not None:
            self._reader.deleteLater()
        self._reader = None
        if self._waiting:
            self._next()
        else:
            self.ended.emit()


class _Reader(QThread):
    progressed = Signal(object, object)
    ready = Signal(object)
    failed = Signal(str)

    def __init__(self, source: Source, parent: QObject) -> None:
        super().__init__(parent)
        self._source = source
        self.cancelled = threading.Event()

    def run(self) -> None:
        """Qt's hook: the body of the thread."""
        steps = read(self._source) if self._source.is_short else read_elsewhere(self._source)
        _follow(steps, self.cancelled, self._tell, self.ready.emit, self.failed.emit)

    def _tell(self, opening: Opening) -> None:
        self.progressed.emit(self._source, opening)


def _follow(
    steps: Generator[Opening | Ready, None, None],
    cancelled: threading.Event,
    tell: Callable[[Opening], object],
    ready: Callable[[Ready], object],
    failed: Callable[[str], object],
) -> None:
    """Read to the end, unless it is given up."""
    try:
        with closing(steps):
            for step in steps:
                if cancelled.is_set():
                    return
                if isinstance(step, Ready):
                    ready(step)
                else:
                    tell(step)
    except (ValueError, OSError) as error:
        failed(one_line(error))
