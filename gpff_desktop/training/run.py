"""A training run on disk: settings, state, metrics and the current average as a model."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gpff_desktop.engine.checkpoint import CheckpointError, load_tensors, save_tensors, write_json
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.status import CONFIG, METRICS, STATE, RunError

BEST, MODEL = "best.safetensors", "model"
RUN_FORMAT = 1
_FIELDS = ("step", "elapsed_s", "kind", "name", "value")


@dataclass(frozen=True)
class RunDirectory:
    """The folder of one run.

    Parameters
    ----------
    path
        The folder; `model/` inside it is the current average with its card.
    """

    path: Path

    @classmethod
    def create(cls, path: str | Path, settings: TrainSettings, data: Mapping[str, Any]) -> RunDirectory:
        """Begin a run in a new or empty folder.

        Raises
        ------
        RunError
            If the folder holds a run already, or cannot be written to.
        """
        run = cls(Path(path))
        config = {"format": RUN_FORMAT, "settings": settings.as_dict(), "data": dict(data)}
        try:
            if (run.path / CONFIG).exists():
                raise RunError(f"'{path}' holds a run already; go on with --resume or choose another folder")
            run.path.mkdir(parents=True, exist_ok=True)
            write_json(run.path / CONFIG, config)
        except OSError as error:
            raise RunError(f"cannot make a run in '{path}' ({error.strerror}); choose another folder") from None
        return run

    @classmethod
    def open(cls, path: str | Path) -> tuple[RunDirectory, TrainSettings, dict[str, Any]]:
        """An earlier run, its settings and what it wrote down of its data.

        Raises
        ------
        RunError
            If there is no run, or it is of another version.
        """
        run = cls(Path(path))
        try:
            config = dict(json.loads((run.path / CONFIG).read_text(encoding="utf-8")))
            if config.get("format") != RUN_FORMAT:
                raise RunError(f"run '{path}' is of another version; start a new one")
            return run, TrainSettings.from_dict(config["settings"]), dict(config["data"])
        except RunError:
            raise
        except (FileNotFoundError, NotADirectoryError):
            raise RunError(f"'{path}' holds no run; start one without --resume") from None
        except (OSError, AttributeError, KeyError, TypeError, ValueError):
            raise RunError(f"the settings of run '{path}' cannot be read; start a new one") from None

    @property
    def model_folder(self) -> Path:
        """Where the current average is kept as a model."""
        return self.path / MODEL

    def save_state(self, tensors: Mapping[str, Tensor], progress: Mapping[str, Any]) -> None:
        """Write the full state. Weights and counters go into one file, so they cannot fall out of step."""
        counters = {f"progress.{k}": torch.tensor(v, dtype=torch.float64) for k, v in progress.items()}
        save_tensors(self.path / STATE, {**tensors, **counters})

    def load_state(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """The last full state and its counters; both empty if the run was stopped before its first save.

        Raises
        ------
        RunError
            If the file is damaged.
        """
        if not (self.path / STATE).exists():
            return {}, {}
        try:
            tensors = load_tensors(self.path / STATE)
        except CheckpointError:
            raise self.damaged() from None
        names = [name for name in tensors if name.startswith("progress.")]
        counters = {name.removeprefix("progress."): float(tensors.pop(name)) for name in names}
        return tensors, counters

    def save_best(self, weights: Mapping[str, Tensor]) -> None:
        """Keep the best average so far."""
        save_tensors(self.path / BEST, weights)

    def load_best(self) -> dict[str, Tensor] | None:
        """The best average so far; `None` if none was kept or it cannot be read."""
        try:
            return load_tensors(self.path / BEST)
        except CheckpointError:
            return None

    def damaged(self) -> RunError:
        """What to raise where the state cannot be gone on from."""
        return RunError(f"the state of run '{self.path}' is damaged; continue from its model with --init")

    def log(self, step: int, elapsed: float, kind: str, values: Mapping[str, float]) -> None:
        """Append metrics, one row a value: `kind` is `train`, `validation` or `samples`."""
        path = self.path / METRICS
        fresh = not path.exists()
        with open(path, "a", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            if fresh:
                writer.writerow(_FIELDS)
            writer.writerows([step, round(elapsed, 1), kind, name, f"{value:.6g}"] for name, value in values.items())
