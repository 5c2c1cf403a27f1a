"""Watching a run: metrics for TensorBoard, and now and then the molecules that the average would generate."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType

import numpy as np
from torch.utils.tensorboard import SummaryWriter

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.chemistry.judge import judge_all
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.priors import Noise, candidate_seeds, gaussian
from gpff_desktop.engine.samplers import SamplerSettings, Step, sample
from gpff_desktop.structure import Structure
from gpff_desktop.training.status import SAMPLES
from gpff_desktop.training.trainer import Report, Trainer

FOLDER = "tensorboard"
COMPOSITIONS = 32
NFE = 60
_SAMPLER, _START_WIDTH, _NOISE = "direct", 1.5, 0.4
_SECONDS = 60.0
_WORTH_JUDGING = 20_000


@dataclass(frozen=True)
class Sampled:
    """What a model generated.

    Parameters
    ----------
    structures
        Every structure that did not blow up, with its verdict: `valid` among the properties, SMILES as the title.
    figures
        Percentage of valid molecules as `valid_percent`, of new ones among the distinct valid ones as
        `novel_percent` (where known molecules are given), mean noise level left in Å as `sigma`.
    """

    structures: list[Structure]
    figures: dict[str, float]


def sampled(
    field: PseudoForceField, dataset: PackedDataset, seed: int = 0, known: Collection[str] | None = None
) -> Sampled:
    """What a model generates for up to 32 compositions of a data set, one structure each.

    Direct denoising in 60 network evaluations from clouds 1.5 Å wide; the same clouds and noise every time.

    Parameters
    ----------
    field
        The model.
    dataset
        Where the compositions come from.
    seed
        Seed of clouds and noise.
    known
        SMILES of the molecules that are not new.
    """
    numbers = _compositions(dataset)
    noise = Noise(candidate_seeds(seed, len(numbers)), field.device)
    start = gaussian(numbers, _START_WIDTH, noise)
    steps = sample(_SAMPLER, field, start, budget=NFE, noise=noise, settings=SamplerSettings(noise=_NOISE))
    last: Step = deque(steps, maxlen=1).pop()
    finite = [(z, x) for z, x in zip(numbers, start.split(last.positions), strict=True) if np.isfinite(x).all()]
    verdicts = judge_all(Structure(z, x) for z, x in finite)
    made = [
        Structure(z, x, title=verdict.smiles or "", properties={"valid": "yes" if verdict.valid else "no"})
        for (z, x), verdict in zip(finite, verdicts, strict=True)
    ]
    valid = [verdict.smiles for verdict in verdicts if verdict.smiles]
    figures = {"valid_percent": 100 * len(valid) / len(numbers), "sigma": float(last.sigma.mean())}
    if known is not None and valid:
        figures["novel_percent"] = 100 * len(set(valid) - set(known)) / len(set(valid))
    return Sampled(made, figures)


def _compositions(dataset: PackedDataset) -> list[np.ndarray]:
    first_of_each = np.sort([indices[0] for indices in dataset.compositions().values()])
    spread = np.linspace(0, len(first_of_each) - 1, min(COMPOSITIONS, len(first_of_each))).round().astype(np.int64)
    return [dataset.structure(int(k)).numbers for k in first_of_each[spread]]


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
        if not self.pause or time.monotonic() - self._sampled_at < self.pause:
            return False
        self.sample()
        return True

    def sample(self) -> None:
        """Let the average generate molecules; figures and structures are written into the run's folder."""
        trainer = self.trainer
        step = trainer.optimisation.step_count
        field = PseudoForceField(trainer.optimisation.average, trainer.card(), str(trainer.data.device))
        result = sampled(field, self.validation, known=self.known)
        self.samples = result.figures
        trainer.run.log(step, trainer.elapsed, "samples", self.samples)
        self._write(step, "samples", self.samples)
        self._sampled_at = time.monotonic()
        if result.structures:
            made = [structure.with_properties(step=str(step)) for structure in result.structures]
            write_structures(trainer.run.path / SAMPLES, made, overwrite=True)

    @cached_property
    def known(self) -> frozenset[str] | None:
        """Valid molecules of the training data; `None` where to find them would take minutes."""
        training = self.trainer.training
        if len(training) > _WORTH_JUDGING:
            return None
        verdicts = judge_all(training.structure(index) for index in range(len(training)))
        return frozenset(verdict.smiles for verdict in verdicts if verdict.smiles)

    def _write(self, step: int, kind: str, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"{kind}/{name}", value, step)
