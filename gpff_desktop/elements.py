"""The one table of elements: symbols, radii and formulas. Nothing else in the package lists elements."""

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
from ase.data import atomic_numbers, chemical_symbols, covalent_radii, vdw_radii

MAX_NUMBER = 118
MAX_ATOMS = 100_000
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d*)+")
_TERM = re.compile(r"([A-Z][a-z]?)(\d*)")


def symbol(number: int) -> str:
    """Element symbol of an atomic number (`6 -> "C"`)."""
    return chemical_symbols[number]


def number(symbol: str) -> int:
    """Atomic number of an element symbol, written in any case (`"cl" -> 17`).

    Raises
    ------
    ValueError
        If there is no such element.
    """
    found = atomic_numbers.get(symbol.strip().capitalize(), 0)
    if not 1 <= found <= MAX_NUMBER:
        raise ValueError(f"unknown element '{symbol}'")
    return int(found)


def covalent_radius(number: int) -> float:
    """Covalent radius in Å (Cordero et al. 2008)."""
    return float(covalent_radii[number])


def vdw_radius(number: int) -> float:
    """Van der Waals radius in Å (Alvarez 2013); 2.0 where the table has no entry."""
    radius = float(vdw_radii[number]) if number < len(vdw_radii) else float("nan")
    return radius if np.isfinite(radius) else 2.0


def parse_formula(formula: str) -> np.ndarray:
    """Atomic numbers `[n_atoms]` (int64) of a molecular formula, in Hill order.

    Parameters
    ----------
    formula
        Element symbols with counts, such as `C7H10N2O2`; a repeated element adds up (`CH3OH`).

    Raises
    ------
    ValueError
        If the text is not a formula, names an unknown element or holds no atoms, or too many.
    """
    text = formula.replace(" ", "")
    if not text or not _FORMULA.fullmatch(text):
        raise ValueError(f"'{formula}' is not a formula; write element symbols with counts, such as C7H10N2O2")
    counts: Counter[int] = Counter()
    for name, count in _TERM.findall(text):
        counts[number(name)] += int(count) if count else 1
    counts = +counts
    if not counts:
        raise ValueError(f"formula '{formula}' holds no atoms")
    if sum(counts.values()) > MAX_ATOMS:
        raise ValueError(f"formula '{formula}' holds more than {MAX_ATOMS} atoms")
    return np.array([z for z in hill_order(counts) for _ in range(counts[z])], dtype=np.int64)


def hill_order(numbers: Iterable[int]) -> list[int]:
    """Distinct atomic numbers in Hill order: carbon and hydrogen first if there is carbon, the rest by symbol."""
    present = set(numbers)
    first = [z for z in (6, 1) if z in present] if 6 in present else []
    return first + sorted(present - set(first), key=symbol)


def formula(numbers: Iterable[int]) -> str:
    """Hill formula of atomic numbers (`[6, 1, 1, 1, 1] -> "CH4"`)."""
    counts = Counter(int(z) for z in numbers)
    return "".join(symbol(z) + (str(counts[z]) if counts[z] > 1 else "") for z in hill_order(counts))
