"""`gpff app`: the window."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from gpff_desktop.cli.errors import fail
from gpff_desktop.cli.options import Model
from gpff_desktop.session.screens import has_screen


def app_command(
    model: Model = None,
    screenshot: Annotated[
        Path | None, typer.Option("--screenshot", help="Save a picture of the window, then quit.")
    ] = None,
    no_plugins: Annotated[bool, typer.Option("--no-plugins", help="Use no plugins, this time.")] = False,
) -> None:
    """Open the window (the same as gpff-desktop)."""
    if not has_screen():
        fail("there is no screen to open a window on; gpff generate works without one")
    # A process of its own: the command line stays free of Qt.
    command = [sys.executable, "-m", "gpff_desktop.gui.app"]
    command += ["--model", model] if model else []
    command += ["--screenshot", str(screenshot)] if screenshot else []
    command += ["--no-plugins"] if no_plugins else []
    raise typer.Exit(subprocess.call(command))
