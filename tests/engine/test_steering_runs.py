"""The contract of constraints and priors in a run, over all samplers."""

import dataclasses

import numpy as np
import pytest
import torch

from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.priors import Noise
from gpff_desktop.engine.samplers import SAMPLERS, SamplerSettings, sample
from gpff_desktop.engine.steering import (
    Angle,
    Box,
    Distance,
    FromStructure,
    InRegion,
    Isotropic,
    Mixture,
    NearAtom,
    Painted,
    Plane,
    Position,
    RigidGroup,
    Shape,
    Shaped,
    Sphere,
    Steering,
    SteeringError,
    Surroundings,
    Torsion,
    Wall,
)
from gpff_desktop.structure import Structure

STOCHASTIC = {"direct", "ancestral", "reverse-sde", "adaptive-ancestral"}
SETTINGS = SamplerSettings(sigma_min=0.02, sigma_max=2.0, noise=0.5)
NEVER_EARLY = dataclasses.replace(SETTINGS, sigma_min=1e-3, churn=0.3)
PLACES = np.random.default_rng(5).normal(size=(9, 3)) * 1.5
NUMBERS = np.array([6, 7, 6, 8, 1, 6, 1, 1, 6])
GROUP = (2, 3, 4, 5)
LOCKED = (0, 1)

CONSTRAINTS = {
    "distance": (Distance((6, 7), 1.5),),
    "chain": (Angle((6, 7, 8), 104.5), Torsion((0, 6, 7, 8), 60.0), Position((6,), (1.0, 2.0, 0.5))),
    "plane": (Plane((0, 1, 6, 7, 8)),),
    "rigid": (RigidGroup(GROUP),),
    "rigid-locked": (RigidGroup((0, 2, 3)), RigidGroup((1, 4, 5, 8))),
    "wall": (Wall(Sphere((0.0, 0.0, 0.0), 4.0)), Wall(Box((0.0, 0.0, 0.0), (5.0, 5.0, 5.0)), (6, 7))),
    "restraint": (Distance((6, 7), 1.5, weight=2.0), Torsion((0, 6, 7, 8), 60.0, weight=1.0)),
    "shape": (Shape((4.0, 1.0, 1.0), until=1.0),),
    "everything": (
        Distance((6, 7), 1.5), Angle((6, 7, 8), 104.5), RigidGroup(GROUP), Wall(Sphere((0.0, 0.0, 0.0), 6.0)),
        Shape((4.0, 1.0, 1.0)), Distance((1, 8), 3.0, weight=1.0),
    ),
}  # fmt: skip
PRIORS = {
    "isotropic": Isotropic(1.5),
    "shaped": Shaped(1.5, (8.0, 1.0, 1.0)),
    "region": InRegion(Box((0.0, 0.0, 0.0), (4.0, 4.0, 6.0))),
    "painted": InRegion(Painted(((0.0, 0.0, 0.0, 2.0), (3.0, 0.0, 0.0, 1.5)))),
    "around": NearAtom(1, 1.0),
    "structure": FromStructure.of(Structure(NUMBERS[2:], PLACES[2:]), 0.3),
    "mixture": Mixture((((0, 1, 2), NearAtom(0, 0.7)),), Isotropic(2.0)),
}

all_samplers = pytest.mark.parametrize("name", SAMPLERS)
each_set = pytest.mark.parametrize("constraints", CONSTRAINTS.values(), ids=CONSTRAINTS)
each_prior = pytest.mark.parametrize("prior", PRIORS.values(), ids=PRIORS)


@pytest.fixture(scope="module")
def field(tiny_field):
    return tiny_field()


@dataclasses.dataclass
class Setting:
    """A run that is ready: the first two atoms are locked, or none is."""

    start: Batch
    locks: Locks
    noise: Noise
    steering: Steering

    def steps(self, name, field, budget=4, settings=SETTINGS):
        return sample(
            name, field, self.start, budget=budget, locks=self.locks, noise=self.noise, settings=settings,
            steering=self.steering,
        )  # fmt: skip

    def last(self, name, field, **options):
        *_, last = self.steps(name, field, **options)
        return last


def prepared(constraints=(), prior=PRIORS["isotropic"], seeds=(1, 2), locked=LOCKED, turn=None):
    noise = Noise(seeds)
    cloud = prior.draw(len(NUMBERS) - 2, range(len(seeds)), noise, Surroundings(PLACES[:2]))
    kept = torch.from_numpy(PLACES[:2]).expand(len(seeds), -1, -1)
    positions = torch.cat([kept, cloud], 1).flatten(0, 1)
    reference = torch.from_numpy(PLACES).repeat(len(seeds), 1)
    if turn is not None:
        positions, reference = positions @ turn.T, reference @ turn.T
    sizes = torch.full((len(seeds),), len(NUMBERS))
    start = Batch(torch.from_numpy(NUMBERS).repeat(len(seeds)), positions, sizes)
    locks = Locks.of_atoms(start, [locked] * len(seeds)) if locked else Locks.none(start)
    return Setting(start, locks, noise, Steering(constraints, start, locks, reference))


