"""Handles of a region: what is dragged to move it or to change its size."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
from psygnal import Signal
from vispy.scene import Node

from gpff_desktop.engine.steering.regions import Box, Ellipsoid, Painted, Region, Sphere
from gpff_desktop.viewer.impostors import Spheres, Stage
from gpff_desktop.viewer.picking import Ray
from gpff_desktop.viewer.regions import Regions
from gpff_desktop.viewer.style import LIGHT, Theme
from gpff_desktop.viewer.tools import LEFT, KeyEvent, PointerEvent

LEAST_REACH = 0.2
"""Å from the middle of a region to its surface, at the least, when it is made smaller by hand."""

_HANDLE_PIXELS, _REACH_PIXELS = 8.0, 12.0
_MIDDLE = 0
_WIDE = 1.25


class Scene(Protocol):
    """What handles need to know of the view; `MoleculeCanvas` does."""

    def ray(self, position: tuple[float, float]) -> Ray:
        """The line of sight through a position in logical pixels."""

    def project_points(self, points: np.ndarray) -> np.ndarray:
        """Where points `[n, 3]` in Å appear, `[n, 2]` in logical pixels."""

    def angstrom_per_pixel(self, points: np.ndarray) -> np.ndarray:
        """Length in Å of a logical pixel at points `[n, 3]`."""

    def screen_axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Unit vectors `[3]` that point right, up and toward the viewer."""


