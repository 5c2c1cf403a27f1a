"""The command line in this process, and a tiny model with random weights to run it with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from gpff_desktop import cli
from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.engine.checkpoint import ModelCard, save_model
from gpff_desktop.engine.network import ForceNetwork, NetworkSettings
from gpff_desktop.resources_path import resources
from gpff_desktop.structure import Structure

SAMPLE = resources() / "datasets" / "qm9_sample.npz"
EXAMPLES = resources() / "examples"
ETHANOL = EXAMPLES / "ethanol.sdf"
LACTAM = EXAMPLES / "lactam_scaffold.sdf"


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        return json.loads(self.stdout)

    def assert_refused(self, *words: str) -> None:
        """One line on stderr that holds the words, nothing on stdout, exit code 2."""
        assert self.code == 2, self.stderr
        assert self.stdout == ""
        assert len(self.stderr.strip().splitlines()) == 1, self.stderr
        for word in words:
            assert word in self.stderr


Gpff = Callable[..., Outcome]


def save_random_model(folder: Path, seed: int) -> Path:
    torch.manual_seed(seed)
    network = ForceNetwork(NetworkSettings(features=16, interactions=2, radial=16))
    save_model(folder, network, ModelCard("tiny", network.settings, (1, 6, 7, 8), 29))
    return folder


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_random_model(folder / "tiny", 1)
    return folder


@pytest.fixture
def gpff(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, models_folder: Path) -> Gpff:
    """Runs `gpff` with the model `tiny` installed."""
    monkeypatch.setenv("GPFF_MODELS", str(models_folder))

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = cli.main([str(argument) for argument in arguments])
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture
def generate(gpff: Gpff) -> Gpff:
    """Runs `gpff generate` with the tiny model and few evaluations."""
    return lambda *arguments: gpff("generate", "--model", "tiny", "--nfe", 3, *arguments)


@pytest.fixture
def two_waters(tmp_path: Path) -> Path:
    water = Structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]], title="water")
    write_structures(tmp_path / "waters.xyz", [water, water.with_positions(1.1 * water.positions)])
    return tmp_path / "waters.xyz"
