"""What every representation promises: symmetries, finite answers, and agreement with SchNetPack."""

import numpy as np
import pytest
import torch

import gpff_desktop.engine.compat  # noqa: F401  (before schnetpack)
from gpff_desktop.engine.network import (
    AsinhGaussians,
    DensePaiNN,
    DenseSO3net,
    NetworkSettings,
    NoCutoff,
)

import schnetpack.representation  # isort: skip
from schnetpack import properties  # isort: skip

REPRESENTATIONS = ("painn", "so3net")


@pytest.fixture(params=REPRESENTATIONS)
def network(request, tiny_network):
    return tiny_network(request.param)


def cloud(n_molecules, n_atoms, seed=0, width=1.5):
    generator = torch.Generator().manual_seed(seed)
    numbers = torch.tensor([1, 6, 7, 8])[torch.randint(4, (n_molecules, n_atoms), generator=generator)]
    return numbers, width * torch.randn(n_molecules, n_atoms, 3, generator=generator)


def rotation(seed=0):
    q, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))
    return (q * torch.linalg.det(q)).float()


def assert_close(one, other, tolerance=1e-5):
    """Equal, relative to the largest value."""
    scale = max(1.0, float(other.detach().abs().max()))
    torch.testing.assert_close(one / scale, other / scale, atol=tolerance, rtol=0)


def test_forces_rotate_with_the_molecule(network):
    numbers, positions = cloud(3, 6)
    q = rotation()
    forces = network(numbers, positions)
    assert forces.abs().max() > 1e-2
    assert_close(network(numbers, positions @ q.T), forces @ q.T)


def test_forces_of_a_mirror_image_are_the_mirror_images(network):
    numbers, positions = cloud(3, 6)
    mirror = torch.diag(torch.tensor([1.0, 1.0, -1.0])) @ rotation(1)
    assert_close(network(numbers, positions @ mirror.T), network(numbers, positions) @ mirror.T)


def test_atoms_that_stay_are_told_from_those_that_do_not(network):
    numbers, positions = cloud(2, 7)
    torch.nn.init.normal_(network.kept)  # zero to begin with
    kept = torch.arange(7).expand(2, 7) < torch.tensor([[3], [0]])
    q, order = rotation(), torch.randperm(7, generator=torch.Generator().manual_seed(1))
    plain, told = network(numbers, positions), network(numbers, positions, kept)
    assert (told - plain)[0].abs().max() > 1e-4
    assert_close(told[1], plain[1])
    assert_close(network(numbers, positions @ q.T, kept), told @ q.T)
    assert_close(network(numbers[:, order], positions[:, order], kept[:, order]), told[:, order])


def test_a_permutation_of_atoms_permutes_the_forces(network):
    numbers, positions = cloud(2, 7)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(1))
    assert_close(network(numbers[:, order], positions[:, order]), network(numbers, positions)[:, order])


def test_elements_matter(network):
    numbers, positions = cloud(1, 5)
    assert (network(numbers, positions) - network(numbers.roll(1, 1), positions)).abs().max() > 1e-3


def test_forces_have_no_net_force(network):
    numbers, positions = cloud(4, 6)
    assert network(numbers, positions).sum(1).abs().max() < 1e-5


def test_a_molecule_does_not_depend_on_the_others(network):
    numbers, positions = cloud(5, 6)
    forces = network(numbers, positions)
    for k in range(5):
        assert_close(network(numbers[k : k + 1], positions[k : k + 1])[0], forces[k])


@pytest.mark.parametrize("n_atoms", [1, 2, 3])
def test_shape_and_type_are_those_of_the_positions(network, n_atoms):
    numbers, positions = cloud(3, n_atoms)
    forces = network(numbers, positions)
    assert forces.shape == (3, n_atoms, 3)
    assert forces.dtype == torch.float32


