"""Measures of generated structures."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.chemistry.judge import judge_all
from gpff_desktop.chemistry.metrics import (
    bond_lengths,
    compare_bond_lengths,
    compare_lengths,
    mmff_strain,
    rmsd,
    summarise,
)
from gpff_desktop.chemistry.stability import stability
from gpff_desktop.structure import Structure


def broken() -> Structure:
    methane = from_smiles("C")
    return Structure(methane.numbers[:4], methane.positions[:4])


def test_a_summary_counts_valid_unique_and_novel():
    structures = [from_smiles("CCO"), from_smiles("CCO", seed=7), from_smiles("CO"), broken()]
    summary = summarise(structures, reference={"CO"})
    assert summary.count == 4
    assert summary.valid == 3 / 4
    assert summary.unique == 2 / 3
    assert summary.novel == 1 / 2
    assert summary.valid_and_unique == pytest.approx(1 / 2)
    assert summary.molecule_stability == 3 / 4
    assert summary.atom_stability == (9 + 9 + 6 + 3) / (9 + 9 + 6 + 4)


def test_verdicts_that_are_known_are_not_asked_for_again():
    structures = [from_smiles("CO"), broken()]
    verdicts = judge_all(structures)
    assert summarise(structures, verdicts=verdicts) == summarise(structures)
    with pytest.raises(ValueError, match="2 structures but 1 verdicts"):
        summarise(structures, verdicts=verdicts[:1])


def test_an_empty_set_has_a_summary():
    summary = summarise([])
    assert (summary.count, summary.valid, summary.novel) == (0, 0.0, None)


@pytest.mark.parametrize("smiles", ["C", "CCO", "C#N", "C=O", "CC#CC", "NCC=O"])
def test_molecules_are_stable(smiles):
    molecule = from_smiles(smiles)
    assert stability(molecule).molecule
    assert stability(molecule).stable_atoms == len(molecule)


@pytest.mark.parametrize(
    ("pair", "distance", "stable"),
    [
        # H-H: 74 pm and 10 pm of margin.
        ([1, 1], 0.839, True),
        ([1, 1], 0.841, False),
        # N#N: 110 pm and 3 pm of margin; two nitrogens are stable only with three bonds.
        ([7, 7], 1.129, True),
        ([7, 7], 1.131, False),
        # O=O: 121 pm and 5 pm of margin.
        ([8, 8], 1.259, True),
        ([8, 8], 1.261, False),
        ([9, 9], 1.519, True),
        ([9, 9], 1.521, False),
        # C-F can only be single, and carbon wants four.
        ([6, 9], 1.35, False),
    ],
)
def test_the_margins_of_the_bond_table_hold_to_the_picometre(pair, distance, stable):
    assert stability(Structure(pair, [[0, 0, 0], [distance, 0, 0]])).molecule is stable


def test_elements_beyond_the_table_and_crowds_are_unstable():
    assert stability(Structure([2], [[0, 0, 0]])).stable_atoms == 0
    assert stability(Structure([6] * 30, np.zeros((30, 3)))).stable_atoms == 0
    assert not stability(Structure([], np.empty((0, 3)))).molecule


def test_a_relaxed_molecule_has_no_strain_and_a_distorted_one_has():
    relaxed = from_smiles("CCCO")
    strain = mmff_strain(relaxed)
    assert strain is not None
    assert strain.energy == pytest.approx(0, abs=0.05)
    noise = 0.05 * np.random.default_rng(0).normal(size=relaxed.positions.shape)
    distorted = mmff_strain(relaxed.with_positions(relaxed.positions + noise))
    assert distorted is not None
    assert distorted.energy > 5
    assert 0.005 < distorted.rmsd < 0.5


def test_there_is_no_strain_without_parameters_or_a_proper_molecule():
    assert mmff_strain(Structure([5, 1, 1, 1], [[0, 0, 0], [1.2, 0, 0], [-0.6, 1.04, 0], [-0.6, -1.04, 0]])) is None
    methane = from_smiles("C")
    assert mmff_strain(methane.with_bonds(np.array([[0, 1, 3], [0, 2, 3]]))) is None


@pytest.mark.parametrize("seed", range(3))
def test_rmsd_does_not_see_rotation_and_translation(seed):
    molecule = from_smiles("CC(F)O")
    rotation = Rotation.random(random_state=seed).as_matrix()
    moved = molecule.with_positions(molecule.positions @ rotation + [1, 2, 3])
    assert rmsd(molecule, moved) == pytest.approx(0, abs=1e-6)
    assert rmsd(molecule, moved, align=False) > 1


def test_rmsd_sees_a_mirror_image_and_a_known_shift():
    molecule = from_smiles("C[C@H](F)O")
    assert rmsd(molecule, molecule.with_positions(-molecule.positions)) > 0.1
    assert rmsd(
        molecule, molecule.with_positions(molecule.positions + np.array([3, 4, 0])), align=False
    ) == pytest.approx(5)
    with pytest.raises(ValueError, match="same atoms"):
        rmsd(molecule, from_smiles("C"))


def test_bond_lengths_are_sorted_by_pair_of_elements():
    lengths = bond_lengths([from_smiles("CO")])
    assert {name: len(values) for name, values in lengths.items()} == {"C-H": 3, "C-O": 1, "H-O": 1}
    assert 1.35 < lengths["C-O"][0] < 1.5


def test_distances_between_distributions_are_zero_for_equal_and_known_for_shifted():
    lengths = np.random.default_rng(0).normal(1.5, 0.02, 2000)
    same, shifted = compare_lengths(lengths, lengths), compare_lengths(lengths + 0.5, lengths)
    assert (same.wasserstein, same.jensen_shannon) == pytest.approx((0, 0), abs=1e-9)
    assert (shifted.wasserstein, shifted.jensen_shannon) == pytest.approx((0.5, 1.0))
    with pytest.raises(ValueError, match="no lengths"):
        compare_lengths(lengths, np.array([]))


def test_bond_lengths_are_compared_for_the_pairs_both_sets_have():
    compared = compare_bond_lengths([from_smiles("CO")], [from_smiles("CN")])
    assert set(compared) == {"C-H"}
    assert compared["C-H"].wasserstein < 0.02


def test_atoms_on_one_point_have_no_strain():
    bonds = np.array([[0, 1, 1], *([k // 5, k, 1] for k in range(2, 8))])
    ethane = Structure([6, 6] + [1] * 6, np.zeros((8, 3)), bonds)
    assert mmff_strain(ethane) is None
