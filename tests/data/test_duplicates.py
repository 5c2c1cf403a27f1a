"""Geometries met before are recognised however they are turned and ordered, and others are not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ortho_group

from gpff_desktop.data.duplicates import CELL, SeenGeometries, SeenTexts, projections
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.resources_path import resources


@pytest.fixture(scope="module")
def sample():
    return PackedDataset.from_npz(resources() / "datasets" / "qm9_sample.npz")


def cloud(rng, n_atoms, elements=(1, 6, 7, 8)):
    return rng.choice(elements, size=n_atoms), 3 * rng.standard_normal((n_atoms, 3))


def turned(rng, numbers, positions):
    """The same atoms turned or mirrored, moved, in another order."""
    order = rng.permutation(len(numbers))
    return numbers[order], (positions @ ortho_group.rvs(3, random_state=rng) + 10 * rng.standard_normal(3))[order]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_atoms=st.integers(1, 40))
def test_turned_moved_and_reordered_copies_are_found(seed, n_atoms):
    rng = np.random.default_rng(seed)
    original = cloud(rng, n_atoms)
    seen = SeenGeometries()
    assert not seen.add(*original)
    numbers, positions = turned(rng, *original)
    assert seen.add(numbers, positions)
    assert seen.add(numbers, np.round(positions, 4))  # as an SDF file has it


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_atoms=st.integers(2, 40), moved=st.floats(0.05, 1))
def test_structures_that_differ_in_shape_or_elements_are_not_taken_for_copies(seed, n_atoms, moved):
    rng = np.random.default_rng(seed)
    numbers, positions = cloud(rng, n_atoms)
    seen = SeenGeometries()
    seen.add(numbers, positions)
    assert not seen.add(numbers, positions * (1 + moved))
    other = numbers.copy()
    other[0] = 9
    assert not seen.add(other, positions)


@pytest.mark.parametrize("n_atoms", [199, 200, 201, 300])
def test_small_and_large_structures_are_told_apart_alike(n_atoms):
    rng = np.random.default_rng(n_atoms)
    original = cloud(rng, n_atoms)
    seen = SeenGeometries()
    assert not seen.add(*original)
    assert seen.add(*turned(rng, *original))
    assert not seen.add(original[0], original[1] + 0.1 * rng.standard_normal((n_atoms, 3)))


def test_copies_on_the_two_sides_of_a_cell_are_found():
    seen = SeenGeometries()
    lengths = 1 + np.arange(200) * CELL / 50  # one distance: neighbours here are much nearer than a cell is wide
    repeated = [seen.add(np.array([6, 8]), np.array([[0.0, 0, 0], [length, 0, 0]])) for length in lengths]
    assert not repeated[0]
    gaps = np.diff(np.flatnonzero(np.invert(repeated)))
    assert gaps.min() > 1
    assert len(gaps) > 1


def test_distinct_molecules_of_a_real_set_stay_distinct(sample):
    seen = SeenGeometries()
    rng = np.random.default_rng(0)
    structures = [sample.structure(index) for index in range(len(sample))]
    assert not any(seen.add(one.numbers, one.positions) for one in structures)
    assert all(seen.add(*turned(rng, one.numbers, one.positions)) for one in structures)


def test_projections_change_no_more_than_the_distances():
    rng = np.random.default_rng(0)
    numbers, positions = cloud(rng, 20)
    changes = [
        np.abs(projections(numbers, positions + 1e-3 * rng.standard_normal((20, 3))) - projections(numbers, positions))
        for _ in range(50)
    ]
    assert 1e-4 < np.sqrt(np.mean(np.square(changes))) < 2e-3


@given(words=st.lists(st.text(max_size=5)))
def test_texts_are_counted_once(words):
    seen = SeenTexts()
    assert [seen.add(word) for word in words] == [word in words[:index] for index, word in enumerate(words)]
    assert len(seen) == len(set(words))
