"""The contract of every sampler while a hand is on the run."""

import numpy as np
import pytest
import torch

from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.interventions import Intervention, Interventions
from gpff_desktop.engine.priors import Noise, gaussian
from gpff_desktop.engine.samplers import SAMPLERS, SamplerSettings, sample
from gpff_desktop.engine.steering import Distance, Steering

SIZES = (5, 3, 5)
BUDGET = 9
SETTINGS = SamplerSettings(sigma_min=1e-9, sigma_max=2.0, noise=0.5)
PLACE = (0.3, -1.2, 2.0)
HOLD = Intervention(2, held={1: PLACE, 3: None})

all_samplers = pytest.mark.parametrize("name", SAMPLERS)
moments = pytest.mark.parametrize("moment", [0, 1, 2, 4, 8])


@pytest.fixture(scope="module")
def field(tiny_field):
    return tiny_field()


@pytest.fixture(scope="module")
def homes(molecule):
    return [molecule(n, seed=k) for k, n in enumerate(SIZES)]


def steered(name, field, homes, changes, locked=None, constraints=()):
    """The steps of a run in which changes are made after as many evaluations."""
    noise, hand = Noise(range(len(homes))), Interventions()
    start = gaussian([s.numbers for s in homes], 2.0, noise)
    locks = Locks.of_atoms(start, locked) if locked else Locks.none(start)
    steering = Steering(constraints, start, locks)
    steps = sample(
        name, field, start, budget=BUDGET, locks=locks, noise=noise, settings=SETTINGS, steering=steering, hand=hand
    )
    found = []
    for spent in range(BUDGET + 1):
        for change in changes.get(spent, ()):
            hand.add(change)
        if (step := next(steps, None)) is not None:
            found.append(step)
    return found, hand


def molecule_of(step, index):
    return step.positions.split(list(SIZES))[index].numpy()


@all_samplers
@moments
def test_atoms_held_by_hand_do_not_move_by_a_single_bit_and_the_budget_is_spent(name, moment, field, homes, counting):
    field = counting(field)
    steps, hand = steered(name, field, homes, {moment: [HOLD]})
    assert field.calls == len(steps) == BUDGET
    assert [step.nfe.tolist() for step in steps] == [[k] * 3 for k in range(1, BUDGET + 1)]
    for step in steps[moment:]:
        np.testing.assert_array_equal(molecule_of(step, 2)[1], PLACE)
        if moment:
            np.testing.assert_array_equal(molecule_of(step, 2)[3], molecule_of(steps[moment - 1], 2)[3])
    np.testing.assert_array_equal(field.asked[moment].split(list(SIZES))[2][1].numpy(), PLACE)
    assert np.isfinite(steps[-1].positions.numpy()).all()
    assert hand.done == [(moment, HOLD)]


@all_samplers
def test_the_same_seed_and_changes_give_the_same_result_and_other_molecules_know_nothing_of_them(name, field, homes):
    changes = {3: [HOLD], 5: [Intervention(2, released=frozenset({1}))]}
    once, again, alone = (steered(name, field, homes, c)[0][-1] for c in (changes, changes, {}))
    assert torch.equal(once.positions, again.positions)
    for other in (0, 1):
        np.testing.assert_allclose(molecule_of(once, other), molecule_of(alone, other), atol=1e-9)
    assert np.abs(molecule_of(once, 2) - molecule_of(alone, 2)).max() > 1e-3


@all_samplers
def test_a_released_atom_moves_again_and_a_retyped_one_stays_another_element(name, field, homes):
    changes = {2: [HOLD], 5: [Intervention(2, released=frozenset({1, 3}), retyped={0: 8})]}
    steps, _ = steered(name, field, homes, changes)
    assert (molecule_of(steps[-1], 2)[[1, 3]] != molecule_of(steps[4], 2)[[1, 3]]).any(axis=1).all()
    first = sum(SIZES[:2])
    assert [int(step.numbers[first]) for step in steps] == [int(homes[2].numbers[0])] * 5 + [8] * 4
    assert torch.equal(steps[-1].numbers[:first], steps[0].numbers[:first])


@all_samplers
def test_atoms_locked_before_the_run_are_not_for_the_hand(name, field, homes):
    grab = Intervention(2, held={0: PLACE}, retyped={0: 1}, released=frozenset({0}))
    steps, _ = steered(name, field, homes, {1: [grab], 3: [grab]}, locked=[[0], [0], [0]])
    for step in steps:
        np.testing.assert_array_equal(molecule_of(step, 2)[0], molecule_of(steps[0], 2)[0])
        assert torch.equal(step.numbers, steps[0].numbers)


@all_samplers
def test_exact_constraints_hold_in_the_molecule_that_is_held_and_in_the_others(name, field, homes):
    steps, _ = steered(name, field, homes, {4: [HOLD]}, constraints=(Distance((0, 1), 1.4),))
    for index in range(3):
        first, second = molecule_of(steps[-1], index)[:2]
        assert np.linalg.norm(first - second) == pytest.approx(1.4, abs=1e-3)
    np.testing.assert_array_equal(molecule_of(steps[-1], 2)[1], PLACE)


def test_a_place_that_is_no_place_is_refused():
    with pytest.raises(ValueError, match="three finite numbers"):
        Intervention(0, held={0: (0.0, float("nan"), 0.0)})
