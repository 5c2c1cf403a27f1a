"""The contract of every sampler, run over all of them."""

import dataclasses

import numpy as np
import pytest
import torch

from gpff_desktop.engine.batch import Batch, molecule_mean
from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.priors import Noise, from_structures, gaussian
from gpff_desktop.engine.samplers import SAMPLERS, SamplerSettings, relaxation, sample
from gpff_desktop.engine.samplers.loop import Run

STOCHASTIC = {"direct", "ancestral", "reverse-sde", "adaptive-ancestral"}
DETERMINISTIC = sorted(set(SAMPLERS) - STOCHASTIC)
ADAPTIVE = ("adaptive-ancestral", "adaptive-heun")
STOPPED_BY_F_MAX = ("damped", "lbfgs")
SIZES = (5, 3, 8, 5)
DIFFUSION = [name for name in SAMPLERS if SAMPLERS[name].mode == "diffusion"]
NEVER_EARLY = SamplerSettings(sigma_min=1e-9, sigma_max=2.0, noise=0.5)
SETTINGS = SamplerSettings(sigma_min=0.02, sigma_max=2.0, noise=0.5)

all_samplers = pytest.mark.parametrize("name", SAMPLERS)
budgets = pytest.mark.parametrize("budget", [1, 2, 3, 6, 7, 16])


@pytest.fixture(scope="module")
def field(tiny_field):
    return tiny_field()


@pytest.fixture(scope="module")
def homes(molecule):
    return [molecule(n, seed=k) for k, n in enumerate(SIZES)]


def clouds(structures, seeds=None, width=2.0):
    noise = Noise(range(len(structures)) if seeds is None else seeds)
    return gaussian([s.numbers for s in structures], width, noise), noise


def final(steps):
    return list(steps)[-1]


# Evaluations are counted exactly


@all_samplers
@budgets
def test_a_budget_is_spent_to_the_last_evaluation(name, budget, field, homes, counting):
    field = counting(field)
    start, noise = clouds(homes)
    steps = list(sample(name, field, start, budget=budget, noise=noise, settings=NEVER_EARLY))
    assert field.calls == len(steps) == budget
    assert [step.index for step in steps] == list(range(1, budget + 1))
    assert [step.nfe.tolist() for step in steps] == [[k] * len(homes) for k in range(1, budget + 1)]
    assert {step.budget for step in steps} == {budget}


@all_samplers
def test_a_budget_of_none_is_refused_before_the_run(name, field, homes):
    with pytest.raises(ValueError, match="at least 1 network evaluation"):
        sample(name, field, clouds(homes)[0], budget=0)


def test_an_unknown_sampler_is_refused_by_name(field, homes):
    with pytest.raises(ValueError, match=r"unknown sampler 'euler'; there are direct, .*adaptive-heun"):
        sample("euler", field, clouds(homes)[0], budget=1)


@all_samplers
@pytest.mark.parametrize("drawn", range(5))
def test_a_run_computes_only_what_is_drawn(name, drawn, field, homes, counting, drained):
    field = counting(field)
    steps = sample(name, field, clouds(homes)[0], budget=7, settings=NEVER_EARLY)
    assert len(drained(steps, drawn)) == drawn
    steps.close()
    assert field.calls == drawn
    assert drained(steps) == []


@pytest.mark.parametrize("name", STOPPED_BY_F_MAX)
def test_relaxation_ends_for_each_molecule_once_its_forces_are_below_f_max(name, homes, home_field, counting):
    exact = home_field(homes)
    field = counting(exact)
    start = from_structures(homes, 0.05, Noise(range(len(homes))))
    at_home = from_structures(homes[:1], 0.0, Noise([0])).positions
    start = start.with_positions(torch.cat([at_home, start.positions[len(at_home) :]]))
    settings = SamplerSettings(f_max=0.01, step=0.5)
    last = final(sample(name, field, start, budget=50, settings=settings))
    assert last.nfe[0] == 1
    assert 2 <= last.nfe.max() == field.calls < 50
    assert exact.forces(start.with_positions(last.positions)).norm(dim=-1).max() < 0.01


