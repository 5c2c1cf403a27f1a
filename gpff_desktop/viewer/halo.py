"""The glow of the atom under the pointer, laid over whatever has been drawn: pointing recolours nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from vispy import gloo
from vispy.scene.visuals import create_visual_node

from gpff_desktop.viewer import shaders
from gpff_desktop.viewer.impostors import ImpostorVisual, SpheresVisual, Stage, ViewFrame

_STRENGTH = 0.5
_MARGIN = 0.05
_SMALLEST = 0.3


class HaloVisual(ImpostorVisual):
    """A sphere of clear light around one atom, brightest at its rim.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    """

    CORNERS = SpheresVisual.CORNERS

    def __init__(self, stage: Stage) -> None:
        super().__init__(shaders.SPHERE_VERTEX, shaders.HALO_FRAGMENT, stage)
        self.set_gl_state(
            depth_test=True, depth_mask=False, cull_face=False, blend=True,
            blend_func=("src_alpha", "one_minus_src_alpha", "one", "one_minus_src_alpha"),
        )  # fmt: skip
        self.freeze()

    @property
    def shown(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self._count)

    def set_atom(self, centre: np.ndarray | None, radius: float = 0.0) -> None:
        """Lay the glow around an atom at `centre` `[3]`, drawn with `radius` (both in Å), or around none."""
        centres = np.empty((0, 3)) if centre is None else np.reshape(centre, (1, 3))
        radii = np.full(len(centres), max(radius + _MARGIN, _SMALLEST))
        colors = np.tile([*self._stage.shading.glow, _STRENGTH], (len(centres), 1))
        self._set_instances(a_centre=centres, a_radius=radii, a_color=colors)

    def draw(self) -> None:
        """Draw without a trace in the depth buffer, where another atom's glow may be tested next."""
        super().draw()
        gloo.set_depth_mask(True)

    def _uniforms(self, clip_from_world: np.ndarray) -> dict[str, Any]:
        camera = ViewFrame.of(clip_from_world)
        return {"u_eye": camera.eye.astype(np.float32), "u_clip_from_world": clip_from_world.astype(np.float32)}


Halo = create_visual_node(HaloVisual)
