"""Figures of a data set."""

import json

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gpff_desktop.chemistry.bonds import SHORTEST, connectivity
from gpff_desktop.data import geometry
from gpff_desktop.data.geometry import closest_distances, piece_counts, radii_of_gyration
from gpff_desktop.data.packed import PackedDataset, load_dataset
from gpff_desktop.data.statistics import dataset_statistics
from gpff_desktop.resources_path import resources
from gpff_desktop.structure import Structure

HYDROGEN = Structure([1, 1], [[0, 0, 0], [0.74, 0, 0]])
WATER = Structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])


def test_small_set_is_counted_and_measured():
    figures = dataset_statistics(PackedDataset.from_structures([WATER, HYDROGEN, WATER]))
    assert (figures.n_structures, figures.n_atoms) == (3, 8)
    assert figures.elements == {"H": 6, "O": 2}
    assert figures.sizes == {2: 1, 3: 2}
    assert figures.formulas == {"H2O": 2, "H2": 1}
    assert figures.closest_distance["min"] == pytest.approx(0.74, abs=1e-3)
    assert figures.radius_of_gyration[2] == pytest.approx(0.37, abs=1e-3)


def test_empty_set_and_single_atoms_have_statistics():
    assert dataset_statistics(PackedDataset.from_structures([])).n_structures == 0
    assert dataset_statistics(PackedDataset.from_structures([Structure([2], [[0, 0, 0]])])).closest_distance == {}


def test_figures_survive_json():
    figures = dataset_statistics(PackedDataset.from_structures([WATER])).as_dict()
    assert json.loads(json.dumps(figures))["formulas"] == {"H2O": 1}


@pytest.mark.parametrize("chunk", [1, 36, 100, 1000])
def test_closest_distance_does_not_depend_on_the_chunk(monkeypatch, chunk):
    positions = np.random.default_rng(0).normal(size=(5, 6, 3))
    between = np.linalg.norm(positions[:, :, None] - positions[:, None], axis=-1) + 1e9 * np.eye(6)
    monkeypatch.setattr(geometry, "CHUNK", chunk)
    np.testing.assert_allclose(closest_distances(positions), between.min(axis=(1, 2)))


def test_repeated_geometries_are_counted_wherever_they_stand():
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turned = Structure([1, 8, 1], (WATER.positions @ turn.T + 5)[[1, 0, 2]])
    bent = WATER.with_positions(WATER.positions * [1, 1.05, 1])
    figures = dataset_statistics(PackedDataset.from_structures([WATER, HYDROGEN, turned, bent, WATER]))
    assert figures.n_duplicates == 2


def test_structures_in_pieces_are_counted():
    apart = Structure([*WATER.numbers] * 2, np.concatenate([WATER.positions, WATER.positions + np.array([4, 0, 0])]))
    chain = Structure([6] * 40, [[1.5 * i, 0, 0] for i in range(40)])
    figures = dataset_statistics(PackedDataset.from_structures([WATER, apart, chain]))
    assert figures.n_disconnected == 1


def test_pieces_are_those_of_the_bonds_drawn():
    rng = np.random.default_rng(1)
    numbers, positions = rng.choice([6, 7, 8], size=(80, 12)), 2.5 * rng.normal(size=(80, 12, 3))
    apart = closest_distances(positions) > SHORTEST
    numbers, positions = numbers[apart], positions[apart]
    clouds = [Structure(z, x) for z, x in zip(numbers, positions, strict=True)]
    assert len(clouds) > 20
    for cloud, count in zip(clouds, piece_counts(numbers, positions), strict=True):
        ends = connectivity(cloud)[:, :2]
        graph = coo_matrix((np.ones(len(ends)), ends.T), shape=(12, 12))
        assert connected_components(graph, directed=False)[0] == count


def test_radius_of_gyration_ignores_where_a_structure_stands():
    positions = np.random.default_rng(0).normal(size=(4, 5, 3))
    np.testing.assert_allclose(radii_of_gyration(positions), radii_of_gyration(positions + 100))


def test_the_sample_set_that_ships_is_whole():
    figures = dataset_statistics(load_dataset(resources() / "datasets" / "qm9_sample.npz"))
    assert figures.n_structures == 200
    assert set(figures.elements) == {"H", "C", "N", "O"}
    assert figures.closest_distance["min"] > 0.9
    assert (figures.n_duplicates, figures.n_disconnected) == (0, 0)
