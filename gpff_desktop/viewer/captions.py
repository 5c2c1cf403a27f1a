"""Short texts at places in the scene, always upright and of one size, sharp at any resolution of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from vispy import gloo
from vispy.scene.visuals import create_visual_node
from vispy.visuals import Visual

from gpff_desktop.viewer import mark_shaders
from gpff_desktop.viewer.impostors import ImpostorVisual, Stage, ViewFrame
from gpff_desktop.viewer.lettering import Atlas, atlas
from gpff_desktop.viewer.style import LIGHT, Color

_SMALLEST = 6


class CaptionsVisual(ImpostorVisual):
    """Texts beside anchors in the scene.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    size
        Height of the letters' em square in logical pixels.
    shift
        From the anchor to the middle of the text, right and down in logical pixels.
    in_front
        Whether the texts are drawn over everything; otherwise nearer atoms hide them.
    """

    CORNERS: ClassVar[np.ndarray] = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])

    def __init__(
        self, stage: Stage, size: float, shift: tuple[float, float] = (0.0, 0.0), in_front: bool = False
    ) -> None:
        super().__init__(mark_shaders.CAPTION_VERTEX, mark_shaders.CAPTION_FRAGMENT, stage)
        self._size, self._shift = size, np.array(shift)
        self._texts: tuple[str, ...] = ()
        self._atlas: Atlas | None = None
        self._texture: gloo.Texture2D | None = None
        self._drawn_at = 0.0
        self._step = np.zeros(2)
        self._ink, self._halo = LIGHT.text, LIGHT.background
        blending = ("src_alpha", "one_minus_src_alpha", "one", "one_minus_src_alpha")
        self.set_gl_state(depth_test=not in_front, blend=True, blend_func=blending, cull_face=False)
        self.freeze()

    def set_captions(self, texts: Sequence[str], anchors: np.ndarray, lifts: np.ndarray) -> None:
        """Show texts at anchors `[n, 3]` in Å, drawn `lifts` `[n]` in Å nearer to the viewer so as not to be hidden."""
        if tuple(texts) != self._texts:
            self._texts, self._atlas = tuple(texts), None
        self._set_instances(a_anchor=anchors, a_lift=lifts)

    def set_colors(self, ink: Color, halo: Color) -> None:
        """Colours of the letters and of the margin around them."""
        self._ink, self._halo = ink, halo
        self.update()

    def _prepare_draw(self, view: Visual) -> bool:
        if not self._count:
            return False
        to_pixels = _step(view, "framebuffer")
        scale = abs(float(to_pixels[1]))
        self._step = _step(view, "render") / scale
        if self._atlas is None or scale != self._drawn_at:
            self._letter(scale)
        return bool(super()._prepare_draw(view))

    def _letter(self, scale: float) -> None:
        """Draw the texts anew, `scale` pixels to a logical pixel."""
        self._drawn_at = scale
        wanted = max(_SMALLEST, round(self._size * scale))
        self._atlas = atlas(self._texts, wanted)
        places = np.array([self._atlas.places[text] for text in self._texts], dtype=float)
        height, width = self._atlas.image.shape[:2]
        boxes = np.round(places[:, 2:] * wanted / self._atlas.size)
        corners = np.round(self._shift * scale - boxes / 2)
        self._set_texture()
        self._set_instances(a_box=np.hstack([corners, boxes]), a_cell=places / [width, height, width, height])

    def _set_texture(self) -> None:
        assert self._atlas is not None
        if self._texture is None or self._texture.shape != self._atlas.image.shape:
            self._texture = gloo.Texture2D(self._atlas.image, interpolation="linear")
        else:
            self._texture.set_data(self._atlas.image)

    def _uniforms(self, clip_from_world: np.ndarray) -> dict[str, Any]:
        return {
            "u_eye": ViewFrame.of(clip_from_world).uniforms()["u_eye"],
            "u_clip_from_world": clip_from_world.astype(np.float32),
            "u_step": self._step,
            "u_atlas": self._texture,
            "u_ink": self._ink,
            "u_halo": self._halo,
        }


def _step(view: Visual, space: str) -> np.ndarray:
    """What a step by one logical pixel right and down is in `space`, `[2]`."""
    ends = view.transforms.get_transform("canvas", space).map(np.array([[0.0, 0.0, 0.0, 1.0], [1.0, 1.0, 0.0, 1.0]]))
    points = ends[:, :2] / ends[:, 3:]
    return points[1] - points[0]


Captions = create_visual_node(CaptionsVisual)
