"""Whether the network is compiled before a run: only where that pays."""

import pytest
import torch

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.network import NetworkSettings
from gpff_desktop.training import speed
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.speed import decided
from gpff_desktop.training.team import Team
from gpff_desktop.training.trainer import Hardware

CPU = torch.device("cpu")


@pytest.fixture
def measured(monkeypatch, molecule):
    """`measured(speed)(budget…)`: whether a run over 40 molecules is compiled on a machine of this speed."""

    def machine(molecules_per_s, *, able=True):
        monkeypatch.setattr(speed, "can_compile", lambda _: able)
        monkeypatch.setattr(speed, "measure_speed", lambda *_: molecules_per_s)
        return compiled

    def compiled(team=None, asked=None, **budget):
        training = PackedDataset.from_structures([molecule(4, seed) for seed in range(40)])
        settings = TrainSettings(NetworkSettings(features=8), batch_size=4, **budget)
        return decided(Hardware(CPU, False, asked), settings, training, team or Team()).compiled

    return machine


def test_a_network_is_compiled_for_a_budget_that_takes_an_hour_or_more_here(measured):
    assert measured(10.0)(hours=1.0)
    assert not measured(10.0)(hours=0.9)
    assert measured(10.0)(epochs=900)  # 36,000 molecules
    assert not measured(11.0)(epochs=900)
    assert measured(1.0)(steps=900)
    assert not measured(1.1)(steps=900)


def test_what_is_asked_for_is_done_and_what_cannot_be_done_is_not(measured):
    assert measured(1e9)(hours=0.1, asked=True)
    assert not measured(1.0)(hours=9.0, asked=False)
    assert not measured(1.0, able=False)(hours=9.0)


def test_the_speed_is_not_measured_for_a_few_steps(measured, monkeypatch):
    compiled = measured(1.0)
    monkeypatch.setattr(speed, "measure_speed", lambda *_: pytest.fail("measured"))
    assert not compiled(epochs=20)
    assert not compiled(steps=299)
    assert compiled(hours=1.0)


def test_processes_that_train_together_decide_alike(measured):
    class Slow(Team):
        """One of two processes; the other one takes three times as long."""

        size = 2

        def mean(self, values):
            return [2 * value for value in values]

    assert not measured(30.0)(epochs=900)
    assert measured(10.0)(Slow(), epochs=900)
    assert not measured(20.0)(Slow(), epochs=900)
