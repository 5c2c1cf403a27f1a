"""Pictures without a screen."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from gpff_desktop.structure import Structure
from gpff_desktop.viewer import offscreen

SCRIPT = """
import numpy as np
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.offscreen import render_structure
water = Structure([8, 1, 1], [[0, 0, 0], [0.76, 0.59, 0], [-0.76, 0.59, 0]], [[0, 1, 1], [0, 2, 1]])
first, second = (render_structure(water, (90, 60), transparent=True) for _ in range(2))
assert (first == second).all()
from gpff_desktop.viewer.measurements import Measurement
from gpff_desktop.viewer.movie import save_movie
from gpff_desktop.viewer.offscreen import offscreen_canvas
with offscreen_canvas((90, 60)) as canvas:
    canvas.set_structure(water)
    plain = canvas.render_image((90, 60))
    canvas.set_locked([0])
    canvas.set_labels("element")
    canvas.set_measurements([Measurement((1, 0, 2), "104.5°")])
    assert (canvas.render_image((90, 60)) != plain).any()
    assert save_movie(canvas, {path!r} + ".gif", [water, water.centred()], size=(90, 60))
np.save({path!r}, first)
"""


def test_a_picture_needs_no_x_server(tmp_path: object) -> None:
    path = f"{tmp_path}/water.npy"
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "EGL_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    subprocess.run([sys.executable, "-c", SCRIPT.format(path=path)], env=environment, check=True, timeout=120)
    assert os.path.getsize(f"{path}.gif") > 100
    image = np.load(path)
    assert image.shape == (60, 90, 4)
    assert 0.1 < (image[..., 3] == 255).mean() < 0.9
    red = image[(image[..., 0].astype(int) > 1.5 * image[..., 1]) & (image[..., 3] == 255)]
    assert len(red) > 50


def test_a_machine_without_egl_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_egl(name: str) -> None:
        raise OSError("EGL library not found")

    monkeypatch.setattr(offscreen.app, "Application", no_egl)
    with pytest.raises(offscreen.OffscreenGraphicsError, match="libegl1"):
        offscreen.render_structure(Structure([6], [[0, 0, 0]]))
