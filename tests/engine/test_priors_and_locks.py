"""Where a run starts, and what it must respect."""

import numpy as np
import pytest
import torch

from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.priors import Noise, candidate_seeds, from_structures, gaussian
from gpff_desktop.structure import Structure

MANY = np.full(400, 6)


@pytest.mark.parametrize("width", [0.5, 3.0])
def test_a_cloud_is_normal_of_the_width_asked_for_and_centred(width):
    batch = gaussian([MANY, MANY[:300]], width, Noise([0, 1]))
    assert batch.n_atoms.tolist() == [400, 300]
    for part in batch.split(batch.positions):
        assert np.abs(part.mean(0)).max() < 1e-12
        np.testing.assert_allclose(part.std(0), width, rtol=0.12)


def test_a_cloud_in_a_batch_is_that_of_its_own_seed():
    together = gaussian([MANY[:3], MANY[:5]], 1.0, Noise([7, 8]))
    for k, (size, seed) in enumerate([(3, 7), (5, 8)]):
        alone = gaussian([MANY[:size]], 1.0, Noise([seed]))
        np.testing.assert_array_equal(together.split(together.positions)[k], alone.positions)


def test_candidates_have_seeds_of_their_own_that_do_not_depend_on_their_number():
    assert candidate_seeds(5, 3) == candidate_seeds(5, 10)[:3]
    seeds = [seed for run in range(20) for seed in candidate_seeds(run, 1000)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in candidate_seeds(2**62, 3))


def test_structures_start_where_they_are():
    structure = Structure(MANY, np.random.default_rng(0).normal(size=(400, 3)) + 50)
    exact = from_structures([structure], 0.0, Noise([0]))
    np.testing.assert_array_equal(exact.positions, structure.positions)
    noised = from_structures([structure], 0.3, Noise([0])).positions.numpy() - structure.positions
    np.testing.assert_allclose(noised.std(0), 0.3, rtol=0.12)
    assert np.abs(noised.mean(0)).max() < 1e-12


@pytest.mark.parametrize("width", [0.0, -1.0, float("nan")])
def test_a_width_that_is_not_positive_is_refused(width):
    with pytest.raises(ValueError, match="width must be positive"):
        gaussian([MANY], width, Noise([0]))


def test_negative_noise_on_the_start_is_refused():
    with pytest.raises(ValueError, match="must not be negative"):
        from_structures([Structure([6], np.zeros((1, 3)))], -0.1, Noise([0]))


# Locks


@pytest.fixture
def batch(molecule):
    return Batch.from_structures([molecule(4), molecule(3)])


@pytest.mark.parametrize(
    ("atoms", "message"),
    [
        ([[4], []], r"cannot lock atom 5: there are 4 atoms"),
        ([[], [1, 3]], r"cannot lock atom 4: there are 3 atoms"),
        ([[-1, 2], []], r"cannot lock atom 0: there are 4 atoms"),
        ([[], [0, 1, 2]], r"all atoms are locked; unlock those that may move"),
        ([[0]], r"there are 2 molecules but locks for 1"),
    ],
)
def test_locks_that_cannot_be_are_refused(batch, atoms, message):
    with pytest.raises(ValueError, match=message):
        Locks.of_atoms(batch, atoms)


def test_locks_put_atoms_back_exactly_and_leave_the_others(batch):
    locks = Locks.of_atoms(batch, [[0, 0, 2], []])
    assert locks.locked.tolist() == [True, False, True, False, False, False, False]
    elsewhere = batch.positions + 1 / 3
    put_back = locks.apply(elsewhere)
    assert torch.equal(put_back[locks.locked], batch.positions[locks.locked])
    assert torch.equal(put_back[locks.free], elsewhere[locks.free])


def test_a_displacement_moves_no_locked_atom_and_no_unlocked_molecules_centre(batch):
    locks = Locks.of_atoms(batch, [[0], []])
    displacement = torch.arange(21, dtype=torch.float64).view(7, 3)
    settled = locks.settle(displacement, batch)
    assert torch.equal(settled[0], torch.zeros(3, dtype=torch.float64))
    assert torch.equal(settled[1:4], displacement[1:4])
    assert settled[4:].sum(0).abs().max() < 1e-12
    torch.testing.assert_close(settled[5] - settled[4], displacement[5] - displacement[4])


def rotation(seed):
    q, r = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))
    q = q * r.diagonal().sign()
    return q * torch.linalg.det(q)


def test_forces_lead_to_the_home_that_lies_over_the_locked_atoms(molecule):
    batch = Batch.from_structures([molecule(7), molecule(3), molecule(7, seed=1)])
    locks = Locks.of_atoms(batch, [[0, 3, 5, 6], [], [2]])
    free = torch.randn(17, 3, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    home = torch.where(locks.locked[:, None], batch.positions, batch.positions + free)
    moved = home.clone()
    moved[:7] = home[:7] @ rotation(5) + torch.tensor([3.0, -1.0, 2.0])
    moved[10:] = home[10:] + 4.0
    forces = locks.in_frame(2 * (moved - batch.positions), batch)
    assert torch.equal(forces[locks.locked], torch.zeros(5, 3, dtype=torch.float64))
    reached = batch.positions + forces / 2
    torch.testing.assert_close(reached[:7], home[:7], atol=5e-3, rtol=0)
    torch.testing.assert_close(reached[10:], home[10:], atol=1e-9, rtol=0)  # one atom says nothing of a turn
    torch.testing.assert_close(reached[7:10], home[7:10] - (home - batch.positions)[7:10].mean(0))


def test_two_locked_atoms_leave_no_turn_about_their_axis_to_chance(molecule):
    batch = Batch.from_structures([molecule(6)])
    locks = Locks.of_atoms(batch, [[1, 4]])
    home = batch.positions + 0.5 * torch.eye(6, 3, dtype=torch.float64) * locks.free[:, None]
    reached = batch.positions + locks.in_frame(2 * (home - batch.positions), batch) / 2
    torch.testing.assert_close(reached, home, atol=1e-3, rtol=0)
    none = Locks.none(batch).in_frame(home, batch)
    torch.testing.assert_close(none, home - home.mean(0))
