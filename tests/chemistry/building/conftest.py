"""Molecules to edit, and what must hold after every edit."""

import numpy as np
import pytest

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.structure import Structure

SMILES = ["CC(=O)NC", "c1ccccc1CCO", "CC#N", "C1CC1C=O", "O", "CS(C)(=O)=O", "C[N+](=O)[O-]"]


def bond_set(structure: Structure) -> set[tuple[int, int, int]]:
    return {(min(i, j), max(i, j), order) for i, j, order in structure.bonds.tolist()}


def assert_carried(edit, old):
    """Atoms are what and where they were, and the bonds among them are the old ones."""
    here = np.flatnonzero(edit.origin >= 0)
    there = edit.origin[here]
    assert len(edit.origin) == len(edit.structure)
    assert len(set(there.tolist())) == len(there)
    np.testing.assert_array_equal(edit.structure.numbers[here], old.numbers[there])
    np.testing.assert_array_equal(edit.structure.positions[here], old.positions[there])
    if old.bonds is not None and edit.structure.bonds is not None:
        back = {k: int(edit.origin[k]) for k in here.tolist()}
        carried = {
            (min(back[i], back[j]), max(back[i], back[j]), order)
            for i, j, order in edit.structure.bonds.tolist()
            if i in back and j in back
        }
        staying = set(there.tolist())
        assert carried == {(i, j, order) for i, j, order in bond_set(old) if {i, j} <= staying}


@pytest.fixture(scope="session")
def carried():
    """Assert that an edit maps atoms and bonds right: `carried(edit, old)`."""
    return assert_carried


@pytest.fixture(scope="session")
def molecules():
    """Molecules with bonds, by SMILES."""
    return {smiles: from_smiles(smiles) for smiles in SMILES}
