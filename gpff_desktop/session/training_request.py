"""What a training run is asked for: a record, checked before anything is started."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import gpff_desktop
from gpff_desktop.training.status import RunError

GPFF, PACKAGE = (sys.executable, "-m", "gpff_desktop.cli"), Path(gpff_desktop.__file__).parents[1]
"""The command line in a process of its own, and the folder to start it in."""
Preset = Literal["small", "medium", "large"]
_NAME = re.compile(r"\w[\w .+-]{0,62}(?<![ .])")


@dataclass(frozen=True)
class RunRequest:
    """What to train.

    Parameters
    ----------
    data
        The data set, `.db` or `.npz`.
    name
        Name of the run and of its model.
    preset
        Size of a new network; `None` when a model is fine-tuned.
    init
        Name or folder of the model to fine-tune; `None` for a new one.
    hours, epochs
        The budget; exactly one is set.
    validation_fraction
        Share of the data held out, by composition.
    seed
        Decides split, order and noise.
    device
        `auto`, `cpu`, `cuda`, `cuda:1`, …
    patience
        End early after so many validations without a new best; `None` for never.
    batch_size
        Molecules a step; `None` for the usual number.
    samples_every
        Minutes between generated samples; 0 for never.
    source
        Who made the data, or where they were published; empty if not known.
    licence
        Licence of the data and so of the resulting weights; empty if not known.
    """

    data: Path
    name: str
    preset: Preset | None = "medium"
    init: str | None = None
    hours: float | None = None
    epochs: int | None = None
    validation_fraction: float = 0.05
    seed: int = 0
    device: str = "auto"
    patience: int | None = None
    batch_size: int | None = None
    samples_every: float = 3.0
    source: str = ""
    licence: str = ""

    def check(self) -> None:
        """Refuse what cannot be carried out.

        Raises
        ------
        RunError
            With one line that says what is wrong.
        """
        if not _NAME.fullmatch(self.name):
            raise RunError(f"'{self.name}' cannot be the name of a model; use letters, digits, spaces, - and _")
        if not self.data.is_file():
            raise RunError(f"there is no data set '{self.data}'; import your structures first")
        if (self.preset is None) == (self.init is None):
            raise RunError("choose either the size of a new network or a model to fine-tune")
        if (self.hours is None) == (self.epochs is None):
            raise RunError("set the budget with either hours or epochs")
        if not ((self.hours or 0) > 0 or (self.epochs or 0) > 0):
            raise RunError("the budget must be positive")
        if not 0 < self.validation_fraction < 1:
            raise RunError("the share that is held out lies between 0 and 1")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as written beside the run."""
        return {**asdict(self), "data": str(self.data.resolve())}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> RunRequest:
        """The request that `as_dict` wrote."""
        return cls(**{**values, "data": Path(values["data"])})


def train_arguments(request: RunRequest, out: Path, resume: bool = False) -> list[str]:
    """Arguments of `gpff` that train what is asked for in the folder `out`."""
    options: dict[str, Any] = {"out": out.resolve(), "device": request.device, "samples-every": request.samples_every}
    if not resume:
        options |= _begin(request)
    flags = ["--install", "--background", *(["--resume"] if resume else [])]
    pairs = [text for name, value in options.items() if value is not None for text in (f"--{name}", str(value))]
    return ["train", str(request.data.resolve()), *pairs, *flags]


def measure_arguments(request: RunRequest) -> list[str]:
    """Arguments of `gpff` that measure how fast this machine would train what is asked for."""
    options = {"device": request.device, "preset": request.preset, "init": _absolute(request.init)}
    options |= {"batch-size": str(request.batch_size) if request.batch_size else None}
    pairs = [text for name, value in options.items() if value is not None for text in (f"--{name}", value)]
    return ["train", str(request.data.resolve()), "--measure", "--json", *pairs]


def _begin(request: RunRequest) -> dict[str, Any]:
    return {
        "name": request.name,
        "preset": request.preset,
        "init": _absolute(request.init),
        "hours": request.hours,
        "epochs": request.epochs,
        "validation-fraction": request.validation_fraction,
        "seed": request.seed,
        "patience": request.patience,
        "batch-size": request.batch_size,
        "source": request.source or None,
        "licence": request.licence or None,
    }


def _absolute(model: str | None) -> str | None:
    return str(Path(model).resolve()) if model and Path(model).is_dir() else model
