"""Relaxation mode: results stay near where they start; start and locks steer them."""

from __future__ import annotations

import torch

from gpff_desktop.engine.batch import molecule_sum
from gpff_desktop.engine.samplers.loop import Evaluation, Run, Steps


def direct(run: Run) -> Steps:
    """Direct denoising: `X ← X + λ(1 - k/N) z`, then `X ← X + κ F/2` (Hessmann et al., section 3)."""
    noisy = max(1.0, run.settings.noise_end * run.budget)
    while not run.finished:
        width = run.settings.noise * max(0.0, 1 - run.spent / noisy)
        start = run.positions + width * run.normal() if width > 0 else run.positions
        now = run.evaluate(start)
        last = run.left == 0
        share = 1.0 if last else run.settings.step
        yield run.step(now.positions + share * now.forces / 2, now)


def damped(run: Run) -> Steps:
    """Damped relaxation, `X ← X + κ F/2` without noise, until no free atom's pseudo-force exceeds `f_max`."""
    while not run.finished:
        now = run.evaluate(run.positions)
        relaxed = _relaxed(run, now.forces)
        move = run.settings.step * now.forces / 2
        yield run.step(now.positions + move * run.per_atom(~relaxed), now)
        if relaxed.any():
            run.retire(relaxed)


def lbfgs(run: Run) -> Steps:
    """L-BFGS on the pseudo-forces (Nocedal & Wright, algorithm 7.4), until they fall below `f_max`.

    The first guess of the inverse Hessian is 1/2, exact for the pseudo-potential `||X - X0||²`. The forces are
    no gradient, so pairs of negative curvature are dropped and no atom moves farther than `_LONGEST` a step.
    """
    history: list[tuple[torch.Tensor, torch.Tensor]] = []
    previous = None
    while not run.finished:
        now = run.evaluate(run.positions)
        if previous is not None:
            history = [*history[1 - _MEMORY :], (now.positions - previous.positions, previous.forces - now.forces)]
        relaxed = _relaxed(run, now.forces)
        move = _limited(run, _direction(run, now.forces, history))
        yield run.step(now.positions + move * run.per_atom(~relaxed), now)
        previous = now
        if relaxed.any():
            going_on = run.retire(relaxed)
            history = [(s[going_on], y[going_on]) for s, y in history]
            previous = _only(now, going_on)


_MEMORY = 8
_LONGEST = 0.5


def _only(evaluation: Evaluation, atoms: torch.Tensor) -> Evaluation:
    return Evaluation(evaluation.positions[atoms], evaluation.forces[atoms], evaluation.home[atoms], evaluation.sigma)


def _dot(run: Run, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return run.per_atom(molecule_sum((a * b).sum(-1), run.batch))


def _direction(run: Run, forces: torch.Tensor, history: list[tuple[torch.Tensor, torch.Tensor]]) -> torch.Tensor:
    """Two-loop recursion, every molecule with its own products: inverse Hessian times forces `[n, 3]` (Å)."""
    q = forces.clone()
    tape = []
    for s, y in reversed(history):
        curvature = _dot(run, s, y)
        rho = torch.where(curvature > 1e-12, 1 / curvature.clamp_min(1e-12), torch.zeros_like(curvature))
        alpha = rho * _dot(run, s, q)
        q = q - alpha * y
        tape.append((alpha, rho))
    r = q / 2
    for (s, y), (alpha, rho) in zip(history, reversed(tape), strict=True):
        r = r + s * (alpha - rho * _dot(run, y, r))
    return r


def _limited(run: Run, move: torch.Tensor) -> torch.Tensor:
    """The move, shortened for each molecule so that no atom goes farther than `_LONGEST` Å."""
    return move * run.per_atom((_LONGEST / _longest(run, move).clamp_min(1e-12)).clamp_max(1.0))


def _longest(run: Run, vectors: torch.Tensor) -> torch.Tensor:
    """Length of the longest of each molecule's vectors `[m]`."""
    lengths = vectors.norm(dim=-1)
    return lengths.new_zeros(len(run.batch)).scatter_reduce(0, run.batch.molecule, lengths, "amax")


def _relaxed(run: Run, forces: torch.Tensor) -> torch.Tensor:
    """Which molecules `[m]` are where they should be: no force is longer than `f_max`. They stay, and rest."""
    return _longest(run, forces) < run.settings.f_max
