"""The canvas under the user's hands: picking, clicks, keys, and the tool that is offered them first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from psygnal import Signal
from vispy import scene

from gpff_desktop.viewer.framing import Insets, Rectangle, roomiest
from gpff_desktop.viewer.handles import RegionHandles
from gpff_desktop.viewer.picking import Ray
from gpff_desktop.viewer.rendering import PictureCanvas
from gpff_desktop.viewer.style import LIGHT, Theme
from gpff_desktop.viewer.tools import LEFT, PointerEvent, Tool, key_event, modifiers_of

_CLICK_PIXELS = 3.0
_BOND_PIXELS = 5.0
_EASY_RADIUS = 0.25
_TURNS = {"Left": (-6.0, 0.0), "Right": (6.0, 0.0), "Up": (0.0, 6.0), "Down": (0.0, -6.0)}
_ZOOMS = {"+": 1.1, "=": 1.1, "-": 1 / 1.1}


class InteractiveCanvas(PictureCanvas):
    """A picture canvas that answers the mouse and the keyboard.

    Attributes
    ----------
    atom_clicked, atom_hovered
        psygnal signals carrying an atom index, or None for the background.
    tool_changed
        psygnal signal carrying the tool now in use, or None.
    handles
        Handles of a region in hand; they are asked before the tool.
    covered
        Says which rectangles of the picture something lies over; `fit` keeps clear of them where it can.
    """

    atom_clicked = Signal(object)
    atom_hovered = Signal(object)
    tool_changed = Signal(object)

    def __init__(self, theme: Theme = LIGHT, size: tuple[int, int] = (800, 600), **options: Any) -> None:
        self._tool: Tool | None = None
        self.handles = RegionHandles(self)
        self.covered: Callable[[], Sequence[Rectangle]] = tuple
        self._insets = Insets()
        self._holder: Tool | None = None
        self._pressed: np.ndarray | None = None
        self._dragged = False
        self._hovered: int | None = None
        self._pivot: int | None = None
        super().__init__(theme, size, **options)

    @property
    def tool(self) -> Tool | None:
        """What is offered mouse and keys before the camera; None leaves them to it."""
        return self._tool

    @tool.setter
    def tool(self, tool: Tool | None) -> None:
        self._tool, self._holder = tool, None
        self.tool_changed.emit(tool)

    def set_pivot(self, atom: int | None) -> None:
        """Let drags turn the molecule about an atom; None for the middle of the picture."""
        self._pivot = atom

    # Between scene and picture

    def pick(self, position: Iterable[float]) -> int | None:
        """Index of the atom in front at a position in logical pixels, or None."""
        return self._first_atom(self.ray(position))[0]

    def pick_bond(self, position: Iterable[float]) -> tuple[int, int] | None:
        """Atoms of the bond in front at a position in logical pixels; None where there is none or an atom hides it."""
        ray, molecule = self.ray(position), self.molecule
        if not len(molecule.bonds):
            return None
        ends = molecule.positions[molecule.bonds[:, :2]]
        easy = np.maximum(_BOND_PIXELS * self.angstrom_per_pixel(ends.mean(axis=1)), molecule.bond_reach)
        bond, distance = ray.first_stick(ends[:, 0], ends[:, 1], easy)
        if bond is None or self._first_atom(ray)[1] < distance:
            return None
        first, second = molecule.bonds[bond, :2].tolist()
        return first, second

    def atoms_in(self, rectangle: tuple[tuple[float, float], tuple[float, float]]) -> list[int]:
        """Atoms whose centres appear between two corners in logical pixels, hidden ones too."""
        seen = self.project_points(self.molecule.positions)
        low, high = np.min(rectangle, axis=0), np.max(rectangle, axis=0)
        return np.flatnonzero(((seen >= low) & (seen <= high)).all(axis=1)).tolist()

    def project(self, atom: int) -> np.ndarray:
        """Where an atom's centre appears, `[2]` in logical pixels."""
        return self.project_points(self.molecule.positions[atom : atom + 1])[0]

    def project_points(self, points: np.ndarray) -> np.ndarray:
        """Where points `[n, 3]` in Å appear, `[n, 2]` in logical pixels; not a number for those behind the viewer."""
        if not len(points):
            return np.empty((0, 2))
        mapped = self.molecule.transform_to("canvas").map(np.hstack([points, np.ones((len(points), 1))]))
        return np.where(mapped[:, 3:] > 0, mapped[:, :2] / mapped[:, 3:], np.nan)

    def unproject(self, position: Iterable[float], depth_of: np.ndarray) -> np.ndarray:
        """Point `[3]` in Å under a position in logical pixels that is as deep in the picture as `depth_of` `[3]`."""
        return self.ray(position).at_plane(np.asarray(depth_of, dtype=float), self.camera.orientation[2])

    def depth_at(self, atom: int | None) -> np.ndarray:
        """A point `[3]` in Å as deep as an atom; for None as the middle of the molecule."""
        return self.molecule.centre if atom is None else self.molecule.positions[atom]

    def screen_axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Unit vectors `[3]` in the scene that point right, up and toward the viewer."""
        right, up, toward = self.camera.orientation.copy()
        return right, up, toward

    def angstrom_per_pixel(self, points: np.ndarray) -> np.ndarray:
        """Length in Å, for points `[n, 3]`, of a step across the screen by a logical pixel at their depth."""
        there = self.project_points(np.vstack([points, points + self.camera.orientation[0]]))
        return 1.0 / np.linalg.norm(there[len(points) :] - there[: len(points)], axis=1)

    def _first_atom(self, ray: Ray) -> tuple[int | None, float]:
        return ray.first_sphere(self.molecule.positions, np.maximum(self.molecule.radii, _EASY_RADIUS))

    def ray(self, position: Iterable[float]) -> Ray:
        """The line of sight through a position in logical pixels."""
        x, y = position
        to_canvas = self.molecule.transform_to("canvas")
        ends = to_canvas.imap(np.array([[x, y, 0.0, 1.0], [x, y, 1.0, 1.0]]))
        near, far = ends[:, :3] / ends[:, 3:]
        return Ray(near, (far - near) / np.linalg.norm(far - near))

    # Mouse and keys

    def visual_at(self, pos: Iterable[float]) -> scene.Node:
        """The view takes all mouse events; vispy would redraw the scene at every click to find out."""
        return self._view

    def _process_mouse_event(self, event: Any) -> None:
        """vispy's way to the camera; the tool is asked first."""
        act = {"mouse_press": self._press, "mouse_move": self._move, "mouse_release": self._release}.get(event.type)
        if act is None or not act(event):
            super()._process_mouse_event(event)

    def _press(self, event: Any) -> bool:
        self._pressed, self._dragged = np.asarray(event.pos[:2], dtype=float), False
        self.camera.pivot = self._pivot_point()
        pointer = self._pointer(event)
        self._holder = next((tool for tool in self._in_hand() if tool.press(pointer)), None)
        return self._holder is not None

    def _move(self, event: Any) -> bool:
        self._note_drag(event)
        free, pointer = not event.is_dragging, self._pointer(event)
        asked = [self._holder] if self._holder is not None else self._in_hand() if free else []
        used = any(tool.move(pointer) for tool in asked)
        if free and not used:
            self._hover(event)
        return self._holder is not None

    def _in_hand(self) -> list[Tool]:
        """Whatever is asked before the camera, in turn."""
        return [self.handles] if self._tool is None else [self.handles, self._tool]

    def _note_drag(self, event: Any) -> None:
        if self._pressed is not None and not self._dragged:
            self._dragged = bool(np.abs(np.asarray(event.pos[:2]) - self._pressed).max() > _CLICK_PIXELS)

    def _release(self, event: Any) -> bool:
        self._note_drag(event)
        holder, self._holder = self._holder, None
        told, held = (holder or self._tool), holder is not None
        used = told is not None and told.release(self._pointer(event))
        clicked = self._pressed is not None and not self._dragged and event.button == LEFT
        self._pressed = None
        if clicked and not used and not held:
            atom = self.pick(event.pos[:2])
            self.set_pivot(atom)
            self.atom_clicked.emit(atom)
        return held

    def on_mouse_double_click(self, event: Any) -> None:
        """A double click beside the molecule brings it into view."""
        self._pressed = None  # the release that follows is no click
        pointer = self._pointer(event)
        if any(tool.double_click(pointer) for tool in self._in_hand()):
            return
        if event.button == LEFT and self.pick(event.pos[:2]) is None:
            self.fit()

    def on_key_press(self, event: Any) -> None:
        """Arrow keys turn the molecule, plus and minus zoom."""
        pressed = key_event(event)
        if any(tool.key(pressed) for tool in self._in_hand()):
            return
        if pressed.name in _TURNS:
            self.camera.turn(*_TURNS[pressed.name])
        elif pressed.name in _ZOOMS:
            self.camera.zoom(_ZOOMS[pressed.name])

    def fit(self, ease: float = 1.0) -> None:
        """Bring the molecule into view, beside what covers the picture; with `ease` below 1 only part of the way."""
        spheres = self.molecule.positions, self.molecule.radii
        self._insets = roomiest(self.central_widget.size, self.covered(), self.camera.aspect(*spheres), self._insets)
        self.camera.fit(*spheres, ease, self._insets)

    def _hover(self, event: Any) -> None:
        """Let the atom under the pointer glow."""

    def _pointer(self, event: Any) -> PointerEvent:
        x, y = (float(v) for v in event.pos[:2])
        return PointerEvent((x, y), int(event.button or 0), modifiers_of(event), self._dragged, self)

    def _pivot_point(self) -> np.ndarray | None:
        if self._pivot is None or self._pivot >= len(self.molecule.positions):
            return None
        return self.molecule.positions[self._pivot]