@pytest.mark.parametrize("name", STOPPED_BY_F_MAX)
def test_without_f_max_relaxation_spends_the_whole_budget(name, homes, home_field):
    start = from_structures(homes, 0.0, Noise(range(len(homes))))
    assert len(list(sample(name, home_field(homes), start, budget=5))) == 5


@pytest.mark.parametrize("name", STOPPED_BY_F_MAX)
def test_each_molecule_is_charged_for_its_own_evaluations(name, homes, home_field, counting):
    field = counting(home_field(homes))
    start = from_structures(homes, 0.0, Noise(range(len(homes))))
    shift = 0.3 * Noise(range(len(homes))).normal(SIZES, range(len(SIZES)))
    size = torch.tensor([0.0, 0.1, 1.0, 0.01])[start.molecule, None]
    start = start.with_positions(start.positions + size * (shift - molecule_mean(shift, start)[start.molecule]))
    last = final(sample(name, field, start, budget=60, settings=SamplerSettings(f_max=1e-4, step=0.5)))
    charged = sum(n * size for n, size in zip(last.nfe.tolist(), SIZES, strict=True))
    assert charged == sum(len(asked) for asked in field.asked)
    if name == "damped":
        assert len(set(last.nfe.tolist())) > 2


@pytest.mark.parametrize("name", ADAPTIVE)
def test_adaptive_samplers_rest_below_sigma_min(name, homes, home_field, counting):
    field = counting(home_field(homes))
    start = from_structures(homes, 0.0, Noise(range(len(homes))))
    wide, _ = clouds(homes)
    half_done = torch.cat([start.positions[:8], wide.positions[8:]])
    last = final(sample(name, field, start.with_positions(half_done), budget=12))
    assert last.nfe[:2].tolist() == [1, 1]
    assert last.nfe[2:].min() > 1
    assert len(field.asked[0]) == sum(SIZES)
    assert len(field.asked[1]) == sum(SIZES[2:])


# Locks are exact


@all_samplers
@pytest.mark.parametrize("budget", [1, 6])
def test_locked_atoms_do_not_move_by_a_single_bit(name, budget, field, homes, counting):
    field = counting(field)
    start, noise = clouds(homes)
    start = start.with_positions(start.positions + 17.123456789)
    locks = Locks.of_atoms(start, [[0, 2], [1], [], range(4)])
    settings = dataclasses.replace(NEVER_EARLY, churn=0.3)
    moved = torch.zeros(len(start.numbers), dtype=torch.bool)
    for step in sample(name, field, start, budget=budget, locks=locks, noise=noise, settings=settings):
        assert torch.equal(step.positions[locks.locked], start.positions[locks.locked])
        assert torch.equal(step.home[locks.locked], start.positions[locks.locked])
        moved |= (step.positions != start.positions).any(-1)
    for asked, kept in zip(field.asked, field.kept, strict=True):
        assert torch.equal(asked[locks.locked], start.positions[locks.locked])
        assert torch.equal(kept, locks.locked)  # and the network is told
    assert torch.equal(moved, locks.free)


@all_samplers
def test_free_atoms_come_home_to_locked_ones(name, homes, home_field):
    """The exact field, less its net force as a network gives it: locked atoms hold the frame."""
    exact = home_field(homes)

    class Centred:
        card, device = exact.card, exact.device

        def forces(self, batch, kept=None):
            forces = exact.forces(batch)
            return forces - molecule_mean(forces, batch)[batch.molecule]

    start, noise = clouds(homes)
    goal = exact.home(start)
    locked = torch.zeros(len(start.numbers), dtype=torch.bool)
    locked[[0, 5, 8, 9, 16]] = True
    locks = Locks(locked, goal)
    start = start.with_positions(torch.where(locked[:, None], goal, start.positions))
    settings = SamplerSettings(noise=0.3, sigma_max=2.0)
    last = final(sample(name, Centred(), start, budget=40, locks=locks, noise=noise, settings=settings))
    torch.testing.assert_close(last.positions, goal, atol=1e-5, rtol=0)


# Seeds


