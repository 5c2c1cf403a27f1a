"""How fast a machine trains, measured on a few steps of the real thing, and whether compiling pays for that."""

from __future__ import annotations

import time
from dataclasses import replace

import torch

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.network import ForceNetwork
from gpff_desktop.engine.precision import can_compile
from gpff_desktop.training.batches import DeviceData
from gpff_desktop.training.optimisation import Optimisation
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.team import Team
from gpff_desktop.training.trainer import Hardware

_WARM_UP, _SECONDS, _FEWEST, _MOST = 2, 4.0, 3, 200
_WORTH_COMPILING, _FEW_STEPS = 3600.0, 300
"""Compiling takes a minute or two, which a short run does not win back; of few steps that is known beforehand."""


def measure_speed(settings: TrainSettings, training: PackedDataset, hardware: Hardware) -> float:
    """Molecules per second over the first batches of a run, after two steps that are not counted."""
    network = ForceNetwork(settings.network).to(hardware.device)
    data = DeviceData(training, settings.batch_size, settings.seed, hardware.device)
    optimisation = Optimisation(network, settings, autocast=hardware.use_bfloat16())
    for step in range(_WARM_UP):
        optimisation.step(data.noised(step, settings.noise, settings.align_below), 0.0)
    _finish(hardware.device)
    began, molecules, steps = time.perf_counter(), 0, 0
    while steps < _FEWEST or (time.perf_counter() - began < _SECONDS and steps < _MOST):
        batch = data.noised(_WARM_UP + steps, settings.noise, settings.align_below)
        optimisation.step(batch, 0.0)
        molecules += len(batch.numbers)
        steps += 1
    _finish(hardware.device)
    return molecules / (time.perf_counter() - began)


def decided(hardware: Hardware, settings: TrainSettings, training: PackedDataset, team: Team) -> Hardware:
    """Hardware that says whether to compile the network: where it was left open, if the run is long enough for it.

    How long it takes is measured, if its budget does not say so. All processes of a team decide alike.
    """
    if hardware.compiled is not None:
        return hardware
    seconds = _expected_seconds(hardware, settings, training, team) if can_compile(hardware.device) else 0.0
    return replace(hardware, compiled=team.mean([seconds])[0] >= _WORTH_COMPILING)


def _expected_seconds(hardware: Hardware, settings: TrainSettings, training: PackedDataset, team: Team) -> float:
    """Time that a run takes without being compiled; 0 for the shortest, which are not worth measuring."""
    if settings.hours is not None:
        return 3600 * settings.hours
    if settings.epochs is not None:
        molecules = settings.epochs * len(training) / team.size
    else:
        molecules = (settings.steps or 0) * settings.batch_size
    if molecules < _FEW_STEPS * settings.batch_size:
        return 0.0
    return molecules / measure_speed(settings, training, hardware)


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
