"""A preview of the atom that a tool would place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from vispy.scene import Node

from gpff_desktop.viewer.bonds import BondStrands
from gpff_desktop.viewer.impostors import Cylinders, Spheres, Stage
from gpff_desktop.viewer.style import BALL_AND_STICK, LIGHT, Representation, Theme, element_colors

_FADE = 0.45
_START_RADIUS = 0.2


@dataclass(frozen=True)
class Sketch:
    """An atom to be, and the bond to it.

    Parameters
    ----------
    number
        Its atomic number.
    position
        Its place `[3]` in Å.
    start
        Where a bond to it would begin, `[3]` in Å; None for an atom on its own.
    order
        Order of that bond, 1 to 3.
    """

    number: int
    position: np.ndarray
    start: np.ndarray | None = None
    order: int = 1


class SketchPreview(Node):
    """Scene node that draws a sketch in faded colours.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    """

    def __init__(self, stage: Stage, parent: Node | None = None) -> None:
        super().__init__(parent=parent)
        self._spheres = Spheres(stage, parent=self)
        self._cylinders = Cylinders(stage, parent=self)
        self._sketch: Sketch | None = None
        self._representation, self._palette, self._theme = BALL_AND_STICK, "cpk", LIGHT

    def set_sketch(self, sketch: Sketch | None) -> None:
        """Draw a sketch, or nothing."""
        self._sketch = sketch
        self._rebuild()

    def set_look(self, representation: Representation, palette: str, theme: Theme) -> None:
        """Draw like the molecule."""
        self._representation, self._palette, self._theme = representation, palette, theme
        self._rebuild()

    def _rebuild(self) -> None:
        sketched = [] if self._sketch is None else [self._sketch]
        bonded = [s for s in sketched if s.start is not None]
        numbers = np.array([s.number for s in sketched], dtype=np.int64)
        colors, radii = self._colors(numbers), self._representation.atom_radii(numbers)
        places = np.array([s.position for s in sketched], dtype=float).reshape(-1, 3)
        points = np.array([(s.start, s.position) for s in bonded], dtype=float).reshape(-1, 3)
        bonds = np.array([(0, 1, s.order) for s in bonded], dtype=np.int64).reshape(-1, 3)
        strands = BondStrands(bonds, np.array([_START_RADIUS, *radii]), self._representation)
        self._spheres.set_spheres(places, radii, colors)
        self._cylinders.set_cylinders(strands.ends(points), strands.radii, colors[np.zeros_like(strands.atoms)])

    def _colors(self, numbers: np.ndarray) -> np.ndarray:
        plain = element_colors(numbers, self._palette, self._theme)
        faded = (1.0 - _FADE) * plain + _FADE * np.array(self._theme.background)
        return np.hstack([faded, np.zeros((len(numbers), 1))])
