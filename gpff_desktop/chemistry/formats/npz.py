"""Packed sets of structures (`.npz`): flat arrays, read whole, never unpickled."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from gpff_desktop.chemistry.formats.common import (
    FormatError,
    Problem,
    Record,
    Step,
    file_start,
    force_property,
    require_sound,
)
from gpff_desktop.structure import Structure

_LAYOUT = ("n_atoms", "numbers", "positions", "titles", "ids")


def steps(path: Path) -> Generator[Step, None, None]:
    """Structures of a packed set; any further array with one entry for each becomes a property.

    An array `forces` shaped like `positions` is taken to be in eV/Å; its greatest is kept as a property.

    Raises
    ------
    FormatError
        If the file is missing or not such a set.
    """
    arrays = read_arrays(path, extras=True)
    counts, numbers, positions = arrays.pop("n_atoms"), arrays.pop("numbers"), arrays.pop("positions")
    titles = arrays.pop("titles", np.full(len(counts), ""))
    forces = _forces(arrays, positions)
    extra = {key: values for key, values in arrays.items() if values.shape == counts.shape}
    ends = np.cumsum(counts)
    for index, (start, end) in enumerate(zip(ends - counts, ends, strict=True)):
        properties = {key: str(values[index]) for key, values in extra.items()}
        properties |= force_property(forces[start:end]) if forces is not None else {}
        yield (
            (index + 1) / len(counts),
            _record(index + 1, numbers[start:end], positions[start:end], str(titles[index]), properties),
        )


def read_arrays(path: Path, *, extras: bool = False) -> dict[str, np.ndarray]:
    """Arrays `n_atoms [n]`, `numbers [sum n_atoms]`, `positions [sum n_atoms, 3]` in Å and perhaps `titles [n]`.

    Two layouts are understood: structures one after another, and frames of one molecule (`numbers [n_atoms]`,
    `positions [n_frames, n_atoms, 3]`). Sets without titles may number their structures (`ids [n]`) instead. The
    shapes fit together; what the arrays hold is not checked.

    Parameters
    ----------
    path
        The file.
    extras
        Whether all its other arrays are wanted too.

    Raises
    ------
    FormatError
        If the file is missing or has neither layout.
    """
    arrays = _load(path, extras)
    if not {"numbers", "positions"} <= arrays.keys():
        raise FormatError(f"{path} is not an .npz of structures: it must hold n_atoms, numbers and positions")
    if "n_atoms" not in arrays:
        arrays |= _unrolled_frames(arrays, path)
    if "ids" in arrays:
        arrays.setdefault("titles", arrays["ids"].astype(str))
    _require_fit(arrays, path)
    return arrays


def _load(path: Path, extras: bool) -> dict[str, np.ndarray]:
    file_start(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in file.files if extras or key in _LAYOUT}
    except (ValueError, OSError, EOFError, BadZipFile, AttributeError, TypeError) as error:
        raise FormatError(f"{path} is not an .npz of structures: it cannot be read; export it again") from error


def _unrolled_frames(arrays: dict[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    numbers, frames = arrays["numbers"], arrays["positions"]
    if frames.ndim != 3 or numbers.shape != frames.shape[1:2]:
        raise FormatError(f"{path} is not an .npz of structures: it holds no n_atoms, and no frames of one molecule")
    n_atoms = np.full(len(frames), len(numbers))
    return {"n_atoms": n_atoms, "numbers": np.tile(numbers, len(frames)), "positions": frames.reshape(-1, 3)}


def _require_fit(arrays: dict[str, np.ndarray], path: Path) -> None:
    counts = arrays["n_atoms"]
    if counts.ndim != 1 or counts.dtype.kind not in "iu" or (counts.size and counts.min() < 0):
        raise FormatError(f"{path}: n_atoms is not a list of numbers of atoms")
    # Sizes are often kept in 8 bits, in which their sum would wrap.
    arrays["n_atoms"] = counts = counts.astype(np.int64)
    total, numbers, positions = int(counts.sum()), arrays["numbers"].shape, arrays["positions"].shape
    if numbers != (total,) or positions != (total, 3):
        raise FormatError(
            f"{path}: n_atoms adds up to {total} atoms, but numbers has shape {numbers} and positions {positions}"
        )
    if "titles" in arrays and arrays["titles"].shape != counts.shape:
        raise FormatError(f"{path}: there are {arrays['titles'].size} titles for {len(counts)} structures")


def _forces(arrays: dict[str, np.ndarray], positions: np.ndarray) -> np.ndarray | None:
    """Forces `[sum n_atoms, 3]`, if the set holds any."""
    forces = arrays.get("forces")
    if forces is None or forces.size != positions.size or forces.dtype.kind != "f":
        return None
    return forces.reshape(-1, 3)


def _record(record: int, numbers: np.ndarray, positions: np.ndarray, title: str, properties: dict[str, str]) -> Record:
    try:
        require_sound(positions, None)
        return Structure(numbers, positions, None, title, properties)
    except (ValueError, TypeError) as error:
        return Problem(record, str(error))
