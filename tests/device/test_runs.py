"""Everything that a field is used for, on a CUDA device: it works there, and gives the CPU's numbers to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.interventions import Intervention
from gpff_desktop.engine.priors import Noise
from gpff_desktop.engine.samplers import SAMPLERS, SamplerSettings, sample
from gpff_desktop.engine.steering import Distance, RigidGroup, Shape, Sphere, Torsion, Wall
from gpff_desktop.gui.backend import FieldBackend
from gpff_desktop.gui.messages import GenerateSettings
from gpff_desktop.session.generation import GenerationRequest, RelaxationRequest, generate, relax
from gpff_desktop.session.live import LiveRun
from gpff_desktop.session.scene import Scene
from gpff_desktop.structure import Structure
from tests.engine.test_steering_runs import CONSTRAINTS, LOCKED, NUMBERS, PLACES, PRIORS

FORMULA = "C4H3NO"
SCAFFOLD = Structure(NUMBERS, PLACES)


def steps_of(job, changes=None):
    """Coordinates, noise levels and evaluations of each step, the structures in the end."""
    arrays = []
    for spent, step in enumerate(job.steps):
        assert {t.device.type for t in (step.positions, step.home, step.sigma)} == {job.field.device.type}
        arrays += [*job.positions(step), *job.numbers(step), step.sigma.tolist(), step.nfe.tolist()]
        for change in (changes or {}).get(spent, ()):
            job.intervene(change)
    return [*arrays, *(np.array(sorted(s.properties.items())) for s in job.structures(step))]


@pytest.mark.parametrize("representation", ["painn", "so3net"])
def test_pseudo_forces_of_molecules_of_many_sizes(representation, same, molecule):
    mixed = [molecule(n, seed=k) for k, n in enumerate((2, 5, 3, 5, 8))]

    def forces(field):
        batch = Batch.from_structures(mixed, field.device)
        return batch.split(field.forces(batch))

    assert len(same(forces, representation)) == 5


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_with_locks_constraints_and_changes_by_hand(name, same):
    kinds = list(PRIORS.values())
    request = GenerationRequest(
        FORMULA, count=2, nfe=4, seed=3, mode=SAMPLERS[name].mode, sampler=name, scaffold=SCAFFOLD, locked=LOCKED,
        prior=kinds[list(SAMPLERS).index(name) % len(kinds)],
        constraints=(Distance((6, 7), 1.5), Distance((1, 8), 3.0, weight=1.0), Wall(Sphere((0.0, 0.0, 0.0), 6.0))),
        settings=SamplerSettings(sigma_min=1e-3, noise=0.5, churn=0.3),
    )  # fmt: skip
    changes = {
        0: [Intervention(1, held={4: (0.3, -1.2, 2.0), 5: None}, retyped={3: 6})],
        1: [Intervention(1, released=frozenset({5}))],
    }
    same(lambda field: steps_of(generate(field, request), changes))


@pytest.mark.parametrize("prior", PRIORS.values(), ids=PRIORS)
def test_every_prior(prior, same):
    request = GenerationRequest(FORMULA, count=2, nfe=1, seed=3, scaffold=SCAFFOLD, locked=LOCKED, prior=prior)
    same(lambda field: steps_of(generate(field, request)))


@pytest.mark.parametrize("locked", [(), LOCKED], ids=["free", "locked"])
@pytest.mark.parametrize("constraints", CONSTRAINTS.values(), ids=CONSTRAINTS)
def test_every_constraint(constraints, locked, same):
    """In structures of which one meets the constraints less than the other, so that it is worked on alone."""
    shaken = SCAFFOLD.with_positions(PLACES + np.random.default_rng(0).normal(0.0, 0.3, PLACES.shape))
    request = RelaxationRequest((SCAFFOLD, shaken), locked=locked, constraints=constraints, nfe=1)
    same(lambda field: steps_of(relax(field, request)))


def test_constraints_that_are_met_only_after_a_shake(same):
    """Four atoms in a line have no torsion that could be turned."""
    line = Structure([6, 6, 6, 6], 1.5 * np.arange(4)[:, None] * np.array([1.0, 0.0, 0.0]))
    request = RelaxationRequest((line,), constraints=(Torsion((0, 1, 2, 3), 60.0),), nfe=1)
    same(lambda field: steps_of(relax(field, request)))


@pytest.mark.parametrize("name", ["damped", "lbfgs", "adaptive-ancestral", "adaptive-heun"])
def test_molecules_that_arrive_early(name, same, molecule):
    """With so wide an aim the first molecule arrives at once, and runs go on with the others."""
    structures = tuple(molecule(n, seed=n, width=width) for n, width in ((4, 0.1), (6, 3.0), (5, 3.0)))
    settings = SamplerSettings(sigma_min=0.02, f_max=0.1, sigma_max=2.0)

    def run(field):
        start = Batch.from_structures(structures, field.device)
        noise = Noise(range(3), field.device)
        steps = list(sample(name, field, start, budget=4, noise=noise, settings=settings))
        assert steps[-1].nfe.min() < steps[-1].nfe.max()
        return [part for step in steps for part in start.split(step.positions)]

    same(run)


def test_a_live_run_whose_scene_changes(same, molecule):
    first = molecule(6, seed=2, width=2.0)
    moved = first.with_positions(first.positions + 0.3)
    scenes = [
        Scene(first, temperature=0.1),
        Scene(moved, locked=frozenset({0}), held=frozenset({1}), anew=False, serial=1),
        Scene(moved, constraints=(Distance((2, 3), 1.4), RigidGroup((0, 1, 4))), held=frozenset({0}), anew=False),
        Scene(molecule(4, seed=5, width=2.0), constraints=(Shape((3.0, 1.0, 1.0)),)),
    ]

    def run(field):
        live = LiveRun(field)
        for scene in scenes:
            live.take(scene)
            yield from (array for step in (live.step(), live.step()) for array in (step.positions, step.forces))

    assert len(same(run)) == 16


def test_the_window_generates_relaxes_and_shows_forces(same, molecule):
    settings = GenerateSettings(molecule(5).numbers, count=2, mode="relaxation", sampler="", nfe=2, seed=0)

    def run(field):
        backend = FieldBackend(field)
        yield backend.forces(molecule(5))
        for job in (backend.generate(settings), backend.relax(molecule(5))):
            for state in job.steps:
                yield from state.positions

    same(run)
