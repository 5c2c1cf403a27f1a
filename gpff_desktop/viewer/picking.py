"""What lies under the pointer: rays through the scene against spheres and sticks, on the processor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_PARALLEL = 1e-9
_TOO_STEEP = 0.02


@dataclass(frozen=True)
class Ray:
    """A line of sight in the scene.

    Parameters
    ----------
    origin
        A point `[3]` in Å in front of everything that is drawn.
    direction
        Unit vector `[3]` away from the viewer.
    """

    origin: np.ndarray
    direction: np.ndarray

    def first_sphere(self, centres: np.ndarray, radii: np.ndarray) -> tuple[int | None, float]:
        """The first of spheres `[n, 3]`, `[n]` that the ray meets, and how far along in Å (infinity if none)."""
        from_eye = centres - self.origin
        along = from_eye @ self.direction
        inside2 = radii**2 - ((from_eye**2).sum(axis=1) - along**2)
        if not (inside2 > 0).any():
            return None, np.inf
        reached = np.where(inside2 > 0, along - np.sqrt(np.maximum(inside2, 0)), np.inf)
        first = int(reached.argmin())
        return first, float(reached[first])

    def first_stick(self, starts: np.ndarray, ends: np.ndarray, radii: np.ndarray) -> tuple[int | None, float]:
        """The first of sticks between points `[n, 3]` with radii `[n]` that the ray meets, and how far along in Å.

        Where a stick bulges toward the viewer makes no difference to which of two is in front, so the distance is that
        of the axis. The closest points of two lines follow from their scalar products.
        """
        span, from_eye = ends - starts, starts - self.origin
        tilt = span @ self.direction
        long2 = np.maximum((span**2).sum(axis=1), _PARALLEL)
        across2 = np.maximum(long2 - tilt**2, _PARALLEL)
        ahead = from_eye @ self.direction
        share = np.clip((tilt * ahead - (span * from_eye).sum(axis=1)) / across2, 0.0, 1.0)
        nearest = from_eye + share[:, None] * span
        along = nearest @ self.direction
        met = (nearest**2).sum(axis=1) - along**2 < radii**2
        if not met.any():
            return None, np.inf
        reached = np.where(met, along, np.inf)
        first = int(reached.argmin())
        return first, float(reached[first])

    def at_plane(self, point: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """Where the ray meets the plane through `point` `[3]` across `normal` `[3]`."""
        travel = (np.asarray(point) - self.origin) @ normal / (self.direction @ normal)
        return self.origin + travel * self.direction

    def nearest_on_line(self, point: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """The point `[3]` nearest to the ray on the line through `point` `[3]` along `direction` `[3]`.

        It is `point` itself where the line leads so nearly along the ray that a pixel would be a long way.
        """
        along = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
        common = along @ self.direction
        across2 = 1.0 - common**2
        if across2 < _TOO_STEEP:
            return np.array(point, dtype=float)
        from_eye = np.asarray(point) - self.origin
        travel = (common * (from_eye @ self.direction) - from_eye @ along) / across2
        return point + travel * along

    def distance(self, point: np.ndarray) -> float:
        """Distance in Å of a point `[3]` from the ray."""
        from_eye = point - self.origin
        return float(np.linalg.norm(from_eye - (from_eye @ self.direction) * self.direction))
