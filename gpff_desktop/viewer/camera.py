"""The camera: a virtual trackball around the molecule, in perspective or parallel projection."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from psygnal import Signal
from scipy.spatial.transform import Rotation
from vispy.scene.cameras.perspective import Base3DRotationCamera
from vispy.util import keys

from gpff_desktop.viewer.framing import Insets

PERSPECTIVE_FOV = 25.0
_LEFT, _RIGHT, _MIDDLE = 1, 2, 3
_MARGIN = 1.08
_NO_INSETS = Insets()
_MIRRORS = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))


class MoleculeCamera(Base3DRotationCamera):
    """Left drag turns, middle or Shift+left drag pans, right drag or wheel zooms.

    Attributes
    ----------
    orientation
        Rotation matrix `[3, 3]` whose rows are the viewer's right, up and backward directions in the scene.
    pivot
        Point `[3]` in Å that stays in its place when a drag turns the molecule; None for the middle of the picture.
    moved
        psygnal signal, sent whenever the view changes.
    """

    moved = Signal()
    center: tuple[float, float, float]
    scale_factor: float
    _state_props = (*Base3DRotationCamera._state_props, "orientation")

    def __init__(self) -> None:
        self._distance = None
        self.orientation = np.eye(3)
        self.pivot: np.ndarray | None = None
        super().__init__(fov=PERSPECTIVE_FOV, scale_factor=10.0, center=(0.0, 0.0, 0.0))
        self.depth_value = 200.0

    @property
    def parallel(self) -> bool:
        """Whether the projection is parallel (orthographic)."""
        return self.fov == 0.0

    @parallel.setter
    def parallel(self, on: bool) -> None:
        self.fov = 0.0 if on else PERSPECTIVE_FOV

    def turn(self, right: float, up: float) -> None:
        """Turn the molecule about the screen's vertical and horizontal axes, in degrees."""
        spin = _rotation(np.array([0.0, 1.0, 0.0]), math.radians(right))
        tilt = _rotation(np.array([1.0, 0.0, 0.0]), -math.radians(up))
        self.set_orientation(tilt @ spin @ self.orientation)

    def pan(self, right: float, down: float) -> None:
        """Shift the view with the pointer, in logical pixels."""
        scale = self.scale_factor / max(1.0, min(self._viewbox.size))
        shift = (right * self.orientation[0] - down * self.orientation[1]) * scale
        self.center = tuple(np.asarray(self.center) - shift)

    def zoom(self, factor: float) -> None:
        """Enlarge the picture by a factor."""
        self.scale_factor = self.scale_factor / factor

    def set_orientation(self, rotation: np.ndarray) -> None:
        """Look from another side; `rotation` `[3, 3]` as in `orientation`."""
        u, _, vt = np.linalg.svd(rotation)  # many small turns would add up to a skewed matrix
        self.orientation = u @ vt
        self.view_changed()

    def view_changed(self) -> None:
        """vispy's hook: something about the view is different."""
        super().view_changed()
        self.moved.emit()

    def facing(self, points: np.ndarray) -> np.ndarray:
        """The orientation that shows points `[n, 3]` with their longest extent across and their flattest in depth.

        Of the four ways to do so, it is the one that needs the smallest turn from the present orientation.
        """
        if len(points) < 3:
            return self.orientation
        spread = points - points.mean(axis=0)
        axes = np.linalg.eigh(spread.T @ spread)[1].T[::-1].copy()
        axes[2] = np.cross(axes[0], axes[1])
        tilt = _rotation(np.array([1.0, 0.0, 0.0]), math.radians(20))
        ways = [tilt @ (np.array(signs)[:, None] * axes) for signs in _MIRRORS]
        return max(ways, key=lambda way: float(np.trace(way @ self.orientation.T)))

    def turned_toward(self, orientation: np.ndarray, part: float) -> np.ndarray:
        """An orientation on the shortest turn from the present one (`part` 0) to another `[3, 3]` (`part` 1)."""
        turn = Rotation.from_matrix(orientation @ self.orientation.T).as_rotvec()
        return Rotation.from_rotvec(part * turn).as_matrix() @ self.orientation

    def fit(self, points: np.ndarray, radii: np.ndarray, ease: float = 1.0, insets: Insets = _NO_INSETS) -> None:
        """Bring spheres at points `[n, 3]` into view, in the middle of the picture as seen from here.

        Parameters
        ----------
        ease
            Part of the way to go: 1 arrives at once, less follows a moving molecule smoothly.
        insets
            What to leave free at the edges of the picture.
        """
        if not len(points):
            return
        width, height = self._viewbox.size
        left, top, right, bottom = insets
        wide, high = max(width - left - right, 1.0), max(height - top - bottom, 1.0)
        view = points @ self.orientation.T
        low, upper = _bounds(view, radii)
        middle = (low + upper) / 2
        per_pixel = _MARGIN * self._fitting_height(view - middle, radii, wide / high) / high
        middle += per_pixel * np.array([right - left, top - bottom, 0.0]) / 2
        wanted = per_pixel * min(max(width, 1.0), max(height, 1.0))
        now = np.asarray(self.center)
        x, y, z = (float(v) for v in now + ease * (middle @ self.orientation - now))
        self._center, self._scale_factor = (x, y, z), self.scale_factor * (wanted / self.scale_factor) ** ease
        self.view_changed()  # once; the properties would tell of each

    def aspect(self, points: np.ndarray, radii: np.ndarray) -> float:
        """Width to height, as seen from here, of what spheres at points `[n, 3]` take up."""
        if not len(points):
            return 1.0
        low, upper = _bounds(points @ self.orientation.T, radii)
        return float((upper - low)[0] / max((upper - low)[1], 1e-3))

    def _fitting_height(self, view: np.ndarray, radii: np.ndarray, aspect: float) -> float:
        """Height of the picture, at the centre's depth, that just holds all spheres given in view axes."""
        reach = np.maximum((np.abs(view[:, 0]) + radii) / aspect, np.abs(view[:, 1]) + radii)
        slope = 0.0 if self.parallel else math.tan(math.radians(self.fov) / 2)
        return 2.0 * float((reach + slope * view[:, 2]).max())

    def viewbox_mouse_event(self, event: Any) -> None:
        """vispy's hook: the view box received a mouse event."""
        if event.handled or not self.interactive:
            return
        if event.type == "mouse_wheel":
            self.zoom(1.1 ** event.delta[1])
        elif event.type == "mouse_press":
            event.handled = True
        elif event.type == "mouse_move" and event.press_event is not None:
            self._drag(event)

    def _drag(self, event: Any) -> None:
        last = event.mouse_event.last_event
        before, now = np.asarray(last.pos[:2], dtype=float), np.asarray(event.mouse_event.pos[:2], dtype=float)
        shift = keys.SHIFT in event.mouse_event.modifiers
        if _MIDDLE in event.buttons or (shift and _LEFT in event.buttons):
            self.pan(*(now - before))
        elif _LEFT in event.buttons:
            self._turn_about_pivot(_arcball(before, now, self._viewbox.size))
        elif _RIGHT in event.buttons:
            self.zoom(1.005 ** float(before[1] - now[1]))

    def _turn_about_pivot(self, rotation: np.ndarray) -> None:
        if self.pivot is not None:
            # In view axes the pivot stays where it was: R' (p - c') = R (p - c).
            arm = self.orientation @ (np.asarray(self.pivot) - np.asarray(self.center))
            self.center = tuple(self.pivot - (rotation @ self.orientation).T @ arm)
        self.set_orientation(rotation @ self.orientation)

    def _update_camera_pos(self) -> None:
        matrix = np.eye(4)
        matrix[:3, :3] = self.orientation
        matrix[3, :3] = np.asarray(self.center) + self._actual_distance * self.orientation[2]
        with self.events.transform_change.blocker(self._update_transform):
            self.transform.matrix = matrix


def _bounds(view: np.ndarray, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest coordinates `[3]` of spheres."""
    return (view - radii[:, None]).min(axis=0), (view + radii[:, None]).max(axis=0)


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    """Rotation matrix `[3, 3]` about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


def _arcball(before: np.ndarray, now: np.ndarray, size: tuple[float, float]) -> np.ndarray:
    """Rotation `[3, 3]` of a ball dragged by the pointer (Shoemake 1992: twice the arc between the points)."""
    start, stop = _on_ball(before, size), _on_ball(now, size)
    axis = np.cross(start, stop)
    length = float(np.linalg.norm(axis))
    if length < 1e-9:
        return np.eye(3)
    return _rotation(axis / length, 2.0 * math.asin(min(1.0, length)))


def _on_ball(point: np.ndarray, size: tuple[float, float]) -> np.ndarray:
    """The point of the unit ball, in view axes, under a pointer position in pixels."""
    radius = (size[0] + size[1]) / 4
    x, y = (point[0] - size[0] / 2) / radius, (size[1] / 2 - point[1]) / radius
    outside = math.hypot(x, y)
    if outside > 1.0:
        return np.array([x / outside, y / outside, 0.0])
    return np.array([x, y, math.sqrt(1.0 - x * x - y * y)])
