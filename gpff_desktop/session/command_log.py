"""What has been done, as lines of Python that do it again in the console."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from psygnal import Signal

_MOST_LINES = 2000


class CommandLog:
    """Collects lines whether or not anyone looks at them yet.

    Attributes
    ----------
    added
        psygnal event with the new line.
    lines
        The last lines, oldest first.
    """

    added = Signal(str)

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=_MOST_LINES)
        self._count = 0
        self._silent = False

    def add(self, line: str) -> None:
        """Note a line."""
        if not self._silent:
            self._count += 1
            self.lines.append(line)
            self.added.emit(line)

    @contextmanager
    def during(self, line: str) -> Iterator[None]:
        """Note `line` for what is done within, unless something there notes a more exact one."""
        before = self._count
        yield
        if self._count == before:
            self.add(line)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Note nothing that is done within: whoever typed it has it in front of them."""
        was, self._silent = self._silent, True
        try:
            yield
        finally:
            self._silent = was