def test_two_atoms_are_pushed_along_their_axis(network):
    positions = torch.tensor([[[0.0, 0.0, 0.0], [0.6, 0.0, 0.8]]])
    forces = network(torch.tensor([[8, 1]]), positions)[0]
    assert_close(forces[0], -forces[1])
    assert torch.linalg.cross(forces[0], positions[0, 1]).norm() < 1e-5


@pytest.mark.parametrize(
    "spoil",
    [lambda x: x[:, 1].copy_(x[:, 0]), lambda x: x.zero_(), lambda x: x[:, 0].add_(1e4), lambda x: x.mul_(1e4)],
    ids=["two atoms coincide", "all atoms coincide", "one atom far away", "all atoms far apart"],
)
def test_forces_and_gradients_stay_finite_where_geometry_does_not(network, spoil):
    numbers, positions = cloud(2, 5)
    spoil(positions)
    positions.requires_grad_(True)
    parameters = [p.requires_grad_(True) for p in network.parameters()]
    forces = network(numbers, positions)
    forces.square().sum().backward()
    assert torch.isfinite(forces).all()
    assert torch.isfinite(positions.grad).all()
    assert all(torch.isfinite(p.grad).all() for p in parameters if p.grad is not None)


def neighbours(positions):
    """SchNetPack's inputs of one molecule `[n, 3]` with all of its pairs."""
    i, j = torch.nonzero(~torch.eye(len(positions), dtype=torch.bool)).T
    return {properties.Rij: positions[j] - positions[i], properties.idx_i: i, properties.idx_j: j}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dense", [DensePaiNN, DenseSO3net])
def test_the_representation_is_schnetpacks_own(dense, seed):
    settings = NetworkSettings(
        features=8,
        interactions=2,
        radial=16,
        radial_range=60.0,
        softening=0.0,
        mean_messages=False,
        bounded=False,
        extent=False,
    )
    torch.manual_seed(seed)
    ours = dense(settings)
    basis, cutoff = AsinhGaussians(16, 60.0), NoCutoff(60.0)
    if dense is DensePaiNN:
        theirs = schnetpack.representation.PaiNN(8, 2, basis, cutoff)
        weights = ours.state_dict()
    else:
        theirs = schnetpack.representation.SO3net(8, 2, 2, basis, cutoff, return_vector_representation=True)
        weights = ours.net.state_dict()
    theirs.load_state_dict(weights)
    numbers, positions = cloud(4, 6, seed)
    scalars, vectors = ours(numbers, positions, None)
    for k in range(4):
        expected = theirs({properties.Z: numbers[k], **neighbours(positions[k])})
        assert_close(scalars[k], expected["scalar_representation"])
        assert_close(vectors[k], expected["vector_representation"])


@pytest.mark.parametrize("representation", REPRESENTATIONS)
def test_the_extent_tells_a_wide_cloud_from_a_narrow_one(tiny_network, representation):
    network = tiny_network(representation)
    positions = torch.zeros(2, 4, 3)
    embedded = network.extent(positions, torch.tensor([1.0, 5.0]))
    assert embedded.shape == (2, network.settings.features)
    assert (embedded[0] - embedded[1]).abs().max() > 1e-3


def test_radial_functions_are_local_bounded_and_cover_their_range():
    basis = AsinhGaussians(16, 60.0)
    values = basis(torch.linspace(0, 60, 500))
    assert values.shape == (500, 16)
    assert values.min() >= 0
    assert values.max() <= 1
    assert values.max(1).values.min() > 0.8  # nowhere between two centres is dark
    np.testing.assert_array_equal(basis(torch.tensor([1e9])).numpy(), 0)


@pytest.mark.parametrize(
    "values",
    [
        {"representation": "schnet"}, {"features": 0}, {"interactions": 0}, {"radial": 1}, {"radial_range": 0.0},
        {"lmax": 0},
    ],
)  # fmt: skip
def test_impossible_settings_are_refused(values):
    with pytest.raises(ValueError, match=r"use painn or so3net|must be"):
        NetworkSettings(**values)
