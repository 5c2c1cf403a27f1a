"""Opening files in a thread of its own, one after the other, with progress and a way to give up."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from gpff_desktop.chemistry.clipboard import from_text
from gpff_desktop.gui.worker import one_line
from gpff_desktop.session.document import new_entry
from gpff_desktop.session.entry import Entry
from gpff_desktop.session.opening import Opened, Opening, open_file
from gpff_desktop.structure import Structure

_REPORT_SECONDS = 1 / 15
_SMALL_BYTES = 60_000
_SLOW = (".smi", ".db", ".npz")


@dataclass(frozen=True)
class Source:
    """Something to open.

    Parameters
    ----------
    name
        What the user calls it.
    read
        Opens it step by step, as `session.opening.open_file` does.
    path
        The file; `None` for text.
    as_structures
        Whether frames of a trajectory become structures of their own.
    keep_bonds
        Whether bonds that a file has are kept.
    """

    name: str
    read: Callable[[], Generator[Opening, None, None]]
    path: Path | None = None
    as_structures: bool = False
    keep_bonds: bool = True

    @classmethod
    def file(cls, path: Path, as_structures: bool = False, keep_bonds: bool = True) -> Source:
        """A file of structures, or a session."""
        return cls(path.name, lambda: open_file(path), path, as_structures, keep_bonds)

    @classmethod
    def text(cls, text: str, name: str) -> Source:
        """Structures in a text, such as what was dropped on the window."""
        return cls(name, lambda: _read_text(text, name))

    @property
    def is_quick(self) -> bool:
        """Whether it is read before anyone could see that it takes time."""
        try:
            small = self.path is not None and self.path.stat().st_size <= _SMALL_BYTES
            return small and self.path is not None and self.path.suffix.lower() not in _SLOW
        except OSError:
            return True  # and fails at once


@dataclass(frozen=True)
class Ready:
    """What was read, as entries that can be opened without further work."""

    source: Source
    opened: Opened
    entries: tuple[Entry, ...] = ()


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
            _read(source, threading.Event(), lambda _: None, self.ready.emit, self.failed.emit)
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
        _read(self._source, self.cancelled, self._tell, self.ready.emit, self.failed.emit)

    def _tell(self, opening: Opening) -> None:
        self.progressed.emit(self._source, opening)


def _read(
    source: Source,
    cancelled: threading.Event,
    tell: Callable[[Opening], object],
    ready: Callable[[Ready], object],
    failed: Callable[[str], object],
) -> None:
    try:
        opened = _follow(source, cancelled, tell)
        entries = () if opened is None else _entries(source, opened, cancelled)
    except MemoryError:
        failed(f"'{source.name}' does not fit into memory; open a part of it")
    except (ValueError, OSError) as error:
        failed(one_line(error))
    else:
        if opened is not None and not cancelled.is_set():
            ready(Ready(source, opened, entries))


def _follow(source: Source, cancelled: threading.Event, tell: Callable[[Opening], object]) -> Opened | None:
    """Read to the end, telling now and then how far it has come; `None` if it was given up."""
    told = 0.0
    with closing(source.read()) as steps:
        for opening in steps:
            if cancelled.is_set():
                return None
            if opening.result is not None:
                return opening.result
            if time.monotonic() - told > _REPORT_SECONDS:
                told = time.monotonic()
                tell(opening)
    return None


def _entries(source: Source, opened: Opened, cancelled: threading.Event) -> tuple[Entry, ...]:
    """Entries with bonds; the frames of a trajectory are one, unless they are wanted as structures."""
    if opened.trajectory is not None and not source.as_structures:
        first = new_entry(opened.structures[0], _stem(source), source.path, source.keep_bonds)
        return (
            Entry(
                0,
                first.structure,
                first.name,
                keeps_bonds=first.keeps_bonds,
                trajectory=opened.trajectory,
                source=source.path,
            ),
        )
    return tuple(_bonded(source, opened.structures, cancelled))


def _bonded(
    source: Source, structures: Iterable[Structure], cancelled: threading.Event
) -> Generator[Entry, None, None]:
    structures = tuple(structures)
    name = _stem(source) if len(structures) == 1 else ""
    for structure in structures:
        if cancelled.is_set():
            return
        yield new_entry(structure, name, source.path, source.keep_bonds)


def _stem(source: Source) -> str:
    return source.path.stem if source.path else ""


def _read_text(text: str, name: str) -> Generator[Opening, None, None]:
    yield Opening(0.0)
    result = from_text(text)
    opened = Opened(Path(name), tuple(result.structures), tuple(result.problems))
    yield Opening(1.0, len(result.structures), len(result.problems), opened)
