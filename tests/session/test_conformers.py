"""Conformers and clean-up: the same molecule or not, different shapes, and how far atoms moved."""

import numpy as np
import pytest

from gpff_desktop.chemistry.building.geometry import set_torsion
from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.session.cleaning import Moved
from gpff_desktop.session.conformers import Search, sift, starts
from gpff_desktop.session.entry import EditError
from gpff_desktop.session.scaffold import molecule_changed

BUTANE = from_smiles("CCCC")
MIRROR = np.array([-1.0, 1.0, 1.0])


def turned(structure, degrees):
    return set_torsion(structure, 0, 1, 2, 3, degrees)


def torn(structure, atom):
    positions = structure.positions.copy()
    positions[atom] += 5 * (positions[atom] - structure.centre)
    return structure.with_positions(positions)


def test_a_molecule_in_another_shape_is_the_same_molecule():
    assert molecule_changed(turned(BUTANE, 60), BUTANE) == ""


def test_what_makes_it_another_molecule_is_named():
    assert molecule_changed(torn(BUTANE, 0), BUTANE).startswith("the bond C1–")
    chiral = from_smiles("C[C@H](F)O")
    assert (
        molecule_changed(chiral.with_positions(chiral.positions * MIRROR), chiral) == "the stereocentre C2 was inverted"
    )
    trans, cis = from_smiles("C/C=C/C"), from_smiles("C/C=C\\C")
    assert molecule_changed(trans.with_positions(cis.positions), trans) == "the double bond C2=C3 was turned"
    with pytest.raises(ValueError, match="same atoms"):
        molecule_changed(chiral, trans)


def test_conformers_are_sifted_into_different_shapes_and_other_molecules_are_counted():
    anti, gauche = turned(BUTANE, 180), turned(BUTANE, 60)
    shifted = anti.with_positions(anti.positions + 3.0)
    found = sift([anti, shifted, gauche, torn(anti, 3)], BUTANE, apart=0.3)
    assert (found.kept, found.changed, found.alike) == ((0, 2), 1, 1)
    assert found.text.startswith("2 conformers of 4 starts; 1 changed bonds or stereo (the bond C")
    assert found.text.endswith("1 were like another")


def test_symmetric_atoms_are_no_difference():
    mol = from_smiles("CC")
    order = [1, 0, 5, 6, 7, 2, 3, 4]
    again = mol.with_positions(mol.positions[order])
    assert sift([mol, again], mol, apart=0.1).alike == 1


@pytest.mark.parametrize("noise", [0.0, 0.4])
def test_a_search_starts_from_as_many_different_copies_of_the_molecule(noise):
    found = starts(BUTANE, Search(4, noise))
    assert len(found) == 4
    for one in found:
        np.testing.assert_array_equal(one.numbers, BUTANE.numbers)
        np.testing.assert_array_equal(one.bonds, BUTANE.bonds)
    assert np.abs(found[0].positions - found[1].positions).max() > 0.01
    again = starts(BUTANE, Search(4, noise))
    np.testing.assert_array_equal(found[2].positions, again[2].positions)


def test_embedding_keeps_the_stereo_of_the_drawing():
    chiral = from_smiles("C[C@H](F)O")
    assert [molecule_changed(one, chiral) for one in starts(chiral, Search(3))] == [""] * 3


def test_locked_atoms_start_where_they_are():
    (one,) = starts(BUTANE, Search(1, noise=0.5), frozenset({0, 1}))
    np.testing.assert_array_equal(one.positions[:2], BUTANE.positions[:2])
    assert np.abs(one.positions[2:] - BUTANE.positions[2:]).max() > 0.1


@pytest.mark.parametrize(
    ("structure", "search", "locked", "message"),
    [
        (BUTANE.with_bonds(None), Search(), (), "draw the bonds first"),
        (BUTANE, Search(), range(13), "at least two free atoms"),
        (BUTANE, Search(), (0,), "start from noise"),
    ],
)
def test_where_there_is_nothing_to_search_one_line_says_what_to_do(structure, search, locked, message):
    with pytest.raises(EditError, match=message):
        starts(structure, search, frozenset(locked))


def test_clean_up_says_how_far_atoms_moved_and_which_went_furthest():
    moved = BUTANE.positions.copy()
    moved[5] += [0.0, 0.0, 0.3]
    report = Moved.between(BUTANE, BUTANE.with_positions(moved), align=False)
    assert (report.atom, report.furthest) == ("H6", pytest.approx(0.3))
    assert report.rmsd == pytest.approx(0.3 / np.sqrt(14))
    assert report.text == "atoms moved 0.08 Å (RMSD), H6 furthest (0.30 Å); bonds and stereo are as drawn"
    away = Moved.between(BUTANE, BUTANE.with_positions(BUTANE.positions @ np.diag([-1.0, -1.0, 1.0]) + 2))
    assert away.furthest == pytest.approx(0.0, abs=1e-6)
    assert "was lost; undo brings it back" in Moved.between(BUTANE, torn(BUTANE, 0)).text
