"""Samplers: how a run gets from where it starts to a structure, in an exact number of network evaluations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.interventions import Interventions
from gpff_desktop.engine.priors import Noise
from gpff_desktop.engine.samplers import diffusion, relaxation
from gpff_desktop.engine.samplers.loop import Run, SamplerSettings, Step, Steps
from gpff_desktop.engine.steering.hold import Steering

__all__ = ["SAMPLERS", "Mode", "Sampler", "SamplerSettings", "Step", "Steps", "sample", "sampler"]

Mode = Literal["relaxation", "diffusion"]


@dataclass(frozen=True)
class Sampler:
    """A sampler as it is listed: id, title, mode, which settings it reads, one line of help."""

    id: str
    title: str
    mode: Mode
    reads: tuple[str, ...]
    help: str
    steps: Callable[[Run], Steps]


_LADDER = ("sigma_max", "sigma_min")

SAMPLERS: dict[str, Sampler] = {
    entry.id: entry
    for entry in (
        Sampler(
            "direct", "Direct denoising", "relaxation", ("noise", "noise_end", "step"),
            "Go home again and again, with noise that dies away", relaxation.direct,
        ),
        Sampler(
            "damped", "Damped relaxation", "relaxation", ("step", "f_max"),
            "Go part of the way home until the forces vanish", relaxation.damped,
        ),
        Sampler(
            "lbfgs", "L-BFGS", "relaxation", ("f_max",),
            "Quasi-Newton relaxation on the pseudo-forces", relaxation.lbfgs,
        ),
        Sampler(
            "ancestral", "Ancestral", "diffusion", _LADDER,
            "The noising chain run backwards", diffusion.ancestral,
        ),
        Sampler(
            "reverse-sde", "Reverse SDE", "diffusion", _LADDER,
            "Euler–Maruyama on the reverse stochastic equation", diffusion.reverse_sde,
        ),
        Sampler(
            "ode", "Probability-flow ODE", "diffusion", (*_LADDER, "churn"),
            "Euler on the deterministic equation", diffusion.probability_flow,
        ),
        Sampler(
            "heun", "Heun", "diffusion", (*_LADDER, "rho", "churn"),
            "Second order, on Karras' levels", diffusion.heun,
        ),
        Sampler(
            "adaptive-ancestral", "Adaptive ancestral", "diffusion", _LADDER,
            "Ancestral, from the noise level read off the forces", diffusion.adaptive_ancestral,
        ),
        Sampler(
            "adaptive-heun", "Adaptive Heun", "diffusion", _LADDER,
            "Heun, from the noise level read off the forces", diffusion.adaptive_heun,
        ),
    )
}  # fmt: skip


def sampler(name: str) -> Sampler:
    """The sampler called `name`.

    Raises
    ------
    ValueError
        If there is none; the message names them all.
    """
    if name not in SAMPLERS:
        raise ValueError(f"unknown sampler '{name}'; there are {', '.join(SAMPLERS)}")
    return SAMPLERS[name]


def sample(
    name: str,
    field: PseudoForceField,
    start: Batch,
    *,
    budget: int,
    locks: Locks | None = None,
    noise: Noise | None = None,
    settings: SamplerSettings | None = None,
    steering: Steering | None = None,
    hand: Interventions | None = None,
) -> Steps:
    """Run a sampler: one `Step` for every network evaluation, computed as the caller asks for it.

    Parameters
    ----------
    name
        One of `SAMPLERS`.
    field
        The field that is followed.
    start
        Molecules where they start.
    budget
        Network evaluations for each molecule (NFE). Molecules that arrive early rest.
    locks
        Atoms that may not move.
    noise
        Streams of noise, one a molecule; the same seeds give the same result.
    settings
        Knobs of the sampler.
    steering
        What the molecules must respect beside locks.
    hand
        Brings changes made by hand while the run goes.

    Raises
    ------
    ValueError
        If the sampler is unknown or the budget is smaller than 1.
    """
    return sampler(name).steps(Run(field, start, budget, locks, noise, settings, steering, hand))
