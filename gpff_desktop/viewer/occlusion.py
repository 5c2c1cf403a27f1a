"""Screen-space ambient occlusion: creases and overlaps of a still picture darken as under an overcast sky."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from vispy import gloo
from vispy.scene.visuals import create_visual_node
from vispy.visuals import Visual

from gpff_desktop.viewer import shaders

if TYPE_CHECKING:
    from gpff_desktop.viewer.molecule import Molecule

DEPTH_24_BIT = 0x81A6
_REACH = 1.1
_STRENGTH = 1.9
_OVERLAY = {"depth_test": False, "cull_face": False}


class OcclusionVisual(Visual):
    """Multiplies what has been drawn so far with the light that reaches each surface.

    The light is worked out in three passes into framebuffers: `surfaces` is drawn by the molecule, `light` by
    `find_light`, `smooth_light` by `smooth`. It stays true while nothing moves, whatever the colours.

    Attributes
    ----------
    active
        Whether the visual does anything.
    fresh
        Whether the light in `smooth_light` is that of the present scene.
    """

    def __init__(self) -> None:
        Visual.__init__(self, vcode=shaders.FULL_SCREEN, fcode=shaders.MULTIPLY)
        self._draw_mode = "triangle_strip"
        self._finder = gloo.Program(shaders.FULL_SCREEN, shaders.OCCLUSION_FRAGMENT)
        self._smoother = gloo.Program(shaders.FULL_SCREEN, shaders.SMOOTHING_FRAGMENT)
        for program in (self.shared_program, self._finder, self._smoother):
            program["a_corner"] = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], dtype=np.float32)
        self.set_gl_state(**_OVERLAY, blend=True, blend_func=("zero", "src_color", "zero", "one"))
        self.active = False
        self.fresh = False
        self.surfaces: gloo.FrameBuffer | None = None
        self.light: gloo.FrameBuffer | None = None
        self.smooth_light: gloo.FrameBuffer | None = None
        self.freeze()

    def resize(self, size: tuple[int, int]) -> None:
        """Prepare for a picture of `size` (width, height) in pixels."""
        shape = (size[1], size[0])
        if self.surfaces is None or self.surfaces.color_buffer.shape[:2] != shape:
            self.surfaces = gloo.FrameBuffer(_texture(shape), gloo.RenderBuffer(shape, DEPTH_24_BIT))
            self.light = gloo.FrameBuffer(_texture(shape))
            self.smooth_light = gloo.FrameBuffer(_texture(shape, "linear"))
            self.shared_program["u_light"] = self.smooth_light.color_buffer
            self.fresh = False

    def find_light(self, molecule: Molecule) -> None:
        """Work out, into the present framebuffer, how open each surface is."""
        assert self.surfaces is not None
        scale = _pixels_per_angstrom(molecule)
        values = {"u_pixels_per_angstrom": scale, "u_reach": _REACH, "u_strength": _STRENGTH}
        self._run(self._finder, self.surfaces.color_buffer, molecule, values)

    def smooth(self, molecule: Molecule, pixels_per_unit: float) -> None:
        """Average the light, into the present framebuffer, and draw outlines one logical pixel wide."""
        assert self.light is not None
        values = {"u_outline": 1.2 * pixels_per_unit}
        self._run(self._smoother, self.light.color_buffer, molecule, values)

    def _run(self, program: gloo.Program, surface: gloo.Texture2D, molecule: Molecule, values: dict[str, Any]) -> None:
        height, width = surface.shape[:2]
        shared = {
            "u_surface": surface,
            "u_pixel": (1.0 / width, 1.0 / height),
            "u_depth_range": molecule.shading.depth_range,
        }
        for name, value in {**shared, **values}.items():
            program[name] = value
        gloo.set_state(**_OVERLAY, blend=False)
        gloo.clear(color=(1.0, 1.0, 1.0, 1.0))  # the background, which the programs pass over, is in full light
        program.draw("triangle_strip")

    def _transform_changed(self, event: Any = None) -> None:
        """vispy's hook: it asks for a redraw here, once for each visual; the canvas asks when the camera moves."""

    def _prepare_transforms(self, view: Visual) -> None:
        """It covers the screen whatever the camera does."""

    def _prepare_draw(self, view: Visual) -> bool:
        return self.active and self.fresh


def _texture(shape: tuple[int, int], interpolation: str = "nearest") -> gloo.Texture2D:
    return gloo.Texture2D((*shape, 4), interpolation=interpolation, wrapping="clamp_to_edge")


def _pixels_per_angstrom(molecule: Molecule) -> float:
    """Scale at the molecule's centre, in framebuffer pixels per Å."""
    to_screen = molecule.transform_to("framebuffer")
    focus = np.asarray(molecule.shading.focus)
    points = np.vstack([focus, focus + np.eye(3)])
    mapped = to_screen.map(np.hstack([points, np.ones((4, 1))]))
    screen = mapped[:, :2] / mapped[:, 3:4]
    # The three unit steps project to lengths whose squares add up to two, however the view is turned.
    return float(np.sqrt(((screen[1:] - screen[0]) ** 2).sum() / 2))


Occlusion = create_visual_node(OcclusionVisual)
