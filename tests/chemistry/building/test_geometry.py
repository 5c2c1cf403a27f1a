"""Setting distances, angles and torsions; moving and rotating."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gpff_desktop.chemistry.building import BuildError
from gpff_desktop.chemistry.building.atoms import merge
from gpff_desktop.chemistry.building.geometry import (
    about_axis,
    rotate,
    rotate_about_bond,
    set_angle,
    set_distance,
    set_torsion,
    translate,
)
from gpff_desktop.chemistry.building.measuring import angle, distance, torsion
from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.structure import Structure

CHAIN = from_smiles("CC(C)C(=O)NCCO")
RING = from_smiles("C1CCCCC1C")
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


def rows(size: int) -> list[tuple[int, ...]]:
    """All chains of so many bonded atoms of the molecule without rings."""
    pairs = [tuple(p) for p in CHAIN.bonds[:, :2].tolist()]
    found = pairs + [p[::-1] for p in pairs]
    for _ in range(size - 2):
        found = [
            (*row, b) for row in found for a, b in pairs + [p[::-1] for p in pairs] if row[-1] == a and b not in row
        ]
    return found


def lengths_kept(before: Structure, after: Structure, but: tuple[int, ...] = ()) -> None:
    """All bond lengths are what they were, except that of one pair."""
    for i, j, _ in before.bonds.tolist():
        if {i, j} != set(but):
            assert distance(after, (i, j)) == pytest.approx(distance(before, (i, j)), abs=1e-9)


def moved(before: Structure, after: Structure) -> set[int]:
    return set(np.flatnonzero((before.positions != after.positions).any(axis=1)).tolist())


@quick
@given(pair=st.sampled_from(rows(2)), value=st.floats(0.1, 20))
def test_a_distance_is_what_was_asked_for(pair, value):
    after = set_distance(CHAIN, *pair, value)
    assert distance(after, pair) == pytest.approx(value, abs=1e-6)
    lengths_kept(CHAIN, after, pair)


@quick
@given(row=st.sampled_from(rows(3)), value=st.floats(1, 180))
def test_an_angle_is_what_was_asked_for(row, value):
    after = set_angle(CHAIN, *row, value)
    assert angle(after, row) == pytest.approx(value, abs=1e-6)
    lengths_kept(CHAIN, after)


@quick
@given(row=st.sampled_from(rows(4)), value=st.floats(-400, 400))
def test_a_torsion_is_what_was_asked_for(row, value):
    after = set_torsion(CHAIN, *row, value)
    assert (torsion(after, row) - value + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)
    lengths_kept(CHAIN, after)
    for other in rows(3):
        assert angle(after, other) == pytest.approx(angle(CHAIN, other), abs=1e-6)


@quick
@given(row=st.sampled_from(rows(4)), value=st.floats(-180, 180), data=st.data())
def test_locked_atoms_do_not_move_by_a_single_bit(row, value, data):
    fixed = frozenset(data.draw(st.sets(st.integers(0, len(CHAIN) - 1), max_size=4)))
    calls = (
        lambda: set_torsion(CHAIN, *row, value, fixed=fixed),
        lambda: set_angle(CHAIN, *row[:3], 1 + abs(value) / 2, fixed=fixed),
        lambda: set_distance(CHAIN, *row[:2], 1 + abs(value), fixed=fixed),
        lambda: rotate_about_bond(CHAIN, *row[1:3], value, fixed=fixed),
    )
    for call in calls:
        try:
            after = call()
        except BuildError:
            # Atoms at hand are bonded in a row outside rings: nothing but locks can be in the way.
            assert fixed
        else:
            np.testing.assert_array_equal(after.positions[list(fixed)], CHAIN.positions[list(fixed)])


@pytest.mark.parametrize("turn", [-170, -30, 0.5, 90, 180])
def test_turning_a_bond_adds_to_its_torsions_from_either_end(turn):
    row = (2, 1, 3, 5)
    before = torsion(CHAIN, row)
    for i, j in ((1, 3), (3, 1)):
        after = torsion(rotate_about_bond(CHAIN, i, j, turn), row)
        assert (after - before - turn + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)


def test_the_smaller_side_moves_and_the_other_one_if_it_is_locked():
    hydrogen = next(j if i == 0 else i for i, j, _ in CHAIN.bonds.tolist() if 0 in (i, j) and CHAIN.numbers[j] == 1)
    for pair in ((0, hydrogen), (hydrogen, 0)):
        assert moved(CHAIN, set_distance(CHAIN, *pair, 2.0)) == {hydrogen}
        others = moved(CHAIN, set_distance(CHAIN, *pair, 2.0, fixed=frozenset([hydrogen])))
        assert others == set(range(len(CHAIN))) - {hydrogen}


def test_the_last_atom_moves_where_both_sides_are_the_same():
    hydrogen = Structure([1, 1], [[0, 0, 0], [0.7, 0, 0]])
    np.testing.assert_allclose(set_distance(hydrogen, 0, 1, 1.0).positions, [[0, 0, 0], [1, 0, 0]])
    np.testing.assert_allclose(set_distance(hydrogen, 1, 0, 1.0).positions, [[-0.3, 0, 0], [0.7, 0, 0]])


def test_the_ends_of_a_turned_bond_may_be_locked():
    after = rotate_about_bond(CHAIN, 1, 3, 60, fixed=frozenset([1, 3]))
    assert moved(CHAIN, after)
    assert not {1, 3} & moved(CHAIN, after)


def test_separate_pieces_are_moved_whole():
    far = translate(from_smiles("O"), range(3), np.array([9, 0, 0]))
    pair = merge(CHAIN, far).structure
    water = set(range(len(CHAIN), len(pair)))
    after = set_distance(pair, len(CHAIN), 0, 3.0)
    assert moved(pair, after) == water
    assert distance(after, (0, len(CHAIN))) == pytest.approx(3.0)


def test_a_substituent_of_a_ring_turns_and_bends_though_the_ring_cannot():
    row = (4, 5, 6, next(j for i, j, _ in RING.bonds.tolist() if i == 6))
    assert torsion(set_torsion(RING, *row, 33.0), row) == pytest.approx(33)
    for three in (row[:3], row[2::-1]):
        after = set_angle(RING, *three, 100.0)
        assert angle(after, three) == pytest.approx(100)
        assert not moved(RING, after) & set(range(6))


def test_bonds_can_be_given_or_found_by_distance():
    bare = RING.with_bonds(None)
    np.testing.assert_allclose(set_distance(bare, 5, 6, 1.7).positions, set_distance(RING, 5, 6, 1.7).positions)
    assert moved(RING, set_distance(RING, 0, 1, 3.0, bonds=np.empty((0, 3), dtype=int))) == {1}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: set_distance(RING, 0, 1, 2.0), "the bond between C1 and C2 is in a ring; choose one outside rings"),
        (lambda: set_angle(RING, 0, 1, 2, 100), "in a ring"),
        (lambda: set_torsion(RING, 0, 1, 2, 3, 100), "in a ring"),
        (lambda: rotate_about_bond(RING, 0, 1, 10), "in a ring"),
        (lambda: set_distance(CHAIN, 0, 4, 2.0), "not bonded but in one piece"),
        (lambda: set_torsion(CHAIN, 0, 1, 3, 2, 10), "bonded in a row"),
        (lambda: set_distance(CHAIN, 0, 1, 0.0), "must be positive"),
        (lambda: set_distance(CHAIN, 0, 1, np.nan), "must be positive"),
        (lambda: set_distance(CHAIN, 0, 0, 1.0), "named twice"),
        (lambda: set_distance(CHAIN, 0, 99, 1.0), "no atom 100"),
        (lambda: set_angle(CHAIN, 0, 1, 2, 181), "between 0 and 180"),
        (lambda: set_torsion(CHAIN, 0, 1, 3, 5, np.inf), "not a number"),
        (lambda: set_distance(CHAIN, 0, 1, 2.0, fixed=frozenset(range(len(CHAIN)))), "locked atoms are in the way"),
        (lambda: set_distance(Structure([6, 6], np.zeros((2, 3))), 0, 1, 1.0), "C1 and C2 lie on each other"),
        (lambda: translate(CHAIN, [0], [0, 0]), "three numbers"),
        (lambda: rotate(CHAIN, [0], np.diag([1, 1, -1])), "not a rotation"),
        (lambda: about_axis([0, 0, 0], 10), "no length"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(call, words):
    with pytest.raises(BuildError, match=words) as error:
        call()
    assert "\n" not in str(error.value)


def test_atoms_in_line_have_no_torsion_but_an_angle_that_can_be_bent():
    line = from_smiles("CC#CC")
    assert np.isnan(torsion(Structure([6] * 4, [[k, 0, 0] for k in range(4)]), (0, 1, 2, 3)))
    bent = set_angle(line, 0, 1, 2, 120.0)
    assert angle(bent, (0, 1, 2)) == pytest.approx(120)


@quick
@given(atoms=st.sets(st.integers(0, len(CHAIN) - 1)), seed=st.integers(0, 999), degrees=st.floats(-360, 360))
def test_only_chosen_atoms_are_moved_and_rotated_and_the_way_back_is_the_inverse(atoms, seed, degrees):
    rng = np.random.default_rng(seed)
    shift, matrix = rng.normal(size=3), about_axis(rng.normal(size=3), degrees)
    there = rotate(translate(CHAIN, atoms, shift), atoms, matrix)
    assert moved(CHAIN, there) <= atoms
    back = translate(rotate(there, atoms, matrix.T), atoms, -shift)
    np.testing.assert_allclose(back.positions, CHAIN.positions, atol=1e-9)


def test_a_rotation_is_right_handed_about_its_centre():
    point = Structure([6], [[2, 1, 0]])
    turned = rotate(point, [0], about_axis([0, 0, 3], 90), centre=np.array([1, 1, 0]))
    np.testing.assert_allclose(turned.positions, [[1, 2, 0]], atol=1e-12)


@quick
@given(seed=st.integers(0, 9999))
def test_values_are_those_of_ase(seed):
    from ase import Atoms

    positions = np.random.default_rng(seed).normal(size=(4, 3))
    atoms = Atoms("C4", positions)
    assume(np.isfinite(torsion(positions, (0, 1, 2, 3))))
    assert angle(positions, (0, 1, 2)) == pytest.approx(atoms.get_angle(0, 1, 2))
    difference = torsion(positions, (0, 1, 2, 3)) - atoms.get_dihedral(0, 1, 2, 3)
    assert (difference + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)
