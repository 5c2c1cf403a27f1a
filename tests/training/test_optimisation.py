"""One optimisation step: what it learns, what it averages, what it refuses to follow."""

import itertools

import pytest
import torch

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.training.batches import DeviceData, NoisedBatch
from gpff_desktop.training.optimisation import Optimisation, learning_rate
from gpff_desktop.training.settings import PRESETS, TrainSettings


@pytest.fixture
def settings(tiny_card):
    return TrainSettings(tiny_card().network, steps=100, warmup=1, learning_rate=3e-3, ema_decay=0.9)


@pytest.fixture
def optimisation(tiny_network, settings):
    return Optimisation(tiny_network().requires_grad_(True).train(), settings)


@pytest.fixture
def data(molecule):
    return DeviceData(PackedDataset.from_structures([molecule(4), molecule(4, 1)]), 8, 0, torch.device("cpu"))


def copied(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


def equal(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def test_the_loss_falls_on_a_batch_seen_again_and_again(optimisation, data, settings):
    batch = data.noised(0, settings.noise)
    losses = [optimisation.step(batch, 0.0) for _ in range(60)]
    assert losses[-1] < 0.3 * losses[0]
    assert optimisation.step_count == 60


def test_the_average_follows_the_weights(optimisation, data, settings):
    start = copied(optimisation.network)
    assert equal(copied(optimisation.average), start)
    optimisation.step(data.noised(0, settings.noise), 0.0)
    expected = {name: 0.1 * start[name] + 0.9 * value for name, value in optimisation.network.state_dict().items()}
    for name, value in optimisation.average.state_dict().items():
        torch.testing.assert_close(value, expected[name])
    optimisation.step_count = 10_000  # long after the beginning, the decay is that of the settings
    before = copied(optimisation.average)
    optimisation.step(data.noised(1, settings.noise), 0.0)
    for name, value in optimisation.average.state_dict().items():
        torch.testing.assert_close(value, 0.9 * before[name] + 0.1 * optimisation.network.state_dict()[name])
    assert not any(p.requires_grad for p in optimisation.average.parameters())


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_is_not_followed(optimisation, data, settings, bad):
    good = data.noised(0, settings.noise)
    optimisation.step(good, 0.0)
    network, average = copied(optimisation.network), copied(optimisation.average)
    moments = optimisation.tensors()
    loss = optimisation.step(NoisedBatch(good.numbers, good.positions, good.forces * bad, good.sigma), 0.0)
    assert not loss < float("inf")
    assert equal(copied(optimisation.network), network)
    assert equal(copied(optimisation.average), average)
    assert equal(optimisation.tensors(), moments)
    assert optimisation.step_count == 2
    assert optimisation.step(good, 0.0) < float("inf")
    assert not equal(copied(optimisation.network), network)


def test_a_gradient_that_is_too_long_is_shortened(tiny_network, tiny_card, data):
    settings = TrainSettings(tiny_card().network, steps=1, gradient_clip=1e-3)
    optimisation = Optimisation(tiny_network().requires_grad_(True), settings)
    optimisation.step(data.noised(0, settings.noise), 0.0)
    length = torch.cat([p.grad.flatten() for p in optimisation.network.parameters()]).norm()
    assert float(length) == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("schedule", ["cosine", "exponential"])
def test_the_learning_rate_warms_up_then_falls_from_end_to_end(schedule):
    settings = TrainSettings(steps=100, schedule=schedule, learning_rate=1e-3, final_learning_rate=1e-5, warmup=10)
    assert [learning_rate(settings, k, 0.0) for k in (0, 4, 9, 10)] == pytest.approx([1e-4, 5e-4, 1e-3, 1e-3])
    rates = [learning_rate(settings, 50, k / 20) for k in range(21)]
    assert rates[0] == pytest.approx(1e-3)
    assert rates[-1] == pytest.approx(1e-5)
    assert all(a > b for a, b in itertools.pairwise(rates))
    middle = {"cosine": (1e-3 + 1e-5) / 2, "exponential": 1e-4}[schedule]
    assert rates[10] == pytest.approx(middle)
    assert learning_rate(settings, 50, 1.7) == rates[-1]


def test_the_optimiser_uses_that_rate(optimisation, data, settings):
    optimisation.step(data.noised(0, settings.noise), 0.5)
    assert optimisation.adam.param_groups[0]["lr"] == learning_rate(settings, 0, 0.5)


def test_the_state_goes_on_exactly_where_it_was_left(optimisation, data, settings, tiny_network):
    for k in range(3):
        optimisation.step(data.noised(k, settings.noise), 0.0)
    other = Optimisation(tiny_network("painn").requires_grad_(True), settings)
    other.load_tensors(optimisation.tensors())
    other.step_count = optimisation.step_count
    for k in range(3, 6):
        batch = data.noised(k, settings.noise)
        assert other.step(batch, 0.1) == optimisation.step(batch, 0.1)
    assert equal(other.tensors(), optimisation.tensors())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "either steps or hours"),
        ({"steps": 1, "hours": 1.0}, "either steps or hours"),
        ({"steps": 1, "epochs": 1}, "either steps or hours or epochs"),
        ({"epochs": 0}, "budget must be positive"),
        ({"steps": 1, "patience": 0}, "at least one validation"),
        ({"steps": 0}, "budget must be positive"),
        ({"hours": -1.0}, "budget must be positive"),
        ({"steps": 1, "batch_size": 0}, "must be positive"),
        ({"steps": 1, "learning_rate": 0.0}, "must be positive"),
        ({"steps": 1, "ema_decay": 1.0}, "between 0 and 1"),
        ({"steps": 1, "schedule": "linear"}, "unknown schedule 'linear'; use cosine or exponential"),
        ({"steps": 1, "validation_fraction": 0.0}, "between 0 and 1"),
    ],
)
def test_impossible_settings_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        TrainSettings(**values)


@pytest.mark.parametrize("preset", PRESETS)
def test_settings_come_back_from_plain_values(preset):
    settings = TrainSettings(PRESETS[preset], hours=1.5, seed=4)
    assert TrainSettings.from_dict(settings.as_dict()) == settings
