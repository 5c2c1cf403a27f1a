"""Whether there is a screen to open a window on."""

from __future__ import annotations

import os
import sys

_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def has_screen() -> bool:
    """Whether a window can be opened; told from the environment, which only Linux needs."""
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in _VARIABLES)
