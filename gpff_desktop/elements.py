"""The one table of elements: symbols, radii and formulas. Nothing else in the package lists elements."""

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
from ase.data import atomic_numbers, chemical_symbols, covalent_radii, vdw_radii

MAX_NUMBER = 118
MAX_ATOMS = 100_000
_NOBLE = (2, 10, 18, 36, 54, 86, 118)
TABLE_COLUMNS = 18
_FIRST_F_ROW, _D_BLOCK, _P_BLOCK = 8, 2, 12
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


def table_place(number: int) -> tuple[int, int]:
    """Row and column of an element in the usual table of 18 columns, the f elements below."""
    period = next(i for i, noble in enumerate(_NOBLE) if number <= noble)
    start = _NOBLE[period - 1] if period else 0
    nth, length = number - start, _NOBLE[period] - start
    if length == 32 and 3 <= nth <= 16:
        return period + 3, nth - 1
    from_left = nth <= (1 if length == 2 else 2)
    return period, nth - 1 if from_left else nth - 1 + TABLE_COLUMNS - length


def block(number: int) -> str:
    """Block of the periodic table: `s`, `p`, `d` or `f` (helium stands with the noble gases)."""
    row, column = table_place(number)
    if row >= _FIRST_F_ROW:
        return "f"
    return "s" if column < _D_BLOCK else "d" if column < _P_BLOCK else "p"


def neighbours(number: int, among: Iterable[int]) -> list[int]:
    """Elements that an element is most like, out of some others.

    The nearest above and below in its group; without these, the nearest in its block; without these, all.
    """
    others = sorted(set(among) - {number})
    row, column = table_place(number)
    f_block = row >= _FIRST_F_ROW
    group = [z for z in others if table_place(z)[1] == column and (table_place(z)[0] >= _FIRST_F_ROW) == f_block]
    nearest = [max((z for z in group if z < number), default=0), min((z for z in group if z > number), default=0)]
    if any(nearest):
        return [z for z in nearest if z]
    same = [z for z in others if block(z) == block(number)]
    closest = min((abs(z - number) for z in same), default=0)
    return [z for z in same if abs(z - number) == closest] or others


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
