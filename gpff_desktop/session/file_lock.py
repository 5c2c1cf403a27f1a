"""Locks on files that end with the process that holds them, however it ends."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK)
_PAUSE = 0.02


class FileLock:
    """A lock that at most one holder has at a time, here or in another process.

    A process number would not do: numbers are given out again, and soon where a program runs in a container.

    Parameters
    ----------
    path
        The file that stands for the lock; it is created, and stays when the lock is released.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def acquire(self) -> bool:
        """Take the lock if it is free; where the file system knows no locks it always is.

        Raises
        ------
        OSError
            If the file cannot be opened.
        """
        if self._file is not None:
            return True
        # Kept open, for closing the file gives the lock back.
        file = self.path.open("ab")
        try:
            _lock(file)
        except OSError as error:
            if error.errno in _TAKEN:
                file.close()
                return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back; nothing happens if it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None


def is_held(path: Path) -> bool:
    """Whether anyone holds the lock that a file stands for; one that cannot be opened counts as held."""
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        return not lock.acquire()
    except OSError:
        return True
    finally:
        lock.release()


@contextmanager
def waited_for(path: Path, seconds: float = 5.0) -> Iterator[bool]:
    """Hold a lock during the block, waiting for it at most so long; tells whether it is held.

    Where the file cannot be opened (a read-only folder) the lock is not held.
    """
    lock, end = FileLock(path), time.monotonic() + seconds
    with suppress(OSError):
        while not lock.acquire() and time.monotonic() < end:
            time.sleep(_PAUSE)
    try:
        yield lock.held
    finally:
        lock.release()
