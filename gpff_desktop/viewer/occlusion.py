"""Screen-space ambient occlusion: creases and overlaps of a still picture darken as under an overcast sky."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


class OcclusionVisual(Visual):
    """Multiplies what has been drawn so far with the light that reaches each surface.

    Draw the surfaces into `surfaces(size)` with `Molecule.draw_geometry` first; nothing happens unless `active`.
    """

    def __init__(self) -> None:
        Visual.__init__(self, vcode=shaders.FULL_SCREEN, fcode=shaders.OCCLUSION)
        self._draw_mode = "triangle_strip"
        self.shared_program["a_corner"] = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], dtype=np.float32)
        self.set_gl_state(
            depth_test=False,
            cull_face=False,
            sample_alpha_to_coverage=False,
            blend=True,
            blend_func=("zero", "src_color", "zero", "one"),
        )
        self.active = False
        self._target: gloo.FrameBuffer | None = None
        self.freeze()

    def surfaces(self, size: tuple[int, int]) -> gloo.FrameBuffer:
        """The framebuffer of `size` (width, height) that takes normals and depths."""
        shape = (size[1], size[0])
        if self._target is None or self._target.color_buffer.shape[:2] != shape:
            texture = gloo.Texture2D((*shape, 4), interpolation="nearest", wrapping="clamp_to_edge")
            self._target = gloo.FrameBuffer(texture, gloo.RenderBuffer(shape, DEPTH_24_BIT))
        return self._target

    def look_at(self, molecule: Molecule, pixels_per_unit: float) -> None:
        """Take the scale from the camera's view of `molecule`; outlines are one logical pixel wide."""
        if self._target is None:
            return
        height, width = self._target.color_buffer.shape[:2]
        values = {
            "u_surface": self._target.color_buffer,
            "u_pixel": (1.0 / width, 1.0 / height),
            "u_pixels_per_angstrom": _pixels_per_angstrom(molecule),
            "u_depth_range": molecule.shading.depth_range,
            "u_reach": _REACH,
            "u_strength": _STRENGTH,
            "u_outline": 1.2 * pixels_per_unit,
        }
        for name, value in values.items():
            self.shared_program[name] = value

    def _prepare_transforms(self, view: Visual) -> None:
        """It covers the screen whatever the camera does."""

    def _prepare_draw(self, view: Visual) -> bool:
        return self.active and self._target is not None


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
