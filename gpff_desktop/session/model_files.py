"""The user's models: installed, exported to and imported from one file each, removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from gpff_desktop.chemistry.known import KNOWN
from gpff_desktop.engine.checkpoint import CARD, WEIGHTS, load_card, load_model, write_json
from gpff_desktop.session.models import InstalledModel, installed_models, user_models_folder

FILES = (CARD, WEIGHTS, KNOWN)


def install_folder(folder: Path, name: str) -> InstalledModel:
    """Copy a model folder among the user's models, under `name` or, where that is taken, under `name-2` and so on.

    Raises
    ------
    CheckpointError
        If the folder is not a sound model.
    OSError
        If it cannot be copied; nothing is left behind.
    """
    load_model(folder)
    name = free_name(name)
    with _arriving(name) as target:
        for file in FILES:
            if (folder / file).is_file():
                shutil.copyfile(folder / file, target / file)
        card = replace(load_card(target), name=name)
        write_json(target / CARD, card.as_dict())
    return InstalledModel(user_models_folder() / name, card)


def free_name(name: str) -> str:
    """`name`, or the first of `name-2`, `name-3` and so on that no installed model has."""
    taken = {model.name.lower() for model in installed_models()}
    count, free = 2, name
    while free.lower() in taken:
        free, count = f"{name}-{count}", count + 1
    return free


@contextmanager
def _arriving(name: str) -> Iterator[Path]:
    """A folder to fill, which becomes the model's when all went well and is gone otherwise."""
    root = user_models_folder()
    root.mkdir(parents=True, exist_ok=True)
    partial = root / f".{uuid4().hex}.partial"
    partial.mkdir()
    try:
        yield partial
        partial.rename(root / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
