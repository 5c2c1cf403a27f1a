"""Distances, extents and pieces of structures, mostly of many of one number of atoms at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from gpff_desktop import elements
from gpff_desktop.chemistry.bonds import SLACK

CHUNK = 1_000_000  # distances held at once, to bound the memory (one structure may need more)
_RADII = np.array([0.0] + [elements.covalent_radius(z) for z in range(1, elements.MAX_NUMBER + 1)])


def closest_distance(positions: np.ndarray) -> float:
    """Distance of the two nearest atoms of one structure of any size, `[n_atoms, 3]` in Å; infinite for one atom."""
    if len(positions) ** 2 <= CHUNK:
        return float(pdist(positions).min(initial=np.inf))
    return float(cKDTree(positions).query(positions, k=2)[0][:, 1].min())


def closest_distances(positions: np.ndarray) -> np.ndarray:
    """Distance of the two nearest atoms of each structure, `[m, n_atoms, 3]` in Å to `[m]`; infinite for one atom."""
    closest = np.empty(len(positions))
    itself = np.diag(np.full(positions.shape[1], np.inf))
    for part, distances in _distances(positions):
        closest[part] = (distances + itself).min(axis=(1, 2))
    return closest


def count_pieces(n_atoms: int, bonds: np.ndarray) -> int:
    """Connected pieces of one structure with bonds `[n_bonds, 3]`.

    For a small molecule ten times as fast as a sparse graph, which is worth it when a million are looked at.
    """
    parent = list(range(n_atoms))

    def root(atom: int) -> int:
        while parent[atom] != atom:
            parent[atom] = atom = parent[parent[atom]]
        return atom

    for first, second in bonds[:, :2].tolist():
        parent[root(first)] = root(second)
    return sum(atom == above for atom, above in enumerate(parent))


def piece_counts(numbers: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Connected pieces of each structure, `[m, n_atoms]` and `[m, n_atoms, 3]` in Å to `[m]`.

    Atoms are joined up to `SLACK` times the sum of their covalent radii, as in `connectivity`.
    """
    n_atoms = positions.shape[1]
    counts = np.empty(len(positions), dtype=np.int64)
    for part, distances in _distances(positions):
        radii = _RADII[numbers[part]]
        joined = (distances < SLACK * (radii[:, :, None] + radii[:, None, :])).astype(np.float32)
        for _ in range((n_atoms - 1).bit_length()):  # each time, paths of twice the length
            joined = (joined @ joined > 0).astype(np.float32)
        counts[part] = (joined.argmax(axis=2) == np.arange(n_atoms)).sum(axis=1)
    return counts


def radii_of_gyration(positions: np.ndarray) -> np.ndarray:
    """Root mean square distance from the centre of geometry: `[m, n_atoms, 3]` in Å to `[m]`."""
    centred = positions - positions.mean(axis=1, keepdims=True)
    return np.sqrt((centred**2).sum(axis=-1).mean(axis=-1))


def _distances(positions: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """All distances `[part, n_atoms, n_atoms]`, part by part."""
    step = max(1, CHUNK // positions.shape[1] ** 2)
    for start in range(0, len(positions), step):
        part = slice(start, min(start + step, len(positions)))
        between = positions[part, :, None] - positions[part, None, :]
        yield part, np.sqrt((between**2).sum(axis=-1))
