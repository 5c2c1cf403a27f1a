"""Live: free atoms follow the field while the user drags, locks, adds and deletes others. Knows no window."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.priors import Noise
from gpff_desktop.engine.samplers.loop import Run
from gpff_desktop.engine.steering import RigidGroup, Steering, check_constraints
from gpff_desktop.session.scene import LiveStep, Scene

SHARE = 0.5
"""κ: share of the way home that a step takes."""
LONGEST = 0.15
"""Å that an atom moves in a step at most, so that the eye can follow."""
AT_REST = 0.05
"""Å: a molecule rests when no free atom's pseudo-force is longer, as after a relaxation."""

_ENDLESS = 2**62


class LiveRun:
    """Damped relaxation `X ← X + κ F/2` without an end, of a molecule that may be another one at every step.

    The field has no time step, so a run can take any atoms anywhere at any moment.

    Parameters
    ----------
    field
        The field that is followed.
    seed
        Start of the noise; the same seed and the same scenes before the same steps give the same result.
    """

    def __init__(self, field: PseudoForceField, seed: int = 0) -> None:
        self.field = field
        self.evaluations = 0
        self._noise = Noise([seed], field.device)
        self._scene: Scene | None = None
        self._shape = np.zeros((0, 3))
        self._run: Run | None = None
        self._resting = True

    def take(self, scene: Scene) -> None:
        """Go on with this scene.

        Raises
        ------
        ValueError
            If the model does not know such a molecule, or its constraints contradict each other; nothing moves then
            until a scene comes that is possible.
        """
        before, self._run, self._resting = self._run, None, True
        self._scene = scene
        if scene.paused:
            return
        positions = scene.structure.positions
        if scene.anew or before is None or len(self._shape) != len(positions):
            self._check(scene)
            self._shape = positions
        else:
            positions = np.where(scene.fixed[:, None], positions, before.positions.cpu().numpy())
            self._shape = _carried(self._shape, scene)
        self._run = self._begun(scene, positions)
        self._resting = bool(scene.fixed.all())

    def step(self) -> LiveStep | None:
        """Evaluate once and move the free atoms; None, and no evaluation, if all is at rest."""
        run, scene = self._run, self._scene
        if run is None or scene is None or self._resting:
            return None
        now = run.evaluate(run.positions)
        self.evaluations += 1
        move = run.locks.settle(_shortened(SHARE * now.forces / 2), run.batch)
        self._resting = scene.temperature == 0 and float(now.forces.norm(dim=-1).max()) < AT_REST
        if scene.temperature:
            move = move + scene.temperature * run.normal()
        step = run.step(now.positions + move, now)
        return LiveStep(
            positions=step.positions.cpu().numpy(),
            forces=now.forces.cpu().numpy(),
            sigma=float(step.sigma[0]),
            evaluations=self.evaluations,
            serial=scene.serial,
            resting=self._resting,
            unmet=run.steering.unmet(step.positions),
        )

    def _check(self, scene: Scene) -> None:
        structure = scene.structure
        self.field.check([structure])
        everything = range(len(structure))
        check_constraints(scene.constraints, structure.numbers, sorted(scene.locked), everything, structure.positions)

    def _begun(self, scene: Scene, positions: np.ndarray) -> Run:
        start = Batch.from_structures([scene.structure.with_positions(positions)], self.field.device)
        locks = Locks(torch.from_numpy(scene.fixed).to(self.field.device), start.positions)
        shape = torch.from_numpy(self._shape.copy()).to(self.field.device)
        steering = Steering(scene.constraints, start, locks, shape)
        return Run(self.field, start, _ENDLESS, locks, self._noise, steering=steering)


def _carried(shape: np.ndarray, scene: Scene) -> np.ndarray:
    """Known coordinates `[n_atoms, 3]` in Å, with rigid groups carried along by those of their atoms that are held."""
    shape = shape.copy()
    for group in (list(c.atoms) for c in scene.constraints if isinstance(c, RigidGroup)):
        if held := sorted(scene.held & set(group)):
            shape[group] += (scene.structure.positions[held] - shape[held]).mean(axis=0)
    return shape


def _shortened(move: Tensor) -> Tensor:
    """A move `[n_atoms, 3]` in which no atom goes farther than `LONGEST`."""
    return move * (LONGEST / move.norm(dim=-1, keepdim=True).clamp_min(1e-12)).clamp_max(1.0)
