"""Formal charges for labels."""

import pytest

from gpff_desktop.chemistry.building.labels import describe
from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.structure import Structure


@pytest.mark.parametrize(
    ("smiles", "charges"),
    [
        ("C[N+](=O)[O-]", {1: 1, 3: -1}),
        ("[NH3+]CC(=O)[O-]", {0: 1, 4: -1}),
        ("[C-]#[O+]", {0: -1, 1: 1}),
        ("CN=[N+]=[N-]", {2: 1, 3: -1}),
        ("CCO", {}),
    ],
)
def test_charges_are_those_that_the_bonds_ask_for(smiles, charges):
    found = describe(from_smiles(smiles))
    assert {atom: charge for atom, charge in enumerate(found.tolist()) if charge} == charges


def test_charges_follow_from_coordinates_alone():
    assert sorted(describe(from_smiles("C[N+](=O)[O-]").with_bonds(None)).tolist())[::6] == [-1, 1]


def test_no_atoms_have_no_charges():
    assert len(describe(Structure([], []))) == 0
