"""How finely a moving picture is drawn where no graphics card helps: coarser while frames take too long."""

from __future__ import annotations

GOAL = 1 / 36
"""Seconds that a frame may take, from its drawing to the screen; what is left of 1/30 s is for everything else."""

SHARES = (1.0, 0.84, 0.71, 0.59, 0.5)
"""Pixels drawn along each side, as shares of those of the window."""

_SLOW = 2
_PATIENCE, _MOST_PATIENCE = 20, 320


class Governor:
    """Chooses a share of the window's pixels from how long the last frames took.

    Two slow frames in a row make the picture coarser; one alone may be chance. After some quick ones a finer picture is
    tried, and after each trial that fails it takes twice as many, so that the picture does not waver.
    """

    def __init__(self) -> None:
        self._step = 0
        self._slow = self._quick = 0
        self._patience = _PATIENCE
        self._on_trial = False

    @property
    def share(self) -> float:
        """Pixels to draw along each side, as a share of the window's."""
        return SHARES[self._step]

    def note(self, seconds: float) -> None:
        """Take account of a frame that took so long."""
        if seconds > GOAL:
            self._slow, self._quick = self._slow + 1, 0
            if self._slow >= _SLOW:
                self._go(min(self._step + 1, len(SHARES) - 1))
        else:
            self._slow, self._quick = 0, self._quick + 1
            if self._quick >= self._patience:
                self._go(max(self._step - 1, 0))

    def _go(self, step: int) -> None:
        if step > self._step and self._on_trial:
            self._patience = min(2 * self._patience, _MOST_PATIENCE)
        elif step <= self._step and self._on_trial:
            self._patience = _PATIENCE
        self._on_trial = step < self._step
        self._step, self._slow, self._quick = step, 0, 0