@all_samplers
def test_the_same_seeds_give_the_same_result(name, field, homes):
    def run(seeds):
        start, noise = clouds(homes, seeds)
        return final(sample(name, field, start, budget=6, noise=noise, settings=SETTINGS)).positions

    assert torch.equal(run([1, 2, 3, 4]), run([1, 2, 3, 4]))
    assert not torch.equal(run([1, 2, 3, 4]), run([1, 2, 3, 5]))


@all_samplers
def test_noise_enters_where_it_should_and_nowhere_else(name, field, homes):
    start, _ = clouds(homes)

    def run(seed):
        noise = Noise([seed] * len(homes))
        return final(sample(name, field, start, budget=6, noise=noise, settings=SETTINGS)).positions

    assert torch.equal(run(1), run(2)) == (name not in STOCHASTIC)


@pytest.mark.parametrize("name", ["ode", "heun"])
def test_churn_adds_noise(name, field, homes):
    start, _ = clouds(homes)
    settings = dataclasses.replace(SETTINGS, churn=0.5)
    ends = [
        final(sample(name, field, start, budget=6, noise=Noise([s] * 4), settings=settings)).positions for s in (1, 2)
    ]
    assert not torch.equal(*ends)


def test_noise_of_direct_denoising_ends_where_it_is_told_to(field, homes):
    start, _ = clouds(homes)

    def run(seed, **changes):
        settings = SamplerSettings(**{"noise": 0.5, **changes})
        steps = sample("direct", field, start, budget=8, noise=Noise([seed] * 4), settings=settings)
        return torch.stack([step.positions for step in steps])

    assert torch.equal(run(1, noise=0.0), run(2, noise=0.0))
    # one noisy step of eight, whose seeds are the only difference: afterwards both are plain denoising
    one_noisy = run(1, noise_end=1 / 8)
    restarted = sample("direct", field, start.with_positions(one_noisy[0]), budget=7, settings=SamplerSettings(noise=0))
    assert torch.equal(one_noisy[-1], final(restarted).positions)


# Batches


@all_samplers
def test_a_batch_equals_its_members(name, field, homes):
    seeds = [11, 12, 13, 14]
    start, noise = clouds(homes, seeds)
    together = start.split(final(sample(name, field, start, budget=7, noise=noise, settings=SETTINGS)).positions)
    for structure, seed, expected in zip(homes, seeds, together, strict=True):
        alone, noise = clouds([structure], [seed])
        last = final(sample(name, field, alone, budget=7, noise=noise, settings=SETTINGS))
        np.testing.assert_allclose(last.positions.numpy(), expected, atol=1e-4)


@pytest.mark.parametrize("name", [*ADAPTIVE, *STOPPED_BY_F_MAX])
def test_a_batch_equals_its_members_when_some_rest_early(name, homes, home_field):
    field, seeds = home_field(homes), [11, 12, 13, 14]
    settings = SamplerSettings(f_max=0.1, step=0.6, sigma_min=0.4)
    start, noise = clouds(homes, seeds)
    width = torch.tensor([0.01, 0.5, 0.1, 1.0])[start.molecule, None]
    start = start.with_positions(field.home(start) + width * start.positions)
    last = final(sample(name, field, start, budget=9, noise=noise, settings=settings))
    assert len(set(last.nfe.tolist())) > 1
    for k, structure in enumerate(homes):
        alone = Batch.from_structures([structure.with_positions(start.split(start.positions)[k])])
        noise = clouds([structure], [seeds[k]])[1]
        lonely = final(sample(name, field, alone, budget=9, noise=noise, settings=settings))
        np.testing.assert_allclose(lonely.positions.numpy(), start.split(last.positions)[k], atol=1e-12)
        assert lonely.nfe.tolist() == [last.nfe[k]]
        assert lonely.sigma.tolist() == pytest.approx([last.sigma[k].item()])


