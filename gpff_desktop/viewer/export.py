"""Pictures as PNG files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from vispy.io import write_png


def save_png(image: np.ndarray, path: str | os.PathLike[str]) -> None:
    """Write an image `[height, width, 4]` (uint8); an existing file is replaced only when the new one is complete.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.part")
    write_png(str(unfinished), image)
    unfinished.replace(target)
