"""What constraints are called, what they ask for, and how far a structure is from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gpff_desktop.chemistry.building.edit import name as atom_name
from gpff_desktop.session.measurements import KINDS, Measurement
from gpff_desktop.structure import Structure

if TYPE_CHECKING:  # It loads torch, for which a window does not wait.
    from gpff_desktop.engine.steering import Constraint

DEVIATION_KEY = "GPFF_deviation"
"""Property under which results of runs say how far they are from their constraints."""
GEOMETRIC = ("distance", "angle", "torsion", "plane", "position")
"""Kinds that can be pulled at instead of being met exactly."""

_MOST_NAMES = 4
_MET = {"Å": 1e-3, "°": 0.1}


@dataclass(frozen=True)
class Reading:
    """How a structure stands to a constraint.

    Parameters
    ----------
    now
        What it has at present, such as `1.523 Å`; empty where there is nothing to say.
    off
        How far that is from what is asked for; `None` where no single number tells.
    unit
        `Å` or `°`.
    """

    now: str = ""
    off: float | None = None
    unit: str = "Å"

    @property
    def met(self) -> bool:
        """Whether it is as exact as runs make it."""
        return self.off is not None and self.off <= _MET[self.unit]

    @property
    def text(self) -> str:
        """`met`, or how far off; empty where no single number tells."""
        if self.off is None or not np.isfinite(self.off):
            return ""
        digits = 3 if self.unit == "Å" else 2
        return "met" if self.met else f"{self.off:.{digits}f}{' ' if self.unit == 'Å' else ''}{self.unit} off"


def title(constraint: Constraint, structure: Structure) -> str:
    """What it is about: `Distance C1–C5`."""
    atoms = constraint.named()
    if constraint.kind == "shape":
        return "Shape"
    if constraint.kind == "wall":
        given: Any = constraint
        return f"{given.region.kind.capitalize()} around {_named(atoms, structure) if atoms else 'all atoms'}"
    kind = "Rigid group" if constraint.kind == "rigid" else constraint.kind.capitalize()
    return f"{kind} {'of ' * (len(atoms) > _MOST_NAMES)}{_named(atoms, structure)}"


def target(constraint: Constraint) -> str:
    """What it asks for: `1.540 Å`, `8 × 8 × 6 Å`; empty where the atoms say it all."""
    given: Any = constraint
    match constraint.kind:
        case "distance":
            return f"{given.value:.3f} Å"
        case "angle" | "torsion":
            return f"{given.value:.1f}°"
        case "position":
            return f"{', '.join(f'{x:.2f}' for x in given.value)} Å"
        case "wall":
            return _size(given.region)
        case "shape":
            return ":".join(f"{x:g}" for x in given.ratio)
    return ""


def reading(constraint: Constraint, positions: np.ndarray) -> Reading:
    """How positions `[n_atoms, 3]` in Å stand to a constraint."""
    given: Any = constraint
    if constraint.kind in KINDS.values():
        measured = Measurement(given.atoms)
        unit = "Å" if constraint.kind == "distance" else "°"
        off = abs(measured.value(positions) - given.value)
        off = abs((off + 180) % 360 - 180) if constraint.kind == "torsion" else off
        return Reading(measured.text(positions), off, unit)
    if constraint.kind == "shape":
        return Reading(":".join(f"{x:.1f}" for x in variance_ratio(positions)))
    if constraint.kind == "rigid" or not len(positions):
        return Reading()
    off = _distance_off(constraint, positions)
    return Reading("inside" if constraint.kind == "wall" and off == 0 else "", off)


def worst(constraints: Iterable[Constraint], positions: np.ndarray) -> str:
    """The largest deviations of positions `[n_atoms, 3]` in Å, in words: `0.0004 Å, 0.02°`; empty without any."""
    readings = [one for one in (reading(constraint, positions) for constraint in constraints) if one.off is not None]
    lengths, angles = ([one.off for one in readings if one.unit == unit] for unit in ("Å", "°"))
    parts = ([f"{max(lengths):.4f} Å"] if lengths else []) + ([f"{max(angles):.3f}°"] if angles else [])  # type: ignore[type-var]
    return ", ".join(parts)


def variance_ratio(positions: np.ndarray) -> tuple[float, float, float]:
    """Ratio of the principal variances of positions `[n_atoms, 3]`, largest first; of flat ones the last stays tiny."""
    if len(positions) < 2:
        return 1.0, 1.0, 1.0
    offsets = positions - positions.mean(axis=0)
    small, middle, large = np.maximum(np.linalg.eigvalsh(offsets.T @ offsets), 0).tolist()
    least = max(small, 1e-3 * large, 1e-12)
    return large / least, middle / least, small / least


def _distance_off(constraint: Constraint, positions: np.ndarray) -> float:
    """How far in Å atoms are from a plane, a place or the inside of a wall."""
    import torch

    from gpff_desktop.engine.steering.regions import outside
    from gpff_desktop.engine.steering.rows import deviations

    given: Any = constraint
    points = torch.from_numpy(np.array(positions, dtype=np.float64))
    if constraint.kind == "wall":
        inside = points if given.atoms is None else points[list(given.atoms)]
        return float(outside(given.region, inside)[0].max())
    rows = deviations([given], points[None])[0]
    return float(rows.norm() if constraint.kind == "position" else rows.abs().max())


def _named(atoms: Sequence[int], structure: Structure) -> str:
    if len(atoms) > _MOST_NAMES:
        return f"{len(atoms)} atoms"
    return "–".join(atom_name(structure, atom) for atom in atoms)


def _size(region: Any) -> str:
    sizes = {"sphere": "radius", "box": "edges", "ellipsoid": "semiaxes"}
    size = getattr(region, sizes.get(region.kind, ""), ())
    return f"{' × '.join(f'{x:g}' for x in np.atleast_1d(size))} Å"
