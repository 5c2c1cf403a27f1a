"""Which device is taken, what is done on it by default, and what happens when its memory runs out."""

from __future__ import annotations

import pytest
import torch

from gpff_desktop.engine import precision
from gpff_desktop.engine.batch import Batch, molecule_sum
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.precision import bfloat16_is_fast, can_compile, pick_device
from gpff_desktop.training.failures import in_words
from tests.pretend_device import pretend_cuda

OUT_OF_MEMORY = torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def test_a_device_is_taken_where_there_is_one():
    assert pick_device("auto").type == "cpu"
    with pretend_cuda():
        assert pick_device("auto").type == "cuda"
        assert pick_device("cuda:0").index == 0
        assert pick_device("cpu").type == "cpu"


@pytest.mark.parametrize(
    ("name", "words"),
    [("cuda:1", "the last one is cuda:0"), ("meta", "use auto, cpu or cuda"), ("gpu", "use auto, cpu or cuda")],
)
def test_a_device_that_is_not_there_is_refused_in_one_line(name, words, cuda):
    with pytest.raises(ValueError, match=words) as refused:
        pick_device(name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("capability", "fast"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_bfloat16_is_taken_only_where_it_is_no_emulation(capability, fast, cuda, monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: capability)
    assert bfloat16_is_fast(cuda) == fast


@pytest.mark.parametrize(
    ("missing", "capability", "works"),
    [((), (7, 0), True), ((), (6, 1), False), (("triton",), (9, 0), False), (("gcc", "clang"), (9, 0), False)],
)
def test_networks_are_compiled_only_where_all_that_needs_is_there(missing, capability, works, cuda, monkeypatch):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: capability)
    monkeypatch.setattr(precision.shutil, "which", lambda name: None if name in missing else f"/usr/bin/{name}")
    monkeypatch.setattr(precision.importlib.util, "find_spec", lambda name: None if name in missing else object())
    assert can_compile(cuda) == works


def short_of_memory(field, most):
    """The field, on a device that holds so many molecules; the sizes of the batches that it was asked for."""
    network, asked = field.network, []

    def forward(numbers, *rest):
        asked.append(len(numbers))
        if len(numbers) > most:
            raise OUT_OF_MEMORY
        return type(network).forward(network, numbers, *rest)

    network.forward = forward
    return asked


def test_molecules_that_do_not_fit_together_are_evaluated_in_parts(tiny_field, molecule):
    batch = Batch.from_structures([molecule(5, seed=k) for k in range(7)])
    field, expected = tiny_field(), tiny_field().forces(batch)
    asked = short_of_memory(field, 2)
    torch.testing.assert_close(field.forces(batch), expected, rtol=0, atol=1e-6)
    assert asked == [7, 3, 1, 1, 1, 3, 1, 1, 1, 1]
    asked.clear()
    field.forces(batch)
    assert asked == [1] * 7, "what has not fitted is not tried again"


def test_a_molecule_that_does_not_fit_alone_ends_in_one_line(tiny_field, molecule):
    field = tiny_field()
    short_of_memory(field, 0)
    with pytest.raises(MemoryError, match=r"too small for 5 atoms.*compute on the CPU") as refused:
        field.forces(Batch.from_structures([molecule(5)]))
    assert "\n" not in str(refused.value)
    assert "memory" in in_words(refused.value)


def test_training_that_runs_out_of_memory_says_which(tiny_field):
    assert "graphics card" in in_words(OUT_OF_MEMORY)


def test_sums_over_molecules_do_not_depend_on_the_order_in_which_a_card_adds(molecule, monkeypatch):
    """`index_add_` on CUDA does; a run amplifies the last bit, and a seed would no longer name a molecule."""
    batch = Batch.from_structures([molecule(5), molecule(3)])
    expected = molecule_sum(batch.positions, batch)
    with pretend_cuda():
        monkeypatch.setattr(torch.Tensor, "index_add_", None)
        there = Batch(*(values.to("cuda") for values in (batch.numbers, batch.positions, batch.n_atoms)))
        assert torch.equal(molecule_sum(there.positions, there).cpu(), expected)


def test_bfloat16_runs_under_the_rules_of_cuda(tiny_network, tiny_card, molecule):
    batch = Batch.from_structures([molecule(5), molecule(3)])
    exact = PseudoForceField(tiny_network(), tiny_card()).forces(batch)
    network = tiny_network()
    with pretend_cuda("cuda"):
        field = PseudoForceField(network, tiny_card(), "cuda", bfloat16=True)
        there = Batch(*(values.to("cuda") for values in (batch.numbers, batch.positions, batch.n_atoms)))
        forces = field.forces(there).cpu()
    torch.testing.assert_close(forces, exact, rtol=0, atol=0.05 * float(exact.abs().max()))
    assert not torch.equal(forces, exact)
