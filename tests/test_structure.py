"""Structures: immutable, consistent, changed only by making another one."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.structure import Structure


@pytest.fixture
def water():
    return Structure(
        [8, 1, 1], [[0, 0, 0.1], [0, 0.8, -0.5], [0, -0.8, -0.5]], [[0, 1, 1], [0, 2, 1]], "water", {"source": "test"}
    )


def test_arrays_have_the_promised_types_whatever_they_are_made_from(water):
    assert water.numbers.dtype == water.bonds.dtype == np.int64
    assert water.positions.dtype == np.float64
    assert water.positions.shape == (3, 3)
    assert water.bonds.shape == (2, 3)
    assert len(water) == 3
    assert water.formula == "H2O"


@pytest.mark.parametrize("name", ["numbers", "positions", "bonds"])
def test_arrays_cannot_be_written(water, name):
    with pytest.raises(ValueError, match="read-only"):
        getattr(water, name)[0] = 1


def test_nothing_else_can_be_changed_either(water):
    with pytest.raises(dataclasses.FrozenInstanceError):
        water.title = "ice"
    with pytest.raises(TypeError):
        water.properties["source"] = "other"


def test_what_a_structure_was_made_from_may_change_later():
    numbers, positions, properties = np.array([1, 1]), np.zeros((2, 3)), {"a": "b"}
    structure = Structure(numbers, positions, properties=properties)
    numbers[0], positions[0], properties["a"] = 6, 5.0, "c"
    assert structure.numbers.tolist() == [1, 1]
    assert structure.positions.max() == 0
    assert structure.properties == {"a": "b"}
    assert positions.flags.writeable


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"numbers": [8, 1]}, "2 atomic numbers but 3 positions"),
        ({"numbers": [8, 1, 0]}, "outside 1 to 118"),
        ({"numbers": [8, 1, 119]}, "outside 1 to 118"),
        ({"positions": np.full((3, 3), np.nan)}, "atom 1 has a coordinate that is not a number"),
        ({"positions": [[0, 0, 0], [0, 0, 0], [0, np.inf, 0]]}, "atom 3 has a coordinate that is not a number"),
        ({"positions": [[0, 0, 0], [0, -1e300, 0], [0, 0, 0]]}, r"atom 2 has a coordinate beyond 1e\+30 Å"),
        ({"positions": np.zeros(4)}, "reshape"),
        ({"bonds": [[0, 3, 1]]}, "names an atom that is not there"),
        ({"bonds": [[-1, 0, 1]]}, "names an atom that is not there"),
    ],
)
def test_what_does_not_fit_together_is_refused(water, values, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(water, **values)


def test_changed_copies_leave_the_original_alone(water):
    moved = water.with_positions(water.positions + 1)
    changed = water.with_bonds(None).with_title("other").with_properties(source="here", colour="blue")
    assert moved.positions[0, 0] == 1
    np.testing.assert_array_equal(moved.bonds, water.bonds)
    assert (changed.bonds, changed.title) == (None, "other")
    assert changed.properties == {"source": "here", "colour": "blue"}
    assert water.positions[0, 0] == 0
    assert (water.title, dict(water.properties), len(water.bonds)) == ("water", {"source": "test"}, 2)


coordinates = st.lists(st.tuples(*[st.floats(-1e3, 1e3)] * 3), min_size=1, max_size=20)


@given(coordinates)
def test_centring_moves_all_atoms_alike_and_the_centre_to_the_origin(rows):
    structure = Structure([6] * len(rows), rows)
    centred = structure.centred()
    assert np.abs(centred.centre).max() < 1e-9
    np.testing.assert_allclose(centred.positions + structure.centre, structure.positions, atol=1e-9)


def test_a_structure_may_be_empty():
    empty = Structure([], [])
    assert len(empty) == 0
    assert empty.positions.shape == (0, 3)
    assert empty.formula == ""
    np.testing.assert_array_equal(empty.centre, np.zeros(3))
    assert len(empty.centred()) == 0
