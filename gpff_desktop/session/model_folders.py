"""Where models lie, and what can be told of them without loading torch: a window lists them while it starts."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from gpff_desktop.resources_path import resources

DEFAULT_MODEL = "qm9"
FOLDER_VARIABLE = "GPFF_MODELS"
_CARD = "card.json"


@dataclass(frozen=True)
class ModelFolder:
    """A model as its card describes it; whether that is sound shows when it is loaded.

    Parameters
    ----------
    path
        Its folder.
    elements
        Atomic numbers it knows; empty if the card cannot be read.
    """

    path: Path
    elements: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The name it is called by: that of its folder."""
        return self.path.name

    @property
    def removable(self) -> bool:
        """Whether it is one of the user's; those that came with the program stay."""
        return self.path.parent == user_models_folder()


def user_models_folder() -> Path:
    """Where the user's models live; the environment variable `GPFF_MODELS` names another folder."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("gpff-desktop", appauthor=False)) / "models"


def model_folders() -> list[ModelFolder]:
    """All models found, the default first. A user's model hides one of the same name that came with the program."""
    found: dict[str, Path] = {}
    for root in (resources() / "models", user_models_folder()):
        if root.is_dir():
            found |= {path.name: path for path in sorted(root.iterdir()) if (path / _CARD).is_file()}
    paths = sorted(found.values(), key=lambda path: (path.name != DEFAULT_MODEL, path.name))
    return [ModelFolder(path, _elements(path)) for path in paths]


def _elements(path: Path) -> tuple[int, ...]:
    try:
        return tuple(int(z) for z in json.loads((path / _CARD).read_text(encoding="utf-8"))["elements"])
    except (OSError, ValueError, TypeError, KeyError):
        return ()
