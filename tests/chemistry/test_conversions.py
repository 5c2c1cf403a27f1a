"""Structures to RDKit, ASE and SMILES, and back."""

import numpy as np
import pytest
from rdkit import Chem

from gpff_desktop.chemistry.convert import (
    depict,
    from_ase,
    from_rdkit,
    from_smiles,
    match_smarts,
    to_ase,
    to_rdkit,
)
from gpff_desktop.structure import Structure


@pytest.mark.parametrize("smiles", ["CCO", "c1ccncc1", "C[N+](=O)[O-]", "C#N", "[NH3+]CC(=O)[O-]", "[C-]#[O+]"])
def test_a_structure_survives_rdkit_and_keeps_its_chemistry(smiles):
    molecule = from_smiles(smiles).with_title("a name")
    mol = to_rdkit(molecule, sanitize=True)
    back = from_rdkit(to_rdkit(molecule))
    np.testing.assert_array_equal(back.numbers, molecule.numbers)
    np.testing.assert_array_equal(back.positions, molecule.positions)
    np.testing.assert_array_equal(back.bonds, molecule.bonds)
    assert back.title == "a name"
    assert sum(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()) == 0
    assert Chem.MolToSmiles(Chem.RemoveHs(mol)) == Chem.CanonSmiles(smiles)


def test_bonds_are_perceived_where_they_are_not_known():
    benzene = from_smiles("c1ccccc1").with_bonds(None)
    assert Chem.MolToSmiles(Chem.RemoveHs(to_rdkit(benzene, sanitize=True))) == "c1ccccc1"


def test_an_impossible_molecule_converts_unless_it_must_be_sanitised():
    impossible = Structure([1, 1, 1], [[0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 3], [1, 2, 3]])
    assert to_rdkit(impossible).GetNumBonds() == 2
    with pytest.raises(ValueError, match="valence"):
        to_rdkit(impossible, sanitize=True)


def test_a_molecule_without_coordinates_is_refused_in_words():
    with pytest.raises(ValueError, match="embed it first"):
        from_rdkit(Chem.MolFromSmiles("CC"))


def test_a_structure_survives_ase_with_its_properties():
    molecule = from_smiles("CCO").with_title("t").with_properties(model="m", nfe="60").with_bonds(None)
    back = from_ase(to_ase(molecule))
    np.testing.assert_array_equal(back.numbers, molecule.numbers)
    np.testing.assert_array_equal(back.positions, molecule.positions)
    assert (back.title, dict(back.properties)) == ("t", {"model": "m", "nfe": "60"})


def test_a_seed_gives_the_same_conformer_and_another_seed_another():
    first, again, other = from_smiles("CCCCO", 1), from_smiles("CCCCO", 1), from_smiles("CCCCO", 2)
    np.testing.assert_array_equal(first.positions, again.positions)
    assert not np.allclose(first.positions, other.positions)
    assert first.title == "CCCCO"


@pytest.mark.parametrize("smiles", ["", "not one", "C(C", "c1cc1c"])
def test_a_bad_smiles_is_refused_in_one_line(smiles):
    for use in (from_smiles, depict):
        with pytest.raises(ValueError, match="is not a SMILES") as error:
            use(smiles)
        assert "\n" not in str(error.value)


def test_smarts_match_hydroxyls_rings_and_carbonyls():
    molecule = from_smiles("OCc1ccccc1C=O")
    assert match_smarts(molecule, "[OX2H]") == [(0,)]
    assert match_smarts(molecule, "[CX3H]=O") == [(8, 9)]
    assert len(match_smarts(molecule, "c1ccccc1")) == 1
    assert match_smarts(molecule, "[#7]") == []


def test_smarts_can_be_searched_in_what_is_not_a_proper_molecule():
    impossible = Structure([1, 1, 1], [[0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 3], [1, 2, 3]])
    assert match_smarts(impossible, "[#1]#[#1]") != []


@pytest.mark.parametrize("smarts", ["", "[", "C(", "hello"])
def test_a_bad_smarts_is_refused_in_one_line(smarts):
    with pytest.raises(ValueError, match="is not a SMARTS") as error:
        match_smarts(from_smiles("C"), smarts)
    assert "\n" not in str(error.value)


def test_a_depiction_is_a_picture_of_the_asked_size():
    png = depict("c1ccccc1O", (160, 120))
    assert png.startswith(b"\x89PNG")
    assert (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")) == (160, 120)
    assert b"<svg" in depict("CCO", kind="svg")
