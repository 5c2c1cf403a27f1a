"""Tints: balls of colour laid over the scene like a highlighter; where they overlap they are no stronger."""

from __future__ import annotations

from typing import Any

import numpy as np
from vispy import gloo
from vispy.scene.visuals import create_visual_node

from gpff_desktop.viewer import mark_shaders, shaders
from gpff_desktop.viewer.impostors import ImpostorVisual, SpheresVisual, Stage, ViewFrame
from gpff_desktop.viewer.style import LIGHT, Theme

_GL_MIN, _GL_MAX = 0x8007, 0x8008
_SHARE_ON_LIGHT, _SHARE_ON_DARK = 0.30, 0.42


class TintsVisual(ImpostorVisual):
    """Balls that darken a light background and brighten a dark one.

    Each pixel gets the strongest tint that covers it, so that many balls look like the one body they make up.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    """

    CORNERS = SpheresVisual.CORNERS

    def __init__(self, stage: Stage) -> None:
        super().__init__(shaders.SPHERE_VERTEX, mark_shaders.TINT_FRAGMENT, stage)
        self._plain = 1.0
        self.set_theme(LIGHT)
        self.freeze()

    def set_balls(self, centres: np.ndarray, radii: np.ndarray, colors: np.ndarray) -> None:
        """Replace all balls: centres `[n, 3]` and radii `[n]` in Å, colours `[n, 3]`."""
        shares = np.ones((len(centres), 1))
        self._set_instances(a_centre=centres, a_radius=radii, a_color=np.hstack([colors, shares]))

    def set_theme(self, theme: Theme) -> None:
        """Suit the theme's background."""
        self._plain = 1.0 if theme.is_light else 0.0
        equation = (_GL_MIN if theme.is_light else _GL_MAX, _GL_MAX)
        self.set_gl_state(depth_test=True, depth_mask=False, cull_face=False, blend=True, blend_equation=equation)

    def draw(self) -> None:
        """Draw without a trace in the depth buffer, and leave blending as others know it."""
        super().draw()
        gloo.set_state(depth_mask=True, blend_equation="func_add")

    def _uniforms(self, clip_from_world: np.ndarray) -> dict[str, Any]:
        return {
            "u_eye": ViewFrame.of(clip_from_world).uniforms()["u_eye"],
            "u_clip_from_world": clip_from_world.astype(np.float32),
            "u_plain": self._plain,
            "u_share": _SHARE_ON_LIGHT if self._plain else _SHARE_ON_DARK,
        }


Tints = create_visual_node(TintsVisual)
