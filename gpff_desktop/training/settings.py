"""How a model is trained: typed, frozen, validated once."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from gpff_desktop.engine.network import NetworkSettings
from gpff_desktop.engine.noise import NoiseLevels

PRESETS: dict[str, NetworkSettings] = {
    "small": NetworkSettings(features=64),
    "medium": NetworkSettings(features=128),
    "large": NetworkSettings(features=256),
}


@dataclass(frozen=True)
class TrainSettings:
    """Everything that decides a training run beside its data.

    Parameters
    ----------
    network, noise
        What is trained and on which noise levels.
    batch_size
        Molecules a step, all of one size.
    learning_rate, final_learning_rate
        Adam's rate after the warm-up and at the end of the budget; `schedule` says how it falls.
    warmup
        Steps of linear warm-up.
    schedule
        `cosine` or `exponential`.
    ema_decay
        Decay of the average of the weights; the average is what samples.
    steps, hours, epochs
        The budget: number of steps, time, or passes over the data; exactly one is set.
    gradient_clip
        Largest norm of the gradient.
    weight_ceiling
        Ceiling of the loss weight `min(1/σ², ceiling)` in 1/Å².
    align_below
        Noise level in Å below which targets are permutation-aligned (atoms of one element exchanged to the nearest
        home); 0 for plain targets.
    kept_share
        Share of the molecules of which a part is left in place, so that the model learns to complete scaffolds.
    seed
        Batches and noise of step k depend on this seed and k alone.
    validation_fraction
        Share of the data held out, by composition.
    patience
        End after so many validations in a row without a new best, and keep the best average; `None` for never.
    """

    network: NetworkSettings = field(default_factory=lambda: PRESETS["medium"])
    noise: NoiseLevels = field(default_factory=NoiseLevels)
    batch_size: int = 64
    learning_rate: float = 1e-3
    final_learning_rate: float = 1e-5
    warmup: int = 200
    schedule: Literal["cosine", "exponential"] = "cosine"
    ema_decay: float = 0.999
    steps: int | None = None
    hours: float | None = None
    epochs: int | None = None
    gradient_clip: float = 5.0
    weight_ceiling: float = 100.0
    align_below: float = 3.0
    kept_share: float = 0.5
    seed: int = 0
    validation_fraction: float = 0.05
    patience: int | None = None

    def __post_init__(self) -> None:
        budgets = [budget for budget in (self.steps, self.hours, self.epochs) if budget is not None]
        if len(budgets) != 1:
            raise ValueError("set the budget with either steps or hours or epochs")
        if budgets[0] <= 0:
            raise ValueError("the budget must be positive")
        if self.patience is not None and self.patience < 1:
            raise ValueError("the patience must be at least one validation")
        if self.batch_size < 1 or self.learning_rate <= 0 or not 0 < self.ema_decay < 1:
            raise ValueError("batch size and learning rate must be positive, the EMA decay between 0 and 1")
        if self.schedule not in ("cosine", "exponential"):
            raise ValueError(f"unknown schedule '{self.schedule}'; use cosine or exponential")
        if not 0 < self.validation_fraction < 1:
            raise ValueError("the validation fraction lies between 0 and 1")
        if not 0 <= self.kept_share <= 1:
            raise ValueError("the share of molecules that keep a part lies between 0 and 1")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as written to a run's `config.json`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainSettings:
        """The settings that `as_dict` wrote."""
        parts = {"network": NetworkSettings.from_dict(values["network"]), "noise": NoiseLevels(**values["noise"])}
        return cls(**{**values, **parts})
