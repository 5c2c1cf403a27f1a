"""Finding geometries that have been met before, among millions, by a few bytes for each.

The distances of a structure, sorted within each pair of elements, change neither by rotation, reflection nor the order
of atoms, and never by more than the distances themselves (sorting is a contraction). They are projected onto a few
random directions, and the projections divided into cells: locality-sensitive hashing after Datar et al. (2004,
doi:10.1145/997817.997857). Looking into the neighbouring cells too finds every near copy, which a hash of rounded
distances would not: one of a hundred distances always lies next to a limit of rounding.
"""

from __future__ import annotations

from functools import cache, lru_cache
from hashlib import blake2b
from itertools import product

import numpy as np

CELL = 0.002
"""Width of a cell, in Å of root mean square change of the distances: copies within half of it are always found."""

_PROJECTIONS = 8
_LARGEST_WITH_PAIRS = 200
_SHIFT = 1e4  # longer than any distance in Å, so that one sort goes pair of elements by pair of elements
_MOST_VALUES = _LARGEST_WITH_PAIRS * (_LARGEST_WITH_PAIRS - 1) // 2
_FACTORS = np.random.default_rng(1).integers(0, 2**64, _PROJECTIONS, dtype=np.uint64) | np.uint64(1)
_TO_NEIGHBOURS = np.array(list(product((0, 1), repeat=_PROJECTIONS)), dtype=np.uint64) @ _FACTORS


class SeenGeometries:
    """The geometries met so far: 8 bytes of each, in a set."""

    def __init__(self) -> None:
        self._cells: set[int] = set()

    def add(self, numbers: np.ndarray, positions: np.ndarray) -> bool:
        """Remember a geometry; whether it, or one like it, has been met before.

        Parameters
        ----------
        numbers
            Atomic numbers `[n_atoms]`.
        positions
            Coordinates `[n_atoms, 3]` in Å.
        """
        scaled = projections(numbers, positions) / CELL
        composition = np.uint64(short_hash(np.sort(numbers).tobytes()))
        near = _key(np.floor(scaled - 0.5), composition) + _TO_NEIGHBOURS
        met = not self._cells.isdisjoint(near.tolist())
        if not met:
            self._cells.add(int(_key(np.floor(scaled), composition)[0]))
        return met


class SeenTexts:
    """The texts met so far: 8 bytes of each, in a set."""

    def __init__(self) -> None:
        self._hashes: set[int] = set()

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, text: str) -> bool:
        """Remember a text; whether it has been met before."""
        known = len(self._hashes)
        self._hashes.add(short_hash(text.encode()))
        return len(self._hashes) == known


def projections(numbers: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Eight sums `[8]` over a structure's sorted distances, in Å, that rotation and the order of atoms do not change.

    Their differences between two structures of one composition are of the size of the root mean square difference of
    their sorted distances. Above 200 atoms the distances are those to the centre of geometry, not those of all pairs.
    """
    order = np.argsort(numbers, kind="stable")
    numbers, positions = numbers[order], positions[order]
    if len(numbers) <= _LARGEST_WITH_PAIRS:
        first, second, shifts = _pairs(numbers.astype(np.uint8).tobytes())
        values = np.linalg.norm(positions[first] - positions[second], axis=1)
        directions = _directions()[:, : len(values)]
    else:
        shifts, values = _SHIFT * numbers, np.linalg.norm(positions - positions.mean(axis=0), axis=1)
        directions = _directions()[:, np.arange(len(values)) % _MOST_VALUES]
    values = np.sort(values + shifts) - shifts
    return np.asarray(directions @ values / np.sqrt(max(1, len(values))))


def short_hash(content: bytes) -> int:
    """A hash of 8 bytes, the same in every process."""
    return int.from_bytes(blake2b(content, digest_size=8).digest())


@lru_cache(maxsize=1024)
def _pairs(numbers: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of atoms of a composition, pair of elements by pair of elements, and what keeps these apart in order.

    Parameters
    ----------
    numbers
        Ascending atomic numbers, one byte each.
    """
    kinds = np.frombuffer(numbers, dtype=np.uint8).astype(np.int64)
    first, second = np.triu_indices(len(kinds), 1)
    shifts = _SHIFT * (256 * kinds[first] + kinds[second])
    order = np.argsort(shifts, kind="stable")
    return first[order], second[order], shifts[order]


@cache
def _directions() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((_PROJECTIONS, _MOST_VALUES))


def _key(cell: np.ndarray, composition: np.uint64) -> np.ndarray:
    """One number `[1]` for a cell `[8]`; that of its neighbour along an axis is that axis's factor more."""
    return np.asarray(cell.astype(np.int64).astype(np.uint64)[None] @ _FACTORS + composition)
