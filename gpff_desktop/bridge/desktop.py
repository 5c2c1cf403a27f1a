"""Structures of a host handed over to the window of GPFF Desktop."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.session.screens import has_screen
from gpff_desktop.structure import Structure

_NAME = "from-host.sdf"


def open_in_desktop(structures: Sequence[Structure]) -> Path:
    """Open a window, in a process of its own that outlives this one, with structures in a file; returns the file.

    Raises
    ------
    ValueError
        If there are none, or there is no screen.
    OSError
        If the file cannot be written.
    """
    if not structures:
        raise ValueError("there is no structure to open; select some atoms")
    if not has_screen():
        raise ValueError("there is no screen to open a window on")
    file = Path(tempfile.mkdtemp(prefix="gpff-")) / _NAME
    write_structures(file, structures)
    nowhere = subprocess.DEVNULL
    command = [sys.executable, "-m", "gpff_desktop.gui.app", str(file)]
    subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
    return file
