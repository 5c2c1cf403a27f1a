"""Training batches: noise and labels, drawn from the seed and the number of the step alone."""

import numpy as np
import pytest
import torch

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.noise import NoiseLevels
from gpff_desktop.training.batches import DeviceData, add_noise, aligned, kept_parts
from gpff_desktop.training.optimisation import pseudo_force_loss

CPU = torch.device("cpu")
COUNTS = {3: 7, 4: 10, 5: 2, 6: 4}
"""Molecules of each size: fewer than a batch, as many, and more that leave a rest."""


@pytest.fixture(scope="module")
def dataset(molecule):
    return PackedDataset.from_structures(molecule(n, seed) for n, count in COUNTS.items() for seed in range(count))


@pytest.fixture
def data(dataset):
    return DeviceData(dataset, batch_size=4, seed=3, device=CPU)


def same(one, other):
    return all(torch.equal(getattr(one, k), getattr(other, k)) for k in ("numbers", "positions", "forces", "sigma"))


def test_the_label_points_home_exactly(data, dataset):
    by_size = {n: data.gather(n, index) for n, index in dataset.by_size().items()}
    for step in range(data.batches_per_epoch):
        batch = data.noised(step, NoiseLevels())
        numbers, homes = by_size[batch.numbers.shape[1]]
        for z, reached in zip(batch.numbers, batch.positions + batch.forces / 2, strict=True):
            distance = (homes - reached).abs().amax((1, 2))
            nearest = int(distance.argmin())
            assert distance[nearest] < 1e-5 * max(1.0, float(batch.sigma.max()))
            assert torch.equal(numbers[nearest], z)


def test_noised_molecules_are_centred_and_noised_by_their_level():
    n = 400
    home = torch.randn(3, n, 3, generator=torch.Generator().manual_seed(1))
    home = home - home.mean(1, keepdim=True)
    sigma = torch.tensor([0.05, 1.0, 30.0])
    batch = add_noise(torch.ones(3, n, dtype=torch.int64), home, sigma, torch.Generator().manual_seed(0))
    width = ((batch.positions - home).square().sum((1, 2)) / (3 * (n - 1))).sqrt()
    torch.testing.assert_close(width / sigma, torch.ones(3), atol=0.06, rtol=0)
    torch.testing.assert_close(batch.forces, 2 * (home - batch.positions), atol=1e-5, rtol=0)
    assert (batch.positions.mean(1).abs() / sigma[:, None]).max() < 1e-5
    assert torch.equal(batch.sigma, sigma)


def test_a_batch_depends_on_its_seed_and_number_alone(dataset, data):
    steps = [5, 40, 0, 17]
    again = DeviceData(dataset, 4, 3, CPU)
    forwards = {k: data.noised(k, NoiseLevels()) for k in sorted(steps)}
    torch.manual_seed(99)
    np.random.seed(99)  # noqa: NPY002
    for k in steps:
        assert same(again.noised(k, NoiseLevels()), forwards[k])
    other = DeviceData(dataset, 4, 4, CPU)
    assert not any(same(other.noised(k, NoiseLevels()), forwards[k]) for k in steps)
    assert not same(forwards[0], forwards[5])


def test_the_same_molecules_get_fresh_noise_in_the_next_epoch(molecule):
    data = DeviceData(PackedDataset.from_structures([molecule(4)]), 4, 0, CPU)
    assert data.batches_per_epoch == 1
    first, second = data.noised(0, NoiseLevels()), data.noised(1, NoiseLevels())
    assert not torch.equal(first.positions, second.positions)
    assert not torch.equal(first.sigma, second.sigma)


@pytest.mark.parametrize("epoch", [0, 1, 7])
def test_each_epoch_visits_every_molecule(data, dataset, epoch):
    order = data._order(epoch)
    assert len(order) == data.batches_per_epoch
    seen = np.concatenate([molecules for _, molecules in order])
    assert set(seen.tolist()) == set(range(len(dataset)))
    assert len(seen) - len(dataset) < 4 * len(COUNTS)
    for size, molecules in order:
        assert len(molecules) == min(4, COUNTS[size])
        assert (dataset.n_atoms[molecules] == size).all()


def test_epochs_are_shuffled(data):
    orders = [[(size, molecules.tolist()) for size, molecules in data._order(epoch)] for epoch in (0, 1)]
    assert orders[0] != orders[1]


