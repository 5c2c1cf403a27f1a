"""The commands with `--device cuda`, on the pretend device, and where there is none."""

import numpy as np
import pytest
import torch

from gpff_desktop.chemistry.formats import read_structures
from gpff_desktop.engine.field import PseudoForceField
from tests.cli.conftest import ETHANOL, SAMPLE
from tests.pretend_device import pretend_cuda

COMMANDS = {
    "generate": ("generate", "--formula", "C2H6O", "--count", 2, "--nfe", 3, "--seed", 1, "--out"),
    "relax": ("relax", ETHANOL, "--nfe", 3, "--out"),
}


@pytest.fixture(autouse=True)
def _denormals_as_before():
    yield
    torch.set_flush_denormal(False)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_structures_made_on_a_device_are_those_of_the_cpu(command, gpff, tmp_path):
    here, there = tmp_path / "here.sdf", tmp_path / "there.sdf"
    assert gpff(*command, here, "--model", "tiny", "--device", "cpu").code == 0
    with pretend_cuda():
        result = gpff(*command, there, "--model", "tiny", "--device", "cuda")
    assert result.code == 0, result.stderr
    pairs = zip(read_structures(here).structures, read_structures(there).structures, strict=True)
    for expected, found in pairs:
        np.testing.assert_array_equal(found.positions, expected.positions)


def test_a_model_is_evaluated_on_a_device(gpff, tmp_path):
    options = (SAMPLE, "--model", "tiny", "--count", 3, "--samplers", "direct,heun", "--nfe", 3, "--json")
    expected = gpff("evaluate", *options, "--out", tmp_path / "here", "--device", "cpu").document
    with pretend_cuda():
        result = gpff("evaluate", *options, "--out", tmp_path / "there", "--device", "cuda")
    assert result.code == 0, result.stderr
    sigmas = [[row["sigma"] for row in document["rows"]] for document in (result.document, expected)]
    assert sigmas[0] == sigmas[1]


def test_a_run_trains_on_a_device(gpff, tmp_path):
    plain = ("--no-compile", "--float32", "--device", "cuda", "--samples-every", 0)
    options = (SAMPLE, "--out", tmp_path / "run", *plain, "--preset", "small", "--batch-size", 4)
    with pretend_cuda():
        result = gpff("train", *options, "--steps", 2)
    assert result.code == 0, result.stderr
    assert PseudoForceField.load(tmp_path / "run" / "model", "cpu").card.elements == (1, 6, 7, 8)


def test_without_a_device_a_command_that_wants_one_is_refused(gpff, tmp_path):
    gpff("relax", ETHANOL, "--model", "tiny", "--device", "cuda", "--out", tmp_path / "x.sdf").assert_refused(
        "no CUDA device", "--device cpu"
    )