def assert_rigid(positions, group):
    places = torch.from_numpy(PLACES)[list(group)]
    for x in positions.view(-1, len(NUMBERS), 3)[:, list(group)]:
        torch.testing.assert_close(torch.cdist(x, x), torch.cdist(places, places), rtol=0, atol=1e-6)


@all_samplers
@each_set
def test_constraints_are_met_locks_are_exact_and_evaluations_counted(name, constraints, field, counting):
    counted = counting(field)
    setting = prepared(constraints)
    locked = setting.locks.locked
    steps = list(setting.steps(name, counted, budget=3, settings=NEVER_EARLY))
    assert counted.calls == len(steps) == 3
    for states in (counted.asked, [step.positions for step in steps], [step.home for step in steps]):
        for state in states:
            assert torch.equal(state[locked], setting.start.positions[locked])
            assert setting.steering.unmet(state) == ""
            for group in (c for c in constraints if isinstance(c, RigidGroup)):
                assert_rigid(state, group.atoms)


@all_samplers
@each_prior
def test_every_prior_starts_every_sampler_under_every_set_of_constraints(name, prior, field):
    """A Latin square: each prior meets each sampler once, and each set of constraints in one of them."""
    turn = list(SAMPLERS).index(name) + list(PRIORS.values()).index(prior)
    constraints = list(CONSTRAINTS.values())[turn % len(CONSTRAINTS)]
    ends = [prepared(constraints, prior).last(name, field, budget=2).positions for _ in range(2)]
    assert torch.equal(*ends)
    assert torch.isfinite(ends[0]).all()
    assert prepared(constraints, prior).steering.unmet(ends[0]) == ""
    alone = prepared(constraints, prior, seeds=[2]).last(name, field, budget=2).positions
    torch.testing.assert_close(ends[0][len(NUMBERS) :], alone, rtol=0, atol=1e-3)
    assert float((ends[0][: len(NUMBERS)] - alone).abs().max()) > 0.01


def test_the_square_leaves_out_no_pair():
    assert len(SAMPLERS) >= len(CONSTRAINTS)


@all_samplers
@pytest.mark.parametrize("locked", [(), LOCKED], ids=["free", "locked"])
def test_a_batch_equals_its_members(name, locked, field):
    constraints = CONSTRAINTS["everything"]
    together = prepared(constraints, seeds=(4, 5, 6), locked=locked).last(name, field).positions.split(len(NUMBERS))
    alone = prepared(constraints, seeds=(6,), locked=locked).last(name, field).positions
    torch.testing.assert_close(together[2], alone, rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", sorted(set(SAMPLERS) - STOCHASTIC))
def test_turning_everything_turns_the_result(name, field):
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64))[0]
    turn = turn * turn.det()
    constraints = (*CONSTRAINTS["everything"], *CONSTRAINTS["plane"])
    ends = [prepared(constraints, turn=t).last(name, field).positions for t in (None, turn)]
    torch.testing.assert_close(ends[1], ends[0] @ turn.T, rtol=0, atol=1e-3)


@all_samplers
def test_a_run_computes_only_what_is_drawn(name, field, counting, drained):
    counted = counting(field)
    steps = prepared(CONSTRAINTS["everything"]).steps(name, counted, budget=5, settings=NEVER_EARLY)
    assert len(drained(steps, 2)) == counted.calls == 2
    steps.close()
    assert drained(steps) == []