def test_validation_sees_each_molecule_once(data, dataset):
    seen = np.concatenate([molecules for _, molecules in data.in_order()])
    assert sorted(seen.tolist()) == list(range(len(dataset)))


def test_single_atoms_are_left_out_and_nothing_else_is_refused(molecule):
    with_atom = DeviceData(PackedDataset.from_structures([molecule(1), molecule(3)]), 4, 0, CPU)
    assert list(with_atom.sizes) == [3]
    with pytest.raises(ValueError, match="no molecule of two atoms or more"):
        DeviceData(PackedDataset.from_structures([molecule(1)]), 4, 0, CPU)


def test_the_loss_is_the_weighted_mean_square_of_the_error():
    home = torch.zeros(2, 3, 3)
    batch = add_noise(torch.ones(2, 3, dtype=torch.int64), home, torch.tensor([0.5, 0.01]), torch.Generator())
    error = torch.full_like(home, 0.3)
    losses = pseudo_force_loss(batch.forces + error, batch, ceiling=100.0)
    torch.testing.assert_close(losses, torch.tensor([0.09 / 0.25, 0.09 * 100]))
    torch.testing.assert_close(pseudo_force_loss(batch.forces, batch, 100.0), torch.zeros(2))


def many_molecules(n_atoms=9, count=200):
    generator = torch.Generator().manual_seed(4)
    numbers = torch.tensor([6, 8, 7, 6, 1, 1, 1, 1, 1])[:n_atoms].expand(count, -1)
    home = 1.5 * torch.randn(count, n_atoms, 3, generator=generator)
    return numbers, home - home.mean(1, keepdim=True)


def test_parts_left_in_place_are_compact_and_leave_two_atoms_or_more():
    numbers, home = many_molecules()
    kept = kept_parts(numbers, home, 0.5, torch.Generator().manual_seed(0))
    assert (~kept).sum(1).min() >= 2
    assert 0.3 < kept.any(1).float().mean() < 0.6
    assert not kept_parts(numbers[:, :2], home[:, :2], 1.0, torch.Generator().manual_seed(0)).any()
    with_hydrogens = kept[(kept & (numbers == 1)).any(1)]
    distance = torch.cdist(home, home)[(kept & (numbers == 1)).any(1)]
    for part, apart in zip(with_hydrogens, distance, strict=True):  # a ball around one of its atoms
        assert any(apart[k][part].max() < apart[k][~part].min() for k in torch.nonzero(part).flatten())


def test_what_is_kept_is_in_place_beside_the_home_that_the_label_points_to():
    numbers, home = many_molecules()
    generator = torch.Generator().manual_seed(0)
    kept = kept_parts(numbers, home, 1.0, generator)
    sigma = torch.linspace(0.1, 2.9, len(home))
    batch = aligned(add_noise(numbers, home, sigma, generator, kept), 3.0)
    way = batch.forces / 2
    assert way.mean(1).abs().max() < 1e-5
    for row, part in zip(way, kept, strict=True):
        if part.any():
            assert (row[part] - row[part][:1]).abs().max() < 1e-5
    reached = batch.positions + way
    nearest = torch.cdist(reached, home) + 1e3 * (numbers[:, :, None] != numbers[:, None])
    assert nearest.min(2).values.max() < 1e-4  # home again, but for atoms of one element
    assert torch.equal(nearest.argmin(2).sort(1).values, torch.arange(9).expand(len(home), -1))


def test_exchanges_shorten_the_way_of_what_is_noised_in_the_frame_of_what_is_kept():
    numbers, home = many_molecules()
    generator = torch.Generator().manual_seed(0)
    kept = kept_parts(numbers, home, 1.0, generator)
    plain = add_noise(numbers, home, torch.full((len(home),), 2.0), generator, kept)
    exchanged = aligned(plain, 3.0)
    some = kept.any(1)

    def length(batch):
        count = kept.sum(1, keepdim=True).clamp_min(1)[..., None]
        frame = (batch.forces * kept[..., None]).sum(1, keepdim=True) / count
        return (batch.forces - frame).square().sum((1, 2))[some]

    assert (length(exchanged) <= length(plain) + 1e-3).all()
    assert length(exchanged).mean() < 0.95 * length(plain).mean()
