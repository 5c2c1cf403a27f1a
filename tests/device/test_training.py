"""Training on a CUDA device: batches, steps, the average, validation, and a run that is saved and gone on with."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.checkpoint import load_model
from gpff_desktop.training.batches import DeviceData
from gpff_desktop.training.description import Description
from gpff_desktop.training.monitor import sampled
from gpff_desktop.training.optimisation import Optimisation
from gpff_desktop.training.run import RunDirectory
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.speed import measure_speed
from gpff_desktop.training.trainer import Hardware, Trainer
from gpff_desktop.training.validation import validation_losses
from tests.pretend_device import PretendTensor, pretend_cuda

DEVICES = ("cpu", "cuda")


@pytest.fixture(scope="module")
def dataset(molecule):
    return PackedDataset.from_structures([molecule(n, seed) for n in (4, 5, 6) for seed in range(4)])


@pytest.fixture
def settings(tiny_card):
    return TrainSettings(tiny_card().network, steps=6, batch_size=4, warmup=2, ema_decay=0.9, seed=5, kept_share=0.5)


@pytest.fixture
def trainer(tmp_path, settings, dataset):
    """Make a trainer on a device, or go on with an earlier one: `trainer(name, device)`."""

    def make(name, device, initial=None, **hardware):
        path = tmp_path / name
        run = RunDirectory(path) if path.exists() else RunDirectory.create(path, settings, {"name": "sample"})
        plain = {"bfloat16": False, "compiled": False, **hardware}
        description = Description("mine", {"name": "sample"})
        return Trainer(run, settings, description, dataset, dataset, Hardware(torch.device(device), **plain), initial)

    return make


def arrays(tensors):
    return {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=0, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("kept_share", [0.0, 1.0])
def test_batches_are_drawn_noised_and_aligned_on_the_device(kept_share, dataset, settings, cuda):
    drawn = []
    for device in DEVICES:
        data = DeviceData(dataset, 4, 1, torch.device(device))
        drawn.append([data.noised(step, settings.noise, 10.0, kept_share) for step in range(4)])
    for here, there in zip(*drawn, strict=True):
        for name in ("numbers", "positions", "forces", "sigma", "kept"):
            expected, found = getattr(here, name), getattr(there, name)
            assert (found is None) == (expected is None) == (name == "kept" and not kept_share)
            if found is not None:
                assert isinstance(found, PretendTensor)
                assert torch.equal(found.cpu(), expected), name


@pytest.mark.parametrize("representation", ["painn", "so3net"])
def test_steps_and_the_average_of_the_weights(representation, dataset, settings, tiny_network):
    networks = [tiny_network(representation).requires_grad_(True).train() for _ in DEVICES]
    states = []
    with pretend_cuda():
        for network, device in zip(networks, DEVICES, strict=True):
            data = DeviceData(dataset, 4, 1, torch.device(device))
            optimisation = Optimisation(network.to(device), settings)
            losses = [optimisation.step(data.noised(step, settings.noise), 0.0) for step in range(3)]
            validation = validation_losses(optimisation.average, data, settings)
            states.append({**arrays(optimisation.tensors()), **validation, **dict(enumerate(losses))})
    assert_same(states[1], states[0])


def test_a_run_that_was_stopped_goes_on_there_and_ends_with_the_model_of_the_cpu(trainer, cuda):
    list(trainer("here", "cpu").steps())
    broken = trainer("there", "cuda")
    reports = broken.steps()
    broken.stop()
    list(reports)
    assert broken.optimisation.step_count == 1
    resumed = trainer("there", "cuda")
    assert resumed.optimisation.step_count == 1
    *_, last = resumed.steps()
    assert last.progress == 1.0
    assert last.validation["mean"] > 0
    states = [arrays(trainer(name, "cpu").optimisation.tensors()) for name in ("here", "there")]
    assert_same(states[1], states[0])
    network, _ = load_model(resumed.run.model_folder)
    assert_same(arrays(network.state_dict()), arrays(trainer("here", "cpu").optimisation.average.state_dict()))


def test_a_run_begins_with_the_weights_of_another(trainer, cuda):
    list(trainer("first", "cuda").steps())
    model = trainer("first", "cpu").run.model_folder
    begun = trainer("second", "cuda", initial=model)
    assert_same(arrays(begun.optimisation.network.state_dict()), arrays(load_model(model)[0].state_dict()))
    list(begun.steps())


def test_samples_are_drawn_there_while_it_trains(dataset, same):
    def run(field):
        result = sampled(field, dataset.subset(np.arange(2)))
        yield result.figures["sigma"]
        yield from (structure.positions for structure in result.structures)

    same(run)


def test_its_speed_is_measured_there(dataset, settings, cuda, monkeypatch):
    monkeypatch.setattr("gpff_desktop.training.speed._SECONDS", 0.0)
    assert measure_speed(settings, dataset, Hardware(cuda, bfloat16=False, compiled=False)) > 0
