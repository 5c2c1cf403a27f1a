"""How fast a machine trains, measured on a few steps of the real thing."""

from __future__ import annotations

import time

import torch

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.network import ForceNetwork
from gpff_desktop.training.batches import DeviceData
from gpff_desktop.training.optimisation import Optimisation
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.trainer import Hardware

_WARM_UP, _SECONDS, _FEWEST, _MOST = 2, 4.0, 3, 200


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


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
