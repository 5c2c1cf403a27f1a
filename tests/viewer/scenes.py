"""A view without a screen: looking down the z axis, ten pixels to the ångström, the origin at (100, 100)."""

from __future__ import annotations

import numpy as np

from gpff_desktop.engine.steering.regions import Painted, Sphere
from gpff_desktop.viewer.picking import Ray
from gpff_desktop.viewer.tools import LEFT, PointerEvent

PIXELS = 10.0


class FlatScene:
    """A parallel view from above."""

    def __init__(self) -> None:
        self.painted: Painted | None = None
        self.tip: Sphere | None = None
        self.atoms = np.array([[2.0, 0.0, 3.0]])

    def ray(self, position: tuple[float, float]) -> Ray:
        x, y = position
        return Ray(np.array([(x - 100) / PIXELS, (100 - y) / PIXELS, 50.0]), np.array([0.0, 0.0, -1.0]))

    def project_points(self, points: np.ndarray) -> np.ndarray:
        return 100 + PIXELS * points[:, :2] * [1, -1]

    def angstrom_per_pixel(self, points: np.ndarray) -> np.ndarray:
        return np.full(len(points), 1 / PIXELS)

    def screen_axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        right, up, toward = np.eye(3)
        return right, up, toward

    def depth_at(self, atom: int | None) -> np.ndarray:
        return np.zeros(3) if atom is None else self.atoms[atom]

    def set_painting(self, painted: Painted | None, tip: Sphere | None) -> None:
        self.painted, self.tip = painted, tip

    def pick(self, position: tuple[float, float]) -> int | None:
        """The atom of this view is a ball of 0.5 Å."""
        place = self.ray(position).origin[:2]
        return 0 if np.linalg.norm(place - self.atoms[0, :2]) < 0.5 else None

    def pick_bond(self, position: tuple[float, float]) -> tuple[int, int] | None:
        return None

    def event(self, x: float, y: float, button: int = LEFT, dragged: bool = True) -> PointerEvent:
        """The pointer above the point (x, y) in Å."""
        return PointerEvent((100 + PIXELS * x, 100 - PIXELS * y), button, frozenset(), dragged, self)
