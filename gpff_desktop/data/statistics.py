"""What a data set holds: counts, elements, sizes, formulas, duplicates, pieces, nearest atoms and extents."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from gpff_desktop import elements
from gpff_desktop.data.duplicates import SeenGeometries
from gpff_desktop.data.geometry import closest_distances, piece_counts, radii_of_gyration
from gpff_desktop.data.packed import PackedDataset


@dataclass(frozen=True)
class DatasetStatistics:
    """Figures of a data set. Lengths are in Å.

    Parameters
    ----------
    n_structures, n_atoms
        How many structures, and atoms in all of them.
    n_duplicates
        Structures that repeat the geometry of another one, mirror images and other orders of atoms included.
    n_disconnected
        Structures in more than one piece, by the distances of their atoms.
    elements
        Atoms of each element, by symbol, lightest element first.
    sizes
        Structures of each number of atoms, smallest first.
    formulas
        Structures of each Hill formula, commonest first.
    closest_distance
        Distance of the two nearest atoms: least, median and greatest over the structures of two and more atoms.
    radius_of_gyration
        Mean radius of gyration of the structures of each number of atoms.
    """

    n_structures: int
    n_atoms: int
    n_duplicates: int
    n_disconnected: int
    elements: dict[str, int]
    sizes: dict[int, int]
    formulas: dict[str, int]
    closest_distance: dict[str, float]
    radius_of_gyration: dict[int, float]

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain dictionaries and numbers, fit for JSON."""
        return asdict(self)


def dataset_statistics(dataset: PackedDataset) -> DatasetStatistics:
    """Count and measure a data set; a quarter of a minute for 100,000 small molecules."""
    totals = dict(zip(dataset.element_numbers.tolist(), dataset.element_counts.sum(axis=0).tolist(), strict=True))
    closest, pieces, radii = _measured(dataset)
    by_size = dataset.by_size()
    counts = {formula: len(indices) for formula, indices in dataset.compositions().items()}
    return DatasetStatistics(
        n_structures=len(dataset),
        n_atoms=int(dataset.n_atoms.sum()),
        n_duplicates=_count_duplicates(dataset),
        n_disconnected=int((pieces > 1).sum()),
        elements={elements.symbol(z): count for z, count in totals.items()},
        sizes={size: len(indices) for size, indices in by_size.items()},
        formulas=dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        closest_distance=_spread(closest),
        radius_of_gyration={size: round(float(radii[indices].mean()), 4) for size, indices in by_size.items()},
    )


def _measured(dataset: PackedDataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Closest distance, pieces and radius of gyration of every structure, `[n]` each."""
    n = len(dataset)
    closest, pieces, radii = np.empty(n), np.empty(n, dtype=np.int64), np.empty(n)
    for size, indices in dataset.by_size().items():
        part = dataset.subset(indices)
        numbers = part.numbers.reshape(-1, size)
        positions = part.positions.reshape(-1, size, 3).astype(np.float64)
        closest[indices] = closest_distances(positions)
        pieces[indices] = piece_counts(numbers, positions)
        radii[indices] = radii_of_gyration(positions)
    return closest, pieces, radii


def _count_duplicates(dataset: PackedDataset) -> int:
    seen = SeenGeometries()
    return sum(
        seen.add(dataset.numbers[start:end].astype(np.int64), dataset.positions[start:end].astype(np.float64))
        for start, end in pairwise(dataset.offsets.tolist())
    )


def _spread(distances: np.ndarray) -> dict[str, float]:
    known = distances[np.isfinite(distances)]
    if not len(known):
        return {}
    figures = {"min": known.min(), "median": np.median(known), "max": known.max()}
    return {name: round(float(value), 4) for name, value in figures.items()}
