"""Sets of atoms by what they are and what they are bonded to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from gpff_desktop.chemistry import selecting
from gpff_desktop.chemistry.building.atoms import delete_atoms, merge
from gpff_desktop.chemistry.building.fragments import fragment, fragments
from gpff_desktop.chemistry.convert import from_smiles, to_rdkit
from gpff_desktop.structure import Structure

#          0 1           6 7     9    11
MOLECULE = from_smiles("Cc1ccccc1C(=O)CCC1CC1")
N_HEAVY = 14
ATOMS = st.sets(st.integers(0, len(MOLECULE) - 1))
quick = settings(max_examples=50, deadline=None)


def test_kinds_of_atoms():
    assert selecting.heavy(MOLECULE) == frozenset(range(N_HEAVY))
    assert selecting.hydrogens(MOLECULE) == selecting.invert(MOLECULE, range(N_HEAVY))
    assert selecting.by_element(MOLECULE, 8) == {8}
    assert selecting.by_element(MOLECULE, 7) == frozenset()


def test_rings_and_scaffold():
    assert selecting.ring_atoms(MOLECULE) == {1, 2, 3, 4, 5, 6, 11, 12, 13}
    assert selecting.scaffold(MOLECULE) == {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
    assert selecting.scaffold(from_smiles("CCO")) == frozenset()


@pytest.mark.parametrize("name", [listed.name for listed in fragments()][::3])
def test_the_scaffold_is_that_of_rdkit(name):
    structure = fragment(name).structure
    mol = Chem.RemoveHs(to_rdkit(structure, sanitize=True))
    found = selecting.scaffold(structure)
    part = delete_atoms(structure, selecting.invert(structure, found)).structure
    theirs = MurckoScaffold.GetScaffoldForMol(mol)
    assert sorted(part.numbers.tolist()) == sorted(atom.GetAtomicNum() for atom in theirs.GetAtoms())


def test_smarts_select_all_atoms_of_all_matches():
    assert selecting.by_smarts(MOLECULE, "[#6]=O") == {7, 8}
    assert selecting.by_smarts(MOLECULE, "c") == {1, 2, 3, 4, 5, 6}
    assert selecting.by_smarts(MOLECULE.with_bonds(None), "c") == {1, 2, 3, 4, 5, 6}
    assert selecting.by_smarts(MOLECULE, "[#7]") == frozenset()
    with pytest.raises(ValueError, match="is not a SMARTS pattern") as error:
        selecting.by_smarts(MOLECULE, "c1cc")
    assert "\n" not in str(error.value)


def test_pieces_are_found_from_any_of_their_atoms():
    water = from_smiles("O")
    apart = water.with_positions(water.positions + np.array([20.0, 0, 0]))
    for bonds in (MOLECULE.bonds, None):
        both = merge(MOLECULE.with_bonds(bonds), apart.with_bonds(None)).structure
        first, second = frozenset(range(len(MOLECULE))), frozenset(range(len(MOLECULE), len(both)))
        assert selecting.pieces(both) == [first, second]
        assert all(selecting.fragment_of(both, atom) == first for atom in (0, 5, len(MOLECULE) - 1))
        assert selecting.fragment_of(both, len(both) - 1) == second


@quick
@given(atoms=ATOMS)
def test_growing_adds_the_neighbours_and_shrinking_is_growing_from_outside(atoms):
    grown = selecting.grow(MOLECULE, atoms)
    pairs = MOLECULE.bonds[:, :2].tolist()
    assert grown == atoms | {j for i, j in pairs if i in atoms} | {i for i, j in pairs if j in atoms}
    outside = selecting.invert(MOLECULE, atoms)
    assert selecting.shrink(MOLECULE, atoms) == selecting.invert(MOLECULE, selecting.grow(MOLECULE, outside))
    assert selecting.shrink(MOLECULE, grown) >= atoms


@quick
@given(atoms=ATOMS)
def test_inverting_twice_changes_nothing(atoms):
    inverse = selecting.invert(MOLECULE, atoms)
    assert not inverse & atoms
    assert selecting.invert(MOLECULE, inverse) == atoms


def test_an_atom_that_is_not_there_is_named():
    for use in (selecting.grow, selecting.shrink):
        with pytest.raises(ValueError, match="there is no atom 100"):
            use(MOLECULE, [99])
    with pytest.raises(ValueError, match="there is no atom 0"):
        selecting.fragment_of(MOLECULE, -1)


def test_nothing_is_selected_in_an_empty_structure():
    empty = Structure([], [])
    kinds = (selecting.heavy, selecting.hydrogens, selecting.ring_atoms, selecting.scaffold)
    assert all(kind(empty) == frozenset() for kind in kinds)
    assert selecting.pieces(empty) == []
    assert selecting.grow(empty, []) == selecting.shrink(empty, []) == frozenset()
