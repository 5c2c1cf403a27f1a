"""The judge: real molecules pass, broken ones fail and say why."""

import time

import numpy as np
import pytest
from rdkit import Chem

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.chemistry.judge import Verdict, judge, judge_all
from gpff_desktop.structure import Structure

REAL = [
    "C",
    "O",
    "c1ccccc1",
    "CC(=O)Nc1ccc(O)cc1",
    "C#CC#N",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "C1CC1",
    "CS(C)=O",
    "ClC=C",
    "O=Cc1cccs1",
    "Cc1cn(C)c(=S)s1",
    "CS(=O)(=O)c1cccs1",
    "CS",
    "O=S=O",
]


def joined(*parts: Structure) -> Structure:
    return Structure(
        np.concatenate([part.numbers for part in parts]),
        np.vstack([part.positions + np.array([12.0 * index, 0, 0]) for index, part in enumerate(parts)]),
    )


def without_atom(structure: Structure, index: int) -> Structure:
    return Structure(np.delete(structure.numbers, index), np.delete(structure.positions, index, axis=0))


@pytest.mark.parametrize("smiles", REAL)
def test_a_real_molecule_is_valid_and_named_by_its_canonical_smiles(smiles):
    assert judge(from_smiles(smiles)) == Verdict(True, Chem.CanonSmiles(smiles), "")


def test_the_verdict_ignores_bonds_the_structure_carries():
    ethanol = from_smiles("CCO")
    assert judge(ethanol.with_bonds(np.array([[0, 5, 3]]))) == judge(ethanol)


def test_the_smiles_does_not_depend_on_the_order_of_the_atoms():
    molecule = from_smiles("CC(=O)NCC#N")
    order = np.random.default_rng(0).permutation(len(molecule))
    assert judge(Structure(molecule.numbers[order], molecule.positions[order])) == judge(molecule)


def test_mirror_images_have_one_smiles():
    molecule = from_smiles("C[C@H](O)F")
    mirrored = molecule.with_positions(molecule.positions * [-1, 1, 1])
    assert judge(molecule).valid
    assert judge(mirrored) == judge(molecule)


def test_a_radical_is_not_valid_and_its_atom_is_named():
    propane = from_smiles("CCC")
    verdict = judge(without_atom(propane, len(propane) - 1))
    assert not verdict.valid
    assert verdict.smiles is None
    assert verdict.reason == "radical on atom 3 (C)"


def test_two_pieces_are_not_valid():
    assert judge(joined(from_smiles("C"), from_smiles("O"), from_smiles("N"))).reason == "3 separate pieces"


@pytest.mark.parametrize("smiles", ["[NH3+]CC(=O)[O-]", "C[N+](=O)[O-]", "[NH4+]", "[OH-]"])
def test_charges_are_not_valid(smiles):
    verdict = judge(from_smiles(smiles))
    assert not verdict.valid
    assert verdict.reason


def test_an_ion_pair_is_not_valid():
    assert judge(joined(from_smiles("C[NH3+]"), from_smiles("[Cl-]"))).reason == "2 separate pieces"


@pytest.mark.parametrize("seed", range(5))
def test_a_scrambled_molecule_is_not_valid(seed):
    molecule = from_smiles("CC(=O)Nc1ccc(O)cc1")
    shuffled = np.random.default_rng(seed).permutation(molecule.numbers)
    verdict = judge(Structure(shuffled, molecule.positions))
    assert not verdict.valid
    assert verdict.reason


def test_atoms_too_many_or_none_or_on_one_point_are_not_valid():
    assert judge(Structure([], np.empty((0, 3)))).reason == "no atoms"
    assert "more than" in judge(Structure(np.full(5000, 6), np.zeros((5000, 3)))).reason
    assert not judge(Structure(np.full(200, 6), np.zeros((200, 3)))).valid
    assert not judge(Structure(np.full(20, 6), np.zeros((20, 3)))).valid


def test_the_time_limit_stops_a_molecule_whose_bond_orders_explode():
    # Enumerating the valences of this one takes RDKit hours (rdkit issue 9227).
    sulfate = "OS(=O)(=O)[O-]"
    explosive = from_smiles(f"[N-]=[N+]=NCC1OC({sulfate})C({sulfate})C({sulfate})C1{sulfate}")
    start = time.perf_counter()
    verdict = judge(explosive, time_limit=0.5)
    assert time.perf_counter() - start < 2
    assert verdict == Verdict(False, None, "too many possible bond orders to settle in time")


def test_many_are_judged_in_order_and_the_same_by_worker_processes():
    molecules = [from_smiles("CCO"), joined(from_smiles("C"), from_smiles("C")), from_smiles("C#N")]
    verdicts = judge_all(molecules)
    assert [verdict.smiles for verdict in verdicts] == ["CCO", None, "C#N"]
    assert judge_all(iter(molecules), processes=2) == verdicts
    assert judge_all([]) == []


def test_nothing_is_logged(capfd):
    judge(from_smiles("[OH-]"))
    judge(Structure([6] * 8, np.random.default_rng(0).normal(size=(8, 3))))
    assert capfd.readouterr().err == ""
