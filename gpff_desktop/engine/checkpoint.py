"""A model on disk: safetensors weights and a JSON card beside them. Nothing is ever unpickled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gpff_desktop.atomic_file import atomic_write, file_hash
from gpff_desktop.engine.network import N_EMBEDDINGS, ForceNetwork, NetworkSettings

WEIGHTS = "model.safetensors"
CARD = "card.json"
FORMAT = 1
_LARGEST = (1024, 32, 1024, 6)
"""Most features, interactions, radial functions and angular momentum of a network."""


class CheckpointError(ValueError):
    """A model folder is missing, damaged or not ours; the message is one line that says which and what to do."""


@dataclass(frozen=True)
class ModelCard:
    """What a model is, what it knows and how it was made.

    Parameters
    ----------
    name
        Name the model is listed under.
    network
        What the network is made of.
    elements
        Atomic numbers it was trained on.
    max_atoms
        Largest molecule it was trained on.
    data, recipe
        Training data and settings, for people and for repeating it.
    compositions
        Formulas for suggestions, most frequent first.
    figures
        Measured results and the command that measured them.
    defaults
        Default sampler settings per mode and NFE budget, chosen by a recorded scan.
    licence, created, version
        Licence of the weights, ISO date, and the program's version that wrote them.
    sha256
        Hash of the weights file; filled in when saved and checked when loaded.
    """

    name: str
    network: NetworkSettings
    elements: tuple[int, ...]
    max_atoms: int
    data: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    compositions: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    licence: str = ""
    created: str = ""
    version: str = ""
    sha256: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as written to `card.json`."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelCard:
        """The card that `as_dict` wrote.

        Raises
        ------
        CheckpointError
            If the values are not a card, or one of a later format.
        """
        rest = dict(values)
        if rest.pop("format", None) != FORMAT:
            raise CheckpointError(f"the card is not of format {FORMAT}; update the program or export the model again")
        try:
            rest["network"] = _plausible(NetworkSettings.from_dict(rest["network"]))
            rest["elements"] = tuple(int(z) for z in rest["elements"])
            rest["max_atoms"] = int(rest["max_atoms"])
            rest["compositions"] = tuple(str(f) for f in rest.get("compositions", ()))
            return _checked(cls(**rest))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"the card is damaged ({error}); install the model again") from None


def _checked(card: ModelCard) -> ModelCard:
    """A card whose entries are of the kinds that the program counts on."""
    texts = (card.name, card.licence, card.created, card.version, card.sha256)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("an entry that should be a text is none")
    if not all(isinstance(table, dict) for table in (card.data, card.recipe, card.figures, card.defaults)):
        raise TypeError("an entry that should be a table is none")
    if not card.elements or not all(1 <= z < N_EMBEDDINGS for z in card.elements) or card.max_atoms < 1:
        raise ValueError("its elements or sizes cannot be")
    return card


def _plausible(settings: NetworkSettings) -> NetworkSettings:
    """Settings of a network that fits into a machine: a card may come from anywhere."""
    sizes = (settings.features, settings.interactions, settings.radial, settings.lmax)
    if any(size > largest for size, largest in zip(sizes, _LARGEST, strict=True)):
        raise ValueError("its network is too large")
    return settings


def save_model(folder: str | Path, network: ForceNetwork, card: ModelCard) -> ModelCard:
    """Write weights and card into a folder; returns the card with the hash of the weights filled in.

    Raises
    ------
    OSError
        If they cannot be written; a model that lay there before is as it was.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # Both are on the disk before either takes its place: a full disk leaves the old pair whole.
    with atomic_write(folder / WEIGHTS) as weights, atomic_write(folder / CARD) as written:
        _write_tensors(weights, network.state_dict())
        card = replace(card, network=network.settings, sha256=file_hash(weights))
        written.write_text(_json(card.as_dict()), encoding="utf-8")
    return card


def load_model(folder: str | Path) -> tuple[ForceNetwork, ModelCard]:
    """Read a model folder: the network in evaluation mode on the CPU, and its card.

    Raises
    ------
    CheckpointError
        If files are missing, the hash does not match, or the weights do not fit the card.
    """
    folder = Path(folder)
    card = load_card(folder)
    if not (folder / WEIGHTS).is_file():
        raise CheckpointError(f"model '{folder}' has no {WEIGHTS}; install the model again")
    if file_hash(folder / WEIGHTS) != card.sha256:
        raise CheckpointError(f"the weights of model '{folder}' do not match its card; install the model again")
    try:
        network = ForceNetwork(card.network)
        network.load_state_dict(load_file(folder / WEIGHTS))
    except (SafetensorError, RuntimeError, TypeError):
        raise CheckpointError(f"the weights of model '{folder}' do not fit its card; install the model again") from None
    return network.requires_grad_(False).eval(), card


def load_card(folder: str | Path) -> ModelCard:
    """Read the card of a model folder (weights are not looked at).

    Raises
    ------
    CheckpointError
        If there is no card or it cannot be read.
    """
    path = Path(folder) / CARD
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"'{folder}' is not a model: it has no {CARD}") from None
    except (OSError, ValueError, RecursionError):
        raise CheckpointError(f"the card of model '{folder}' cannot be read; install the model again") from None
    if not isinstance(values, dict):
        raise CheckpointError(f"the card of model '{folder}' is not a card; install the model again")
    return ModelCard.from_dict(values)


def save_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors with safetensors, through a temporary name so that a crash leaves the old file whole."""
    with atomic_write(path) as partial:
        _write_tensors(partial, tensors)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read what `save_tensors` wrote.

    Raises
    ------
    CheckpointError
        If the file is damaged or of another kind.
    """
    try:
        return load_file(path)
    except (SafetensorError, OSError):
        raise CheckpointError(f"'{path}' is damaged or not a safetensors file") from None


def _write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    try:
        save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, path)
    except SafetensorError as error:
        raise OSError(f"cannot write '{path.parent}': {error}; make room there and try again") from None


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write JSON through a temporary name."""
    with atomic_write(path) as partial:
        partial.write_text(_json(values), encoding="utf-8")


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=1, ensure_ascii=False) + "\n"


def element_range(numbers: Sequence[int]) -> tuple[int, ...]:
    """Distinct atomic numbers, ascending."""
    return tuple(sorted({int(z) for z in numbers}))


def parameter_count(network: torch.nn.Module) -> int:
    """Number of trainable values."""
    return sum(p.numel() for p in network.parameters())
