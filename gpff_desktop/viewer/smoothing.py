"""Smooth edges: pictures are drawn with twice the pixels each way, and averaged onto the window."""

from __future__ import annotations

import numpy as np
from vispy import gloo

from gpff_desktop.viewer import shaders
from gpff_desktop.viewer.occlusion import DEPTH_24_BIT

FINER = 2
_GL_RENDERER = 0x1F01
_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "software", "basic render", "gdi generic")


class FinePicture:
    """A framebuffer with `FINER` times the window's pixels each way.

    Attributes
    ----------
    drawn_into
        The framebuffer, once there is one.
    """

    def __init__(self) -> None:
        self._program = gloo.Program(shaders.FULL_SCREEN, shaders.AVERAGE)
        self._program["a_corner"] = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], dtype=np.float32)
        self.drawn_into: gloo.FrameBuffer | None = None

    def target(self, window: tuple[int, int]) -> gloo.FrameBuffer:
        """What to draw into for a window of (width, height) pixels."""
        shape = (FINER * window[1], FINER * window[0])
        if self.drawn_into is None or self.drawn_into.color_buffer.shape[:2] != shape:
            texture = gloo.Texture2D((*shape, 4), interpolation="linear", wrapping="clamp_to_edge")
            self.drawn_into = gloo.FrameBuffer(texture, gloo.RenderBuffer(shape, DEPTH_24_BIT))
        return self.drawn_into

    def show(self) -> None:
        """Draw the averaged picture into the present framebuffer."""
        assert self.drawn_into is not None
        self._program["u_picture"] = self.drawn_into.color_buffer
        gloo.set_state(depth_test=False, cull_face=False, blend=False)
        self._program.draw("triangle_strip")


def drawn_by_the_processor() -> bool:
    """Whether the present context has no graphics card behind it, so that each pixel costs time."""
    renderer = str(gloo.gl.glGetParameter(_GL_RENDERER)).lower()
    return any(name in renderer for name in _SOFTWARE)
