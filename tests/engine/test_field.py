"""The field: molecules of any size, anywhere in space, and what is read off its forces."""

import numpy as np
import pytest
import torch

from gpff_desktop.engine.batch import Batch, centred
from gpff_desktop.engine.field import DomainError, home, noise_level, pseudo_energy, score
from gpff_desktop.structure import Structure

SIZES = (2, 5, 3, 5, 8, 2)


@pytest.fixture(params=["painn", "so3net"])
def field(request, tiny_field):
    return tiny_field(request.param)


@pytest.fixture
def mixed(molecule):
    return [molecule(n, seed=k) for k, n in enumerate(SIZES)]


def test_a_batch_of_different_sizes_equals_its_members(field, mixed):
    together = field.forces(Batch.from_structures(mixed))
    apart = torch.cat([field.forces(Batch.from_structures([s])) for s in mixed])
    torch.testing.assert_close(together, apart, atol=1e-5, rtol=0)


def test_groups_are_split_when_they_hold_too_many_pairs(mixed):
    batch = Batch.from_structures(mixed)
    for limit in (1, 30, 10_000):
        groups = list(batch.same_size_groups(limit))
        assert sorted(torch.cat([g.flatten() for g in groups]).tolist()) == list(range(sum(SIZES)))
        assert all(len(g) == 1 or g.shape[0] * g.shape[1] ** 2 <= limit for g in groups)


@pytest.mark.parametrize("shift", [3.0, 1e6])
def test_forces_do_not_depend_on_where_a_molecule_is(field, mixed, shift):
    batch = Batch.from_structures(mixed)
    away = batch.with_positions(batch.positions + shift * torch.tensor([1.0, -1.0, 0.5], dtype=torch.float64))
    torch.testing.assert_close(field.forces(away), field.forces(batch), atol=1e-5, rtol=0)


def test_forces_are_of_the_type_of_the_positions_and_have_no_net_force(field, mixed):
    batch = Batch.from_structures(mixed)
    forces = field.forces(batch)
    assert forces.dtype == batch.positions.dtype == torch.float64
    assert forces.shape == batch.positions.shape
    for part in batch.split(forces):
        assert np.abs(part.sum(0)).max() < 1e-5


def test_a_batch_gives_back_what_was_packed(mixed):
    batch = Batch.from_structures(mixed)
    assert len(batch) == len(mixed)
    for structure, numbers, positions in zip(
        mixed, batch.split(batch.numbers), batch.split(batch.positions), strict=True
    ):
        np.testing.assert_array_equal(numbers, structure.numbers)
        np.testing.assert_array_equal(positions, structure.positions)


def test_nothing_to_pack_is_refused():
    with pytest.raises(ValueError, match="no structures"):
        Batch.from_structures([])


# What is read off the forces


@pytest.fixture
def noised(home_field):
    """The exact field of two large molecules (of 300 and 200 atoms), both noised with σ = 0.7 and 3 Å."""
    rng = np.random.default_rng(0)
    homes = [Structure(rng.choice([1, 6], size=n), rng.normal(size=(n, 3)) * 5).centred() for n in (300, 200)]
    batch = Batch.from_structures(homes)
    sigma = torch.tensor([0.7, 3.0], dtype=torch.float64)
    epsilon = centred(torch.randn(500, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64), batch)
    return home_field(homes), batch.with_positions(batch.positions + sigma[batch.molecule, None] * epsilon), sigma


def test_home_is_exact_for_the_pseudo_potential(noised):
    field, batch, _ = noised
    torch.testing.assert_close(home(batch.positions, field.forces(batch)), field.home(batch))


def test_score_is_the_gradient_of_the_kernels_log_density(noised):
    field, batch, _ = noised
    sigma = 0.7
    positions = batch.positions.clone().requires_grad_(True)
    (-(positions - field.home(batch)).square().sum() / (2 * sigma**2)).backward()
    torch.testing.assert_close(score(field.forces(batch), sigma), positions.grad)


def test_the_noise_level_is_read_off_the_forces(noised):
    field, batch, sigma = noised
    estimate = noise_level(field.forces(batch), batch)
    # relative standard error: 1/sqrt(2 · 3 (n - 1)), 2.4 and 2.9 %
    assert ((estimate / sigma - 1).abs() < 0.06).all()


def test_the_noise_level_with_locks_counts_the_free_atoms_alone(noised):
    field, batch, sigma = noised
    free = torch.arange(500) % 2 == 0
    positions = torch.where(free[:, None], batch.positions, field.home(batch))
    estimate = noise_level(field.forces(batch.with_positions(positions)), batch, free)
    assert ((estimate / sigma - 1).abs() < 0.09).all()


def test_the_noise_level_uses_all_and_only_the_independent_coordinates():
    batch = Batch.from_structures([Structure([1, 1], np.zeros((2, 3)))])
    forces = torch.tensor([[3.0, 0, 0], [-3.0, 0, 0]], dtype=torch.float64)
    assert noise_level(forces, batch).item() == pytest.approx(np.sqrt(18) / (2 * np.sqrt(3)))
    only_first = noise_level(forces, batch, torch.tensor([True, False])).item()
    assert only_first == pytest.approx(3 / (2 * np.sqrt(3)))


def test_the_pseudo_energy_is_the_squared_distance_from_home(noised):
    field, batch, _ = noised
    apart = batch.split((batch.positions - field.home(batch)).square())
    expected = torch.tensor([float(part.sum()) for part in apart], dtype=torch.float64)
    torch.testing.assert_close(pseudo_energy(field.forces(batch), batch), expected)


# The model's domain


def test_an_unknown_element_is_refused_by_name(field):
    with pytest.raises(
        DomainError, match=r"'tiny' does not know Br, S; it knows C, H, N, O: change .* or choose another model"
    ):
        field.check([Structure([6, 16, 35], np.eye(3))])


def test_too_many_atoms_are_refused_by_name(tiny_field):
    field = tiny_field(max_atoms=3)
    field.check([Structure([6] * 6, np.zeros((6, 3)))])
    with pytest.raises(
        DomainError, match=r"C7 has 7 atoms; model 'tiny' was trained on up to 3 .* up to 6: take a part"
    ):
        field.check([Structure([6] * 7, np.zeros((7, 3)))])


@pytest.mark.parametrize("numbers", [[], [6]])
def test_a_run_needs_two_atoms(field, numbers):
    with pytest.raises(DomainError, match="at least 2 atoms; add some"):
        field.check([Structure(numbers, np.zeros((len(numbers), 3)))])
