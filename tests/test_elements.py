"""The table of elements: symbols, radii, and formulas in Hill order."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from gpff_desktop import elements

atoms = st.lists(st.integers(1, elements.MAX_NUMBER), min_size=1, max_size=60)


@given(atoms)
def test_a_formula_comes_back_as_the_same_atoms(numbers):
    parsed = elements.parse_formula(elements.formula(numbers))
    assert parsed.dtype == np.int64
    assert Counter(parsed.tolist()) == Counter(numbers)


@given(atoms)
def test_a_formula_does_not_depend_on_the_order_of_atoms(numbers):
    assert elements.formula(numbers) == elements.formula(sorted(numbers))


@given(st.integers(1, elements.MAX_NUMBER))
def test_every_element_has_a_symbol_and_radii(number):
    symbol = elements.symbol(number)
    assert elements.number(symbol) == elements.number(f" {symbol.upper()} ") == number
    assert 0.2 <= elements.covalent_radius(number) < 3.5
    assert 1.0 < elements.vdw_radius(number) < 4.0


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([1, 1, 8], "H2O"),
        ([1, 1, 1, 1, 6], "CH4"),
        ([35, 6, 1, 17, 7, 6], "C2HBrClN"),
        ([35, 1], "BrH"),  # without carbon all are in order of symbols
        ([17, 11], "ClNa"),
        ([6], "C"),
        ([], ""),
    ],
)
def test_hill_order(numbers, expected):
    assert elements.formula(numbers) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("H2O", [1, 1, 8]),
        ("CH3OH", [6, 1, 1, 1, 1, 8]),
        ("C 2 H 6", [6, 6, 1, 1, 1, 1, 1, 1]),
        ("Co", [27]),
        ("CO", [6, 8]),
        ("C0H2", [1, 1]),
    ],
)
def test_a_formula_is_read_in_hill_order(text, expected):
    assert elements.parse_formula(text).tolist() == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a formula; write element symbols with counts"),
        ("   ", "is not a formula"),
        ("h2o", "is not a formula"),
        ("2H", "is not a formula"),
        ("C(CH3)4", "is not a formula"),
        ("C-1", "is not a formula"),
        ("Xx", "unknown element 'Xx'"),
        ("C0", "holds no atoms"),
    ],
)
def test_what_is_no_formula_is_refused_in_one_line(text, message):
    with pytest.raises(ValueError, match=message) as refused:
        elements.parse_formula(text)
    assert "\n" not in str(refused.value)


@given(st.text("CHONXclx ()-+", max_size=8))
def test_any_text_is_a_formula_or_refused_with_a_reason(text):
    try:
        numbers = elements.parse_formula(text)
    except ValueError as error:
        event(str(error).split("'")[0])
    else:
        assert len(numbers) == sum(character.isupper() for character in text)


@pytest.mark.parametrize("text", ["", "X", "Carbon", "6", "Uue"])
def test_an_unknown_element_is_refused_by_name(text):
    with pytest.raises(ValueError, match=f"unknown element '{text}'"):
        elements.number(text)
