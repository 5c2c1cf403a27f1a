"""What a session remembers of the view: camera, representation, colours and labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gpff_desktop.gui.appearance import Appearance
from gpff_desktop.viewer.canvas import LABEL_KINDS, MoleculeCanvas
from gpff_desktop.viewer.style import PALETTES, REPRESENTATIONS

_SCALES = (1e-3, 1e6)


class SessionView:
    """Takes down how things are looked at, and brings it back.

    Parameters
    ----------
    canvas, appearance
        What is looked at.
    """

    def __init__(self, canvas: MoleculeCanvas, appearance: Appearance) -> None:
        self._canvas, self._appearance = canvas, appearance

    def values(self) -> dict[str, Any]:
        """The view in JSON's types."""
        camera, looks = self._canvas.camera, self._appearance
        return {
            "camera": {
                "centre": list(map(float, camera.center)),
                "orientation": camera.orientation.tolist(),
                "scale": float(camera.scale_factor),
                "parallel": looks.parallel,
            },
            "representation": looks.style,
            "palette": looks.palette,
            "labels": looks.labels,
        }

    def restore(self, values: Mapping[str, Any]) -> None:
        """Look at things as they were looked at; what makes no sense is left as it is."""
        looks = self._appearance
        for name, known, choose in (
            ("representation", REPRESENTATIONS, looks.set_style),
            ("palette", PALETTES, looks.set_palette),
            ("labels", LABEL_KINDS, looks.set_labels),
        ):
            value = values.get(name)
            if isinstance(value, str) and value in known:
                choose(value)
        camera = values.get("camera")
        if isinstance(camera, Mapping):
            self._restore_camera(camera)

    def _restore_camera(self, values: Mapping[str, Any]) -> None:
        camera = self._canvas.camera
        if isinstance(values.get("parallel"), bool) and values["parallel"] != self._appearance.parallel:
            self._appearance.toggle_projection()
        orientation, centre = _array(values.get("orientation"), (3, 3)), _array(values.get("centre"), (3,))
        scale = _array(values.get("scale"), ())
        if orientation is None or centre is None or scale is None or abs(np.linalg.det(orientation) - 1) > 1e-3:
            return
        camera.set_orientation(orientation)
        camera.center = tuple(centre.tolist())
        camera.scale_factor = float(np.clip(scale, *_SCALES))


def _array(value: Any, shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None
    return array if array.shape == shape and np.isfinite(array).all() else None
