"""The pretend CUDA device, and what is to be put on it. Networks are made before: a device draws other numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gpff_desktop.engine.field import PseudoForceField
from tests.pretend_device import pretend_cuda


@pytest.fixture
def same(tiny_network, tiny_card):
    """What a run gives on the device, after a check that it gives the same arrays as on the CPU.

    `same(run, representation="painn", **options)`: `run(field)` yields arrays, options are those of the field.
    """

    def compare(run, representation="painn", backend="meta", **options):
        here = PseudoForceField(tiny_network(representation), tiny_card(representation), "cpu", **options)
        there = PseudoForceField(tiny_network(representation), tiny_card(representation), "cpu", **options)
        expected = [np.asarray(array) for array in run(here)]
        with pretend_cuda(backend):
            there = PseudoForceField(there.network, there.card, "cuda", **options)
            found = [np.asarray(array) for array in run(there)]
        assert len(found) == len(expected) > 0
        for number, pair in enumerate(zip(found, expected, strict=True)):
            np.testing.assert_array_equal(*pair, err_msg=f"array {number}")
        return found

    return compare


@pytest.fixture
def cuda():
    """The device, where there may be gradients."""
    with pretend_cuda() as device:
        yield device


@pytest.fixture(autouse=True)
def _denormals_as_before():
    yield
    torch.set_flush_denormal(False)
