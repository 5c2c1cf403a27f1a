"""What a data set holds: counts, elements, sizes, formulas, nearest atoms and extents."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gpff_desktop import elements
from gpff_desktop.data.geometry import closest_distances, radii_of_gyration
from gpff_desktop.data.packed import PackedDataset


@dataclass(frozen=True)
class DatasetStatistics:
    """Figures of a data set. Lengths are in Å.

    Parameters
    ----------
    n_structures, n_atoms
        How many structures, and atoms in all of them.
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
    elements: dict[str, int]
    sizes: dict[int, int]
    formulas: dict[str, int]
    closest_distance: dict[str, float]
    radius_of_gyration: dict[int, float]

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain dictionaries and numbers, fit for JSON."""
        return asdict(self)


def dataset_statistics(dataset: PackedDataset) -> DatasetStatistics:
    """Count and measure a data set; about two seconds for 100,000 small molecules."""
    totals = dict(zip(dataset.element_numbers.tolist(), dataset.element_counts.sum(axis=0).tolist(), strict=True))
    by_size = dataset.by_size()
    formulas = {formula: len(indices) for formula, indices in dataset.compositions().items()}
    closest: list[np.ndarray] = []
    radius: dict[int, float] = {}
    for size, indices in by_size.items():
        positions = dataset.subset(indices).positions.reshape(-1, size, 3).astype(np.float64)
        closest.append(closest_distances(positions))
        radius[size] = round(float(radii_of_gyration(positions).mean()), 4)
    return DatasetStatistics(
        n_structures=len(dataset),
        n_atoms=int(dataset.n_atoms.sum()),
        elements={elements.symbol(z): count for z, count in totals.items()},
        sizes={size: len(indices) for size, indices in by_size.items()},
        formulas=dict(sorted(formulas.items(), key=lambda item: (-item[1], item[0]))),
        closest_distance=_spread(np.concatenate(closest or [np.zeros(0)])),
        radius_of_gyration=radius,
    )


def _spread(distances: np.ndarray) -> dict[str, float]:
    known = distances[np.isfinite(distances)]
    if not len(known):
        return {}
    figures = {"min": known.min(), "median": np.median(known), "max": known.max()}
    return {name: round(float(value), 4) for name, value in figures.items()}