@all_samplers
def test_a_molecule_that_diverges_stays_finite_and_spoils_no_other(name, homes, home_field):
    field = home_field(homes)
    exact = field.forces

    def spoilt(batch, kept=None):
        forces = exact(batch)
        forces[batch.offsets[1] - 1, 0] = float("nan")
        return forces

    start, noise = clouds(homes)
    field.forces = spoilt
    steps = list(sample(name, field, start, budget=6, noise=noise, settings=SETTINGS))
    for step in steps:
        assert torch.isfinite(step.positions).all()
        assert torch.isfinite(step.home).all()
    field.forces = exact
    start, noise = clouds(homes)
    expected = final(sample(name, field, start, budget=6, noise=noise, settings=SETTINGS)).positions
    torch.testing.assert_close(steps[-1].positions[SIZES[0] :], expected[SIZES[0] :])
    assert torch.equal(steps[-1].positions[: SIZES[0]], start.positions[: SIZES[0]])


# Symmetry


@all_samplers
def test_the_centre_of_geometry_does_not_drift(name, field, homes):
    start, noise = clouds(homes)
    start = start.with_positions(start.positions + 100.0)
    for step in sample(name, field, start, budget=6, noise=noise, settings=SETTINGS):
        drift = molecule_mean(step.positions, start) - molecule_mean(start.positions, start)
        assert drift.abs().max() < 1e-9


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_rotating_the_start_rotates_the_result(name, field, homes):
    start, _ = clouds(homes)
    q = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64))[0]
    turned = start.with_positions(start.positions @ q.T)
    ends = [final(sample(name, field, s, budget=6, settings=SETTINGS)).positions for s in (start, turned)]
    torch.testing.assert_close(ends[1], ends[0] @ q.T, atol=1e-4, rtol=0)


# Steps


@all_samplers
def test_steps_are_frozen_and_stay_as_they_were(name, field, homes):
    start, noise = clouds(homes)
    before = start.positions.clone()
    kept, copies = [], []
    for step in sample(name, field, start, budget=6, noise=noise, settings=SETTINGS):
        kept.append(step)
        copies.append({key: getattr(step, key).clone() for key in ("positions", "home", "sigma", "nfe")})
    for step, copied in zip(kept, copies, strict=True):
        assert all(torch.equal(getattr(step, key), value) for key, value in copied.items())
    assert torch.equal(start.positions, before)
    with pytest.raises(dataclasses.FrozenInstanceError):
        kept[0].positions = before


@pytest.mark.parametrize("name", DIFFUSION)
@pytest.mark.parametrize("budget", [1, 2, 5])
def test_diffusion_ends_on_the_equilibrium_it_predicts(name, budget, field, homes):
    start, noise = clouds(homes)
    last = final(sample(name, field, start, budget=budget, noise=noise, settings=SETTINGS))
    torch.testing.assert_close(last.positions, last.home, atol=1e-12, rtol=0)


@all_samplers
def test_the_sampler_is_listed_with_what_it_reads(name):
    listed = SAMPLERS[name]
    assert listed.id == name
    assert set(listed.reads) <= set(SamplerSettings.__dataclass_fields__)
    assert listed.title
    assert listed.help


# Where a run ends


@all_samplers
def test_on_the_exact_field_every_sampler_comes_home(name, homes, home_field):
    field = home_field(homes)
    start, noise = clouds(homes)
    settings = SamplerSettings(noise=1.0, sigma_max=2.0)
    last = final(sample(name, field, start, budget=30, noise=noise, settings=settings))
    torch.testing.assert_close(last.positions, field.home(start), atol=1e-6, rtol=0)


def test_lbfgs_needs_one_step_on_the_pseudo_potential(homes, home_field):
    field = home_field(homes)
    start = from_structures(homes, 0.1, Noise(range(len(homes))))
    steps = list(sample("lbfgs", field, start, budget=20, settings=SamplerSettings(f_max=1e-6)))
    assert [step.nfe.tolist() for step in steps] == [[1] * 4, [2] * 4]
    torch.testing.assert_close(steps[-1].positions, field.home(start), atol=1e-9, rtol=0)


def test_lbfgs_learns_the_curvature_of_a_stretched_well(homes, home_field, counting):
    """Springs of different strengths along x, y and z: going home by F/2 diverges or crawls, L-BFGS converges."""
    well = home_field(homes)
    strength = torch.tensor([0.1, 1.0, 3.5], dtype=torch.float64)
    well.forces = lambda batch, kept=None: strength * (well.home(batch) - batch.positions)
    field = counting(well)
    start = from_structures(homes, 0.2, Noise(range(len(homes))))
    last = final(sample("lbfgs", field, start, budget=60, settings=SamplerSettings(f_max=1e-6)))
    assert field.calls < 15
    torch.testing.assert_close(last.positions, well.home(start), atol=2e-5, rtol=0)


