"""Hydrogens are added and removed until valences are filled."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdkit import Chem

from gpff_desktop.chemistry.building import BuildError
from gpff_desktop.chemistry.building.atoms import add_bonded, delete_atoms, merge, set_bond, set_elements
from gpff_desktop.chemistry.building.hydrogens import adjust_hydrogens, remove_hydrogens
from gpff_desktop.chemistry.building.measuring import angle
from gpff_desktop.chemistry.convert import from_smiles, to_rdkit
from gpff_desktop.chemistry.formats import read_structures
from gpff_desktop.chemistry.judge import judge
from gpff_desktop.resources_path import resources
from gpff_desktop.structure import Structure

DRUGS = [
    "CC(=O)Nc1ccc(O)cc1",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "CC#CC",
    "C=C=C",
    "O=Cc1cccs1",
    "c1cc[nH]c1",
    "CS(C)(=O)=O",
    "OB(O)c1ccncc1",
    "CP(=O)(O)O",
    "C[Si](C)(C)C#N",
    "FC(Cl)Br",
    "N",
    "C",
]
CHARGED = ["C[N+](=O)[O-]", "CN=[N+]=[N-]", "C[N+]#[C-]", "C[N+](C)(C)[O-]"]
quick = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def smiles(structure: Structure) -> str:
    mol = Chem.RemoveHs(to_rdkit(structure, sanitize=True))
    return Chem.MolToSmiles(mol, isomericSmiles=False)


def same_heavy_atoms(before: Structure, after: Structure) -> None:
    np.testing.assert_array_equal(after.numbers[after.numbers > 1], before.numbers[before.numbers > 1])
    np.testing.assert_array_equal(after.positions[after.numbers > 1], before.positions[before.numbers > 1])


@pytest.mark.parametrize("text", DRUGS + CHARGED)
def test_hydrogens_taken_away_come_back(text, carried):
    whole = from_smiles(text)
    bare = remove_hydrogens(whole)
    carried(bare, whole)
    assert (bare.structure.numbers > 1).all()
    full = adjust_hydrogens(bare.structure)
    carried(full, bare.structure)
    assert smiles(full.structure) == Chem.CanonSmiles(text)
    assert full.structure.formula == whole.formula
    same_heavy_atoms(whole, full.structure)


@pytest.mark.parametrize("text", DRUGS)
def test_a_molecule_of_coordinates_alone_finds_its_hydrogens_from_bond_lengths(text):
    bare = remove_hydrogens(from_smiles(text)).structure.with_bonds(None)
    full = adjust_hydrogens(bare).structure
    assert smiles(full) == Chem.CanonSmiles(text)
    assert judge(full).smiles == Chem.CanonSmiles(text)


@pytest.mark.parametrize("text", DRUGS + CHARGED)
def test_a_whole_molecule_stays_as_it_is(text):
    whole = from_smiles(text)
    edit = adjust_hydrogens(whole)
    np.testing.assert_array_equal(edit.origin, np.arange(len(whole)))
    np.testing.assert_array_equal(edit.structure.bonds, whole.bonds)


@quick
@given(text=st.sampled_from(DRUGS + CHARGED), data=st.data())
def test_any_hydrogens_that_are_missing_are_found(text, data, carried):
    whole = from_smiles(text)
    hydrogens = np.flatnonzero(whole.numbers == 1).tolist()
    partial = delete_atoms(whole, data.draw(st.sets(st.sampled_from(hydrogens))) if hydrogens else []).structure
    edit = adjust_hydrogens(partial)
    carried(edit, partial)
    assert edit.structure.formula == whole.formula
    distances = np.linalg.norm(edit.structure.positions[:, None] - edit.structure.positions, axis=-1)
    assert (distances + 9 * np.eye(len(distances))).min() > 0.8


def test_the_scaffold_that_comes_as_an_example_becomes_a_lactam():
    (scaffold,) = read_structures(Path(resources() / "examples" / "lactam_scaffold.sdf")).structures
    full = adjust_hydrogens(scaffold).structure
    assert full.formula == "C5H9NO"
    assert judge(full).smiles == "O=C1CCCCN1"
    same_heavy_atoms(scaffold, full)


def test_hydrogens_too_many_are_removed_when_a_bond_becomes_double():
    ethane = from_smiles("CC")
    ethene = adjust_hydrogens(set_bond(ethane, 0, 1, 2))
    assert smiles(ethene.structure) == "C=C"
    assert len(ethene.origin) == 6
    same_heavy_atoms(ethane, ethene.structure)


def test_an_element_typed_over_another_gets_its_own_hydrogens():
    assert smiles(adjust_hydrogens(set_elements(from_smiles("CCC"), [1], 7)).structure) == "CNC"
    assert smiles(adjust_hydrogens(set_elements(from_smiles("COC"), [1], 14)).structure) == "C[SiH2]C"


def test_a_sketch_of_heavy_atoms_becomes_a_molecule():
    drawn = Structure([6], [[0, 0, 0]])
    for atom, number, order in ((0, 6, 1), (1, 8, 2), (1, 7, 1)):
        drawn = add_bonded(drawn, atom, number, order).structure
    full = adjust_hydrogens(drawn).structure
    assert judge(full).smiles == "CC(N)=O"
    assert angle(full, (0, 1, 2)) == pytest.approx(120, abs=2)


def test_only_chosen_atoms_get_hydrogens():
    bare = remove_hydrogens(from_smiles("CCO")).structure
    edit = adjust_hydrogens(bare, [2])
    assert edit.structure.formula == "C2HO"
    assert edit.structure.bonds[-1].tolist() == [2, 3, 1]


def test_ammonium_loses_a_proton_and_metals_get_no_hydrogens():
    assert adjust_hydrogens(from_smiles("[NH4+]")).structure.formula == "H3N"
    salt = merge(Structure([11, 26], [[5, 0, 0], [9, 0, 0]]), Structure([8], [[0, 0, 0]])).structure
    assert adjust_hydrogens(salt).structure.formula == "FeH2NaO"


def test_an_atom_with_too_many_bonds_is_named_unless_it_is_left_out():
    crowded = from_smiles("CC(C)(C)C")
    for _ in range(2):
        crowded = add_bonded(crowded, 1, 6).structure
    with pytest.raises(BuildError, match="C2 has too many bonds; remove one or lower its order"):
        adjust_hydrogens(crowded)
    assert adjust_hydrogens(crowded, [0]).structure.formula == crowded.formula


def test_nothing_comes_of_nothing():
    empty = Structure(np.empty(0), np.empty((0, 3)))
    assert len(adjust_hydrogens(empty).structure) == 0
    assert len(remove_hydrogens(empty).structure) == 0
    assert len(remove_hydrogens(Structure([1, 1], [[0, 0, 0], [0.7, 0, 0]])).structure) == 0
