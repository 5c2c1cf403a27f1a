"""The rubber band: a translucent rectangle on the screen."""

from __future__ import annotations

from typing import Any

import numpy as np
from vispy.scene.visuals import create_visual_node
from vispy.visuals import Visual

from gpff_desktop.viewer import mark_shaders
from gpff_desktop.viewer.style import Color

Rectangle = tuple[tuple[float, float], tuple[float, float]]


class BandVisual(Visual):
    """A rectangle between two corners in logical pixels."""

    def __init__(self) -> None:
        Visual.__init__(self, vcode=mark_shaders.BAND_VERTEX, fcode=mark_shaders.BAND_FRAGMENT)
        self._draw_mode = "triangle_strip"
        self.shared_program["a_corner"] = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float32)
        self._rectangle: Rectangle | None = None
        self._ink: Color = (0.0, 0.0, 0.0)
        blending = ("src_alpha", "one_minus_src_alpha", "one", "one_minus_src_alpha")
        self.set_gl_state(depth_test=False, blend=True, blend_func=blending, cull_face=False)
        self.freeze()

    def set_rectangle(self, rectangle: Rectangle | None) -> None:
        """Draw between these corners, in any order, or nothing."""
        self._rectangle = rectangle
        self.update()

    def set_color(self, ink: Color) -> None:
        """Colour of the outline and, thinned, of the inside."""
        self._ink = ink
        self.update()

    def _transform_changed(self, event: Any = None) -> None:
        """vispy's hook: it asks for a redraw here, once for each visual; the canvas asks when the camera moves."""

    def _prepare_transforms(self, view: Visual) -> None:
        """It stays on the screen whatever the camera does."""

    def _prepare_draw(self, view: Visual) -> bool:
        if self._rectangle is None:
            return False
        corners = np.array(self._rectangle, dtype=float)
        low, high = corners.min(axis=0), corners.max(axis=0)
        ends = view.transforms.get_transform("canvas", "render").map(
            np.array([[0.0, 0.0, 0.0, 1.0], [1.0, 1.0, 0.0, 1.0]])
        )
        origin, beside = ends[:, :2] / ends[:, 3:]
        view.view_program["u_rectangle"] = np.concatenate([low, high - low])
        view.view_program["u_to_render"] = np.concatenate([origin, beside - origin])
        view.view_program["u_ink"] = self._ink
        return True


Band = create_visual_node(BandVisual)
