"""Constraints at work in a run: what is done to a state before an evaluation, and to where the evaluation leads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.steering.bodies import Bodies
from gpff_desktop.engine.steering.constraints import Angle, Constraint, Geometric, RigidGroup, Shape, Torsion, Wall
from gpff_desktop.engine.steering.projection import Projector
from gpff_desktop.engine.steering.records import SteeringError
from gpff_desktop.engine.steering.regions import outside
from gpff_desktop.engine.steering.rows import deviations

MET_LENGTH = 1e-3
"""An exact constraint is met when lengths are within this many Å …"""
MET_ANGLE = 0.1 * torch.pi / 180
"""… and angles within a tenth of a degree (in radians)."""

_MOST_SCALING = 3.0
_ALL = 2**62


@dataclass(frozen=True, eq=False)
class _Group:
    """Molecules of one size with the same atoms locked: which packed atoms `[m, n]` they are, and what moves them."""

    atoms: Tensor
    projector: Projector
    sigma_scale: float


class Steering:
    """Constraints on all molecules of a batch.

    Parameters
    ----------
    constraints
        What every molecule must respect; atoms counted from 0 within the molecule.
    batch
        The molecules.
    locks
        Their locked atoms.
    reference
        Coordinates `[n_total, 3]` in Å that give rigid groups their shape; those of the batch if `None`.

    Raises
    ------
    SteeringError
        If a constraint names an atom that is not there.
    """

    def __init__(
        self, constraints: Sequence[Constraint], batch: Batch, locks: Locks, reference: Tensor | None = None
    ) -> None:
        self.constraints = tuple(constraints)
        self.reference = batch.positions if reference is None else reference
        self._shapes = [c for c in self.constraints if isinstance(c, Shape)]
        self._groups = []
        if self.constraints:
            shape = locks.apply(self.reference)
            groups = (alike for atoms in batch.same_size_groups(_ALL) for alike in _locked_alike(atoms, locks))
            self._groups = [self._group(atoms, locks, shape) for atoms in groups]

    def _group(self, atoms: Tensor, locks: Locks, shape: Tensor) -> _Group:
        _check_indices(self.constraints, atoms.shape[1])
        locked = locks.locked[atoms[0]]
        projector = projector_of(self.constraints, shape[atoms], locked)
        return _Group(atoms, projector, _sigma_scale(projector, locked, shape[atoms]))

    def __bool__(self) -> bool:
        return bool(self.constraints)

    def subset(self, batch: Batch, locks: Locks, atoms: Tensor) -> Steering:
        """What steers the molecules of `batch`, which are those of the packed `atoms` `[n_total]` of bool."""
        return Steering(self.constraints, batch, locks, self.reference[atoms]) if self else self

    def before(self, positions: Tensor, done: float) -> Tensor:
        """The state `[n_total, 3]` that is evaluated, after `done` (0 to 1) of the evaluations."""
        for group in self._groups:
            nudged = positions[group.atoms]
            for shape in self._shapes:
                if done < shape.until:
                    nudged = _scaled(nudged, shape)
            nudged = torch.where(group.projector.bodies.locked[:, None], positions[group.atoms], nudged)
            positions = _put(positions, group.atoms, group.projector.project(nudged))
        return positions

    def settle(self, positions: Tensor) -> Tensor:
        """Nearby coordinates `[n_total, 3]` in Å that meet all exact constraints."""
        for group in self._groups:
            positions = _put(positions, group.atoms, group.projector.project(positions[group.atoms]))
        return positions

    def pull(self, home: Tensor) -> Tensor:
        """A predicted equilibrium `[n_total, 3]` in Å as restraints and exact constraints would have it."""
        for group in self._groups:
            home = _put(home, group.atoms, group.projector.project(group.projector.pull(home[group.atoms])))
        return home

    def sigma_scale(self, batch: Batch) -> Tensor:
        """Factor `[m]` on noise levels read off forces, which count motions that constraints do not allow."""
        scale = torch.ones(len(batch), dtype=batch.positions.dtype, device=batch.positions.device)
        molecule = batch.molecule
        for group in self._groups:
            scale[molecule[group.atoms[:, 0]]] = group.sigma_scale
        return scale

    def missed(self, positions: Tensor, batch: Batch) -> Tensor:
        """Which molecules `[m]` of bool miss an exact constraint at coordinates `[n_total, 3]` in Å."""
        missed = torch.zeros(len(batch), dtype=torch.bool, device=positions.device)
        molecule = batch.molecule
        for group in self._groups:
            missed[molecule[group.atoms[:, 0]]] = group.projector.worst(positions[group.atoms]) > MET_LENGTH
        return missed

    def unmet(self, positions: Tensor) -> str:
        """The exact constraint that coordinates `[n_total, 3]` miss by most, with how far; empty if all are met."""
        found = [worst_of(group.projector, positions[group.atoms]) for group in self._groups]
        ratio, text = max(found, default=(0.0, ""))
        return text if ratio > 1 else ""


def _locked_alike(atoms: Tensor, locks: Locks) -> Iterator[Tensor]:
    """Packed atoms `[m, n]` in groups of molecules that lock the same atoms."""
    patterns, which = torch.unique(locks.locked[atoms], dim=0, return_inverse=True)
    yield from (atoms[which == k] for k in range(len(patterns)))


def projector_of(constraints: Sequence[Constraint], shape: Tensor, locked: Tensor) -> Projector:
    """What moves conformers of one size: their known shape `[m, n, 3]` in Å, and which atoms are locked `[n]`."""
    bodies = Bodies([c.atoms for c in constraints if isinstance(c, RigidGroup)], shape, locked)
    geometric = [c for c in constraints if isinstance(c, Geometric)]
    return Projector(geometric, [c for c in constraints if isinstance(c, Wall)], bodies)


def _check_indices(constraints: Sequence[Constraint], n_atoms: int) -> None:
    for constraint in constraints:
        if strange := [atom for atom in constraint.named() if not 0 <= atom < n_atoms]:
            raise SteeringError(f"{constraint.describe()}: there is no atom {strange[0] + 1} among {n_atoms}")


def _put(values: Tensor, where: Tensor, new: Tensor) -> Tensor:
    values = values.clone()
    values[where] = new
    return values


def _scaled(x: Tensor, shape: Shape) -> Tensor:
    """Conformers `[m, n, 3]` stretched along their principal axes to a ratio of variances, of the same total.

    The longest axis takes the largest share. One step stretches by `_MOST_SCALING` at most, so that flat molecules
    are not blown up.
    """
    finite = x.isfinite().all(-1).all(-1)[:, None, None]
    middle = x.mean(1, keepdim=True)
    offset = torch.where(finite, x - middle, torch.zeros_like(x))
    variances, axes = torch.linalg.eigh(offset.mT @ offset)
    share = x.new_tensor(sorted(shape.ratio)) / sum(shape.ratio)
    wanted = variances.sum(-1, keepdim=True) * share
    factor = (wanted / variances.clamp_min(1e-12)).sqrt().clamp(1 / _MOST_SCALING, _MOST_SCALING)
    return torch.where(finite, middle + (offset @ axes * factor[:, None]) @ axes.mT, x)


def _sigma_scale(projector: Projector, locked: Tensor, shape: Tensor) -> float:
    """`sqrt(independent motions without the constraints / with them)`."""
    generator = torch.Generator().manual_seed(0)
    anywhere = torch.randn(1, *shape.shape[1:], generator=generator, dtype=torch.float64).to(shape)
    # A generic conformer: constraints that coincide in a special one are independent elsewhere.
    freedom = projector.freedom(projector.bodies.refit(shape.mean(1, keepdim=True)[:1] + 2 * anywhere))
    before = 3 * int((~locked).sum())
    drift = 0 if locked.any() else 3
    return float((max(before - drift, 1) / max(freedom - drift, 1)) ** 0.5)


def worst_of(projector: Projector, x: Tensor) -> tuple[float, str]:
    """How many times the allowed deviation the worst constraint has in any conformer `[m, n, 3]`, and which it is."""
    found = [(0.0, "")]
    for constraint in projector.exact:
        largest = float(deviations([constraint], x)[0].abs().max())
        angular = isinstance(constraint, (Angle, Torsion))
        missed = f"{largest * 180 / torch.pi:.1f}°" if angular else f"{largest:.3f} Å"
        text = f"{constraint.describe()} cannot be met ({missed} off)"
        found.append((largest / (MET_ANGLE if angular else MET_LENGTH), text))
    for wall in projector.walls:
        inside = slice(None) if wall.atoms is None else list(wall.atoms)
        largest = float(outside(wall.region, x[:, inside])[0].max())
        found.append((largest / MET_LENGTH, f"{wall.describe()} cannot be kept (an atom is {largest:.3f} Å outside)"))
    return max(found, key=lambda item: item[0])
