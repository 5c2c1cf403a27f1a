"""A cloud: points drawn as soft, translucent blobs, such as the places where atoms may start."""

from __future__ import annotations

import numpy as np
from vispy import gloo
from vispy.scene.visuals import create_visual_node

from gpff_desktop.viewer import mark_shaders
from gpff_desktop.viewer.dots import DotsVisual
from gpff_desktop.viewer.impostors import Stage
from gpff_desktop.viewer.style import LIGHT, Theme

_DENSITY = 1.7
_FAINTEST, _STRONGEST = 0.03, 0.45


class CloudVisual(DotsVisual):
    """One blob for each point; the more there are in the same place, the fainter each is.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    """

    FRAGMENT = mark_shaders.CLOUD_FRAGMENT

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.unfreeze()
        self._points = np.empty((0, 3))
        self._spread = 0.0
        self._colors: np.ndarray | None = None
        self._color = LIGHT.cloud
        blending = ("src_alpha", "one_minus_src_alpha", "one", "one_minus_src_alpha")
        self.set_gl_state(depth_test=True, depth_mask=False, cull_face=False, blend=True, blend_func=blending)
        self.freeze()

    def set_points(self, points: np.ndarray | None, spread: float = 0.3, colors: np.ndarray | None = None) -> None:
        """Draw blobs of radius 2 `spread` (Å) at points `[n_points, 3]` in Å, or none.

        Parameters
        ----------
        colors
            Of each blob, `[n_points, 3]`; None for the theme's colour of clouds.
        """
        self._points = np.empty((0, 3)) if points is None else np.asarray(points, dtype=float).reshape(-1, 3)
        self._spread, self._colors = spread, colors
        self._rebuild()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the theme's colour."""
        self._color = theme.cloud
        self._rebuild()

    def draw(self) -> None:
        """Draw without a trace in the depth buffer: blobs do not hide each other."""
        super().draw()
        gloo.set_depth_mask(True)

    def _rebuild(self) -> None:
        count = len(self._points)
        colors = np.tile(self._color, (count, 1)) if self._colors is None else self._colors
        self.set_dots(self._points, np.full(count, 2.0 * self._spread), colors)
        self.shared_program["u_strength"] = strength(self._points, self._spread)


def strength(points: np.ndarray, spread: float) -> float:
    """How opaque the middle of a blob is, so that clouds of few and of many points `[n_points, 3]` look alike."""
    if not len(points):
        return 0.0
    extent = float(points.var(axis=0).mean()) + spread**2
    layers = len(points) * spread**2 / extent
    return float(np.clip(_DENSITY / layers, _FAINTEST, _STRONGEST))


Cloud = create_visual_node(CloudVisual)
