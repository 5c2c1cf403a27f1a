"""The brush: a tool that paints a region of space, ball by ball, where the pointer goes."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from psygnal import Signal

from gpff_desktop.engine.steering.regions import Painted, Sphere
from gpff_desktop.viewer.picking import Ray
from gpff_desktop.viewer.tools import LEFT, RIGHT, KeyEvent, PointerEvent

LEAST_RADIUS, MOST_RADIUS = 0.3, 5.0
"""Å."""

_SPACING = 0.4
_STEP = 1.15
_KEYS = {"[": 1 / _STEP, "]": _STEP}

Stroke = tuple[float, float, float, float]


class Easel(Protocol):
    """What the brush needs to know of the view; `MoleculeCanvas` does."""

    def ray(self, position: tuple[float, float]) -> Ray:
        """The line of sight through a position in logical pixels."""

    def screen_axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Unit vectors `[3]` that point right, up and toward the viewer."""

    def depth_at(self, atom: int | None) -> np.ndarray:
        """A point `[3]` in Å as deep as an atom; for None as the middle of the molecule."""

    def set_painting(self, painted: Painted | None, tip: Sphere | None) -> None:
        """Show what has been painted, and the ball that the pointer holds."""


class Brush:
    """Paints with the left button and erases with the right one; `[` and `]` change the size of the ball.

    A ball is put as deep as the atom under the pointer; beside the molecule, as the last one of the same stroke or,
    for the first, as the middle of the molecule.

    Parameters
    ----------
    easel
        Where it paints.
    radius
        Of the ball in Å.

    Attributes
    ----------
    region
        What has been painted so far, or None.
    painted
        psygnal signal with the region, or None, at the end of each stroke that changed it.
    radius_changed
        psygnal signal with the radius in Å.
    """

    cursor = "cross"
    hint = "Drag to paint where atoms may start · right button erases · [ and ] change the size of the brush"
    painted = Signal(object)
    radius_changed = Signal(float)

    def __init__(self, easel: Easel, radius: float = 1.0) -> None:
        self._easel = easel
        self._radius = radius
        self._strokes: tuple[Stroke, ...] = ()
        self._before: tuple[Stroke, ...] | None = None
        self._button = 0
        self._last: np.ndarray | None = None
        self._tip: np.ndarray | None = None

    @property
    def region(self) -> Painted | None:
        """What has been painted so far."""
        return Painted(self._strokes) if self._strokes else None

    @region.setter
    def region(self, region: Painted | None) -> None:
        self._strokes = region.strokes if region is not None else ()
        self._before = self._last = None
        self._show()

    @property
    def radius(self) -> float:
        """Radius of the ball in Å; kept between `LEAST_RADIUS` and `MOST_RADIUS`."""
        return self._radius

    @radius.setter
    def radius(self, radius: float) -> None:
        kept = min(max(radius, LEAST_RADIUS), MOST_RADIUS)
        if kept != self._radius:
            self._radius = kept
            self._show()
            self.radius_changed.emit(kept)

    def put_away(self) -> None:
        """Take the ball off the picture, and what was painted with it: another tool is taken."""
        self._tip, self._before = None, None
        self._easel.set_painting(None, None)

    def press(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`."""
        if event.button not in (LEFT, RIGHT) or event.modifiers:
            return False
        self._before, self._button, self._last = self._strokes, event.button, None
        self._go_to(event)
        return True

    def move(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`."""
        if self._before is None:
            self._tip = self._place(event)
            self._show()
        else:
            self._go_to(event)
        return True

    def release(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`."""
        if self._before is None:
            return False
        self._go_to(event)
        before, self._before, self._last = self._before, None, None
        if self._strokes != before:
            self.painted.emit(self.region)
        return True

    def double_click(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`; a second press paints as the first did."""
        return self.press(event)

    def key(self, event: KeyEvent) -> bool:
        """See `viewer.tools.Tool`; Esc takes back the stroke under way."""
        if event.text in _KEYS:
            self.radius = self._radius * _KEYS[event.text]
            return True
        if event.name != "Escape" or self._before is None:
            return False
        self._strokes, self._before = self._before, None
        self._show()
        return True

    def _go_to(self, event: PointerEvent) -> None:
        self._tip = self._place(event)
        if self._button == RIGHT:
            self._strokes = erased(self._strokes, self._easel.ray(event.position), self._radius)
        else:
            self._paint(self._tip)
        self._show()

    def _paint(self, place: np.ndarray) -> None:
        new = place[None] if self._last is None else dabs(self._last, place, self._radius)
        for x, y, z in new.tolist():
            self._strokes += ((x, y, z, self._radius),)
        if len(new):
            self._last = new[-1]

    def _place(self, event: PointerEvent) -> np.ndarray:
        """Where `[3]` in Å the ball is."""
        deep = self._easel.depth_at(event.atom) if event.atom is not None or self._last is None else self._last
        return self._easel.ray(event.position).at_plane(deep, self._easel.screen_axes()[2])

    def _show(self) -> None:
        x, y, z = (0.0, 0.0, 0.0) if self._tip is None else (float(v) for v in self._tip)
        self._easel.set_painting(self.region, None if self._tip is None else Sphere((x, y, z), self._radius))


def dabs(start: np.ndarray, stop: np.ndarray, radius: float) -> np.ndarray:
    """Centres `[n, 3]` in Å of balls from after `start` towards `stop`, near enough for the stroke to look whole."""
    way = np.asarray(stop, dtype=float) - start
    length = float(np.linalg.norm(way))
    step = _SPACING * radius
    count = int(length / step)
    return start + way * (step / max(length, step)) * np.arange(1, count + 1)[:, None]


def erased(strokes: tuple[Stroke, ...], ray: Ray, radius: float) -> tuple[Stroke, ...]:
    """The balls whose centres are not within `radius` Å of a line of sight."""
    return tuple(stroke for stroke in strokes if ray.distance(np.array(stroke[:3])) > radius)