@pytest.mark.parametrize("name", ["damped", "lbfgs", "adaptive-ancestral", "adaptive-heun"])
def test_members_that_arrive_early_rest_on_their_constraints(name, home_field):
    home = Structure(NUMBERS, PLACES)
    setting = prepared(CONSTRAINTS["distance"], FromStructure.of(Structure(NUMBERS[2:], PLACES[2:]), 0.01))
    wide = torch.randn(len(NUMBERS), 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    positions = setting.start.positions.clone()
    positions[len(NUMBERS) :] += wide * setting.locks.free[len(NUMBERS) :, None]
    setting.start = setting.start.with_positions(positions)
    settings = SamplerSettings(f_max=0.05, sigma_min=0.3, step=0.6)
    last = setting.last(name, home_field([home]), budget=30, settings=settings)
    assert last.nfe[0] < last.nfe[1]
    assert setting.steering.unmet(last.positions) == ""


@all_samplers
def test_on_the_exact_field_a_run_ends_at_the_nearest_conformer_that_meets_its_constraint(name, home_field):
    """The distance is that of home but for a tenth of an Å, which the two atoms share."""
    home = Structure(NUMBERS, PLACES)
    apart = float(np.linalg.norm(PLACES[6] - PLACES[7])) + 0.1
    last = prepared((Distance((6, 7), apart),)).last(name, home_field([home]), budget=30)
    expected = torch.from_numpy(PLACES).repeat(2, 1)
    away = (last.positions - expected).norm(dim=-1).view(2, -1)
    np.testing.assert_allclose(away[:, [6, 7]], 0.05, atol=1e-5)
    assert float(away[:, [0, 1, 2, 3, 4, 5, 8]].max()) < 1e-5


@pytest.mark.parametrize("name", ["direct", "damped", "lbfgs", "ode"])
@pytest.mark.parametrize("weight", [0.5, 2.0, 1e6])
def test_a_restraint_balances_the_field(name, weight, home_field):
    """`d²` of two atoms against `w (d - d0)²`: each gives way, the field by `w / (1/2 + w)` of the way."""
    home = Structure(NUMBERS, PLACES)
    apart = float(np.linalg.norm(PLACES[6] - PLACES[7]))
    wanted = apart + 0.2
    settings = SamplerSettings(noise=0.0, sigma_max=2.0)
    last = prepared((Distance((6, 7), wanted, weight=weight),)).last(
        name, home_field([home]), budget=40, settings=settings
    )
    x = last.positions.view(2, -1, 3)
    share = weight / (0.5 + weight)
    np.testing.assert_allclose((x[:, 6] - x[:, 7]).norm(dim=-1), apart + 0.2 * share, atol=1e-5)


def test_noise_levels_count_the_motions_that_are_left():
    """A molecule that is one body can only turn; shifting is taken off in any case."""
    loose, bound = (prepared(c, locked=()).steering for c in ((), (RigidGroup(tuple(range(9))),)))
    batch = prepared().start
    assert torch.equal(loose.sigma_scale(batch), torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(bound.sigma_scale(batch), torch.full((2,), (3 * 8 / 3) ** 0.5, dtype=torch.float64))


def test_a_shape_is_held_while_the_run_goes_on(field, counting):
    counted = counting(field)
    list(prepared((Shape((6.0, 1.0, 1.0), until=0.5),), locked=()).steps("damped", counted, budget=4))
    ratios = []
    for asked in counted.asked:
        x = asked.view(2, -1, 3) - asked.view(2, -1, 3).mean(1, keepdim=True)
        values = torch.linalg.eigvalsh(x.mT @ x)
        ratios.append(float(values[0, 2] / values[0, 0]))
    np.testing.assert_allclose(ratios[:2], 6.0, rtol=1e-6)
    assert abs(ratios[3] - 6.0) > 1e-3


def test_a_run_that_cannot_meet_its_constraints_ends_in_one_line_that_names_one(field):
    impossible = (Distance((6, 7), 1.0), Distance((7, 8), 1.0), Distance((6, 8), 3.0))
    steps = prepared(impossible, seeds=[1]).steps("direct", field, budget=1)
    with pytest.raises(SteeringError, match=r"distance \d-\d = \d Å cannot be met \(\d\.\d+ Å off\)") as refused:
        next(steps)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["direct", "heun"])
def test_a_field_that_leads_to_infinity_costs_no_constraint(name, home_field):
    field = home_field([Structure(NUMBERS, PLACES)])
    exact = field.forces
    field.forces = lambda batch, kept=None: 1e12 * exact(batch)
    setting = prepared(CONSTRAINTS["plane"])
    assert setting.steering.unmet(setting.last(name, field, budget=3).positions) == ""


@all_samplers
def test_a_molecule_that_diverges_keeps_its_constraints_and_spoils_no_other(name, home_field):
    home = Structure(NUMBERS, PLACES)
    field = home_field([home])
    exact = field.forces

    def spoilt(batch, kept=None):
        forces = exact(batch)
        forces[batch.offsets[1] - 1, 0] = float("nan")
        return forces

    constraints = CONSTRAINTS["everything"]
    expected = prepared(constraints).last(name, field, budget=6).positions
    field.forces = spoilt
    setting = prepared(constraints)
    last = setting.last(name, field, budget=6)
    assert setting.steering.unmet(last.positions) == ""
    torch.testing.assert_close(last.positions[len(NUMBERS) :], expected[len(NUMBERS) :], rtol=0, atol=1e-6)
