"""Atom and molecule stability after Hoogeboom et al. 2022 (EDM, arXiv:2203.17003): bond orders from distances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from gpff_desktop import elements
from gpff_desktop.structure import Structure

# Typical lengths in pm of a single, double and triple bond for a pair of elements.
_LENGTHS = """
H-H 74      H-C 109     H-N 101     H-O 96      H-F 92      H-B 119     H-Si 148    H-P 144
H-As 152    H-S 134     H-Cl 127    H-Br 141    H-I 161
C-C 154 134 120         C-N 147 129 116         C-O 143 120 113         C-S 182 160
C-F 135     C-Si 185    C-P 184     C-Cl 177    C-Br 194    C-I 214
N-N 145 125 110         N-O 140 121             N-F 136     N-Cl 175    N-Br 214    N-S 168
N-I 222     N-P 177
O-O 148 121             O-P 163 150             O-F 142     O-Br 172    O-S 151     O-Si 163
O-Cl 164    O-I 194
F-F 142     F-S 158     F-Si 160    F-Cl 166    F-Br 178    F-P 156     F-I 187
B-Cl 175
Si-Si 233   Si-S 200    Si-Cl 202   Si-Br 215   Si-I 243
Cl-Cl 199   Cl-P 203    Cl-S 207    Cl-Br 214
S-S 204     S-P 210 186             S-Br 225    S-I 234
Br-Br 228   Br-P 222    P-P 221     I-I 266
"""
_MARGINS = (10, 5, 3)
_VALENCES = {
    "H": (1,), "C": (4,), "N": (3,), "O": (2,), "F": (1,), "B": (3,), "Al": (3,), "Si": (4,), "P": (3, 5),
    "S": (4,), "Cl": (1,), "As": (3,), "Br": (1,), "I": (1,), "Hg": (1, 2), "Bi": (3, 5),
}  # fmt: skip


@dataclass(frozen=True)
class Stability:
    """How many atoms have an allowed number of bonds, and whether all have."""

    stable_atoms: int
    n_atoms: int

    @property
    def molecule(self) -> bool:
        """Whether every atom is stable."""
        return self.stable_atoms == self.n_atoms > 0


def stability(structure: Structure) -> Stability:
    """Count the atoms whose bond orders, read off the distances, add up to an allowed valence.

    A pair has a bond if it is closer than the single bond's typical length plus 10 pm, a double bond if also closer
    than the double bond's plus 5 pm, and a triple bond if also closer than the triple bond's plus 3 pm. An element that
    is not in the table is never stable.
    """
    numbers = structure.numbers
    pairs = _near_pairs(structure)
    distances = 100 * np.linalg.norm(structure.positions[pairs[:, 0]] - structure.positions[pairs[:, 1]], axis=1)
    single, double, triple = distances < _LIMITS[:, numbers[pairs[:, 0]], numbers[pairs[:, 1]]]
    orders = single * (1 + double * (1 + triple))
    bonds = np.bincount(pairs.ravel(), weights=np.repeat(orders, 2), minlength=len(numbers)).astype(np.int64)
    valence = np.minimum(bonds, _ALLOWED.shape[1] - 1)
    return Stability(int(_ALLOWED[numbers, valence].sum()), len(numbers))


def _near_pairs(structure: Structure) -> np.ndarray:
    if len(structure) < 2:
        return np.empty((0, 2), dtype=np.int64)
    return cKDTree(structure.positions).query_pairs(_LIMITS.max() / 100, output_type="ndarray")


def _limits() -> np.ndarray:
    """Largest distance in pm `[3, element, element]` of a single, double and triple bond; -inf where there is none."""
    limits = np.full((3, elements.MAX_NUMBER + 1, elements.MAX_NUMBER + 1), -np.inf)
    first = second = order = 0
    for word in _LENGTHS.split():
        if "-" in word:
            first, second = (elements.number(name) for name in word.split("-"))
            order = 0
        else:
            limits[order, [first, second], [second, first]] = float(word) + _MARGINS[order]
            order += 1
    return limits


def _allowed() -> np.ndarray:
    """Whether an element may have a total bond order, `[element, order]`; the last order stands for all larger ones."""
    allowed = np.zeros((elements.MAX_NUMBER + 1, 9), dtype=bool)
    for name, valences in _VALENCES.items():
        allowed[elements.number(name), list(valences)] = True
    return allowed


_LIMITS = _limits()
_ALLOWED = _allowed()
