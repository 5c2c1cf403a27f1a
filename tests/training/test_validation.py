"""The validation loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.network import ForceNetwork, NetworkSettings
from gpff_desktop.structure import Structure
from gpff_desktop.training import validation
from gpff_desktop.training.batches import DeviceData
from gpff_desktop.training.settings import TrainSettings

SETTINGS = TrainSettings(network=NetworkSettings(features=8, interactions=1, radial=8), steps=1)


def data() -> DeviceData:
    rng = np.random.default_rng(0)
    sizes = [4] * 16 + [5] * 16 + [6] * 16
    structures = [Structure([6] * n, rng.normal(size=(n, 3))) for n in sizes]
    return DeviceData(PackedDataset.from_structures(structures), 16, 0, torch.device("cpu"))


def test_every_noise_level_is_measured_on_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[tuple[int, float]] = set()
    add_noise = validation.add_noise

    def noted(numbers, home, sigma, generator):
        seen.update((home.shape[1], round(level, 2)) for level in sigma.tolist())
        return add_noise(numbers, home, sigma, generator)

    monkeypatch.setattr(validation, "add_noise", noted)
    losses = validation.validation_losses(ForceNetwork(SETTINGS.network), data(), SETTINGS)
    assert seen == {(size, level) for size in (4, 5, 6) for level in validation.BANDS}
    assert losses["mean"] == pytest.approx(np.mean([losses[f"sigma_{level:g}"] for level in validation.BANDS]))


def test_the_same_network_gets_the_same_loss_twice() -> None:
    network = ForceNetwork(SETTINGS.network)
    assert validation.validation_losses(network, data(), SETTINGS) == validation.validation_losses(
        network, data(), SETTINGS
    )
