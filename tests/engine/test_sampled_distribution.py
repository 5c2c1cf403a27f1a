"""Diffusion samplers against data whose optimal denoiser is known: normal of variance s², less the centre.

There `E[X0 | X] = X s²/(s² + σ²)` at noise level σ, so a wrong coefficient shows as a wrong variance.
"""

import itertools

import pytest
import torch

from gpff_desktop.engine.noise import geometric_levels, karras_levels
from gpff_desktop.engine.priors import Noise, gaussian
from gpff_desktop.engine.samplers import SamplerSettings, sample

HIGH, LOW, WIDTH = 10.0, 0.05, 0.8
N_MOLECULES, N_ATOMS = 200, 20


class NormalData:
    """The exact field of normal data; which noise level a call is made at is known from the sampler's ladder."""

    device = torch.device("cpu")

    def __init__(self, levels):
        self.levels = iter(levels)

    def forces(self, batch, kept=None):
        sigma = next(self.levels)
        return -2 * batch.positions * sigma**2 / (WIDTH**2 + sigma**2)


def heun_levels(budget, settings=None):
    """Levels of Heun's evaluations: every rung but the first twice, for an odd budget."""
    rungs = karras_levels(HIGH, LOW, 1 + budget // 2)
    pairs = itertools.pairwise(rungs)
    return [level for pair in pairs for level in pair] + [LOW]


def geometric(budget):
    return geometric_levels(HIGH, LOW, budget)


def run(name, levels, budget, churn=0.0):
    noise = Noise(range(N_MOLECULES))
    # The variance of noised data at the upper end, so that the start is exact.
    width = (HIGH**2 + WIDTH**2) ** 0.5
    start = gaussian([torch.ones(N_ATOMS, dtype=torch.int64).numpy()] * N_MOLECULES, width, noise)
    settings = SamplerSettings(sigma_max=HIGH, sigma_min=LOW, churn=churn)
    *_, last = sample(name, NormalData(levels), start, budget=budget, noise=noise, settings=settings)
    return start.positions, last.positions


def width_of(positions):
    return float(positions.square().sum() / (3 * (N_ATOMS - 1) * N_MOLECULES)) ** 0.5


@pytest.mark.parametrize(
    ("name", "ladder", "budget"),
    [
        ("ancestral", geometric, 300),
        ("reverse-sde", geometric, 300),
        ("ode", geometric, 300),
        ("heun", heun_levels, 61),
    ],
)
def test_samples_are_as_wide_as_the_data(name, ladder, budget):
    _, end = run(name, ladder(budget), budget)
    # 11 400 independent coordinates: the width has a standard error of 0.7 %.
    assert width_of(end) == pytest.approx(WIDTH, rel=0.03)


@pytest.mark.parametrize(("name", "ladder", "budget"), [("ode", geometric, 200), ("heun", heun_levels, 201)])
def test_churned_samples_are_as_wide_as_the_data(name, ladder, budget):
    churn = 0.02
    raised = [sigma * (1 + churn) ** 0.5 for sigma in ladder(budget)]
    if name == "heun":  # the second evaluation of a step is made at the lower level itself
        raised[1::2] = ladder(budget)[1::2]
    _, end = run(name, raised, budget, churn)
    assert width_of(end) == pytest.approx(WIDTH, rel=0.04)


@pytest.mark.parametrize(("name", "ladder", "order"), [("ode", geometric, 1), ("heun", heun_levels, 2)])
def test_the_order_of_a_deterministic_sampler(name, ladder, order):
    """The flow takes X(σ) to X (s² + σ'²)^½ / (s² + σ²)^½; three times the steps leave 1/3 or 1/9 of the error."""

    def error(steps):
        budget = steps + 1 if name == "ode" else 2 * steps + 1
        start, end = run(name, ladder(budget), budget)
        before_the_last = WIDTH * WIDTH / (WIDTH**2 + LOW**2) ** 0.5
        exact = start * before_the_last / (WIDTH**2 + HIGH**2) ** 0.5
        return float((end - exact).norm() / exact.norm())

    assert error(60) / error(180) == pytest.approx(3**order, rel=0.15)


def test_ancestral_steps_are_exact_for_a_single_point():
    """With one equilibrium, the state at each level is exactly X0 plus noise of that level."""
    noise = Noise(range(N_MOLECULES))
    start = gaussian([torch.ones(N_ATOMS, dtype=torch.int64).numpy()] * N_MOLECULES, HIGH, noise)

    class Point:
        def forces(self, batch, kept=None):
            return -2 * batch.positions

    settings = SamplerSettings(sigma_max=HIGH, sigma_min=LOW)
    steps = sample("ancestral", Point(), start, budget=8, noise=noise, settings=settings)
    for level, step in zip([*geometric(8)[1:], 0.0], steps, strict=True):
        assert width_of(step.positions) == pytest.approx(level, rel=0.025)


def test_adaptive_ancestral_steps_follow_the_level_read_off_the_forces():
    """From noise of any width, the levels fall by one ratio to `sigma_min`, as on a ladder made for that width."""
    noise = Noise(range(N_MOLECULES))
    start = gaussian([torch.ones(N_ATOMS, dtype=torch.int64).numpy()] * N_MOLECULES, 3.0, noise)

    class Point:
        def forces(self, batch, kept=None):
            return -2 * batch.positions

    settings = SamplerSettings(sigma_max=HIGH, sigma_min=LOW)
    steps = sample("adaptive-ancestral", Point(), start, budget=6, noise=noise, settings=settings)
    for level, step in zip(geometric_levels(3.0, LOW, 6)[:5], steps, strict=False):
        assert float(step.sigma.median()) == pytest.approx(level, rel=0.08)
