"""The user's models: installed from a folder or a file, exported to one file, removed. Nothing in them is executed."""

from __future__ import annotations

import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO
from uuid import uuid4

from gpff_desktop.atomic_file import atomic_write
from gpff_desktop.chemistry.known import KNOWN
from gpff_desktop.engine.checkpoint import CARD, WEIGHTS, CheckpointError, load_model, write_json
from gpff_desktop.resources_path import resources
from gpff_desktop.session.models import InstalledModel, find_model, installed_models, user_models_folder

SUFFIX = ".gpffmodel"
LARGEST = {CARD: 16 << 20, WEIGHTS: 2 << 30, KNOWN: 512 << 20}
"""Files of a model and the most bytes that each may have."""
_LARGEST_LIST = 2 << 30
_REQUIRED = {CARD, WEIGHTS}
_NAME = re.compile(r"\w[\w .+-]{0,62}(?<![ .])")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_CHUNK = 1 << 20


class ModelFileError(ValueError):
    """A model cannot be installed, exported or removed; the message is one line that says why and what to do."""


def install_file(file: Path, name: str | None = None) -> InstalledModel:
    """Install a model from one file, as `export_model` writes it. Everything is checked first, nothing is executed.

    Parameters
    ----------
    file
        The file.
    name
        What to call the model; by default what its card says. Where the name is taken, a number is added.

    Raises
    ------
    ModelFileError, CheckpointError
        If the file is not a sound model.
    OSError
        If it cannot be read, or the model not written; nothing is left behind.
    """
    with _arriving() as folder:
        _unpack(file, folder)
        return _settle(folder, name, file)


def install_folder(folder: Path, name: str | None = None) -> InstalledModel:
    """Install a model from a folder, such as that of a training run; see `install_file`."""
    with _arriving() as target:
        for file in LARGEST:
            if (folder / file).is_file():
                shutil.copyfile(folder / file, target / file)
        return _settle(target, name, folder)


def export_model(name: str, file: Path, overwrite: bool = False) -> None:
    """Write an installed model, or one in a folder, into one file: card, weights and the molecules it knows.

    Raises
    ------
    ModelFileError
        If the file is called otherwise than `*.gpffmodel`.
    CheckpointError
        If there is no such model, or it is damaged.
    OSError
        If the file exists and may not be replaced, or cannot be written.
    """
    if file.suffix != SUFFIX:
        raise ModelFileError(f"the file of a model must be called *{SUFFIX}, not '{file.name}'")
    folder = find_model(name)
    load_model(folder)
    if file.exists() and not overwrite:
        raise FileExistsError(f"'{file}' exists already; replace it with --force or choose another name")
    with atomic_write(file) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for part in LARGEST:
            if (folder / part).is_file():
                archive.write(folder / part, part)


def remove_model(name: str) -> None:
    """Delete one of the user's models.

    Raises
    ------
    CheckpointError
        If there is no such model.
    ModelFileError
        If it came with the program.
    OSError
        If it cannot be deleted.
    """
    folder = user_models_folder() / name
    if name not in {model.name for model in installed_models()}:
        find_model(name)
        raise ModelFileError(f"'{name}' is the folder of a model, not the name of an installed one")
    if not folder.is_dir():
        raise ModelFileError(f"model '{name}' came with the program and cannot be removed; your own models can")
    gone = folder.with_name(f".{uuid4().hex}.removed")
    folder.rename(gone)  # at once, so that a model is never half there
    shutil.rmtree(gone)


def free_name(name: str) -> str:
    """`name`, or the first of `name-2`, `name-3` and so on that no installed model has."""
    taken = {model.name.lower() for model in installed_models()}
    taken |= {path.name.lower() for path in (resources() / "models").glob("*")}
    count, free = 2, name
    while free.lower() in taken:
        free, count = f"{name}-{count}", count + 1
    return free


@contextmanager
def _arriving() -> Iterator[Path]:
    """A folder to fill among the user's models; it is gone in the end, unless it was given a name."""
    root = user_models_folder()
    root.mkdir(parents=True, exist_ok=True)
    partial = root / f".{uuid4().hex}.partial"
    partial.mkdir()
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _settle(folder: Path, name: str | None, origin: Path) -> InstalledModel:
    """Check what has arrived from somewhere and give it its name."""
    try:
        card = load_model(folder)[1]
    except CheckpointError as error:  # the user knows the origin, not where it is unpacked
        raise CheckpointError(str(error).replace(str(folder), str(origin))) from None
    if (folder / KNOWN).is_file():
        _check_list(folder / KNOWN)
    wanted = name or card.name
    if not _NAME.fullmatch(wanted) or _RESERVED.fullmatch(wanted):
        raise ModelFileError(f"'{wanted[:40]}' cannot be the name of a model; choose letters, digits, - and _")
    card = replace(card, name=free_name(wanted))
    write_json(folder / CARD, card.as_dict())
    target = user_models_folder() / card.name
    folder.rename(target)
    return InstalledModel(target, card)


def _unpack(file: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            for part in _parts(archive, file):
                with archive.open(part) as source:
                    _copy(source, folder / part.filename, LARGEST[part.filename], file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise ModelFileError(f"'{file}' is not the file of a model, or is damaged; export the model again") from None


def _parts(archive: zipfile.ZipFile, file: Path) -> list[zipfile.ZipInfo]:
    """The files of a model and nothing else, each once and none too large."""
    parts = archive.infolist()
    names = [part.filename for part in parts]
    strange = [name for name in names if name not in LARGEST]
    if strange:
        raise ModelFileError(f"'{file}' holds '{strange[0][:60]}', which is no part of a model; it was not installed")
    if not set(names) >= _REQUIRED or len(names) != len(set(names)):
        raise ModelFileError(f"'{file}' does not hold one {CARD} and one {WEIGHTS}; export the model again")
    for part in parts:
        if part.file_size > LARGEST[part.filename]:
            raise _too_large(file, part.filename)
    return parts


def _copy(source: IO[bytes], target: Path, largest: int, file: Path) -> None:
    """Copy, counting: what a file says of its own size is not to be trusted."""
    written = 0
    with target.open("wb") as stream:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > largest:
                raise _too_large(file, target.name)
            stream.write(chunk)


def _check_list(path: Path) -> None:
    """A list of known molecules is text of some size when unpacked."""
    size = 0
    try:
        with gzip.open(path) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > _LARGEST_LIST:
                    raise _too_large(path, KNOWN)
                chunk.decode("ascii")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        raise ModelFileError(f"the list of known molecules of this model is damaged ({KNOWN})") from None


def _too_large(file: Path, part: str) -> ModelFileError:
    return ModelFileError(f"{part} in '{file}' is too large for a model; it was not installed")
