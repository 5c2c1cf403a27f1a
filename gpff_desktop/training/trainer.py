"""The training loop as a generator: the caller draws reports and stops by not asking for more."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

import gpff_desktop
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.checkpoint import ModelCard, load_model, save_model
from gpff_desktop.engine.network import ForceNetwork
from gpff_desktop.engine.precision import bfloat16_is_fast, can_compile
from gpff_desktop.training.batches import DeviceData
from gpff_desktop.training.optimisation import Optimisation, learning_rate
from gpff_desktop.training.run import RunDirectory, RunError
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.validation import validation_losses

_SAVE_EVERY, _VALIDATE_EVERY, _REPORT_EVERY = 120.0, 600.0, 1.0
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
    run, settings, data_card
        The run's directory, settings and description of its data (for the model's card).
    training, validation
        The two parts of the data.
    hardware
        Where to compute.
    name
        Name of the resulting model.
    initial
        Model folder to begin from instead of fresh weights; its network settings must be those of the run.

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
        data_card: dict[str, Any],
        training: PackedDataset,
        validation: PackedDataset,
        hardware: Hardware | None = None,
        name: str = "model",
        initial: Path | None = None,
    ) -> None:
        # Averages of rarely used weights decay into denormal numbers, which slow a CPU down tenfold.
        torch.set_flush_denormal(True)
        hardware = hardware or Hardware()
        self.run, self.settings, self.data_card, self.name = run, settings, data_card, name
        self.training = training
        self.data = DeviceData(training, settings.batch_size, settings.seed, hardware.device)
        self.held_out = DeviceData(_part(validation), settings.batch_size, settings.seed, hardware.device)
        torch.manual_seed(settings.seed)
        network = _loaded(initial, settings) if initial else ForceNetwork(settings.network)
        network.to(hardware.device)
        forward = torch.compile(network, dynamic=True) if hardware.use_compiled() else network
        self.optimisation = Optimisation(network, settings, forward, hardware.use_bfloat16())
        self.elapsed, self.molecules = 0.0, 0
        self._restore()

    @property
    def progress(self) -> float:
        """Share of the budget used, 0 to 1."""
        if self.settings.steps is not None:
            return min(1.0, self.optimisation.step_count / self.settings.steps)
        assert self.settings.hours is not None
        return min(1.0, self.elapsed / (3600 * self.settings.hours))

    def steps(self) -> Iterator[Report]:
        """Train to the end of the budget, about one report a second; state and model are saved on the way.

        Closing the iterator saves too.
        """
        since_save = since_validation = since_report = time.monotonic()
        losses: list[float] = []
        seen = 0
        try:
            while self.progress < 1.0:
                before = time.monotonic()
                seen += self._one_step(losses)
                now = time.monotonic()
                self.elapsed += now - before
                if now - since_report >= _REPORT_EVERY or self.progress >= 1.0:
                    validation = {}
                    if now - since_validation >= _VALIDATE_EVERY:
                        validation = self.validate()
                        since_validation = time.monotonic()
                    yield self._report(losses, seen / max(1e-9, now - since_report), validation)
                    losses, seen, since_report = [], 0, time.monotonic()
                if now - since_save >= _SAVE_EVERY:
                    self.save()
                    since_save = time.monotonic()
        finally:
            self.save()

    def _one_step(self, losses: list[float]) -> int:
        batch = self.data.noised(self.optimisation.step_count, self.settings.noise, self.settings.align_below)
        losses.append(self.optimisation.step(batch, self.progress))
        self.molecules += len(batch.numbers)
        return len(batch.numbers)

    def _report(self, losses: list[float], speed: float, validation: dict[str, float]) -> Report:
        step = self.optimisation.step_count
        loss = sum(losses) / len(losses)
        rate = learning_rate(self.settings, step, self.progress)
        self.run.log(step, self.elapsed, "train", {"loss": loss, "learning_rate": rate, "molecules_per_s": speed})
        if validation:
            self.run.log(step, self.elapsed, "validation", validation)
        return Report(step, self.molecules, self.elapsed, self.progress, loss, rate, speed, validation)

    def validate(self) -> dict[str, float]:
        """Loss of the average on held-out molecules by noise band."""
        return validation_losses(self.optimisation.average, self.held_out, self.settings)

    def save(self) -> None:
        """Write state and the current average."""
        counters = {"step": self.optimisation.step_count, "elapsed": self.elapsed, "molecules": self.molecules}
        self.run.save_state(self.optimisation.tensors(), counters)
        save_model(self.run.model_folder, self.optimisation.average, self.card())

    def card(self) -> ModelCard:
        """The card of the current average."""
        formulas = sorted(self.training.compositions().items(), key=lambda item: (-len(item[1]), item[0]))
        return ModelCard(
            name=self.name,
            network=self.settings.network,
            elements=tuple(int(z) for z in self.training.element_numbers),
            max_atoms=int(self.training.n_atoms.max()),
            data=self.data_card,
            recipe={
                **{k: v for k, v in self.settings.as_dict().items() if k != "network"},
                "steps_taken": self.optimisation.step_count,
                "molecules_seen": self.molecules,
                "training_seconds": round(self.elapsed),
            },
            compositions=tuple(name for name, _ in formulas[:500]),
            created=datetime.date.today().isoformat(),
            version=gpff_desktop.__version__,
        )

    def _restore(self) -> None:
        tensors, counters = self.run.load_state()
        if not (tensors or counters):
            return
        try:
            self.optimisation.load_tensors(tensors)
            self.optimisation.step_count = int(counters["step"])
            self.elapsed, self.molecules = counters["elapsed"], int(counters["molecules"])
        except (KeyError, RuntimeError, ValueError):
            raise self.run.damaged() from None


def _loaded(folder: Path, settings: TrainSettings) -> ForceNetwork:
    network, card = load_model(folder)
    if card.network != settings.network:
        ours, theirs = settings.network.as_dict(), card.network.as_dict()
        different = ", ".join(f"{k} {theirs[k]} instead of {ours[k]}" for k in ours if ours[k] != theirs[k])
        raise RunError(f"model '{folder}' is of another network than this run ({different})")
    return network.requires_grad_(True).train()


def _part(validation: PackedDataset) -> PackedDataset:
    if len(validation) <= _VALIDATION_MOLECULES:
        return validation
    step = len(validation) // _VALIDATION_MOLECULES
    return validation.subset(torch.arange(0, len(validation), step)[:_VALIDATION_MOLECULES].numpy())
