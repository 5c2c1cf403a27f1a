"""Installed models: those that come with the program and the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gpff_desktop.engine.checkpoint import CARD, CheckpointError, ModelCard, load_card
from gpff_desktop.session.model_folders import DEFAULT_MODEL as DEFAULT_MODEL
from gpff_desktop.session.model_folders import FOLDER_VARIABLE as FOLDER_VARIABLE
from gpff_desktop.session.model_folders import model_folders
from gpff_desktop.session.model_folders import user_models_folder as user_models_folder


@dataclass(frozen=True)
class InstalledModel:
    """A model that can be run by name.

    Parameters
    ----------
    path
        Its folder.
    card
        Its card; `None` if the folder is damaged.
    problem
        Why it cannot be used, in one line; empty if it can.
    """

    path: Path
    card: ModelCard | None
    problem: str = ""

    @property
    def name(self) -> str:
        """The name it is called by: that of its folder."""
        return self.path.name


def installed_models() -> list[InstalledModel]:
    """All models found, the program's own first. A user's model hides one of the same name that came with it."""
    return [_examined(model.path) for model in model_folders()]


def find_model(name: str) -> Path:
    """Folder of an installed model, or of one given by its path.

    Raises
    ------
    CheckpointError
        If there is no such model; the message names those there are.
    """
    for model in installed_models():
        if model.name == name:
            return model.path
    if (Path(name) / CARD).is_file():
        return Path(name)
    names = ", ".join(model.name for model in installed_models()) or "none"
    raise CheckpointError(f"there is no model '{name}'; installed: {names}")


def _examined(path: Path) -> InstalledModel:
    try:
        return InstalledModel(path, load_card(path))
    except CheckpointError as error:
        return InstalledModel(path, None, str(error))
