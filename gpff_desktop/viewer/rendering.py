"""The canvas as a maker of pictures: what surrounds a molecule's drawing in the window and in images of any size."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from vispy import gloo, scene

from gpff_desktop.viewer.camera import MoleculeCamera
from gpff_desktop.viewer.ghosts import Ghosts
from gpff_desktop.viewer.governor import Governor
from gpff_desktop.viewer.halo import Halo
from gpff_desktop.viewer.impostors import Stage
from gpff_desktop.viewer.molecule import Molecule
from gpff_desktop.viewer.occlusion import DEPTH_24_BIT, Occlusion
from gpff_desktop.viewer.smoothing import FINER, PLACES, KeptPicture, ScaledPicture, drawn_by_the_processor
from gpff_desktop.viewer.style import LIGHT, Theme

_GL_MAX_RENDERBUFFER_SIZE = 0x84E8
MANY_ATOMS = 10_000
_LAST = 100
_STRIPS = 3
_MIDDLE = (0.0, 0.0)


class PictureCanvas(scene.SceneCanvas):
    """A vispy canvas with a molecule, its camera and ambient occlusion, that draws into the window or an image.

    Parameters
    ----------
    theme
        Light or dark colours.
    size
        Width and height in logical pixels.
    **options
        Passed to vispy's `SceneCanvas` (`app`, `parent`, `show`…).
    """

    def __init__(self, theme: Theme = LIGHT, size: tuple[int, int] = (800, 600), **options: Any) -> None:
        self._drawings_open = 0
        super().__init__(size=size, bgcolor=theme.background, config={"depth_size": 24}, **options)
        self.unfreeze()  # and left so: psygnal adds its signals as attributes when they are first used
        self._theme = theme
        self._slow: bool | None = None
        self._fine, self._coarse, self._kept = ScaledPicture(), ScaledPicture(), KeptPicture()
        self._governor = Governor()
        self._began: float | None = None
        self._place = _MIDDLE
        self._stage = Stage()
        self._view = self.central_widget.add_view()
        self.camera = MoleculeCamera()
        self._view.camera = self.camera
        self.molecule = Molecule(self._stage, parent=self._view.scene)
        self._ghosts = Ghosts(self._stage, parent=self._view.scene)
        self._occlusion = Occlusion(parent=self._view.scene)
        self._occlusion.order = 5
        self._halo = Halo(self._stage, parent=self._view.scene)
        self._halo.order = _LAST
        if (swapped := getattr(self.native, "frameSwapped", None)) is not None:
            swapped.connect(self._on_shown)

    def on_draw(self, event: Any) -> None:
        """vispy's hook: the window wants its picture."""
        with self._unasked():
            super().on_draw(event)

    def update(self, node: Any = None) -> None:
        """Have the window drawn soon."""
        if not self._drawings_open:
            super().update(node)

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
        with self._unasked(), self.framed_as(width / height), self._stilled(occlusion):
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
        try:
            with self._drawing_into(target):
                self._draw_scene(bgcolor=bgcolor)
                image = target.read(crop=crop)
        finally:
            target.delete()
        return image if alpha else image[..., :3]

    @contextmanager
    def framed_as(self, aspect: float) -> Iterator[None]:
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
        self._occlusion.active, self._occlusion.fresh = occlusion, False
        try:
            yield
        finally:
            self._occlusion.active, self._occlusion.fresh = before, False

    def _draw_scene(self, bgcolor: Any = None) -> None:
        if self._fb_stack:
            self._draw_lit(bgcolor, halo=False)
        elif not self._is_slow():
            self._draw_finely()
        elif self._kept.complete:
            self._show_kept()
        else:
            self._began = time.perf_counter()
            self.molecule.set_coarse(self._is_crowded())
            self._draw_moving(self._governor.share)

    def _on_shown(self) -> None:
        """The picture drawn last has reached the screen."""
        if self._began is not None:
            self._governor.note(time.perf_counter() - self._began)
            self._began = None

    def _draw_moving(self, share: float) -> None:
        """Draw with a share of the window's pixels along each side."""
        if share == 1.0:
            self._draw_bare(None, halo=True)
            return
        width, height = (int(side) for side in self.physical_size)
        self._stage.pixel_share = share
        with self._drawing_into(self._coarse.target((width, height), share)):
            self._draw_bare(None, halo=True)
        self._stage.pixel_share = 1.0
        self._coarse.show()

    def _draw_finely(self) -> None:
        width, height = (int(side) for side in self.physical_size)
        with self._drawing_into(self._fine.target((width, height), FINER)):
            self._draw_lit(None, halo=True)
        self._fine.show()

    def _draw_lit(self, bgcolor: Any, halo: bool) -> None:
        self.molecule.set_coarse(False)
        if self._occlusion.active:
            for _ in self._light_pieces():
                pass
        self._draw_bare(bgcolor, halo)

    def _draw_bare(self, bgcolor: Any, halo: bool) -> None:
        """Draw with whatever light is at hand."""
        self._halo.visible = halo
        super()._draw_scene(bgcolor)

    def _show_kept(self) -> None:
        if not self._halo.shown:
            self._kept.show()
            return
        assert self._kept.drawing is not None
        with self._drawing_into(self._kept.drawing):
            self._kept.show()
            self._halo.visible = True
            self._halo.draw()
        self._kept.show_drawing()

    def _pieces(self) -> Iterator[None]:
        """Draw the picture that is kept while nothing changes; after each piece there is time for other things."""
        crowded = self._is_crowded()
        self._occlusion.active = not crowded
        if not crowded:
            yield from self._light_pieces()
        self._kept.resize((int(self.physical_size[0]), int(self.physical_size[1])))
        for count, place in enumerate([_MIDDLE] if crowded else PLACES, start=1):
            for strip in self._strips():
                with strip:
                    self._draw_sample(count, place)
                yield
        self._kept.complete = True

    def _strips(self) -> Iterator[AbstractContextManager[None]]:
        """Parts of the picture that can be drawn one by one: the processor takes long for all of it."""
        width, height = self._light_size()
        count = _STRIPS if self._slow and not self._fb_stack and not self._is_crowded() else 1
        edges = [height * i // count for i in range(count + 1)]
        for low, high in pairwise(edges):
            yield _only((0, low, width, high - low))

    def _draw_sample(self, count: int, place: tuple[float, float]) -> None:
        """Take into the kept picture, as its `count`-th part, what is seen from a place within the pixels."""
        assert self._kept.drawing is not None
        assert self._kept.average is not None
        self.molecule.set_coarse(False)
        self._place = place
        with self._drawing_into(self._kept.drawing):
            self._draw_bare(None, halo=False)
        self._place = _MIDDLE
        with self._drawing_into(self._kept.average):
            self._kept.add(count)

    def _light_pieces(self) -> Iterator[None]:
        """Work out the light for ambient occlusion, unless it is still true."""
        width, height = self._light_size()
        self._occlusion.resize((width, height))
        if self._occlusion.fresh:
            return
        for draw in (self._draw_surfaces, self._find_light, partial(self._smooth_light, height)):
            for strip in self._strips():
                with strip:
                    draw()
                yield
        self._occlusion.fresh = True

    def _draw_surfaces(self) -> None:
        with self._drawing_into(self._occlusion.surfaces):
            self.context.clear(color=(0.5, 0.5, 1.0, 1.0), depth=True)
            self._stage.geometry_pass = True
            self.molecule.draw_surfaces()
            self._ghosts.draw_surfaces()
            self._stage.geometry_pass = False

    def _find_light(self) -> None:
        with self._drawing_into(self._occlusion.light):
            self._occlusion.find_light(self.molecule)

    def _smooth_light(self, height: int) -> None:
        with self._drawing_into(self._occlusion.smooth_light):
            self._occlusion.smooth(self.molecule, height / self.central_widget.size[1])

    def _light_size(self) -> tuple[int, int]:
        """Width and height of the light in pixels: those of the image or the window; light is soft, edges are not."""
        target = self._fb_stack[-1][0] if self._fb_stack else None
        if target is None or target is self._fine.drawn_into:
            return int(self.physical_size[0]), int(self.physical_size[1])
        height, width = target.color_buffer.shape[:2]
        return int(width), int(height)

    @contextmanager
    def _drawing_into(self, target: gloo.FrameBuffer) -> Iterator[None]:
        with self._unasked():
            self.push_fbo(target, (0, 0), tuple(self.central_widget.size))
            try:
                yield
            finally:
                self.pop_fbo()

    @contextmanager
    def _unasked(self) -> Iterator[None]:
        """Ask for no redraw: another framebuffer is another transform, for which vispy would draw without end."""
        self._drawings_open += 1
        try:
            yield
        finally:
            self._drawings_open -= 1

    def _is_crowded(self) -> bool:
        """Whether there are so many atoms that, without a graphics card, effects would take seconds."""
        return len(self.molecule.positions) > MANY_ATOMS

    def _is_slow(self) -> bool:
        if self._slow is None:
            self._slow = drawn_by_the_processor()
        return self._slow

    def _update_transforms(self) -> None:
        """Configure vispy's transforms with the framebuffer's real size (vispy#1810 draws into a corner).

        The window is described as a framebuffer too: vispy forgets to undo the mapping of the last one otherwise.
        """
        target_size = covered = np.asarray(self.physical_size)
        place = _MIDDLE
        viewport = self._vp_stack[-1] if self._vp_stack else None
        target, _, logical = self._fb_stack[-1] if self._fb_stack else (None, None, None)
        if target is not None and target is self._coarse.drawn_into:
            viewport = (0, 0, *target_size)  # described as the window: each other description takes vispy milliseconds
        elif target is not None:
            target_size = target.color_buffer.shape[1::-1]
            covered = np.asarray(logical) * self.physical_size[1] / self.size[1]
            place = self._place
        self.transforms.configure(viewport=viewport, fbo_size=tuple(target_size), fbo_rect=(*place, *covered))


@contextmanager
def _only(rectangle: tuple[int, int, int, int]) -> Iterator[None]:
    """Draw in no other part of the framebuffer: left, lower edge, width and height in pixels."""
    gloo.set_state(scissor_test=True)
    gloo.set_scissor(*rectangle)
    try:
        yield
    finally:
        gloo.set_state(scissor_test=False)


def _averaged(image: np.ndarray, factor: int) -> np.ndarray:
    """Average blocks of `factor` × `factor` pixels, weighing colours by their opacity."""
    height, width = image.shape[0] // factor, image.shape[1] // factor
    blocks = image.astype(np.float32).reshape(height, factor, width, factor, 4)
    alpha = blocks[..., 3:]
    color = (blocks[..., :3] * alpha).sum(axis=(1, 3)) / np.maximum(alpha.sum(axis=(1, 3)), 1e-6)
    return np.concatenate([color, alpha.mean(axis=(1, 3))], axis=-1).round().astype(np.uint8)
