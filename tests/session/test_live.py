"""Live runs: what is fixed stays to the bit, the newest scene counts, and nothing is evaluated at rest."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from gpff_desktop.engine.steering import Distance, RigidGroup
from gpff_desktop.session.live import AT_REST, LONGEST, LiveRun
from gpff_desktop.session.scene import Scene
from gpff_desktop.structure import Structure


@pytest.fixture
def home(molecule):
    return molecule(8, seed=1)


@pytest.fixture
def shaken(home):
    return home.with_positions(home.positions + np.random.default_rng(5).normal(0, 0.4, (8, 3)))


@pytest.fixture
def live(home_field, counting, home):
    field = counting(home_field([home]))
    field.check = lambda structures: None
    return LiveRun(field)


def follow(live, most=200):
    """Steps until the molecule rests."""
    steps = []
    while len(steps) < most and (step := live.step()) is not None:
        steps.append(step)
    return steps


def test_free_atoms_come_home_step_by_step_and_then_rest_without_evaluations(live, home, shaken):
    live.take(Scene(shaken))
    steps = follow(live)
    places = [shaken.positions, *(step.positions for step in steps)]
    longest = [np.linalg.norm(new - old, axis=1).max() for old, new in itertools.pairwise(places)]
    assert max(longest) < 1.5 * LONGEST
    shift = (places[-1] - home.positions).mean(axis=0)
    np.testing.assert_allclose(places[-1] - shift, home.positions, atol=AT_REST)
    assert [step.resting for step in steps] == [np.linalg.norm(s.forces, axis=1).max() < AT_REST for s in steps]
    assert steps[-1].resting
    assert len(steps) > 3
    assert live.step() is None
    assert live.field.calls == len(steps) == live.evaluations


def test_locked_and_held_atoms_stay_to_the_bit_while_others_come_to_them(live, home, shaken):
    live.take(Scene(shaken, locked=frozenset({0, 3}), held=frozenset({5})))
    steps = follow(live)
    for step in steps:
        np.testing.assert_array_equal(step.positions[[0, 3, 5]], shaken.positions[[0, 3, 5]])
        assert not step.forces[[0, 3, 5]].any()
    assert np.abs(steps[-1].positions - shaken.positions)[[1, 2, 4, 6, 7]].max() > 0.1


def test_a_drag_takes_the_held_atoms_and_leaves_the_others_where_the_run_has_them(live, home, shaken):
    live.take(Scene(shaken))
    for _ in range(3):
        before = live.step().positions
    pulled = shaken.positions.copy()
    pulled[2] += 0.7
    scene = Scene(shaken.with_positions(pulled), held=frozenset({2}), anew=False, serial=9)
    live.take(scene)
    step = live.step()
    assert step.serial == 9
    asked = live.field.asked[-1].numpy()
    np.testing.assert_array_equal(asked[2], pulled[2])
    free = np.arange(8) != 2
    np.testing.assert_array_equal(asked[free], before[free])
    np.testing.assert_array_equal(step.positions[2], pulled[2])


def test_a_new_molecule_is_taken_before_the_next_evaluation(live, shaken, molecule, home_field):
    other = molecule(5, seed=3)
    live.field.field.homes |= home_field([other]).homes
    live.take(Scene(shaken))
    live.step()
    torn = other.with_positions(other.positions * 1.3)
    live.take(Scene(torn, anew=False))
    step = live.step()
    np.testing.assert_array_equal(live.field.asked[-1].numpy(), torn.positions)
    assert step.positions.shape == (5, 3)


def test_only_what_cannot_be_moved_or_nothing_at_all_costs_no_evaluation(live, shaken):
    live.take(Scene(shaken, locked=frozenset(range(8))))
    assert live.step() is None
    live.take(Scene(shaken, paused=True))
    assert live.step() is None
    assert live.field.calls == 0
    live.take(Scene(shaken, anew=False))
    assert live.step() is not None


def test_temperature_shakes_free_atoms_alone_by_the_seed_and_never_rests(home_field, home):
    def shaken_for(seed, steps=6):
        run = LiveRun(home_field([home]), seed)
        run.take(Scene(home, locked=frozenset({1}), temperature=0.1))
        return [run.step() for _ in range(steps)]

    first, again, other = shaken_for(1), shaken_for(1), shaken_for(2)
    np.testing.assert_array_equal(first[-1].positions, again[-1].positions)
    assert np.abs(first[-1].positions - other[-1].positions).max() > 1e-3
    np.testing.assert_array_equal(first[-1].positions[1], home.positions[1])
    assert not any(step.resting for step in first)
    moved = np.concatenate([step.positions - home.positions for step in first])
    assert 0.05 < moved[np.abs(moved).max(axis=1) > 0].std() < 0.2


def test_an_exact_distance_is_kept_while_one_of_its_atoms_is_dragged(live, shaken):
    constraints = (Distance((0, 1), 1.4),)
    live.take(Scene(shaken, constraints=constraints))
    live.step()
    for shift in (0.1, 0.2, 0.3):
        pulled = shaken.positions + [[shift, 0, 0]] * (np.arange(8) == 0)[:, None]
        scene = Scene(shaken.with_positions(pulled), held=frozenset({0}), constraints=constraints, anew=False)
        live.take(scene)
        step = live.step()
        assert step.unmet == ""
        np.testing.assert_array_equal(step.positions[0], pulled[0])
        assert np.linalg.norm(step.positions[0] - step.positions[1]) == pytest.approx(1.4, abs=1e-3)


def test_a_rigid_group_keeps_its_shape_and_follows_the_atom_that_is_held(live, shaken):
    constraints = (RigidGroup((0, 1, 2, 3)),)
    live.take(Scene(shaken, constraints=constraints))
    pulled = shaken.positions.copy()
    pulled[0] += [0.8, 0.3, 0.0]
    live.take(Scene(shaken.with_positions(pulled), held=frozenset({0}), constraints=constraints, anew=False))
    step = live.step()
    np.testing.assert_array_equal(step.positions[0], pulled[0])
    np.testing.assert_allclose(_distances(step.positions[:4]), _distances(shaken.positions[:4]), atol=1e-6)


def _distances(points):
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


def test_what_the_model_does_not_know_is_refused_in_one_line_and_the_next_scene_goes_on(tiny_field, molecule):
    live, good = LiveRun(tiny_field()), molecule(5)
    live.take(Scene(good))
    assert live.step() is not None
    gold = Structure([79, *good.numbers[1:]], good.positions)
    with pytest.raises(ValueError, match="does not know Au"):
        live.take(Scene(gold))
    assert live.step() is None
    live.take(replace(Scene(good), anew=False))
    assert live.step() is not None


def test_contradicting_constraints_are_refused_and_nothing_moves(live, shaken):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        live.take(Scene(shaken, constraints=(Distance((0, 1), 1.4), Distance((0, 1), 1.8))))
    assert live.step() is None
