"""Relaxation mode: results stay near where they start; start and locks steer them."""

from __future__ import annotations

import torch

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
        yield run.step(now.positions + run.settings.step * now.forces / 2, now)
        _retire_relaxed(run, now.forces)


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
        move = _limited(run, _direction(run, now.forces, history))
        yield run.step(now.positions + move, now)
        previous = now
        going_on = _retire_relaxed(run, now.forces)
        if going_on is not None:
            history = [(s[going_on], y[going_on]) for s, y in history]
            previous = _only(now, going_on)


_MEMORY = 8
_LONGEST = 0.5


def _only(evaluation: Evaluation, atoms: torch.Tensor) -> Evaluation:
    return Evaluation(
        evaluation.positions[atoms], evaluation.forces[atoms], evaluation.home[atoms], evaluation.sigma
    )


def _dot(run: Run, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    products = (a * b).sum(-1)
    total = products.new_zeros(len(run.batch)).index_add_(0, run.batch.molecule, products)
    return run.per_atom(total)


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
    longest = move.new_zeros(len(run.batch)).index_reduce_(0, run.batch.molecule, move.norm(dim=-1), "amax")
    return move * run.per_atom((_LONGEST / longest.clamp_min(1e-12)).clamp_max(1.0))


def _retire_relaxed(run: Run, forces: torch.Tensor) -> torch.Tensor | None:
    """Let relaxed molecules rest; returns which atoms go on, or `None` if all do."""
    if run.settings.f_max <= 0:
        return None
    lengths = forces.norm(dim=-1)
    longest = lengths.new_zeros(len(run.batch)).index_reduce_(0, run.batch.molecule, lengths, "amax")
    relaxed = longest < run.settings.f_max
    return run.retire(relaxed) if relaxed.any() else None
