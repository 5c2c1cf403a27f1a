"""Distances, angles and torsions drawn in the scene: dashed lines, an arc, and the value beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from vispy.scene import Node

from gpff_desktop.viewer.captions import Captions
from gpff_desktop.viewer.impostors import Cylinders, Stage
from gpff_desktop.viewer.style import Theme

_DASH, _GAP = 0.13, 0.10
_RADIUS = 0.028
_ARC_RADIUS, _ARC_SHARE = 0.75, 0.55
_ARC_STEP = np.radians(6.0)
_TEXT_PIXELS = 14.0
_NOTHING = np.empty((2, 0, 3))


@dataclass(frozen=True)
class Measurement:
    """A value shown between atoms.

    Parameters
    ----------
    atoms
        Two, three or four atoms: a distance, an angle at the second, a torsion about the middle two.
    text
        The value, with its unit.

    Raises
    ------
    ValueError
        If there are fewer or more atoms, or one comes twice.
    """

    atoms: tuple[int, ...]
    text: str

    def __post_init__(self) -> None:
        if not 2 <= len(self.atoms) <= 4 or len(set(self.atoms)) < len(self.atoms):
            raise ValueError(f"a measurement needs 2 to 4 different atoms, not {list(self.atoms)}")


class Measurements(Node):
    """Scene node that draws measurements over the molecule, wherever its atoms hide them.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    """

    def __init__(self, stage: Stage, parent: Node | None = None) -> None:
        super().__init__(parent=parent)
        self._lines = Cylinders(stage, depth_cues=False, parent=self)
        self._lines.update_gl_state(depth_test=False)
        self._captions = Captions(stage, _TEXT_PIXELS, in_front=True, parent=self)
        self._captions.order = 1
        self._shown: tuple[Measurement, ...] = ()
        self._color = (0.0, 0.0, 0.0)

    @property
    def shown(self) -> tuple[Measurement, ...]:
        """The measurements, in the order given."""
        return self._shown

    def set_measurements(self, measurements: Sequence[Measurement]) -> None:
        """Replace all measurements; call `follow` next."""
        self._shown = tuple(measurements)

    def set_theme(self, theme: Theme) -> None:
        """Draw in the theme's colours; call `follow` next."""
        self._color = theme.measure
        self._captions.set_colors(theme.measure, theme.background)

    def follow(self, positions: np.ndarray) -> None:
        """Move to where the atoms `[n_atoms, 3]` now are; measurements of atoms that are gone are not drawn."""
        shown = [m for m in self._shown if max(m.atoms) < len(positions)]
        points = [positions[list(m.atoms)].astype(float) for m in shown]
        ends = np.concatenate([_NOTHING, *(measurement_lines(p) for p in points)], axis=1)
        colors = np.tile([*self._color, 0.0], (2, ends.shape[1], 1))
        self._lines.set_cylinders(ends, np.full(ends.shape[1], _RADIUS), colors)
        places = np.array([label_place(p) for p in points]).reshape(-1, 3)
        self._captions.set_captions([m.text for m in shown], places, np.zeros(len(shown)))


def measurement_lines(points: np.ndarray) -> np.ndarray:
    """Ends `[2, n, 3]` of the short lines that draw a measurement through points `[2 to 4, 3]` in Å."""
    lines = [_dashes(first, second) for first, second in pairwise(points)]
    if len(points) == 3:
        arc = _arc(points)
        lines.append(np.stack([arc[:-1], arc[1:]]))
    return np.concatenate(lines, axis=1)


def label_place(points: np.ndarray) -> np.ndarray:
    """Where the value of a measurement through points `[2 to 4, 3]` in Å is written, `[3]`."""
    if len(points) == 3:
        arc = _arc(points)
        middle = arc[len(arc) // 2] if len(arc) else points[1]
        return points[1] + 1.35 * (middle - points[1])
    return points[len(points) // 2 - 1 : len(points) // 2 + 1].mean(axis=0)


def _dashes(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Ends `[2, n, 3]` of the dashes between two points; the line begins and ends with a whole dash."""
    length = float(np.linalg.norm(end - start))
    if length < 1e-6:
        return _NOTHING
    count = max(2, round((length + _GAP) / (_DASH + _GAP)))
    dash = _DASH / (count * (_DASH + _GAP) - _GAP)
    shares = np.linspace(0.0, 1.0 - dash, count)[:, None]
    return np.stack([start + shares * (end - start), start + (shares + dash) * (end - start)])


def _arc(points: np.ndarray) -> np.ndarray:
    """Points `[n, 3]` on the arc of an angle, from the first arm to the second; none where an arm has no length."""
    arms = points[[0, 2]] - points[1]
    lengths = np.linalg.norm(arms, axis=1)
    if lengths.min() < 1e-6:
        return np.empty((0, 3))
    along, other = arms / lengths[:, None]
    across = other - (other @ along) * along
    if np.linalg.norm(across) < 1e-6:
        across = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    across /= np.linalg.norm(across)
    angle = float(np.arctan2(other @ across, other @ along))
    turns = np.linspace(0.0, angle, 2 + int(angle / _ARC_STEP))[:, None]
    radius = min(_ARC_RADIUS, _ARC_SHARE * lengths.min())
    return points[1] + radius * (np.cos(turns) * along + np.sin(turns) * across)
