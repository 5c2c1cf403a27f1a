"""Distances, angles and torsions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpff_desktop.structure import Structure

# Sine of an angle below which three atoms count as in line and leave a torsion undefined.
_IN_LINE = 1e-6


def distance(where: Structure | np.ndarray, atoms: Sequence[int]) -> float:
    """Distance in Å between two atoms of a structure or of positions `[n_atoms, 3]`."""
    first, second = _points(where, atoms)
    return float(np.linalg.norm(second - first))


def angle(where: Structure | np.ndarray, atoms: Sequence[int]) -> float:
    """Angle in degrees, 0 to 180, at the second of three atoms; nan if it coincides with another."""
    points = _points(where, atoms)
    first, second = points[[0, 2]] - points[1]
    if not first.any() or not second.any():
        return float("nan")
    # The arc tangent keeps its precision near 0 and 180 degrees, where the arc cosine loses it.
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(first, second)), first @ second)))


def torsion(where: Structure | np.ndarray, atoms: Sequence[int]) -> float:
    """Torsion in degrees, -180 to 180, of four atoms; nan if three of them in a row are in line.

    Positive if the far bond is clockwise of the near one (IUPAC 1996, doi:10.1351/pac199668122193).
    """
    first, axis, last = np.diff(_points(where, atoms), axis=0)
    before, after = np.cross(first, axis), np.cross(axis, last)
    if _vanishes(before, first, axis) or _vanishes(after, axis, last):
        return float("nan")
    return float(np.degrees(np.arctan2(np.linalg.norm(axis) * (first @ after), before @ after)))


def _points(where: Structure | np.ndarray, atoms: Sequence[int]) -> np.ndarray:
    positions = where.positions if isinstance(where, Structure) else np.asarray(where, dtype=np.float64)
    return positions[list(atoms)]


def _vanishes(cross: np.ndarray, a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.linalg.norm(cross) <= _IN_LINE * np.linalg.norm(a) * np.linalg.norm(b))