def test_lbfgs_follows_the_bfgs_approximation_of_the_inverse_hessian(homes, home_field):
    """The two loops give what the matrices would: `H ← (1 - ρ s yᵀ) H (1 - ρ y sᵀ) + ρ s sᵀ`, from H = 1/2."""
    run = Run(home_field(homes), clouds(homes)[0], 1)
    generator = torch.Generator().manual_seed(0)
    shape = (sum(SIZES), 3)
    pairs = [tuple(torch.randn(2, *shape, generator=generator, dtype=torch.float64)) for _ in range(5)]
    forces = torch.randn(shape, generator=generator, dtype=torch.float64)
    directions = relaxation._direction(run, forces, pairs).split(SIZES)
    kept = 0
    for k, size in enumerate(SIZES):
        hessian, one = torch.eye(3 * size, dtype=torch.float64) / 2, torch.eye(3 * size, dtype=torch.float64)
        for pair in pairs:
            s, y = (values.split(SIZES)[k].flatten() for values in pair)
            if s @ y > 0:  # pairs of negative curvature are left out
                kept += 1
                rho = 1 / (s @ y)
                left = one - rho * torch.outer(s, y)
                hessian = left @ hessian @ left.T + rho * torch.outer(s, s)
        expected = hessian @ forces.split(SIZES)[k].flatten()
        torch.testing.assert_close(directions[k].flatten(), expected)
    assert 0 < kept < len(pairs) * len(SIZES)


@pytest.mark.parametrize("name", STOPPED_BY_F_MAX)
def test_relaxation_ends_where_the_forces_were_found_to_be_small(name, homes, home_field, counting):
    """One more step, unchecked, could lead away again."""
    well = home_field(homes[:1])
    strength = torch.tensor([0.2, 1.0, 3.0], dtype=torch.float64)
    well.forces = lambda batch, kept=None: strength * (well.home(batch) - batch.positions)
    field = counting(well)
    start = from_structures(homes[:1], 0.3, Noise([0]))
    last = final(sample(name, field, start, budget=60, settings=SamplerSettings(f_max=0.02)))
    assert field.calls < 60
    assert torch.equal(last.positions, field.asked[-1])
    assert well.forces(start.with_positions(last.positions)).norm(dim=-1).max() < 0.02


def test_lbfgs_moves_no_atom_farther_than_half_an_angstrom_a_step(homes, home_field):
    start, _ = clouds(homes, width=5.0)
    before = start.positions
    for step in sample("lbfgs", home_field(homes), start, budget=4):
        longest = (step.positions - before).norm(dim=-1)
        assert longest.max() == pytest.approx(0.5)
        before = step.positions


def test_the_noise_level_of_a_step_is_that_of_its_evaluation(homes, home_field):
    start, _ = clouds(homes, width=3.0)
    step = next(sample("damped", home_field(homes), start, budget=1))
    distance = (start.positions - home_field(homes).home(start)).square().sum(-1)
    expected = [float(d.sum() / (3 * (n - 1))) ** 0.5 for d, n in zip(distance.split(SIZES), SIZES, strict=True)]
    assert step.sigma.tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    "values",
    [
        {"noise": -1.0}, {"churn": -0.1}, {"f_max": -1.0}, {"step": 0.0}, {"step": 2.1}, {"noise_end": 0.0},
        {"noise_end": 1.1}, {"sigma_min": 0.0}, {"sigma_min": 3.0, "sigma_max": 2.0}, {"rho": 0.0},
        {"noise": float("nan")}, {"sigma_max": float("inf")}, {"f_max": float("nan")},
    ],
)  # fmt: skip
def test_impossible_settings_are_refused(values):
    with pytest.raises(ValueError, match=r"must|need") as refused:
        SamplerSettings(**values)
    assert "\n" not in str(refused.value)
