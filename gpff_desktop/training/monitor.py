"""Watching a run: metrics for TensorBoard, and now and then the molecules that the average would generate."""

from __future__ import annotations

import time
from collections import deque
from types import TracebackType

import numpy as np
from torch.utils.tensorboard import SummaryWriter

from gpff_desktop.chemistry.judge import judge_all
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.priors import Noise, candidate_seeds, gaussian
from gpff_desktop.engine.samplers import SamplerSettings, Step, sample
from gpff_desktop.structure import Structure
from gpff_desktop.training.trainer import Report, Trainer

FOLDER = "tensorboard"
COMPOSITIONS = 32
_SAMPLER, _NFE, _START_WIDTH, _NOISE = "direct", 60, 1.5, 0.4
_SECONDS = 60.0


def sampled_validity(field: PseudoForceField, dataset: PackedDataset, seed: int = 0) -> dict[str, float]:
    """What a model generates for up to 32 compositions of a data set, one structure each.

    Direct denoising in 60 network evaluations from clouds 1.5 Å wide; the same clouds and noise every time.

    Returns
    -------
    Percentage of valid molecules as `"valid_percent"`, mean noise level left in Å as `"sigma"`.
    """
    first_of_each = np.sort([indices[0] for indices in dataset.compositions().values()])
    spread = np.linspace(0, len(first_of_each) - 1, min(COMPOSITIONS, len(first_of_each))).round().astype(np.int64)
    numbers = [dataset.structure(int(k)).numbers for k in first_of_each[spread]]
    noise = Noise(candidate_seeds(seed, len(numbers)), field.device)
    start = gaussian(numbers, _START_WIDTH, noise)
    steps = sample(_SAMPLER, field, start, budget=_NFE, noise=noise, settings=SamplerSettings(noise=_NOISE))
    last: Step = deque(steps, maxlen=1).pop()
    finite = [
        Structure(z, x) for z, x in zip(numbers, start.split(last.positions), strict=True) if np.isfinite(x).all()
    ]
    valid = sum(verdict.valid for verdict in judge_all(finite))
    return {"valid_percent": 100 * valid / len(numbers), "sigma": float(last.sigma.mean())}


class Monitor:
    """Follows the reports of a trainer. Use it as a context manager.

    Parameters
    ----------
    trainer
        The trainer.
    validation
        Held-out molecules, whose compositions are sampled.
    samples_every
        Minutes between samples; 0 for never.
    """

    def __init__(self, trainer: Trainer, validation: PackedDataset, samples_every: float) -> None:
        self.trainer = trainer
        self.validation = validation
        self.pause = _SECONDS * samples_every
        self.samples: dict[str, float] = {}
        self._sampled_at = time.monotonic()
        # After a crash TensorBoard would show two curves over the steps that are taken again.
        next_step = trainer.optimisation.step_count + 1
        self._writer = SummaryWriter(trainer.run.path / FOLDER, purge_step=next_step)

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._writer.close()

    def follow(self, report: Report) -> bool:
        """Take in a report; returns whether `samples` were just measured."""
        self._write(report.step, "train", {"loss": report.loss, "rate": report.rate, "molecules_per_s": report.speed})
        self._write(report.step, "validation", report.validation)
        due = time.monotonic() - self._sampled_at >= self.pause or report.progress >= 1.0
        if not self.pause or not due:
            return False
        self._sample(report)
        self._sampled_at = time.monotonic()
        return True

    def _sample(self, report: Report) -> None:
        trainer = self.trainer
        average, device = trainer.optimisation.average, str(trainer.data.device)
        field = PseudoForceField(average, trainer.card(), device)
        self.samples = sampled_validity(field, self.validation)
        trainer.run.log(report.step, report.elapsed, "samples", self.samples)
        self._write(report.step, "samples", self.samples)

    def _write(self, step: int, kind: str, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"{kind}/{name}", value, step)
