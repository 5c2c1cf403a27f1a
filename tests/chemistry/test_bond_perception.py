"""Bonds from coordinates."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpff_desktop.chemistry.bonds import connectivity, perceive_bonds
from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.structure import Structure

MOLECULES = ["CC=O", "C#N", "c1ccccc1", "OC(=O)C#C", "C[N+](=O)[O-]", "CS(C)(=O)=O", "FC(F)(Cl)Br", "[H][H]", "CS(C)=O"]


def ends(bonds: np.ndarray) -> set[tuple[int, int]]:
    return {tuple(sorted(pair)) for pair in bonds[:, :2].tolist()}


@pytest.mark.parametrize("smiles", MOLECULES)
def test_distance_alone_finds_the_bonds_of_a_molecule(smiles):
    molecule = from_smiles(smiles)
    assert ends(connectivity(molecule)) == ends(molecule.bonds)


@pytest.mark.parametrize("smiles", MOLECULES)
def test_perceived_orders_are_those_of_a_kekule_structure(smiles):
    molecule = from_smiles(smiles)
    found = perceive_bonds(molecule.with_bonds(None))
    assert ends(found) == ends(molecule.bonds)
    assert sorted(found[:, 2]) == sorted(molecule.bonds[:, 2])


def test_a_radical_still_gets_its_bonds():
    methane = from_smiles("C")
    methyl = Structure(methane.numbers[:4], methane.positions[:4])
    assert len(perceive_bonds(methyl)) == 3


def test_a_molecule_too_large_for_orders_still_gets_bonds():
    chain = np.zeros((600, 3))
    chain[:, 0] = 1.54 * np.arange(600)
    bonds = perceive_bonds(Structure(np.full(600, 6), chain))
    assert len(bonds) == 599
    assert set(bonds[:, 2]) == {1}


def test_two_molecules_apart_are_not_joined():
    water = from_smiles("O")
    pair = Structure(np.tile(water.numbers, 2), np.vstack([water.positions, water.positions + np.array([4, 0, 0])]))
    assert len(connectivity(pair)) == 4


def test_hydrogens_bend_towards_each_other_without_a_bond():
    water = Structure([8, 1, 1], [[0, 0, 0], [0.96, 0.38, 0], [0.96, -0.38, 0]])
    assert ends(connectivity(water)) == {(0, 1), (0, 2)}


def test_ten_thousand_atoms_are_connected_in_time_for_a_live_view():
    grid = np.stack(np.meshgrid(*[np.arange(22.0)] * 3), axis=-1).reshape(-1, 3)[:10_000] * 1.5
    start = time.perf_counter()
    bonds = connectivity(Structure(np.full(10_000, 6), grid))
    assert time.perf_counter() - start < 2
    assert len(bonds) > 20_000


@given(
    n_atoms=st.integers(0, 130),
    width=st.sampled_from([0.0, 1e-9, 0.3, 1.5, 5.0, 1e6, 1e29]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_any_cloud_of_atoms_gets_well_formed_bonds_without_an_error(n_atoms, width, seed):
    rng = np.random.default_rng(seed)
    cloud = Structure(rng.integers(1, 119, n_atoms), width * rng.normal(size=(n_atoms, 3)))
    for bonds in (connectivity(cloud), perceive_bonds(cloud)):
        assert bonds.shape[1] == 3
        assert len(ends(bonds)) == len(bonds)
        assert all(0 <= a < n_atoms and 0 <= b < n_atoms and a != b for a, b, _ in bonds.tolist())
        assert set(bonds[:, 2].tolist()) <= {1, 2, 3}
