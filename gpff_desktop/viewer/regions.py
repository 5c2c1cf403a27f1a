"""Regions of space in the scene: outlines of balls, boxes and ellipsoids, a tint for what was painted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from vispy.scene import Node

from gpff_desktop.engine.steering.regions import Box, Ellipsoid, Painted, Region, Sphere
from gpff_desktop.viewer.impostors import Cylinders, Stage
from gpff_desktop.viewer.style import LIGHT, Color, Theme
from gpff_desktop.viewer.tints import Tints

_LINE_RADIUS = 0.022
_CIRCLE_PARTS = 48
_NO_LINES = np.empty((2, 0, 3))


class Regions(Node):
    """Scene node that shows regions without hiding what is in them.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    width
        Of the lines, in units of the usual width.
    """

    def __init__(self, stage: Stage, width: float = 1.0, parent: Node | None = None) -> None:
        super().__init__(parent=parent)
        self._tints = Tints(stage, parent=self)
        self._lines = Cylinders(stage, depth_cues=False, parent=self)
        self._lines.order = 1
        self._line_radius = width * _LINE_RADIUS
        self._regions: tuple[Region, ...] = ()
        self._color: Color = LIGHT.region

    def set_regions(self, regions: Sequence[Region]) -> None:
        """Show these regions instead of the present ones."""
        self._regions = tuple(regions)
        self._rebuild()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the theme's colour."""
        self._color = theme.region
        self._tints.set_theme(theme)
        self._rebuild()

    def _rebuild(self) -> None:
        ends = np.concatenate([_NO_LINES, *(outline(region) for region in self._regions)], axis=1)
        colors = np.tile([*self._color, 0.0], (2, ends.shape[1], 1))
        self._lines.set_cylinders(ends, np.full(ends.shape[1], self._line_radius), colors)
        balls = np.array([stroke for region in self._regions for stroke in _strokes(region)]).reshape(-1, 4)
        self._tints.set_balls(balls[:, :3], balls[:, 3], np.tile(self._color, (len(balls), 1)))


def outline(region: Region) -> np.ndarray:
    """Ends `[2, n, 3]` in Å of the lines that outline a region; none for a painted one, which is tinted instead."""
    if isinstance(region, Sphere):
        return _ellipses(np.array(region.centre), np.full(3, region.radius))
    if isinstance(region, Ellipsoid):
        return _ellipses(np.array(region.centre), np.array(region.semiaxes))
    if isinstance(region, Box):
        return _edges(np.array(region.centre), np.array(region.edges) / 2)
    return _NO_LINES


def _ellipses(centre: np.ndarray, semiaxes: np.ndarray) -> np.ndarray:
    """The sections of an ellipsoid by the planes through its axes."""
    turns = np.linspace(0.0, 2 * np.pi, _CIRCLE_PARTS + 1)
    lines = []
    for first, second in combinations(range(3), 2):
        ring = np.zeros((len(turns), 3))
        ring[:, first], ring[:, second] = np.cos(turns), np.sin(turns)
        places = centre + ring * semiaxes
        lines.append(np.stack([places[:-1], places[1:]]))
    return np.concatenate(lines, axis=1)


def _edges(centre: np.ndarray, half: np.ndarray) -> np.ndarray:
    corners = np.array(list(product((-1.0, 1.0), repeat=3)))
    joined = [(a, b) for a, b in combinations(corners, 2) if (a != b).sum() == 1]
    return centre + half * np.array(joined).transpose(1, 0, 2)


def _strokes(region: Region) -> tuple[tuple[float, float, float, float], ...]:
    return region.strokes if isinstance(region, Painted) else ()
