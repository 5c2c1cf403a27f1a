"""What all samplers share: a state, evaluations counted exactly, locks and constraints around every one of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gpff_desktop.engine.batch import Batch, molecule_mean
from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.field import PseudoForceField, home, noise_level
from gpff_desktop.engine.interventions import Intervention, Interventions
from gpff_desktop.engine.noise import SIGMA_MIN
from gpff_desktop.engine.priors import Noise
from gpff_desktop.engine.steering.constraints import RigidGroup
from gpff_desktop.engine.steering.hold import Steering
from gpff_desktop.engine.steering.records import SteeringError


@dataclass(frozen=True)
class SamplerSettings:
    """Knobs of the samplers; each sampler reads its own and ignores the rest.

    Parameters
    ----------
    noise
        λ of direct denoising: standard deviation in Å of the noise before the first evaluation.
    noise_end
        Share of the budget after which direct denoising adds no more noise.
    step
        κ: share of the way home that a relaxation step takes.
    f_max
        Relaxation ends when no free atom's pseudo-force is longer (Å); 0 to spend the whole budget.
    sigma_max, sigma_min
        Ends of the ladder of noise levels in diffusion mode, in Å. A ladder starts at `sigma_max`.
    rho
        Bend of Karras' ladder.
    churn
        Share of its variance that Heun and the ODE put back as noise at every step, 0 for none.
    """

    noise: float = 1.0
    noise_end: float = 1.0
    step: float = 1.0
    f_max: float = 0.0
    sigma_max: float = 10.0
    sigma_min: float = SIGMA_MIN
    rho: float = 7.0
    churn: float = 0.0

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, vars(self).values())):
            raise ValueError("the settings of a sampler must be finite numbers")
        if self.noise < 0 or self.churn < 0 or self.f_max < 0:
            raise ValueError("noise, churn and f_max must not be negative")
        if not 0 < self.step <= 2:
            raise ValueError("the step must lie between 0 and 2")
        if not 0 < self.noise_end <= 1:
            raise ValueError("the noise must end within the budget (0 to 1)")
        if not 0 < self.sigma_min < self.sigma_max or self.rho <= 0:
            raise ValueError("the noise levels need 0 < sigma_min < sigma_max")


@dataclass(frozen=True, eq=False)
class Step:
    """One network evaluation and where it led.

    Parameters
    ----------
    index
        Evaluations made so far by the molecules still running.
    budget
        Evaluations allowed.
    positions
        State after the step `[n_total, 3]` in Å.
    home
        Equilibrium predicted in it, `X̂0` `[n_total, 3]` in Å.
    sigma
        Noise level read off the forces `[n_molecules]` in Å.
    nfe
        Evaluations spent on each molecule `[n_molecules]`.
    numbers
        Atomic numbers `[n_total]`, those of the start unless a hand has changed them.
    """

    index: int
    budget: int
    positions: Tensor
    home: Tensor
    sigma: Tensor
    nfe: Tensor
    numbers: Tensor


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The field at one state, for the molecules still running: `home [n, 3]`, `forces [n, 3]`, `sigma [m]` (Å)."""

    positions: Tensor
    forces: Tensor
    home: Tensor
    sigma: Tensor


