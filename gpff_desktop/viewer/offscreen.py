"""Pictures of structures without a window or an X server, through EGL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from vispy import app

from gpff_desktop.structure import Structure
from gpff_desktop.viewer.canvas import MoleculeCanvas
from gpff_desktop.viewer.style import BALL_AND_STICK, LIGHT, Representation, Theme


class OffscreenGraphicsError(RuntimeError):
    """There is no EGL to draw with, or it did not start."""


def render_structure(
    structure: Structure,
    size: tuple[int, int] = (800, 600),
    *,
    representation: Representation = BALL_AND_STICK,
    palette: str = "cpk",
    theme: Theme = LIGHT,
    transparent: bool = False,
) -> np.ndarray:
    """Draw a structure into an image `[height, width, 4]` (uint8), seen from its flattest side.

    Raises
    ------
    OffscreenGraphicsError
        If EGL is missing or cannot start; the message says what to install.
    """
    with offscreen_canvas(size, theme) as canvas:
        canvas.set_representation(representation)
        canvas.set_palette(palette)
        canvas.set_structure(structure)
        return canvas.render_image(size, transparent)


@contextmanager
def offscreen_canvas(size: tuple[int, int] = (800, 600), theme: Theme = LIGHT) -> Iterator[MoleculeCanvas]:
    """A canvas without a window, for pictures with marks or for movies; it is closed at the end.

    Raises
    ------
    OffscreenGraphicsError
        If EGL is missing or cannot start; the message says what to install.
    """
    canvas = MoleculeCanvas(theme, size, app=_egl_application())
    try:
        yield canvas
    finally:
        canvas.close()


def _egl_application() -> app.Application:
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("EGL_PLATFORM", "surfaceless")
    try:
        return app.Application("egl")
    except Exception as error:  # vispy raises whatever loading the library did
        raise OffscreenGraphicsError(
            f"pictures without a screen need EGL (on Debian: libegl1 and libgl1-mesa-dri): {error}"
        ) from error
