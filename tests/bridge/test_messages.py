"""Messages between host programs and the bridge."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.bridge.messages import MessageError, read_request, structure_as, structure_from
from gpff_desktop.structure import Structure

coordinate = st.floats(-1e4, 1e4, allow_nan=False)
atoms = st.lists(st.tuples(st.integers(1, 118), st.tuples(coordinate, coordinate, coordinate)), min_size=1, max_size=6)


@given(atoms, st.text(max_size=20))
def test_a_structure_comes_through_a_message_to_the_last_bit(atoms, title):
    numbers, positions = zip(*atoms, strict=True)
    structure = Structure(numbers, positions, [[0, len(atoms) - 1, 2]] * (len(atoms) > 1), title, {"a": "b"})
    again = structure_from(json.loads(json.dumps(structure_as(structure))))
    assert np.array_equal(again.numbers, structure.numbers)
    assert np.array_equal(again.positions, structure.positions)
    assert np.array_equal(again.bonds, structure.bonds)
    assert (again.title, again.properties) == (structure.title, structure.properties)


@pytest.mark.parametrize("line", ["{", "nonsense", "[1]", '"hello"', '{"id": [1], "type": "hello"}', "[" * 100_000])
def test_a_line_that_is_no_request_is_refused_in_one_line(line):
    with pytest.raises(MessageError) as refused:
        read_request(line)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"elements": ["C"]}, "coordinates"),
        ({"elements": ["Qq"], "coordinates": [[0, 0, 0]]}, "unknown element 'Qq'"),
        ({"elements": ["C", "C"], "coordinates": [[0, 0, 0]]}, "three coordinates for each"),
        ({"elements": ["C", "C"], "coordinates": [[0, 0, 0], [0, 0]]}, "three coordinates for each"),
        ({"elements": [6.5], "coordinates": [["x", 0, 0]]}, "three coordinates for each"),
        ({"elements": [6], "coordinates": [[float("nan"), 0, 0]]}, "not a number"),
        ({"elements": [700], "coordinates": [[0, 0, 0]]}, "1 to 118"),
        ({"elements": [6], "coordinates": [[0, 0, 0]], "bonds": [[0, 1, 1]]}, "atom that is not there"),
        ({"elements": [6], "coordinates": [[0, 0, 0]], "bonds": [[0]]}, "cannot be read"),
    ],
)
def test_what_is_no_structure_is_refused_with_what_is_wrong(values, reason):
    with pytest.raises(MessageError, match=reason) as refused:
        structure_from(values)
    assert "\n" not in str(refused.value)
