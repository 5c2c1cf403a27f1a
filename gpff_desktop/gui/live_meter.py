"""How fast live frames come, and how soon an edit is answered."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_FRAMES = 30
_LATENCIES = 15
_BREAK = 0.5
"""Seconds without a frame after which the molecule has rested in between."""


class LiveMeter:
    """Counts frames as they are drawn; frames come in pieces, as a molecule at rest needs none.

    Parameters
    ----------
    clock
        Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._asked: dict[int, float] = {}
        self._applied: int | None = None
        self._last = -_BREAK
        self._gaps: deque[float] = deque(maxlen=_FRAMES)
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        self.frames = 0

    @property
    def rate(self) -> float:
        """Frames per second of late; 0 before the second one."""
        return len(self._gaps) / sum(self._gaps) if self._gaps else 0.0

    @property
    def latency(self) -> float:
        """Median of the seconds from an edit to the first frame that knows of it, of late; 0 before the first."""
        return sorted(self._latencies)[len(self._latencies) // 2] if self._latencies else 0.0

    def asked(self, serial: int) -> None:
        """An edit was made."""
        self._asked[serial] = self._clock()

    def applied(self, serial: int) -> None:
        """A step that knows of an edit will be drawn next."""
        self._applied = serial

    def drawn(self) -> None:
        """The view was drawn."""
        if self._applied is None:
            return
        now, serial, self._applied = self._clock(), self._applied, None
        answered = [key for key in self._asked if key <= serial]
        asked = [self._asked.pop(key) for key in answered]
        if asked:
            self._latencies.append(now - asked[-1])
        if now - self._last < _BREAK:
            self._gaps.append(now - self._last)
        self._last = now
        self.frames += 1
