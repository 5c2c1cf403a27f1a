"""The two parts of a training run's data, and what the model's card says of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpff_desktop.cli.errors import notice

if TYPE_CHECKING:
    from gpff_desktop.data.packed import PackedDataset
    from gpff_desktop.training.settings import TrainSettings


@dataclass(frozen=True)
class TrainingData:
    """What is trained on, what is held out, and the description of both for the model's card."""

    training: PackedDataset
    validation: PackedDataset
    card: dict[str, Any]


def load_training_data(data: Path, validation: Path | None, settings: TrainSettings) -> TrainingData:
    """Read a data set and hold a part of it out, unless another data set serves for validation.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If a file is not a data set, or too small to be divided.
    """
    from gpff_desktop.atomic_file import file_hash
    from gpff_desktop.data.manifest import read_manifest

    dataset = _read(data)
    card: dict[str, Any] = {"name": data.stem, "file": data.name, "sha256": file_hash(data)}
    if manifest := read_manifest(data):
        card["manifest"] = manifest
    if validation:
        training, held_out, split = dataset, _read(validation), "another file"
        card |= {"validation_file": validation.name, "validation_sha256": file_hash(validation)}
    else:
        training, held_out, split = _divided(dataset, settings)
    counts = {"molecules": len(training), "validation_molecules": len(held_out)}
    return TrainingData(training, held_out, {**card, **counts, "held_out_by": split})


def _read(path: Path) -> PackedDataset:
    from gpff_desktop.data.packed import load_dataset
    from gpff_desktop.training.fine_tuning import require_known_embeddings

    dataset = load_dataset(path)
    if not len(dataset) or dataset.n_atoms.max() < 2:
        raise ValueError(f"'{path}' holds no molecule of two atoms or more; there is nothing to learn from it")
    require_known_embeddings(dataset.element_numbers.tolist())
    return dataset


def _divided(dataset: PackedDataset, settings: TrainSettings) -> tuple[PackedDataset, PackedDataset, str]:
    from gpff_desktop.data.rules import FEWEST

    if len(dataset) < FEWEST:
        few = "one molecule" if len(dataset) == 1 else f"{len(dataset)} molecules"
        raise ValueError(f"the data hold {few}; training needs at least {FEWEST}, so that one can be held out")
    fraction, seed = max(settings.validation_fraction, 1.01 / len(dataset)), settings.seed
    try:
        return *dataset.split(fraction, seed), "composition"
    except ValueError:
        count = len(dataset.compositions())
        notice(f"{count} composition{'s' * (count != 1)} cannot be divided: structures are held out instead")
        return *dataset.split(fraction, seed, by="structure"), "structure"
