"""Sizes and distances of many structures of one number of atoms at once."""

from __future__ import annotations

import numpy as np

CHUNK = 1_000_000  # pairs handled at once, to bound the memory


def closest_distances(positions: np.ndarray) -> np.ndarray:
    """Distance of the two nearest atoms of each structure, `[m, n_atoms, 3]` in Å to `[m]`; infinite for one atom."""
    first, second = np.triu_indices(positions.shape[1], k=1)
    closest = np.full(len(positions), np.inf)
    for begin in range(0, len(first), CHUNK):  # one structure may have more pairs than fit
        pairs = slice(begin, begin + CHUNK)
        step = max(1, CHUNK // len(first[pairs]))
        for start in range(0, len(positions), step):
            some = slice(start, start + step)
            between = positions[some, first[pairs]] - positions[some, second[pairs]]
            closest[some] = np.minimum(closest[some], np.sqrt((between**2).sum(axis=-1)).min(axis=1))
    return closest


def radii_of_gyration(positions: np.ndarray) -> np.ndarray:
    """Root mean square distance from the centre of geometry: `[m, n_atoms, 3]` in Å to `[m]`."""
    centred = positions - positions.mean(axis=1, keepdims=True)
    return np.sqrt((centred**2).sum(axis=-1).mean(axis=-1))
