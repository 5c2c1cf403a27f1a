"""Usual bond lengths, to suspect structures that are no minima of energy."""

from __future__ import annotations

import numpy as np

from gpff_desktop import elements

# Shortest and longest bond in Å of a pair of elements: what minima of QM9, prunedhof and the QM9-NMR sets hold
# (B3LYP/6-31G(2df,p); all but one bond in 2,000), and conformers at the level of PM7 for elements that these lack,
# widened by 0.02 Å (rare pairs by 0.05 Å) for other levels of theory and so that N2, CO and O2 are usual.
_USUAL = """
H-C 1.04 1.14    H-N 0.97 1.07    H-O 0.93 1.06    H-Si 1.43 1.54   H-P 1.37 1.47    H-S 1.31 1.39
C-C 1.17 1.66    C-N 1.13 1.60    C-O 1.11 1.53    C-F 1.27 1.43    C-Si 1.78 1.95   C-P 1.60 1.95
C-S 1.54 1.95    C-Cl 1.62 1.89   C-Br 1.78 2.06   C-I 2.00 2.25
N-N 1.08 1.60    N-O 1.13 1.60    N-F 1.30 1.47    N-S 1.45 1.85
O-O 1.19 1.52    O-Si 1.55 1.72   O-P 1.42 1.70    O-S 1.40 1.72    O-F 1.34 1.48
Si-Si 2.25 2.45  Si-Cl 2.00 2.15  S-S 1.87 2.25
"""
_SHORTEST_OF_RADII = 0.7


def _limits() -> tuple[np.ndarray, np.ndarray]:
    """Shortest and longest usual length in Å, `[element, element]` each; other pairs have no longest."""
    radii = np.array([0.0] + [elements.covalent_radius(z) for z in range(1, elements.MAX_NUMBER + 1)])
    shortest = _SHORTEST_OF_RADII * (radii[:, None] + radii[None, :])
    longest = np.full_like(shortest, np.inf)
    words = _USUAL.split()
    for pair, low, high in zip(words[::3], words[1::3], words[2::3], strict=True):
        first, second = (elements.number(name) for name in pair.split("-"))
        shortest[first, second] = shortest[second, first] = float(low)
        longest[first, second] = longest[second, first] = float(high)
    return shortest, longest


_SHORTEST, _LONGEST = _limits()


def unusual(first: np.ndarray, second: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Which bonds are shorter or longer than is usual in minima of energy.

    Parameters
    ----------
    first, second
        Atomic numbers of the two ends `[n_bonds]`.
    lengths
        `[n_bonds]` in Å.

    Returns
    -------
    np.ndarray
        `[n_bonds]`, bool. Pairs of elements that are rare in organic molecules are judged by their radii alone.
    """
    return np.asarray((lengths < _SHORTEST[first, second]) | (lengths > _LONGEST[first, second]))
