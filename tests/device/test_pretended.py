"""The pretend device keeps CUDA's rules and computes what the CPU computes; otherwise nothing else here means much."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from tests.pretend_device import PretendTensor, pretend_cuda

MIXES = {
    "sum": lambda here, there: here + there,
    "product of matrices": lambda here, there: here @ there,
    "joining": lambda here, there: torch.cat([here, there]),
    "choice": lambda here, there: torch.where(there > 0, here, there),
    "sum in place": lambda here, there: here.add_(there),
    "sum over an index": lambda here, there: there.index_add_(0, torch.tensor([0, 1, 1]), there),
    "reading by an index of the device": lambda here, there: here[torch.tensor([0], device="cuda")],
    "writing by an index": lambda here, there: there.__setitem__(torch.tensor([0, 1]), here[:2]),
    "scattering": lambda here, there: there.scatter_(0, torch.zeros(1, 3, dtype=torch.int64), 1.0),
}
ARRAYS = {"numpy()": lambda there: there.numpy(), "asarray": np.asarray, "array": lambda there: np.array(there)}
OPERATIONS = {
    "reading by an index of the CPU": lambda x: x[torch.tensor([2, 0])],
    "reading by a list": lambda x: x[:, [0, 2]],
    "a mask": lambda x: x[x > 0],
    "a number of the CPU": lambda x: x * torch.tensor(2.0),
    "factories": lambda x: x.new_tensor([1.0, 2.0, 3.0]) + x.new_zeros(3) + torch.eye(3, device=x.device),
    "distinct values": lambda x: torch.unique(x > 0, dim=0, return_inverse=True)[1],
    "decompositions": lambda x: torch.linalg.svd(x.double())[1] + torch.linalg.eigvalsh(x.double() @ x.double().mT),
    "rank": lambda x: torch.linalg.matrix_rank(x, rtol=1e-3),
    "repeats": lambda x: torch.repeat_interleave(x, torch.tensor([1, 0, 2], device=x.device), 0),
    "in place": lambda x: x.clone().index_add_(0, torch.tensor([0, 0, 1], device=x.device), x),
    "writing": lambda x: _written(x.clone()),
    "a view written to": lambda x: _view_written(x.clone()),
    "to the type of another": lambda x: torch.ones(3, dtype=torch.int64).to(x),
}


def _written(x):
    x[torch.tensor([0, 2]), [1, 1]] = 5.0
    x[:1] = torch.full((1, 3), 7.0)  # copied from the CPU, as CUDA does
    return x


def _view_written(x):
    x[1:][:, 0].zero_()
    return x


@pytest.fixture
def pair(cuda):
    """The same numbers on the CPU and on the device."""
    here = torch.randn(3, 3, generator=torch.Generator().manual_seed(0))
    return here, here.to(cuda)


@pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
def test_an_operation_that_mixes_devices_is_refused(mix, pair):
    with pytest.raises(RuntimeError, match="same device"):
        mix(*pair)


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_an_array_of_a_device_tensor_is_refused(array, pair):
    with pytest.raises(TypeError, match=r"Tensor\.cpu\(\)"):
        array(pair[1])
    np.testing.assert_array_equal(pair[1].cpu().numpy(), pair[0].numpy())


@pytest.mark.parametrize(("of", "where"), [("cpu", "cuda"), ("cuda", "cpu")])
def test_a_generator_of_the_other_device_is_refused(of, where, cuda):
    with pytest.raises(RuntimeError, match=f"Expected a '{where}' device type for generator but found '{of}'"):
        torch.rand(2, generator=torch.Generator(of), device=where)
    with pytest.raises(RuntimeError, match="for generator"):
        torch.zeros(2, device=where).normal_(generator=torch.Generator(of))
    assert torch.rand(2, generator=torch.Generator(where), device=where).device.type == where


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_what_is_allowed_stays_on_the_device_and_gives_the_numbers_of_the_cpu(operation, pair):
    expected, result = map(operation, pair)
    assert isinstance(result, PretendTensor)
    assert str(result.device) == "cuda:0"
    assert result.dtype == expected.dtype
    assert torch.equal(result.cpu(), expected)
    assert result.tolist() == expected.tolist()


def test_control_flow_sees_the_numbers(pair):
    here, there = pair
    assert float(there[0, 0]) == float(here[0, 0])
    assert bool((there == there).all())
    assert [float(row.sum()) for row in there] == [float(row.sum()) for row in here]


def test_a_network_learns_there_as_it_does_on_the_cpu(pair):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.SiLU(), nn.Linear(4, 1))
    ends = []
    for inputs in pair:
        learner = copy.deepcopy(network).to(inputs.device)
        adam = torch.optim.Adam(learner.parameters(), lr=0.1, fused=True)
        for _ in range(3):
            adam.zero_grad()
            learner(inputs).square().mean().backward()
            nn.utils.clip_grad_norm_(learner.parameters(), 0.5)
            adam.step()
        ends.append(learner)
    here, there = (dict(end.named_parameters()) for end in ends)
    assert all(str(parameter.device) == "cuda:0" for parameter in there.values())
    for name, parameter in here.items():
        assert torch.equal(there[name].detach().cpu(), parameter), name
        assert not torch.equal(parameter, network.get_parameter(name)), name


def test_mixed_precision_is_that_of_cuda():
    """Which differs from the CPU's: exponentials, for one, are taken in float32."""
    with pretend_cuda("cuda"), torch.autocast("cuda", torch.bfloat16):
        x = torch.ones(2, 2, device="cuda")
        assert (x @ x).dtype == torch.bfloat16
        assert (x @ x).exp().dtype == torch.float32


def test_without_it_there_is_no_device():
    assert not torch.cuda.is_available()
    with pytest.raises((AssertionError, RuntimeError)):
        torch.zeros(1, device="cuda")