class Run:
    """The state of one run. Samplers move `positions` and call `evaluate`; nothing else calls the field.

    Parameters
    ----------
    field
        The field.
    start
        Where the run starts.
    budget
        Network evaluations allowed for each molecule.
    locks
        Atoms that may not move.
    noise
        Streams of noise, one a molecule.
    settings
        Knobs.
    steering
        What the molecules must respect beside locks.
    hand
        Brings changes made by hand while the run goes; they are taken before the next evaluation.

    Raises
    ------
    ValueError
        If the budget is smaller than 1.
    """

    def __init__(
        self,
        field: PseudoForceField,
        start: Batch,
        budget: int,
        locks: Locks | None = None,
        noise: Noise | None = None,
        settings: SamplerSettings | None = None,
        steering: Steering | None = None,
        hand: Interventions | None = None,
    ) -> None:
        if budget < 1:
            raise ValueError("the budget must be at least 1 network evaluation")
        self.field = field
        self.budget = budget
        self.settings = settings or SamplerSettings()
        self.all_locks = locks or Locks.none(start)
        self.all_steering = steering or Steering((), start, self.all_locks)
        self.all = start.with_positions(self.all_steering.settle(start.positions))
        self.hand = hand or Interventions()
        self._untouchable = _untouchable(start, self.all_locks, self.all_steering)
        self.noise = noise or Noise(range(len(start)), start.positions.device)
        self.nfe = torch.zeros_like(start.n_atoms)
        self.spent = 0
        self._running = torch.ones_like(start.n_atoms, dtype=torch.bool)
        self._last_sigma = start.positions.new_zeros(len(start))
        self._last_home = start.positions
        self._select()

    def _select(self) -> None:
        self._atoms = self._running[self.all.molecule]
        self.batch = Batch(
            self.all.numbers[self._atoms], self.all.positions[self._atoms], self.all.n_atoms[self._running]
        )
        self.locks = self.all_locks.subset(self._atoms)
        self.steering = self.all_steering.subset(self.batch, self.locks, self._atoms)
        self._molecules = torch.nonzero(self._running).flatten().tolist()
        self._sizes = self.batch.n_atoms.tolist()

    @property
    def left(self) -> int:
        """Evaluations not yet spent."""
        return self.budget - self.spent

    @property
    def positions(self) -> Tensor:
        """State of the molecules still running `[n, 3]` in Å."""
        return self.batch.positions

    def normal(self) -> Tensor:
        """Standard normal noise `[n, 3]`: off on locked atoms, no drift of unlocked molecules."""
        return self.locks.settle(self.noise.normal(self._sizes, self._molecules), self.batch)

    def per_atom(self, values: Tensor) -> Tensor:
        """Values `[m]` of the molecules still running as a column `[n, 1]`."""
        return values[self.batch.molecule, None]

    def evaluate(self, positions: Tensor) -> Evaluation:
        """Spend one evaluation on a state `[n, 3]`, locked atoms put back and constraints met before and after."""
        for intervention in self.hand.due(self.spent):
            self._take(intervention)
        positions = self.locks.apply(self.steering.before(positions, self.spent / self.budget))
        state = self.batch.with_positions(positions)
        forces = self.locks.in_frame(self.field.forces(state, self.locks.locked), state)
        self.spent += 1
        self.nfe = self.nfe + self._running
        if self.steering:
            forces = 2 * (self.locks.apply(self.steering.pull(home(positions, forces))) - positions)
        sigma = noise_level(forces, self.batch, self.locks.free) * self.steering.sigma_scale(self.batch)
        return Evaluation(positions, forces, self.locks.apply(home(positions, forces)), sigma)

    def _take(self, intervention: Intervention) -> None:
        """Change a molecule; one that has arrived stays as it is."""
        if intervention.molecule in self._molecules:
            self.all, self.all_locks = _changed(self.all, self.all_locks, self._untouchable, intervention)
            if self.all_steering:
                constraints, reference = self.all_steering.constraints, self.all_steering.reference
                self.all_steering = Steering(constraints, self.all, self.all_locks, reference)
            self._select()

    def step(self, positions: Tensor, evaluation: Evaluation) -> Step:
        """Take `positions [n, 3]` as the new state and report it.

        A molecule that would leave for infinity stays, as does one that would miss an exact constraint.

        Raises
        ------
        SteeringError
            If the budget is spent and an exact constraint has never been met; the message names it.
        """
        positions = self._finite(self.locks.apply(self.steering.settle(positions)), self.batch.positions)
        if self.steering:
            missed = self.per_atom(self.steering.missed(positions, self.batch))
            positions = torch.where(missed, self.batch.positions, positions)
        if self.left == 0:
            self._check_met(positions)
        self.batch = self.batch.with_positions(positions)
        self.all = self.all.with_positions(_put(self.all.positions, self._atoms, positions))
        self._last_home = _put(self._last_home, self._atoms, self._finite(evaluation.home, positions))
        self._last_sigma = _put(self._last_sigma, self._running, evaluation.sigma)
        state, sigma = self.all, self._last_sigma
        return Step(self.spent, self.budget, state.positions, self._last_home, sigma, self.nfe, state.numbers)

    def _check_met(self, positions: Tensor) -> None:
        if unmet := self.steering.unmet(positions):
            raise SteeringError(f"{unmet}; change it or what contradicts it")

    def _finite(self, positions: Tensor, otherwise: Tensor) -> Tensor:
        """Positions `[n, 3]`, those of molecules with one that is no finite number replaced."""
        lost = (~positions.isfinite()).any(-1).to(positions.dtype)[:, None]
        return torch.where(molecule_mean(lost, self.batch)[self.batch.molecule] > 0, otherwise, positions)

    def retire(self, finished: Tensor) -> Tensor:
        """Let molecules `[m]` of bool rest; returns which atoms `[n]` of the running ones go on. Raises as `step`."""
        self._check_met(self.positions)
        going_on = ~finished[self.batch.molecule]
        self._running = self._running.clone()
        self._running[torch.tensor(self._molecules, device=finished.device)[finished]] = False
        self._select()
        return going_on

    @property
    def finished(self) -> bool:
        """Whether no molecule is running any more, or the budget is spent."""
        return self.left == 0 or not self._molecules


def _untouchable(batch: Batch, locks: Locks, steering: Steering) -> Tensor:
    """Atoms `[n_total]` of bool that no hand can change: locked from the start, or in a rigid group."""
    rigid = [atom for c in steering.constraints if isinstance(c, RigidGroup) for atom in c.atoms]
    atoms = batch.offsets[:-1, None] + torch.tensor(rigid, dtype=torch.int64, device=batch.offsets.device)
    return locks.locked.index_fill(0, atoms.flatten(), True)


def _changed(batch: Batch, locks: Locks, untouchable: Tensor, change: Intervention) -> tuple[Batch, Locks]:
    """Molecules and locks after a change: held atoms are locked, where they are held."""
    numbers, positions, locked = batch.numbers.clone(), batch.positions.clone(), locks.locked.clone()
    first = int(batch.offsets[change.molecule])
    for atom in sorted(change.atoms):
        index = first + atom
        if untouchable[index]:
            continue
        numbers[index] = change.retyped.get(atom, int(numbers[index]))
        locked[index] = atom in change.held or (bool(locked[index]) and atom not in change.released)
        if place := change.held.get(atom):
            positions[index] = positions.new_tensor(place)
    homes = torch.where(untouchable[:, None], locks.home, positions)
    return replace(batch, numbers=numbers, positions=positions), Locks(locked, homes)


def _put(values: Tensor, where: Tensor, new: Tensor) -> Tensor:
    values = values.clone()
    values[where] = new
    return values


def with_defaults(settings: SamplerSettings, **changes: float | None) -> SamplerSettings:
    """Settings with the values that are not `None` replaced."""
    return replace(settings, **{name: value for name, value in changes.items() if value is not None})


Steps = Iterator[Step]
