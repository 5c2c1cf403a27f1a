"""Adding, deleting, changing and copying atoms and bonds."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpff_desktop.chemistry import selecting
from gpff_desktop.chemistry.building import BuildError, Edit
from gpff_desktop.chemistry.building.atoms import (
    GAP,
    add_atom,
    add_bonded,
    delete_atoms,
    duplicate,
    merge,
    set_bond,
    set_elements,
)
from gpff_desktop.chemistry.building.directions import bond_length
from gpff_desktop.chemistry.building.fragments import attach, fragment
from gpff_desktop.chemistry.building.hydrogens import adjust_hydrogens, remove_hydrogens
from gpff_desktop.chemistry.building.labels import describe
from gpff_desktop.chemistry.building.measuring import angle, distance
from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.structure import Structure

EMPTY = Structure(np.empty(0), np.empty((0, 3)))
quick = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def ruins(draw):
    """What no chemist would draw: atoms on each other, bonds of an atom with itself, twice, or too many."""
    n_atoms = draw(st.integers(1, 13))
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    positions = draw(st.sampled_from([0.0, 1e-9, 0.3, 1.2, 3.0])) * rng.normal(size=(n_atoms, 3))
    n_bonds = draw(st.integers(0, 2 * n_atoms))
    bonds = np.column_stack([rng.integers(0, n_atoms, (n_bonds, 2)), rng.integers(1, 4, n_bonds)])
    numbers = rng.choice([1, 1, 6, 6, 6, 7, 8, 16, 15, 26, 9, 5], n_atoms)
    return Structure(numbers, positions, bonds if draw(st.booleans()) else None)


@st.composite
def sketches(draw):
    """Atoms anywhere with any bonds."""
    n_atoms = draw(st.integers(1, 10))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    pairs = [(i, j) for j in range(n_atoms) for i in range(j)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=9)) if pairs else []
    bonds = np.array([(i, j, draw(st.integers(1, 3))) for i, j in chosen]).reshape(-1, 3)
    known = draw(st.booleans())
    positions = 2 * rng.normal(size=(n_atoms, 3))
    return Structure(rng.choice([1, 6, 7, 8, 16, 26], n_atoms), positions, bonds if known else None, "t", {"a": "b"})


def subsets(structure: Structure):
    return st.sets(st.integers(0, len(structure) - 1))


@quick
@given(sketch=sketches(), data=st.data())
def test_deleting_renumbers_what_stays_and_nothing_else(sketch, data, carried):
    gone = data.draw(subsets(sketch))
    edit = delete_atoms(sketch, gone)
    carried(edit, sketch)
    assert set(edit.origin.tolist()) == set(range(len(sketch))) - gone
    assert (edit.structure.title, dict(edit.structure.properties)) == ("t", {"a": "b"})
    assert (edit.structure.bonds is None) == (sketch.bonds is None)


@quick
@given(sketch=sketches(), data=st.data())
def test_a_duplicate_is_the_same_molecule_beside_the_others(sketch, data, carried):
    chosen = data.draw(subsets(sketch))
    edit = duplicate(sketch, chosen)
    carried(edit, sketch)
    copy = delete_atoms(edit.structure, set(range(len(edit.structure))) - set(edit.added.tolist())).structure
    original = delete_atoms(sketch, set(range(len(sketch))) - chosen).structure
    np.testing.assert_array_equal(copy.numbers, original.numbers)
    if chosen:
        assert copy.positions[:, 0].min() - sketch.positions[:, 0].max() == pytest.approx(GAP)
    if sketch.bonds is not None:
        np.testing.assert_array_equal(copy.bonds, original.bonds)


@quick
@given(first=sketches(), second=sketches())
def test_merging_keeps_both_and_their_bonds(first, second, carried):
    edit = merge(first, second)
    carried(edit, first)
    backwards = np.concatenate([np.full(len(first), -1), np.arange(len(second))])
    carried(Edit(edit.structure, backwards), second)
    assert edit.added.tolist() == list(range(len(first), len(first) + len(second)))


@quick
@given(sketch=sketches(), data=st.data())
def test_one_edit_after_another_is_one_edit(sketch, data, carried):
    first = duplicate(sketch, data.draw(subsets(sketch)))
    second = delete_atoms(first.structure, data.draw(subsets(first.structure)))
    both = first.then(second)
    carried(both, sketch)
    assert both.structure is second.structure
    staying = first.carried(range(len(sketch)))
    assert both.carried(range(len(sketch))) == second.carried(staying)


@quick
@given(sketch=sketches(), data=st.data(), order=st.integers(1, 3), number=st.sampled_from([1, 6, 7, 8, 17, 26]))
def test_a_bonded_atom_is_at_the_usual_length_from_its_neighbour(sketch, data, order, number, carried):
    atom = data.draw(st.integers(0, len(sketch) - 1))
    edit = add_bonded(sketch, atom, number, order)
    carried(edit, sketch)
    new = len(sketch)
    expected = bond_length(int(sketch.numbers[atom]), number, order)
    assert distance(edit.structure, (atom, new)) == pytest.approx(expected)
    assert edit.structure.bonds.tolist()[-1] == [atom, new, order]


@settings(max_examples=150, deadline=None)
@given(ruin=ruins(), data=st.data())
def test_what_no_chemist_would_draw_is_edited_or_refused_in_one_line(ruin, data):
    atom = data.draw(st.integers(0, len(ruin) - 1))
    edits = (
        lambda: adjust_hydrogens(ruin),
        lambda: remove_hydrogens(ruin),
        lambda: attach(ruin, atom, fragment("benzene")),
        lambda: add_bonded(ruin, atom, 6, 2),
        lambda: duplicate(ruin, [atom]),
    )
    for edit in edits:
        message = ""
        try:
            edit()
        except BuildError as error:
            message = str(error)
        assert "\n" not in message
    assert len(describe(ruin)) == len(ruin)
    assert selecting.scaffold(ruin) <= frozenset(range(len(ruin)))
    assert selecting.ring_atoms(ruin) <= frozenset(range(len(ruin)))


def test_a_bonded_atom_goes_where_it_is_pulled():
    edit = add_bonded(Structure([6], [[1, 1, 1]]), 0, 1, direction=[0, -5, 0])
    np.testing.assert_allclose(edit.structure.positions[1], [1, 1 - bond_length(6, 1), 1])


@pytest.mark.parametrize(
    ("orders", "expected"), [((1, 1), 109.5), ((1, 1, 1, 1), 109.5), ((2, 1, 1), 120), ((3, 1), 180), ((2, 2), 180)]
)
def test_neighbours_take_tetrahedral_trigonal_and_linear_places(orders, expected):
    drawn = Structure([6], [[0, 0, 0]])
    for order in orders:
        drawn = add_bonded(drawn, 0, 6, order).structure
    ends = range(1, len(drawn))
    angles = [angle(drawn, (i, 0, j)) for i in ends for j in ends if i < j]
    np.testing.assert_allclose(angles, expected, atol=1.5)


def test_neighbours_beyond_four_find_a_gap():
    drawn = Structure([26], [[0, 0, 0]])
    for _ in range(6):
        drawn = add_bonded(drawn, 0, 8).structure
    assert min(angle(drawn, (i, 0, j)) for i in range(1, 7) for j in range(1, i)) > 50


def test_drawing_on_a_benzene_stays_in_its_plane():
    benzene = from_smiles("c1ccccc1")
    bare = delete_atoms(benzene, [6]).structure
    added = add_bonded(bare, 0, 9).structure.positions[-1]
    outwards = benzene.positions[6] - benzene.positions[0]
    found = added - benzene.positions[0]
    assert found @ outwards / np.linalg.norm(found) / np.linalg.norm(outwards) > np.cos(np.radians(3))


def test_a_first_atom_begins_a_structure():
    edit = add_atom(EMPTY, 8, [1, 2, 3])
    assert (edit.structure.formula, edit.origin.tolist()) == ("O", [-1])
    np.testing.assert_array_equal(edit.structure.positions, [[1, 2, 3]])


def test_elements_change_and_nothing_moves(molecules):
    before = molecules["CC#N"]
    after = set_elements(before, [0, 2], 15)
    assert after.numbers[[0, 2]].tolist() == [15, 15]
    np.testing.assert_array_equal(after.positions, before.positions)
    np.testing.assert_array_equal(after.bonds, before.bonds)


def test_a_bond_is_made_changed_and_removed_whichever_end_comes_first():
    pair = Structure([6, 6], [[0, 0, 0], [1.4, 0, 0]], np.empty((0, 3)))
    made = set_bond(pair, 1, 0, 1)
    assert made.bonds.tolist() == [[1, 0, 1]]
    assert set_bond(made, 0, 1, 2).bonds.tolist() == [[1, 0, 2]]
    assert len(set_bond(made, 0, 1, 0).bonds) == 0
    assert len(set_bond(pair, 0, 1, 0).bonds) == 0


def test_removing_a_bond_that_was_only_perceived_is_remembered():
    hydrogen = Structure([1, 1], [[0, 0, 0], [0.74, 0, 0]])
    assert len(set_bond(hydrogen, 0, 1, 0).bonds) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda s: add_atom(s, 0, [0, 0, 0]), "no element 0"),
        (lambda s: add_atom(s, 119, [0, 0, 0]), "no element 119"),
        (lambda s: add_atom(s, 6, [0, 0, np.nan]), "three numbers"),
        (lambda s: add_atom(s, 6, [0, 0]), "three numbers"),
        (lambda s: add_bonded(s, 3, 6), "no atom 4; the structure has 3"),
        (lambda s: add_bonded(s, -1, 6), "no atom 0"),
        (lambda s: add_bonded(s, 0, 6, order=4), "no bond order 4"),
        (lambda s: add_bonded(s, 0, 6, direction=[0, 0, 0]), "no length"),
        (lambda s: delete_atoms(s, [5]), "no atom 6"),
        (lambda s: set_elements(s, [0], 200), "no element 200"),
        (lambda s: set_bond(s, 1, 1, 1), "bonded to itself"),
        (lambda s: set_bond(s, 0, 1, 7), "no bond order 7"),
        (lambda s: duplicate(s, [9]), "no atom 10"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(call, words, molecules):
    with pytest.raises(BuildError, match=words) as error:
        call(molecules["O"])
    assert "\n" not in str(error.value)