class RegionHandles:
    """A tool that drags one region by its handles: the middle moves it, those on its surface change its size.

    Parameters
    ----------
    scene
        Where the pointer is.

    Attributes
    ----------
    region
        The region in hand, as it is after the last movement; None for none.
    changed
        psygnal signal: other handles are to be drawn.
    dragged, dropped
        psygnal signals with the region as the pointer moves, and when it is let go after a movement.
    """

    cursor = "move"
    changed = Signal()
    dragged = Signal(object)
    dropped = Signal(object)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.region: Region | None = None
        self.hot: int | None = None
        self._before: Region | None = None
        self._offset = np.zeros(3)

    @property
    def places(self) -> np.ndarray:
        """Where the handles are, `[n_handles, 3]` in Å."""
        return np.empty((0, 3)) if self.region is None else handle_places(self.region)

    def set_region(self, region: Region | None) -> None:
        """Take a region in hand, or none; a drag under way ends, its region stays as it was given."""
        if self._before is not None and region == self.region:
            return
        self.region, self._before, self.hot = region, None, None
        self.changed.emit()

    def press(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`."""
        self.hot = self._under(event.position)
        if self.hot is None or event.button != LEFT:
            return False
        self._before = self.region
        self._offset = self.places[self.hot] - self._reached(event)
        self.changed.emit()
        return True

    def move(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`."""
        if self._before is not None:
            if event.dragged:
                self._drag(event)
            return True
        hot = self._under(event.position)
        if hot != self.hot:
            self.hot = hot
            self.changed.emit()
        return hot is not None

    def release(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`."""
        if self._before is None:
            return False
        if event.dragged:
            self._drag(event)
        before, self._before = self._before, None
        if self.region != before:
            self.dropped.emit(self.region)
        return True

    def double_click(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`."""
        return self._under(event.position) is not None

    def key(self, event: KeyEvent) -> bool:
        """See `viewer.tools.Tool`; Esc puts back what is being dragged."""
        if event.name != "Escape" or self._before is None:
            return False
        before, self._before = self._before, None
        self._show(before)
        return True

    def _drag(self, event: PointerEvent) -> None:
        assert self._before is not None
        assert self.hot is not None
        self._show(with_handle_at(self._before, self.hot, self._reached(event) + self._offset))

    def _show(self, region: Region) -> None:
        if region != self.region:
            self.region = region
            self.changed.emit()
            self.dragged.emit(region)

    def _under(self, position: tuple[float, float]) -> int | None:
        if self.region is None:
            return None
        distances = np.linalg.norm(self._scene.project_points(self.places) - np.asarray(position), axis=1)
        near = np.flatnonzero(distances <= _REACH_PIXELS)
        if not len(near):
            return None
        toward = self._scene.screen_axes()[2]
        return int(near[np.argmax(self.places[near] @ toward)])

    def _reached(self, event: PointerEvent) -> np.ndarray:
        """The point `[3]` in Å to which the pointer takes the handle that is held."""
        assert self._before is not None
        assert self.hot is not None
        places, ray = handle_places(self._before), self._scene.ray(event.position)
        if self.hot == _MIDDLE:
            return ray.at_plane(places[_MIDDLE], self._scene.screen_axes()[2])
        return ray.nearest_on_line(places[self.hot], places[self.hot] - places[_MIDDLE])


class HandleMarks(Node):
    """Scene node that draws a region in hand and its handles, in front of everything.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    """

    def __init__(self, stage: Stage, parent: Node | None = None) -> None:
        super().__init__(parent=parent)
        self._outline = Regions(stage, _WIDE, parent=self)
        self._balls = Spheres(stage, parent=self)
        self._balls.update_gl_state(depth_test=False)
        self._balls.order = 1
        self._color = LIGHT.region

    def set_theme(self, theme: Theme) -> None:
        """Draw in the theme's colour; call `follow` next."""
        self._color = theme.region
        self._outline.set_theme(theme)

    def show(self, handles: RegionHandles, scene: Scene) -> None:
        """Draw what is in hand."""
        self._outline.set_regions([] if handles.region is None else [handles.region])
        self.resize(handles, scene)

    def resize(self, handles: RegionHandles, scene: Scene) -> None:
        """Give the handles their size on the screen, as after the camera has moved."""
        places = handles.places
        radii = _HANDLE_PIXELS * scene.angstrom_per_pixel(places) if len(places) else np.empty(0)
        colors = np.tile([*self._color, 0.0], (len(places), 1))
        if handles.hot is not None:
            colors[handles.hot, 3] = 1.0
        self._balls.set_spheres(places, radii, colors)


def handle_places(region: Region) -> np.ndarray:
    """Handles `[n_handles, 3]` in Å: the middle, then for each axis the one ahead of it and the one behind."""
    middle = np.array(region.middle)
    reach = _reach(region)
    if reach is None:
        return middle[None]
    steps = np.diag(reach)
    return np.vstack([middle, *(middle + sign * step for step in steps for sign in (1.0, -1.0))])


def with_handle_at(region: Region, handle: int, point: np.ndarray) -> Region:
    """The region whose handle, counted as in `handle_places`, was taken to `point` `[3]` in Å.

    A ball keeps its middle, an ellipsoid that and its other axes, a box its other faces.
    """
    if handle == _MIDDLE:
        return _moved(region, np.asarray(point) - np.array(region.middle))
    axis, behind = divmod(handle - 1, 2)
    sign = -1.0 if behind else 1.0
    ahead = sign * (float(point[axis]) - region.middle[axis])
    if isinstance(region, Sphere):
        return replace(region, radius=max(ahead, LEAST_REACH))
    if isinstance(region, Ellipsoid):
        return replace(region, semiaxes=_with(region.semiaxes, axis, max(ahead, LEAST_REACH)))
    assert isinstance(region, Box)
    half = region.edges[axis] / 2
    edge = max(half + ahead, 2 * LEAST_REACH)
    middle = region.centre[axis] + sign * (edge / 2 - half)
    return Box(_with(region.centre, axis, middle), _with(region.edges, axis, edge))


def _moved(region: Region, shift: np.ndarray) -> Region:
    x, y, z = (float(v) for v in shift)
    if isinstance(region, Painted):
        return Painted(tuple((a + x, b + y, c + z, radius) for a, b, c, radius in region.strokes))
    assert isinstance(region, Sphere | Box | Ellipsoid)
    a, b, c = region.centre
    return replace(region, centre=(a + x, b + y, c + z))


def _reach(region: Region) -> np.ndarray | None:
    """From the middle to the surface along each axis, `[3]` in Å; None where the size has no handles."""
    if isinstance(region, Sphere):
        return np.full(3, region.radius)
    if isinstance(region, Box):
        return np.array(region.edges) / 2
    return np.array(region.semiaxes) if isinstance(region, Ellipsoid) else None


def _with(values: tuple[float, float, float], axis: int, value: float) -> tuple[float, float, float]:
    a, b, c = (value if i == axis else old for i, old in enumerate(values))
    return a, b, c
