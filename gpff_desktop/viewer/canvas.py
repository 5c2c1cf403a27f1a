"""The 3D canvas: one molecule, a camera, picking, labels and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from psygnal import Signal
from vispy import app, gloo, scene

from gpff_desktop import elements
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.camera import MoleculeCamera
from gpff_desktop.viewer.molecule import Molecule
from gpff_desktop.viewer.occlusion import DEPTH_24_BIT, Occlusion
from gpff_desktop.viewer.style import BALL_AND_STICK, LIGHT, Representation, Theme

_GL_SAMPLES = 0x80A9
_GL_MAX_RENDERBUFFER_SIZE = 0x84E8
_IDLE_SECONDS = 0.3
_CLICK_PIXELS = 3.0
_TURNS = {"Left": (-6.0, 0.0), "Right": (6.0, 0.0), "Up": (0.0, 6.0), "Down": (0.0, -6.0)}
_ZOOMS = {"+": 1.1, "=": 1.1, "-": 1 / 1.1}
LABEL_KINDS = ("none", "element", "index", "element and index")


class MoleculeCanvas(scene.SceneCanvas):
    """A vispy canvas that shows a molecule.

    Parameters
    ----------
    theme
        Light or dark colours.
    size
        Width and height in logical pixels.
    **options
        Passed to vispy's `SceneCanvas` (`app`, `parent`, `show`…).

    Attributes
    ----------
    atom_clicked, atom_hovered
        psygnal signals carrying an atom index, or None for the background.
    """

    atom_clicked = Signal(object)
    atom_hovered = Signal(object)

    def __init__(self, theme: Theme = LIGHT, size: tuple[int, int] = (800, 600), **options: Any) -> None:
        super().__init__(size=size, bgcolor=theme.background, config={"samples": 4, "depth_size": 24}, **options)
        self.unfreeze()  # and left so: psygnal adds its signals as attributes when they are first used
        self._theme, self._representation, self._palette = theme, BALL_AND_STICK, "cpk"
        self._selection: frozenset[int] = frozenset()
        self._hovered: int | None = None
        self._open = True
        self._animating = False
        self._samples: int | None = None
        self._press = np.zeros(2)
        self._label_kind = "none"
        self._view = self.central_widget.add_view()
        self.camera = MoleculeCamera()
        self._view.camera = self.camera
        self.molecule = Molecule(parent=self._view.scene)
        self._occlusion = Occlusion(parent=self._view.scene)
        self._occlusion.order = 5
        self._labels = _label_visual(self._view.scene)
        self._idle = app.Timer(_IDLE_SECONDS, connect=self._come_to_rest, iterations=1, app=self.app)
        self.camera.moved.connect(self._on_motion)
        self.set_theme(theme)

    # What is shown

    def set_structure(self, structure: Structure, fit: bool = True) -> None:
        """Show a structure; with `fit`, look at its flattest side and bring all of it into view."""
        self._hovered = None
        self.molecule.set_structure(structure)
        self._selection = frozenset(i for i in self._selection if i < len(structure))
        self._update_labels()
        if fit:
            self.camera.set_orientation(self.camera.facing(self.molecule.positions))
            self.fit()
        self._on_motion()

    def set_positions(self, positions: np.ndarray, bonds: np.ndarray | None = None) -> None:
        """Move the atoms to `[n_atoms, 3]` in Å (a live frame); other bonds `[n_bonds, 3]` if given."""
        self.molecule.set_positions(positions, bonds)
        self.molecule.update_fog()
        if self._labels.visible:
            self._labels.pos = self.molecule.positions
        self._on_motion()

    def set_theme(self, theme: Theme) -> None:
        """Use light or dark colours."""
        self._theme = theme
        self.bgcolor = theme.background
        self._apply_look()

    def set_representation(self, representation: Representation) -> None:
        """Draw as ball-and-stick, licorice, space-filling or wire."""
        self._representation = representation
        self._apply_look()

    def set_palette(self, palette: str) -> None:
        """Colour the elements by one of `style.PALETTES`."""
        self._palette = palette
        self._apply_look()

    def set_selection(self, atoms: Iterable[int]) -> None:
        """Make these atoms glow."""
        self._selection = frozenset(atoms)
        self.molecule.set_highlights(self._selection, self._hovered)

    def set_labels(self, kind: str) -> None:
        """Label atoms; `kind` is one of `LABEL_KINDS`."""
        if kind not in LABEL_KINDS:
            raise ValueError(f"unknown labels '{kind}'; choose from {', '.join(LABEL_KINDS)}")
        self._label_kind = kind
        self._update_labels()
        self.update()

    @property
    def selection(self) -> frozenset[int]:
        """Indices of the selected atoms."""
        return self._selection

    @property
    def animating(self) -> bool:
        """Whether live frames are coming; still-picture effects wait until they end."""
        return self._animating

    @animating.setter
    def animating(self, on: bool) -> None:
        self._animating = on
        self._on_motion()

    @property
    def occlusion_shown(self) -> bool:
        """Whether the picture in the window is drawn with ambient occlusion; it waits until nothing moves."""
        return bool(self._occlusion.active)

    def fit(self, ease: float = 1.0) -> None:
        """Bring the molecule into view; with `ease` below 1 only part of the way, to follow live frames."""
        self.camera.fit(self.molecule.positions, self.molecule.radii, ease)

    # Picking

    def pick(self, position: Iterable[float]) -> int | None:
        """Index of the atom in front at a position in logical pixels, or None."""
        origin, direction = self._ray(position)
        molecule = self.molecule
        from_eye = molecule.positions - origin
        along = from_eye @ direction
        off_axis2 = (from_eye**2).sum(axis=1) - along**2
        inside2 = molecule.radii**2 - off_axis2
        if not (inside2 > 0).any():
            return None
        reached = np.where(inside2 > 0, along - np.sqrt(np.maximum(inside2, 0)), np.inf)
        return int(reached.argmin())

    def project(self, atom: int) -> np.ndarray:
        """Where an atom's centre appears, `[2]` in logical pixels."""
        point = self.molecule.transform_to("canvas").map(np.append(self.molecule.positions[atom], 1.0))
        return point[:2] / point[3]

    def _ray(self, position: Iterable[float]) -> tuple[np.ndarray, np.ndarray]:
        x, y = position
        to_canvas = self.molecule.transform_to("canvas")
        ends = to_canvas.imap(np.array([[x, y, 0.0, 1.0], [x, y, 1.0, 1.0]]))
        near, far = ends[:, :3] / ends[:, 3:]
        return near, (far - near) / np.linalg.norm(far - near)

    def visual_at(self, pos: Iterable[float]) -> scene.Node:
        """The view takes all mouse events; vispy would redraw the scene at every click to find out."""
        return self._view

    # Mouse (vispy connects these by name)

    def on_mouse_press(self, event: Any) -> None:
        """Remember where a click began."""
        self._press = np.asarray(event.pos[:2], dtype=float)

    def on_mouse_release(self, event: Any) -> None:
        """A press and release in one place is a click on an atom or on the background."""
        moved = np.abs(np.asarray(event.pos[:2]) - self._press).max()
        if event.button == 1 and moved <= _CLICK_PIXELS:
            self.atom_clicked.emit(self.pick(event.pos[:2]))

    def on_mouse_double_click(self, event: Any) -> None:
        """A double click beside the molecule brings it into view."""
        if self.pick(event.pos[:2]) is None:
            self.fit()

    def on_mouse_move(self, event: Any) -> None:
        """Let the atom under the pointer glow."""
        if event.is_dragging or self._animating:
            return
        hovered = self.pick(event.pos[:2])
        if hovered != self._hovered:
            self._hovered = hovered
            self.molecule.set_highlights(self._selection, hovered)
            self.atom_hovered.emit(hovered)

    def on_key_press(self, event: Any) -> None:
        """Arrow keys turn the molecule, plus and minus zoom."""
        name = event.key.name if event.key else ""
        if name in _TURNS:
            self.camera.turn(*_TURNS[name])
        elif name in _ZOOMS:
            self.camera.zoom(_ZOOMS[name])

    # Pictures

    def render_image(
        self, size: tuple[int, int], transparent: bool = False, *, occlusion: bool = True, supersample: int = 2
    ) -> np.ndarray:
        """Draw into an image `[height, width, 4]` (uint8) of any size, whatever the size of the window.

        Raises
        ------
        ValueError
            If the size is not positive or more than the graphics driver can draw.
        """
        width, height = size
        self.set_current()
        limit = int(gloo.gl.glGetParameter(_GL_MAX_RENDERBUFFER_SIZE))
        if not 1 <= min(size) <= max(size) <= limit:
            raise ValueError(
                f"an image of {width} × {height} pixels cannot be drawn here; each side may be 1 to {limit}"
            )
        factor = max(1, min(supersample, limit // max(size)))
        background = (*self._theme.background, 0.0 if transparent else 1.0)
        with self._framed_as(width / height), self._stilled(occlusion):
            image = self.render(size=(width * factor, height * factor), bgcolor=background)
        return _averaged(image, factor)

    def render(
        self,
        region: Any = None,
        size: tuple[int, int] | None = None,
        bgcolor: Any = None,
        crop: Any = None,
        alpha: bool = True,
    ) -> np.ndarray:
        """vispy's `render` with a 24-bit depth buffer instead of one of 16 bits."""
        self.set_current()
        shape = tuple(size or self.physical_size)[::-1]
        target = gloo.FrameBuffer(gloo.RenderBuffer(shape), gloo.RenderBuffer(shape, DEPTH_24_BIT))
        self.push_fbo(target, (0, 0), tuple(self.central_widget.size))
        try:
            self._draw_scene(bgcolor=bgcolor)
            image = target.read(crop=crop)
        finally:
            self.pop_fbo()
            target.delete()
        return image if alpha else image[..., :3]

    @contextmanager
    def _framed_as(self, aspect: float) -> Iterator[None]:
        """Lay the scene out for a picture of another aspect ratio."""
        before = tuple(self.central_widget.size)
        self.central_widget.size = (before[1] * aspect, before[1])
        try:
            yield
        finally:
            self.central_widget.size = before

    @contextmanager
    def _stilled(self, occlusion: bool) -> Iterator[None]:
        before = self._occlusion.active
        self._occlusion.active = occlusion
        try:
            yield
        finally:
            self._occlusion.active = before

    # Drawing

    def _draw_scene(self, bgcolor: Any = None) -> None:
        to_window = not self._fb_stack
        self.molecule.set_multisampled(to_window and self._window_samples() > 1)
        if self._occlusion.active:
            self._draw_surfaces()
        super()._draw_scene(bgcolor)

    def _draw_surfaces(self) -> None:
        outer = self._fb_stack[-1][0].color_buffer.shape[1::-1] if self._fb_stack else self.physical_size
        logical = tuple(self.central_widget.size)
        self.molecule.set_multisampled(False)
        self._occlusion.resize((int(outer[0]), int(outer[1])))
        self.push_fbo(self._occlusion.surfaces, (0, 0), logical)
        self.context.clear(color=(0.5, 0.5, 1.0, 1.0), depth=True)
        self.molecule.draw_geometry()
        self.pop_fbo()
        self.push_fbo(self._occlusion.light, (0, 0), logical)
        self._occlusion.shade(self.molecule, outer[1] / logical[1])
        self.pop_fbo()
        self.molecule.set_multisampled(not self._fb_stack and self._window_samples() > 1)

    def _window_samples(self) -> int:
        if self._samples is None:
            self._samples = int(gloo.gl.glGetParameter(_GL_SAMPLES))
        return self._samples

    def _update_transforms(self) -> None:
        """Configure vispy's transforms with the framebuffer's real size (vispy#1810 draws into a corner).

        The window is described as a framebuffer too: vispy forgets to undo the mapping of the last one otherwise.
        """
        target_size = covered = np.asarray(self.physical_size)
        if self._fb_stack:
            target, _, logical = self._fb_stack[-1]
            target_size = target.color_buffer.shape[1::-1]
            covered = np.asarray(logical) * self.physical_size[1] / self.size[1]
        viewport = self._vp_stack[-1] if self._vp_stack else None
        self.transforms.configure(viewport=viewport, fbo_size=tuple(target_size), fbo_rect=(0, 0, *covered))

    def _apply_look(self) -> None:
        self.molecule.set_look(self._representation, self._palette, self._theme)
        self._update_labels()
        self.update()

    def _update_labels(self) -> None:
        numbers = self.molecule.structure.numbers
        shown = self._label_kind != "none" and len(numbers) > 0
        if shown:
            self._labels.text = _label_texts(numbers, self._label_kind)
            self._labels.pos = self.molecule.positions
        if self._labels.visible != shown:
            self._labels.visible = shown

    def close(self) -> None:
        """Close the canvas; its timer would draw on a window that is gone."""
        self._idle.stop()
        self._open = False
        super().close()

    def _on_motion(self) -> None:
        if not self._open:
            return
        self._occlusion.active = False
        self._idle.stop()
        if not self._animating:
            self._idle.start(iterations=1)
        self.update()

    def _come_to_rest(self, event: Any = None) -> None:
        self._occlusion.active = not self._animating
        self.update()


def _label_visual(parent: scene.Node) -> scene.visuals.Text:
    labels = scene.visuals.Text(parent=parent, face="DejaVu Sans", bold=True, font_size=9, color=(0.05, 0.05, 0.05))
    labels.order = 10
    labels.set_gl_state(depth_test=False, blend=True, blend_func=("src_alpha", "one_minus_src_alpha"))
    labels.visible = False
    return labels


def _label_texts(numbers: np.ndarray, kind: str) -> list[str]:
    symbols = [elements.symbol(int(z)) if "element" in kind else "" for z in numbers]
    return [f"{symbol}{i + 1}" if "index" in kind else symbol for i, symbol in enumerate(symbols)]


def _averaged(image: np.ndarray, factor: int) -> np.ndarray:
    """Average blocks of `factor` × `factor` pixels, weighing colours by their opacity."""
    height, width = image.shape[0] // factor, image.shape[1] // factor
    blocks = image.astype(np.float32).reshape(height, factor, width, factor, 4)
    alpha = blocks[..., 3:]
    color = (blocks[..., :3] * alpha).sum(axis=(1, 3)) / np.maximum(alpha.sum(axis=(1, 3)), 1e-6)
    return np.concatenate([color, alpha.mean(axis=(1, 3))], axis=-1).round().astype(np.uint8)
