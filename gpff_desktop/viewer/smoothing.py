"""The window's picture from other numbers of pixels: more for smooth edges, fewer for speed, or several drawings."""

from __future__ import annotations

import numpy as np
from vispy import gloo

from gpff_desktop.viewer import shaders
from gpff_desktop.viewer.occlusion import DEPTH_24_BIT

FINER = 2
# No two of the places in a pixel share a row or a column: edges close to upright or level get four shades, not two.
PLACES = ((-0.125, -0.375), (0.375, -0.125), (-0.375, 0.125), (0.125, 0.375))
_GL_RENDERER = 0x1F01
_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "software", "basic render", "gdi generic")
_CORNERS = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], dtype=np.float32)


class _Copy:
    """Draws a texture over the whole of the present framebuffer."""

    def __init__(self) -> None:
        self._program = gloo.Program(shaders.FULL_SCREEN, shaders.AVERAGE)
        self._program["a_corner"] = _CORNERS

    def draw(self, picture: gloo.Texture2D, share: float = 1.0) -> None:
        """Take `share` of the new colours and leave the rest to those that are there."""
        self._program["u_picture"], self._program["u_share"] = picture, share
        blending = ("src_alpha", "one_minus_src_alpha", "zero", "one")
        gloo.set_state(depth_test=False, cull_face=False, blend=share < 1.0, blend_func=blending)
        self._program.draw("triangle_strip")


class ScaledPicture:
    """A framebuffer with more pixels than the window, or with fewer.

    Attributes
    ----------
    drawn_into
        The framebuffer, once there is one.
    """

    def __init__(self) -> None:
        self._copy = _Copy()
        self.drawn_into: gloo.FrameBuffer | None = None

    def target(self, window: tuple[int, int], factor: float) -> gloo.FrameBuffer:
        """What to draw into for a window of (width, height) pixels, with `factor` times as many each way."""
        shape = (max(1, round(factor * window[1])), max(1, round(factor * window[0])))
        if self.drawn_into is None or self.drawn_into.color_buffer.shape[:2] != shape:
            self.drawn_into = gloo.FrameBuffer(_texture(shape, "linear"), gloo.RenderBuffer(shape, DEPTH_24_BIT))
        return self.drawn_into

    def show(self) -> None:
        """Draw the picture, averaged or enlarged, into the present framebuffer."""
        assert self.drawn_into is not None
        self._copy.draw(self.drawn_into.color_buffer)


class KeptPicture:
    """The picture of a scene at rest: the average of drawings a part of a pixel apart, kept until something changes.

    Attributes
    ----------
    complete
        Whether it is what the window should show.
    drawing
        Framebuffer of the window's size for one drawing, once there is one; its depths stay those of the scene.
    average
        Framebuffer that holds the average.
    """

    def __init__(self) -> None:
        self._copy = _Copy()
        self.complete = False
        self.drawing: gloo.FrameBuffer | None = None
        self.average: gloo.FrameBuffer | None = None

    def resize(self, window: tuple[int, int]) -> None:
        """Prepare for a window of (width, height) pixels."""
        shape = (window[1], window[0])
        if self.drawing is None or self.drawing.color_buffer.shape[:2] != shape:
            self.drawing = gloo.FrameBuffer(_texture(shape, "nearest"), gloo.RenderBuffer(shape, DEPTH_24_BIT))
            self.average = gloo.FrameBuffer(_texture(shape, "nearest"))

    def add(self, count: int) -> None:
        """Take the drawing, the `count`-th, into the average, which is the present framebuffer."""
        assert self.drawing is not None
        self._copy.draw(self.drawing.color_buffer, 1.0 / count)

    def show(self) -> None:
        """Draw the average into the present framebuffer."""
        assert self.average is not None
        self._copy.draw(self.average.color_buffer)

    def show_drawing(self) -> None:
        """Draw the drawing, with what has been laid over it, into the present framebuffer."""
        assert self.drawing is not None
        self._copy.draw(self.drawing.color_buffer)


def drawn_by_the_processor() -> bool:
    """Whether the present context has no graphics card behind it, so that each pixel costs time."""
    renderer = str(gloo.gl.glGetParameter(_GL_RENDERER)).lower()
    return any(name in renderer for name in _SOFTWARE)


def _texture(shape: tuple[int, int], interpolation: str) -> gloo.Texture2D:
    return gloo.Texture2D((*shape, 4), interpolation=interpolation, wrapping="clamp_to_edge")
