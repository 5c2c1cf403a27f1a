"""Atoms as flat discs: what very large structures are drawn with while they move and no graphics card helps."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from vispy import gloo
from vispy.scene.visuals import create_visual_node
from vispy.visuals import Visual

from gpff_desktop.viewer import mark_shaders
from gpff_desktop.viewer.impostors import Stage, ViewFrame

_RADIUS_SHARE = 0.9


class DotsVisual(Visual):
    """One point for each atom, as wide as the atom is drawn.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    """

    FRAGMENT: ClassVar[str] = mark_shaders.DOT_FRAGMENT

    def __init__(self, stage: Stage) -> None:
        Visual.__init__(self, vcode=mark_shaders.DOT_VERTEX, fcode=self.FRAGMENT)
        self._draw_mode = "points"
        self._stage = stage
        self._count = 0
        self.set_gl_state(depth_test=True, blend=False, cull_face=False)
        self.freeze()

    def set_dots(self, centres: np.ndarray, radii: np.ndarray, colors: np.ndarray) -> None:
        """Replace all dots: centres `[n, 3]` and radii `[n]` in Å, colours `[n, 3]`."""
        self._count = len(centres)
        if not self._count:
            return
        for name, rows in (("a_centre", centres), ("a_radius", _RADIUS_SHARE * radii), ("a_color", colors)):
            self.shared_program[name] = gloo.VertexBuffer(np.ascontiguousarray(rows, dtype=np.float32))
        self.update()

    def _transform_changed(self, event: Any = None) -> None:
        """vispy's hook: it asks for a redraw here, once for each visual; the canvas asks when the camera moves."""

    def _prepare_transforms(self, view: Visual) -> None:
        """The matrix is set in `_prepare_draw`, as for the impostors."""

    def _prepare_draw(self, view: Visual) -> bool:
        if not self._count:
            return False
        matrix = view.transforms.get_transform("visual", "render").map(np.eye(4))
        pixel = view.transforms.get_transform("framebuffer", "render").map(np.array([[0.0, 0, 0, 1], [0.0, 1, 0, 1]]))
        shading, camera = self._stage.shading, ViewFrame.of(matrix)
        values = {
            "u_clip_from_world": matrix.astype(np.float32),
            "u_up": camera.up.astype(np.float32),
            "u_forward": camera.forward.astype(np.float32),
            "u_pixels": self._stage.pixel_share / abs(float(pixel[1, 1] - pixel[0, 1])),
            "u_focus": shading.focus,
            "u_background": shading.background,
            "u_fog": (shading.fog_start, shading.fog_end, shading.fog_strength),
        }
        for name, value in values.items():
            view.view_program[name] = value
        return True


Dots = create_visual_node(DotsVisual)
