# Version: 0.1.0
# Author: GPFF Desktop
# License: MIT
# (PyMOL's plugin manager reads the lines above.)

"""Generate, relax and grow molecules in PyMOL with GPFF Desktop's model."""

from __future__ import annotations

__version__ = "0.1.0"


def __init_plugin__(app: object = None) -> None:  # noqa: N807
    """PyMOL's hook: add the commands, and a menu entry where there is a window."""
    from pymol import cmd, plugins

    from . import commands

    commands.register(cmd)
    if app is not None:
        plugins.addmenuitemqt("GPFF", _show)


def _show() -> None:
    from . import dialog

    dialog.show()
