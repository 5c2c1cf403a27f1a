"""The training loop as a generator: the caller draws reports and stops by not asking for more."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.checkpoint import ModelCard, load_model, save_model
from gpff_desktop.engine.network import ForceNetwork
from gpff_desktop.engine.precision import bfloat16_is_fast, can_compile
from gpff_desktop.training.batches import DeviceData
from gpff_desktop.training.description import Description
from gpff_desktop.training.fine_tuning import adopt_elements, told_what_stays
from gpff_desktop.training.optimisation import Optimisation, learning_rate
from gpff_desktop.training.run import RunDirectory
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.status import RunError
from gpff_desktop.training.team import Team
from gpff_desktop.training.validation import validation_losses

_SAVE_EVERY, _REPORT_EVERY = 60.0, 1.0
_VALIDATE_FIRST, _VALIDATE_EVERY, _VALIDATION_SHARE = 20.0, 600.0, 20.0
"""Seconds: validation takes about a twentieth of the time, within these bounds."""
_VALIDATION_MOLECULES = 1000


@dataclass(frozen=True)
class Report:
    """Where a run stands.

    Parameters
    ----------
    step, molecules
        Steps taken and molecules seen, over all sittings.
    elapsed
        Seconds of training, over all sittings.
    progress
        Share of the budget used, 0 to 1.
    loss
        Mean training loss since the last report.
    rate
        Learning rate.
    speed
        Molecules per second in this sitting.
    validation
        Loss of the average by noise band, when just measured.
    """

    step: int
    molecules: int
    elapsed: float
    progress: float
    loss: float
    rate: float
    speed: float
    validation: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Hardware:
    """Where and how to compute: device, bfloat16 matrix products, compiled network; `None` asks the machine."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    bfloat16: bool | None = None
    compiled: bool | None = None

    def use_bfloat16(self) -> bool:
        return bfloat16_is_fast(self.device) if self.bfloat16 is None else self.bfloat16

    def use_compiled(self) -> bool:
        return can_compile(self.device) if self.compiled is None else self.compiled


