"""Arrows from atoms, for pseudo-forces: a shaft and a cone, both lit like the molecule."""

from __future__ import annotations

import numpy as np
from vispy.scene import Node
from vispy.scene.visuals import create_visual_node

from gpff_desktop.viewer import mark_shaders
from gpff_desktop.viewer.impostors import Cylinders, ImpostorVisual, Stage
from gpff_desktop.viewer.style import Theme

_SIDES = 20
_VANISHED, _FULL = 0.02, 0.35
_SHAFT_RADIUS, _HEAD_RADIUS, _HEAD_LENGTH, _HEAD_SHARE = 0.055, 0.14, 0.36, 0.5


def _cone_corners() -> np.ndarray:
    angles = np.arange(_SIDES) * 2 * np.pi / _SIDES
    half = angles + np.pi / _SIDES  # each face of the mantle meets the tip with its own normal
    rings = [np.stack([a, np.full(_SIDES, part)], axis=1) for a, part in ((half, 1), (angles, 0), (angles, -1))]
    return np.concatenate([*rings, [[0.0, -2.0]]])


def _cone_faces() -> np.ndarray:
    k, n = np.arange(_SIDES), (np.arange(_SIDES) + 1) % _SIDES
    mantle = np.stack([k, _SIDES + k, _SIDES + n], axis=1)
    base = np.stack([np.full(_SIDES, 3 * _SIDES), 2 * _SIDES + n, 2 * _SIDES + k], axis=1)
    return np.concatenate([mantle, base])


class ConesVisual(ImpostorVisual):
    """Closed cones, drawn as meshes."""

    CORNERS = _cone_corners()
    FACES = _cone_faces()

    def __init__(self, stage: Stage) -> None:
        super().__init__(mark_shaders.CONE_VERTEX, mark_shaders.CONE_FRAGMENT, stage)
        self.freeze()

    def set_cones(self, ends: np.ndarray, radii: np.ndarray, colors: np.ndarray) -> None:
        """Replace all cones: middles of bases and tips `[2, n, 3]`, radii `[n]` in Å, colours `[n, 4]`."""
        self._set_instances(a_start=ends[0], a_end=ends[1], a_radius=radii, a_color=colors)


Cones = create_visual_node(ConesVisual)


class Arrows(Node):
    """Scene node that draws a vector at each atom, from the atom's centre; the shortest fade away.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    """

    def __init__(self, stage: Stage, parent: Node | None = None) -> None:
        super().__init__(parent=parent)
        self._shafts = Cylinders(stage, parent=self)
        self._heads = Cones(stage, parent=self)
        self._vectors = np.empty((0, 3))
        self._color = np.zeros(4)

    def set_vectors(self, vectors: np.ndarray | None) -> None:
        """Draw vectors `[n_atoms, 3]` in Å, or none; call `follow` next."""
        self._vectors = np.empty((0, 3)) if vectors is None else np.asarray(vectors, dtype=float).reshape(-1, 3)

    def set_theme(self, theme: Theme) -> None:
        """Draw in the theme's colour; call `follow` next."""
        self._color = np.array([*theme.arrow, 0.0])

    def follow(self, positions: np.ndarray) -> None:
        """Move to where the atoms `[n_atoms, 3]` now are."""
        count = min(len(positions), len(self._vectors))
        lengths = np.linalg.norm(self._vectors[:count], axis=1)
        drawn = np.flatnonzero(lengths > _VANISHED)
        starts, vectors, lengths = positions[drawn], self._vectors[drawn], lengths[drawn]
        thickness = np.clip((lengths - _VANISHED) / (_FULL - _VANISHED), 0.0, 1.0)
        head = np.minimum(_HEAD_LENGTH, _HEAD_SHARE * lengths)
        tips = starts + vectors
        necks = tips - vectors * (head / np.maximum(lengths, _VANISHED))[:, None]
        colors = np.tile(self._color, (len(drawn), 1))
        self._shafts.set_cylinders(np.stack([starts, necks]), _SHAFT_RADIUS * thickness, np.stack([colors, colors]))
        self._heads.set_cones(np.stack([necks, tips]), _HEAD_RADIUS * thickness, colors)
