"""The nearest conformers that meet all exact constraints: SHAKE's idea, solved for all constraints at once.

Ryckaert, Ciccotti & Berendsen, J. Comput. Phys. 23, 327 (1977) go through the constraints one by one; here the
Lagrange multipliers of all of them come from one linear system in each Gauss–Newton step, so that constraints that
share atoms do not undo each other. Locked atoms have infinite mass, bodies move as bodies.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gpff_desktop.engine.steering.bodies import Bodies
from gpff_desktop.engine.steering.constraints import Geometric, Position, Wall
from gpff_desktop.engine.steering.regions import outside
from gpff_desktop.engine.steering.rows import deviations, row_count

TOLERANCE = 1e-6
_STEPS = 40
_RESTARTS = 6
_SMALL_EIGENVALUE = 1e-10
_FAR = 1e6


class Projector:
    """Moves conformers of one molecule onto its exact constraints, and towards its restraints.

    Parameters
    ----------
    geometric
        Exact constraints and restraints.
    walls
        Regions that atoms may not leave.
    bodies
        Rigid groups and locked atoms.
    """

    def __init__(self, geometric: Sequence[Geometric], walls: Sequence[Wall], bodies: Bodies) -> None:
        self.exact = [constraint for constraint in geometric if constraint.exact]
        self.restraints = [constraint for constraint in geometric if not constraint.exact]
        self.walls = walls
        self.bodies = bodies
        n = len(bodies.locked)
        coupled = {atom for group in bodies.groups for atom in group.tolist()}
        coupled.update(atom for constraint in self.exact for atom in constraint.atoms)
        self._coupled = bodies.locked.clone()
        self._coupled[sorted(coupled)] = True
        self._inside = [sorted(range(n) if wall.atoms is None else wall.atoms) for wall in walls]

    def project(self, positions: Tensor) -> Tensor:
        """Nearby coordinates `[m, n, 3]` in Å that meet the constraints, or come as near as they can."""
        lost, x = self._finite(positions)
        x = self._solve(self._translated(x))
        for attempt in range(_RESTARTS):
            failed = self.worst(x) > TOLERANCE
            if not failed.any():
                break
            shaken = self._part(failed)._solve(x[failed] + _jitter(x, attempt))
            better = self._part(failed).worst(shaken) < self.worst(x)[failed]
            x = x.clone()
            x[failed] = torch.where(better[:, None, None], shaken, x[failed])
        return torch.where(lost, positions, x)

    def pull(self, positions: Tensor) -> Tensor:
        """Coordinates `[m, n, 3]` where `||x - positions||² + Σ weight r²`, with `r` linear, is least.

        That is the step along `-weight ∇r²` for small weights, and never beyond the restraint for large ones.
        """
        if not self.restraints:
            return positions
        lost, x = self._finite(positions)
        deviation, gradients = deviations(self.restraints, x)
        gradients = self.bodies.project(gradients, x)
        slack = [1 / c.weight for c in self.restraints if c.weight for _ in range(row_count(c))]
        flat = gradients.flatten(2)
        system = flat @ flat.mT + torch.diag(x.new_tensor(slack))
        multipliers = torch.linalg.solve(system, deviation[..., None])
        return torch.where(lost, positions, x - (flat.mT @ multipliers).view_as(x))

    def _finite(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Which conformers `[m, 1, 1]` are out of this world, and all of them with those in their known shape."""
        lost = ~(positions.abs() < _FAR).all(-1).all(-1)[:, None, None]
        return lost, torch.where(lost, self.bodies.shape, positions)

    def worst(self, positions: Tensor) -> Tensor:
        """Largest deviation from an exact constraint or wall `[m]`, in Å or radians."""
        rows = [deviations(self.exact, positions)[0].abs()]
        rows += [outside(wall.region, positions[:, atoms])[0] for wall, atoms in self._walled()]
        return torch.cat([*rows, positions.new_zeros(len(positions), 1)], 1).amax(1)

    def freedom(self, positions: Tensor) -> int:
        """Independent ways in which the first conformer can move within exact constraints; walls do not count."""
        gradients = self.bodies.project(deviations(self.exact, positions[:1])[1], positions[:1]).flatten(2)[0]
        lost = int(torch.linalg.matrix_rank(gradients, rtol=1e-8)) if len(gradients) else 0
        return self.bodies.freedom(positions) - lost

    def _walled(self) -> list[tuple[Wall, list[int]]]:
        return list(zip(self.walls, self._inside, strict=True))

    def _part(self, molecules: Tensor) -> Projector:
        groups = [group.tolist() for group in self.bodies.groups]
        bodies = Bodies(groups, self.bodies.shape[molecules], self.bodies.locked)
        return Projector([*self.exact, *self.restraints], self.walls, bodies)

    def _translated(self, x: Tensor) -> Tensor:
        """Whole molecules moved to their points and walls first: a field knows them up to a translation."""
        if self.bodies.locked.any():
            return x
        for constraint in (positions := [c for c in self.exact if isinstance(c, Position)]):
            offset = x.new_tensor(constraint.value) - x[:, constraint.atoms[0]]
            x = x + offset[:, None] / len(positions)
        for wall, atoms in self._walled() if not positions else ():
            distance, away = outside(wall.region, x[:, atoms])
            count = (distance > 0).sum(1).clamp_min(1)[:, None]
            x = x - ((distance[..., None] * away).sum(1) / count)[:, None]
        return x

    def _solve(self, x: Tensor) -> Tensor:
        x = self._clamped(self.bodies.refit(self._clamped(x, everything=True)))
        for _ in range(_STEPS):
            open_ = self.worst(x) > TOLERANCE
            if not open_.any():
                break
            part = self if open_.all() else self._part(open_)
            moved = part._moved(x[open_])
            x = x.clone()
            x[open_] = moved
        return x

    def _moved(self, x: Tensor) -> Tensor:
        """One Gauss–Newton step, no longer than half the extent of the molecule."""
        deviation, gradients = self._rows(x)
        flat = self.bodies.project(gradients, x).flatten(2)
        values, vectors = torch.linalg.eigh(flat @ flat.mT)
        significant = values > _SMALL_EIGENVALUE * values[:, -1:].clamp_min(1e-12)
        inverse = torch.where(significant, 1 / values.clamp_min(1e-300), torch.zeros_like(values))
        multipliers = vectors @ (inverse[..., None] * (vectors.mT @ deviation[..., None]))
        step = (flat.mT @ multipliers).view_as(x)
        longest = step.norm(dim=-1).amax(1)
        extent = (x - x.mean(1, keepdim=True)).norm(dim=-1).amax(1) + 1
        return self._clamped(
            self.bodies.refit(x - step * (extent / longest.clamp_min(1e-12)).clamp_max(1)[:, None, None])
        )

    def _rows(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Exact constraints, and the walls that one of the conformers is beyond."""
        deviation, gradients = deviations(self.exact, x)
        for wall, atoms in self._walled():
            distance, away = outside(wall.region, x[:, atoms])
            # On the surface rounding alone would decide whether a wall counts.
            beyond = distance > TOLERANCE
            rows = [k for k in torch.nonzero(beyond.any(0)).flatten().tolist() if self._coupled[atoms[k]]]
            gradient = x.new_zeros(len(x), len(rows), x.shape[1], 3)
            gradient[:, range(len(rows)), [atoms[k] for k in rows]] = (away * beyond[..., None])[:, rows]
            deviation = torch.cat([deviation, (distance * beyond)[:, rows]], 1)
            gradients = torch.cat([gradients, gradient], 1)
        return deviation, gradients

    def _clamped(self, x: Tensor, everything: bool = False) -> Tensor:
        """Atoms that no other constraint binds, or all of them, go to the nearest point of their region."""
        for wall, atoms in self._walled():
            loose = [atom for atom in atoms if everything or not self._coupled[atom]]
            x = x.clone()
            x[:, loose] = wall.region.nearest(x[:, loose])
        return x


def _jitter(x: Tensor, attempt: int) -> Tensor:
    """A small displacement `[n, 3]`, the same for every conformer and at every call, out of a dead end."""
    generator = torch.Generator().manual_seed(attempt)
    return 0.4 * (attempt + 1) * torch.randn(x.shape[1:], generator=generator, dtype=torch.float64).to(x)