class Trainer:
    """One sitting of a training run.

    Parameters
    ----------
    run, settings, description
        The run's directory, settings and what the model's card is to say.
    training, validation
        The two parts of the data.
    hardware
        Where to compute.
    initial
        Folder of `description.parent`, whose weights a fresh run begins with; its network settings must be those of
        the run. Elements it does not know begin like their neighbours in the periodic table.
    team
        The processes that train together.

    Attributes
    ----------
    compiles
        Whether the first step waits until the network is compiled.

    Raises
    ------
    RunError
        If the initial model is of another network, or the run's state is damaged.
    CheckpointError
        If the initial model cannot be read.
    """

    def __init__(
        self,
        run: RunDirectory,
        settings: TrainSettings,
        description: Description,
        training: PackedDataset,
        validation: PackedDataset,
        hardware: Hardware | None = None,
        initial: Path | None = None,
        team: Team | None = None,
    ) -> None:
        # Averages of rarely used weights decay into denormal numbers, which slow a CPU down tenfold.
        torch.set_flush_denormal(True)
        hardware = hardware or Hardware()
        self.run, self.settings, self.description, self.training = run, settings, description, training
        self.team = team or Team()
        self.data = DeviceData(training, settings.batch_size, settings.seed, hardware.device)
        self.held_out = DeviceData(_part(validation), settings.batch_size, settings.seed, hardware.device)
        torch.manual_seed(settings.seed)
        network = _loaded(initial, settings, training) if initial else ForceNetwork(settings.network)
        network.to(hardware.device)
        self.compiles = hardware.use_compiled()
        forward = torch.compile(network, dynamic=True) if self.compiles else network
        self.optimisation = Optimisation(network, settings, forward, hardware.use_bfloat16(), self.team)
        self.elapsed, self.molecules = 0.0, 0
        self.best, self.since_best = math.inf, 0
        self.figures: dict[str, Any] = {}
        self._wishes_to_end = self._ended = False
        self._first: tuple[int, float] | None = None
        self._restore()

    @property
    def total_steps(self) -> int | None:
        """Steps of the whole budget; `None` for a budget of time."""
        if self.settings.epochs is not None:
            return math.ceil(self.settings.epochs * self.data.batches_per_epoch / self.team.size)
        return self.settings.steps

    @property
    def progress(self) -> float:
        """Share of the budget used, 0 to 1."""
        if self.total_steps is not None:
            return min(1.0, self.optimisation.step_count / self.total_steps)
        assert self.settings.hours is not None
        return min(1.0, self.elapsed / (3600 * self.settings.hours))

    @property
    def seconds_left(self) -> float | None:
        """Time that the rest of the budget will take at this sitting's pace; `None` before its second step."""
        if self.settings.hours is not None:
            return max(0.0, 3600 * self.settings.hours - self.elapsed)
        step, (first, began) = self.optimisation.step_count, self._first or (math.inf, 0.0)
        if step <= first:
            return None
        return ((self.total_steps or 0) - step) * (self.elapsed - began) / (step - first)

    @property
    def converged(self) -> bool:
        """Whether the validation has not improved for as long as the settings are patient."""
        return self.settings.patience is not None and self.since_best >= self.settings.patience

    def stop(self) -> None:
        """End after the next step, in every process of the team."""
        self._wishes_to_end = True

    def steps(self) -> Iterator[Report]:
        """Train to the end of the budget, about one report a second; state and model are saved on the way.

        Closing the iterator saves too.
        """
        try:
            yield from self._training()
        except Exception:
            with suppress(Exception):  # what ended the run is worth more to the user than what saving it says
                self.save()
            raise
        except BaseException:
            self.save()
            raise
        self.save()

    def _training(self) -> Iterator[Report]:
        reporting, validating, saving = _Pace(_REPORT_EVERY), _Pace(_VALIDATE_FIRST), _Pace(_SAVE_EVERY)
        losses: list[float] = []
        before = self.molecules
        while self.progress < 1.0 and not self._ended:
            self._one_step(losses)
            if self._first is None:  # it may have waited for a compiler, which the others do not
                self._first = (self.optimisation.step_count, self.elapsed)
            if reporting.due() or self.progress >= 1.0:
                validation = {}
                wanted = not self._wishes_to_end and (validating.due() or self.progress >= 1.0)
                if self.team.leads and wanted:
                    validation = self._validated(validating)
                yield self._report(losses, (self.molecules - before) / max(1e-9, reporting.passed()), validation)
                losses, before = [], self.molecules
                reporting.restart()
            if saving.due():
                self.save()
                saving.restart()

    def _one_step(self, losses: list[float]) -> None:
        began, settings = time.monotonic(), self.settings
        number = self.optimisation.step_count * self.team.size + self.team.rank
        batch = self.data.noised(number, settings.noise, settings.align_below, settings.kept_share)
        losses.append(self.optimisation.step(batch, self.progress))
        spent = time.monotonic() - began
        # Every process must count alike: time decides the learning rate and the end.
        seconds, molecules, wish = self.team.mean([spent, len(batch.numbers), float(self._wishes_to_end)])
        self.elapsed += seconds
        self.molecules += round(molecules * self.team.size)
        self._ended = wish > 0

    def _validated(self, pace: _Pace) -> dict[str, float]:
        began = time.monotonic()
        losses = self.validate()
        pace.interval = min(_VALIDATE_EVERY, max(_VALIDATE_FIRST, _VALIDATION_SHARE * (time.monotonic() - began)))
        pace.restart()
        if self.settings.patience is not None:
            self._compare(losses["mean"])
        return losses

    def _compare(self, loss: float) -> None:
        if loss < self.best:
            self.best, self.since_best = loss, 0
            self.run.save_best(self.optimisation.average.state_dict())
        else:
            self.since_best += 1
            self._wishes_to_end |= self.converged

    def _report(self, losses: list[float], speed: float, validation: dict[str, float]) -> Report:
        step = self.optimisation.step_count
        loss = sum(losses) / len(losses)
        rate = learning_rate(self.settings, step, self.progress)
        if self.team.leads:
            self.run.log(step, self.elapsed, "train", {"loss": loss, "learning_rate": rate, "molecules_per_s": speed})
        if validation:
            self.run.log(step, self.elapsed, "validation", validation)
        return Report(step, self.molecules, self.elapsed, self.progress, loss, rate, speed, validation)

    def validate(self) -> dict[str, float]:
        """Loss of the average on held-out molecules by noise band."""
        return validation_losses(self.optimisation.average, self.held_out, self.settings)

    def take_best(self) -> None:
        """Make the average the best one that validation saw, where the settings are such that it was kept."""
        weights = self.run.load_best() if self.settings.patience is not None else None
        if weights is not None:
            self.optimisation.average.load_state_dict(weights)

    def save(self) -> None:
        """Write state and the current average."""
        if not self.team.leads:
            return
        counters = {"step": self.optimisation.step_count, "elapsed": self.elapsed, "molecules": self.molecules}
        patience = {"best": self.best, "since_best": self.since_best}
        self.run.save_state(self.optimisation.tensors(), {**counters, **patience})
        self.save_model()

    def save_model(self) -> ModelCard:
        """Write the current average as a model; returns its card."""
        return save_model(self.run.model_folder, self.optimisation.average, self.card())

    def card(self) -> ModelCard:
        """The card of the current average."""
        spent = {
            "steps_taken": self.optimisation.step_count,
            "molecules_seen": self.molecules,
            "training_seconds": round(self.elapsed),
        }
        return self.description.card(self.settings, self.training, spent, self.figures)

    def _restore(self) -> None:
        tensors, counters = self.run.load_state()
        if not (tensors or counters):
            return
        try:
            self.optimisation.load_tensors(tensors)
            self.optimisation.step_count = int(counters["step"])
            self.elapsed, self.molecules = counters["elapsed"], int(counters["molecules"])
            self.best, self.since_best = counters.get("best", math.inf), int(counters.get("since_best", 0))
        except (KeyError, RuntimeError, ValueError):
            raise self.run.damaged() from None


class _Pace:
    """Something that is to happen every so many seconds."""

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self.restart()

    def restart(self) -> None:
        self._since = time.monotonic()

    def passed(self) -> float:
        return time.monotonic() - self._since

    def due(self) -> bool:
        return self.passed() >= self.interval


def _loaded(folder: Path, settings: TrainSettings, training: PackedDataset) -> ForceNetwork:
    network, card = load_model(folder)
    if settings.network.kept:
        network = told_what_stays(network)
    if network.settings != settings.network:
        ours, theirs = settings.network.as_dict(), network.settings.as_dict()
        different = ", ".join(f"{k} {theirs[k]} instead of {ours[k]}" for k in ours if ours[k] != theirs[k])
        raise RunError(f"model '{folder}' is of another network than this run ({different})")
    adopt_elements(network, card.elements, training.element_numbers.tolist())
    return network.requires_grad_(True).train()


def _part(validation: PackedDataset) -> PackedDataset:
    if len(validation) <= _VALIDATION_MOLECULES:
        return validation
    step = len(validation) // _VALIDATION_MOLECULES
    return validation.subset(torch.arange(0, len(validation), step)[:_VALIDATION_MOLECULES].numpy())
