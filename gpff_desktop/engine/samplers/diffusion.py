"""Diffusion mode: samples of the learnt equilibrium distribution, from noise down a ladder of levels.

A run starts with noise of `sigma_max`. The last evaluation always returns the equilibrium it predicts.
"""

from __future__ import annotations

import math

import torch

from gpff_desktop.engine.noise import geometric_levels, karras_levels
from gpff_desktop.engine.samplers.loop import Evaluation, Run, Steps


def ancestral(run: Run) -> Steps:
    """Ancestral sampling of the variance-exploding chain (Song et al., appendix F) on a geometric ladder."""
    for sigma, lower in _rungs(geometric_levels(run.settings.sigma_max, run.settings.sigma_min, run.budget)):
        now = run.evaluate(run.positions)
        yield run.step(_ancestral_move(run, now, torch.full_like(now.sigma, sigma), lower), now)


def reverse_sde(run: Run) -> Steps:
    """Euler–Maruyama on the reverse SDE (Song et al., eq. 6): `X + (σ² - σ'²) s + sqrt(σ² - σ'²) z`."""
    for sigma, lower in _rungs(geometric_levels(run.settings.sigma_max, run.settings.sigma_min, run.budget)):
        now = run.evaluate(run.positions)
        if lower == 0:
            yield run.step(now.home, now)
            continue
        drop = sigma**2 - lower**2
        drift = drop / sigma**2 * (now.home - now.positions)
        yield run.step(now.positions + drift + math.sqrt(drop) * run.normal(), now)


def probability_flow(run: Run) -> Steps:
    """Euler on the probability-flow ODE (Song et al., eq. 13) on the same ladder, with churn if asked for."""
    for sigma, lower in _rungs(geometric_levels(run.settings.sigma_max, run.settings.sigma_min, run.budget)):
        start, sigma = _churned(run, sigma)
        now = run.evaluate(start)
        yield run.step(now.home + lower / sigma * (now.positions - now.home), now)


def heun(run: Run) -> Steps:
    """Heun's method on the ODE (Karras et al., algorithm 1) on Karras' ladder; two evaluations a step.

    The last step is Euler's. An even budget leaves one evaluation over; the first step is Euler's then, too.
    """
    single = 2 - run.budget % 2
    n_levels = single + (run.budget - single) // 2
    levels = karras_levels(run.settings.sigma_max, run.settings.sigma_min, n_levels, run.settings.rho)
    for sigma, lower in _rungs(levels):
        start, sigma = _churned(run, sigma)
        first = run.evaluate(start)
        slope = (first.positions - first.home) / sigma
        ahead = first.positions + (lower - sigma) * slope
        yield run.step(ahead, first)
        if lower > 0 and run.left % 2 == 0:
            second = run.evaluate(ahead)
            mean = (slope + (second.positions - second.home) / lower) / 2
            yield run.step(first.positions + (lower - sigma) * mean, second)


def adaptive_ancestral(run: Run) -> Steps:
    """Ancestral steps from the level read off the forces: `σ' = σ̂ (σ_min/σ̂)^(1/steps left)`; no ladder.

    Started anywhere it picks up at the right level by itself, and rests once `σ̂ < σ_min`.
    """
    lowest = run.settings.sigma_min
    while not run.finished:
        now = run.evaluate(run.positions)
        arrived = _arrived(run, now)
        lower = _next_level(now.sigma, lowest, run.left)
        lower = torch.where(arrived, torch.zeros_like(lower), lower)
        yield run.step(_ancestral_move(run, now, now.sigma, lower), now)
        if arrived.any():
            run.retire(arrived)


def adaptive_heun(run: Run) -> Steps:
    """Heun steps from the level read off the forces, as `adaptive_ancestral`; the last step is Euler's."""
    lowest = run.settings.sigma_min
    while not run.finished:
        first = run.evaluate(run.positions)
        arrived = _arrived(run, first)
        lower = _next_level(first.sigma, lowest, (run.left + 1) // 2)
        lower = torch.where(arrived, torch.zeros_like(lower), lower)
        share = run.per_atom(lower / first.sigma.clamp_min(1e-12))
        yield run.step(first.home + share * (first.positions - first.home), first)
        origin, towards = first.positions, first.home - first.positions
        if arrived.any():
            going_on = run.retire(arrived)
            origin, towards, share, lower = origin[going_on], towards[going_on], share[going_on], lower[~arrived]
            first_sigma = first.sigma[~arrived]
        else:
            first_sigma = first.sigma
        if run.finished or run.left == 1:
            continue
        second = run.evaluate(run.positions)
        # Slopes are (X - X̂0)/σ; the second one is taken at the lower level.
        slope = towards / run.per_atom(first_sigma) + (second.home - second.positions) / run.per_atom(lower)
        yield run.step(origin + run.per_atom(first_sigma - lower) / 2 * slope, second)


def _rungs(levels: list[float]) -> list[tuple[float, float]]:
    """Each level with the next lower one; the last one's is 0."""
    return list(zip(levels, [*levels[1:], 0.0], strict=True))


def _ancestral_move(run: Run, now: Evaluation, sigma: torch.Tensor, lower: float | torch.Tensor) -> torch.Tensor:
    """`r X + (1 - r) X̂0 + σ' sqrt(1 - r) z` with `r = (σ'/σ)²` `[n, 3]` in Å; levels `[m]`."""
    lower = torch.as_tensor(lower, dtype=sigma.dtype, device=sigma.device).expand_as(sigma)
    ratio = (lower / sigma.clamp_min(1e-12)).clamp_max(1.0).square()
    mean = now.home + run.per_atom(ratio) * (now.positions - now.home)
    if not (lower > 0).any():
        return mean
    return mean + run.per_atom(lower * (1 - ratio).sqrt()) * run.normal()


def _churned(run: Run, sigma: float) -> tuple[torch.Tensor, float]:
    """State and level with a share of the variance put back as noise (Karras et al., algorithm 2)."""
    churn = run.settings.churn
    if churn == 0:
        return run.positions, sigma
    return run.positions + sigma * math.sqrt(churn) * run.normal(), sigma * math.sqrt(1 + churn)


def _arrived(run: Run, now: Evaluation) -> torch.Tensor:
    """Which molecules `[m]` take their last step: below `sigma_min`, or out of evaluations."""
    return (now.sigma < run.settings.sigma_min) | torch.tensor(run.left == 0, device=now.sigma.device)


def _next_level(sigma: torch.Tensor, lowest: float, steps_left: int) -> torch.Tensor:
    """`σ (σ_min/σ)^(1/steps_left)` `[m]` in Å."""
    return sigma.clamp_min(1e-12) * (lowest / sigma.clamp_min(1e-12)).clamp_max(1.0) ** (1 / max(1, steps_left))
