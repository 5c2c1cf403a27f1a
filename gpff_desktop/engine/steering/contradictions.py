"""Constraints that cannot all hold, found before a run and named."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from gpff_desktop import elements
from gpff_desktop.engine.steering.constraints import Constraint, Geometric, RigidGroup, Shape, Wall
from gpff_desktop.engine.steering.hold import projector_of, worst_of
from gpff_desktop.engine.steering.records import SteeringError
from gpff_desktop.engine.steering.regions import Region, outside

_TRIALS = 8
_BOND_OVERLAP = 5.92
"""Å³ that two bonded atoms share: Zhao, Abraham & Zissimos, J. Org. Chem. 68, 7368 (2003)."""


def check_constraints(
    constraints: Sequence[Constraint],
    numbers: np.ndarray,
    locked: Sequence[int] = (),
    known: Sequence[int] = (),
    reference: np.ndarray | None = None,
) -> None:
    """Refuse constraints that cannot hold together.

    Parameters
    ----------
    constraints
        All constraints of a run.
    numbers
        Atomic numbers `[n_atoms]`.
    locked
        Atoms (from 0) that may not move.
    known
        Atoms (from 0) whose coordinates are known before the run, locked ones among them.
    reference
        Coordinates `[n_atoms, 3]` in Å; those of known atoms count.

    Raises
    ------
    SteeringError
        If an atom is not there, a constraint is given twice, a rigid group has no known shape, a region is too small,
        or exact constraints contradict each other or the locks.
    """
    _check_names(constraints, len(numbers))
    _check_groups([c for c in constraints if isinstance(c, RigidGroup)], {*known, *locked})
    for wall in (c for c in constraints if isinstance(c, Wall)):
        confined = numbers if wall.atoms is None else numbers[list(wall.atoms)]
        check_room(wall.region, confined)
    _check_together(constraints, numbers, locked, np.zeros((len(numbers), 3)) if reference is None else reference)


def check_room(region: Region, numbers: np.ndarray) -> None:
    """Refuse a region whose surroundings, within the mean van-der-Waals radius, cannot hold so many atoms.

    Nuclei stay in the region while the atoms may stick out of it. Volumes are those of spheres less the overlap of
    as many bonds as hold the atoms together (Zhao et al. 2003).

    Raises
    ------
    SteeringError
        If it is too small.
    """
    radii = [elements.vdw_radius(int(z)) for z in numbers]
    needed = sum(4 / 3 * math.pi * radius**3 for radius in radii) - _BOND_OVERLAP * (len(radii) - 1)
    if region.grown(sum(radii) / len(radii)).volume < needed:
        raise SteeringError(
            f"the {region.kind} is too small for {len(radii)} atoms, which take about {needed:.0f} Å³; make it larger"
        )


def _check_names(constraints: Sequence[Constraint], n_atoms: int) -> None:
    for constraint in constraints:
        if strange := [atom for atom in constraint.named() if not 0 <= atom < n_atoms]:
            raise SteeringError(f"{constraint.describe()}: there is no atom {strange[0] + 1} among {n_atoms}")
    if sum(isinstance(c, Shape) for c in constraints) > 1:
        raise SteeringError("a run can hold one shape only; leave out the others")
    seen: dict[object, Constraint] = {}
    for constraint in constraints:
        same = seen.setdefault(_subject(constraint), constraint)
        if same is constraint:
            continue
        if same == constraint:
            raise SteeringError(f"{constraint.describe()} is given twice; leave one out")
        if _exact(same) and _exact(constraint):
            raise SteeringError(f"{same.describe()} contradicts {constraint.describe()}; leave one out")


def _subject(constraint: Constraint) -> object:
    """What a constraint is about: the same for `1-2` and `2-1`."""
    if not isinstance(constraint, Geometric):
        return constraint
    atoms = frozenset(constraint.atoms) if constraint.kind == "plane" else min(constraint.atoms, constraint.atoms[::-1])
    return constraint.kind, atoms, constraint.weight


def _exact(constraint: Constraint) -> bool:
    return isinstance(constraint, Geometric) and constraint.exact


def _check_groups(groups: Sequence[RigidGroup], known: set[int]) -> None:
    owner: dict[int, RigidGroup] = {}
    for group in groups:
        for atom in group.atoms:
            if atom in owner:
                raise SteeringError(f"atom {atom + 1} is in two rigid groups; make them one or leave it out of one")
            owner[atom] = group
            if atom not in known:
                raise SteeringError(
                    f"{group.describe()} has no known shape: atom {atom + 1} starts anywhere; "
                    "start it from a structure or a conformer"
                )


def _check_together(
    constraints: Sequence[Constraint], numbers: np.ndarray, locked: Sequence[int], reference: np.ndarray
) -> None:
    binding = [c for c in constraints if _exact(c) or isinstance(c, (Wall, RigidGroup))]
    trial = _Trial(numbers, locked, reference)
    if not binding or not (reason := trial.failure(binding)):
        return
    for k, constraint in enumerate(binding):
        if alone := trial.failure([constraint]):
            raise SteeringError(f"{alone}{trial.because_of_locks(constraint)}")
        for other in binding[:k]:
            if trial.failure([other, constraint]):
                raise SteeringError(f"{other.describe()} contradicts {constraint.describe()}; leave one out")
    raise SteeringError(f"{reason}: the constraints contradict each other; leave one out")


class _Trial:
    """Whether constraints can hold: tried from a few random starts, with locked atoms at their places."""

    def __init__(self, numbers: np.ndarray, locked: Sequence[int], reference: np.ndarray) -> None:
        n = len(numbers)
        self.home = torch.from_numpy(np.array(reference, dtype=np.float64))
        self.locked = torch.zeros(n, dtype=torch.bool)
        self.locked[list(locked)] = True
        middle = self.home[self.locked].mean(0) if self.locked.any() else torch.zeros(3, dtype=torch.float64)
        generator = torch.Generator().manual_seed(0)
        self.starts = middle + 2 * torch.randn(_TRIALS, n, 3, generator=generator, dtype=torch.float64)

    def failure(self, constraints: Sequence[Constraint]) -> str:
        """Why these constraints cannot hold; empty if a start is found from which they can."""
        projector = projector_of(constraints, self.home.expand_as(self.starts), self.locked)
        ends = projector.project(self._near(constraints))
        best = int(projector.worst(ends).argmin())
        ratio, reason = worst_of(projector, ends[best : best + 1])
        return reason if ratio > 1 else ""

    def _near(self, constraints: Sequence[Constraint]) -> Tensor:
        """Starts in the first wall, where there is one: far from it all would begin on its surface."""
        walls = [c for c in constraints if isinstance(c, Wall)]
        if not walls or self.locked.any():
            return self.starts
        return self.starts + self.starts.new_tensor(walls[0].region.middle)

    def because_of_locks(self, constraint: Constraint) -> str:
        """A hint, where locked atoms are what makes a constraint impossible."""
        held = [atom for atom in constraint.named() if self.locked[atom]]
        if isinstance(constraint, Wall) and self.locked.any():
            distance, _ = outside(constraint.region, self.home[self.locked])
            return "; unlock atoms or move the wall" if float(distance.max()) > 0 else "; make the region larger"
        return "; unlock one of its atoms or change its value" if held else "; change its value"
