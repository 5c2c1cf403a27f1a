"""Saving the session by itself, so that a program that is killed loses little, and finding what it left."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import platformdirs
from psygnal import Signal

from gpff_desktop.session.candidates import Candidate, CandidateList
from gpff_desktop.session.document import Document
from gpff_desktop.session.entry import State
from gpff_desktop.session.file_lock import FileLock, is_held
from gpff_desktop.session.session_file import SUFFIX, Session, SessionFileError, load_session, save_session

EVERY = 30.0
"""Seconds between two savings."""

_LOCK = ".lock"
_OLD = 24 * 3600.0


def autosave_folder() -> Path:
    """Where sessions are saved for recovery."""
    return Path(platformdirs.user_state_dir("gpff-desktop", appauthor=False)) / "autosave"


class Autosave:
    """Saves a document and its candidates whenever something has changed, in a thread of its own.

    States are immutable, so what is written is what there was when the saving began, whatever the user does meanwhile.
    `tick`, `save_now`, `settle` and `close` belong to one thread, and `failed` is emitted in it.

    Parameters
    ----------
    folder
        Where to; it is made when it is first needed.
    document, candidates
        What to save.
    every
        Seconds between two savings.
    view
        Asked at every saving what the window wants to remember, see `save_session`.

    Attributes
    ----------
    failed
        psygnal event with one line on why nothing can be saved; told once until it works again.
    """

    failed = Signal(str)

    def __init__(
        self,
        folder: Path,
        document: Document,
        candidates: CandidateList,
        every: float = EVERY,
        view: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self.path = folder / f"{os.getpid()}-{uuid4().hex}{SUFFIX}"
        self._document, self._candidates, self._view = document, candidates, view
        self._every, self._last = every, -math.inf
        self._dirty = bool(document.entries) or bool(candidates)
        self._told = False
        self._lock = FileLock(self.path.with_suffix(_LOCK))
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="autosave")
        self._writing: Future[None] | None = None
        self._events = (document.changed, candidates.added, candidates.updated, candidates.removed)
        for event in self._events:
            event.connect(self._note)

    def _note(self, *_: object) -> None:
        self._dirty = True

    def tick(self, now: float | None = None) -> None:
        """Save if something has changed and it is time; to be called every few seconds.

        Parameters
        ----------
        now
            Seconds of a clock that never goes back; by default `time.monotonic()`.
        """
        now = time.monotonic() if now is None else now
        if self._busy() or not self._dirty or now - self._last < self._every:
            return
        self._last = now
        self._save()

    def save_now(self) -> None:
        """Save what has changed without waiting for the time; after a saving under way, the next `tick` does it."""
        if self._busy():
            self._last = -math.inf
        elif self._dirty:
            self._save()

    def settle(self) -> None:
        """Wait until what is being written is on the disk."""
        if self._writing is not None:
            self._conclude(self._writing)

    def close(self) -> None:
        """The program ends well: nothing is left to recover. Nothing is saved from now on."""
        for event in self._events:
            event.disconnect(self._note, missing_ok=True)
        self._writer.shutdown()
        self._writing, self._dirty = None, False
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        self._lock.release()
        with suppress(OSError):
            self._lock.path.unlink(missing_ok=True)

    def _busy(self) -> bool:
        if self._writing is not None and self._writing.done():
            self._conclude(self._writing)
        return self._writing is not None

    def _save(self) -> None:
        self._dirty = False
        snapshot = self._document.state, tuple(self._candidates), dict(self._view())
        self._writing = self._writer.submit(self._write, *snapshot)

    def _write(self, state: State, candidates: tuple[Candidate, ...], view: Mapping[str, Any]) -> None:
        if not state.entries and not candidates:
            self.path.unlink(missing_ok=True)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # The lock comes first: a file without one belongs to a program that is dead.
        self._lock.acquire()
        save_session(self.path, state, candidates, view)

    def _conclude(self, writing: Future[None]) -> None:
        error, self._writing = writing.exception(), None
        if error is None:
            self._told = False
            return
        self._dirty = True
        if not self._told:
            self._told = True
            self.failed.emit(f"changes cannot be saved for recovery ({_reason(error)}); save the session yourself")


@dataclass(frozen=True)
class Leftover:
    """A session that a program could not close.

    Parameters
    ----------
    path
        Its file.
    when
        When it was last saved, in local time.
    structures, candidates
        How many it holds.
    """

    path: Path
    when: datetime
    structures: int
    candidates: int


def leftovers(folder: Path) -> list[Leftover]:
    """Sessions whose programs are dead, newest first; those that cannot be read are left alone."""
    if not folder.is_dir():
        return []
    _sweep(folder)
    names = [path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith(".")]
    found = [_examined(path) for path in names if not is_held(path.with_suffix(_LOCK))]
    return sorted((leftover for leftover in found if leftover), key=lambda leftover: leftover.when, reverse=True)


def recover(leftover: Leftover) -> Session:
    """The session that was left; `discard` it only when it is saved again.

    Raises
    ------
    SessionFileError
        If it cannot be read.
    """
    return load_session(leftover.path)


def discard(leftover: Leftover) -> None:
    """Remove a session that was left; one that cannot be removed is offered again another time."""
    for path in (leftover.path, leftover.path.with_suffix(_LOCK)):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _examined(path: Path) -> Leftover | None:
    try:
        session, saved = load_session(path), path.stat().st_mtime
    except (SessionFileError, OSError):
        return None
    when = datetime.fromtimestamp(saved).astimezone()
    return Leftover(path, when, len(session.state.entries), len(session.candidates))


def _sweep(folder: Path) -> None:
    """Remove half-written files and locks of the dead; only old ones, for a young lock may be about to be taken."""
    for path in folder.iterdir():
        with suppress(OSError):
            half = path.name.startswith(".") and path.suffix == SUFFIX
            if (half or path.suffix == _LOCK) and time.time() - path.stat().st_mtime > _OLD and not is_held(path):
                path.unlink()


def _reason(error: BaseException) -> str:
    cause = error.__cause__ or error
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return next(iter(str(error).splitlines()), type(error).__name__)
