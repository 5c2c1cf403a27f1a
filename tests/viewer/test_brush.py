"""The brush paints whole strokes at the right depth, erases, and can be taken back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.engine.steering.regions import Painted
from gpff_desktop.viewer.brush import LEAST_RADIUS, MOST_RADIUS, Brush, dabs
from gpff_desktop.viewer.tools import MIDDLE, RIGHT, KeyEvent
from tests.viewer.scenes import FlatScene


@pytest.fixture
def scene() -> FlatScene:
    return FlatScene()


@pytest.fixture
def brush(scene: FlatScene) -> Brush:
    return Brush(scene, radius=0.5)


def stroke(brush: Brush, scene: FlatScene, *places: tuple[float, float], button: int = 1) -> None:
    brush.press(scene.event(*places[0], button=button, dragged=False))
    for place in places[1:]:
        brush.move(scene.event(*place, button=button))
    brush.release(scene.event(*places[-1], button=button, dragged=len(places) > 1))


def test_a_stroke_covers_the_way_of_the_pointer_without_gaps(brush: Brush, scene: FlatScene) -> None:
    stroke(brush, scene, (-4.0, 0.0), (-1.0, 0.0), (0.0, 3.0))
    assert brush.region is not None
    balls = np.array(brush.region.strokes)
    way = np.concatenate([np.linspace((-4, 0, 0), (-1, 0, 0), 50), np.linspace((-1, 0, 0), (0, 3, 0), 50)])
    distances = np.linalg.norm(way[:, None] - balls[:, :3], axis=-1).min(axis=1)
    assert distances.max() < 0.25, "every point of the way is well inside a ball"
    assert len(balls) < 40
    assert scene.painted == brush.region


def test_a_click_paints_one_ball(brush: Brush, scene: FlatScene) -> None:
    stroke(brush, scene, (1.0, -1.0))
    assert brush.region == Painted(((1.0, -1.0, 0.0, 0.5),))


def test_balls_are_as_deep_as_the_atom_under_the_pointer_and_stay_so_beside_it(brush: Brush, scene: FlatScene) -> None:
    stroke(brush, scene, (2.0, 0.0), (3.5, 0.0))
    assert brush.region is not None
    assert {z for _, _, z, _ in brush.region.strokes} == {3.0}
    stroke(brush, scene, (-4.0, 0.0))
    assert brush.region.strokes[-1][2] == 0.0, "beside the molecule a new stroke is as deep as its middle"


def test_the_right_button_erases_what_is_under_the_pointer_at_any_depth(brush: Brush, scene: FlatScene) -> None:
    brush.region = Painted(((0, 0, 0, 1), (0.3, 0, 7, 1), (3, 0, 0, 1)))
    stroke(brush, scene, (0.0, 0.0), button=RIGHT)
    assert brush.region == Painted(((3, 0, 0, 1),))
    stroke(brush, scene, (3.0, 0.0), button=RIGHT)
    assert brush.region is None


def test_each_stroke_is_told_once_and_only_if_it_changed_something(brush: Brush, scene: FlatScene) -> None:
    told: list[Painted | None] = []
    brush.painted.connect(told.append)
    stroke(brush, scene, (0.0, 0.0), (1.0, 0.0))
    stroke(brush, scene, (4.0, 4.0), button=RIGHT)
    assert told == [brush.region]


def test_escape_takes_back_the_stroke_under_way(brush: Brush, scene: FlatScene) -> None:
    stroke(brush, scene, (0.0, 0.0))
    before = brush.region
    brush.press(scene.event(3.0, 0.0, dragged=False))
    assert brush.region != before
    assert brush.key(KeyEvent("Escape"))
    assert brush.region == before == scene.painted
    assert not brush.key(KeyEvent("Escape"))


def test_the_middle_button_is_left_to_the_camera(brush: Brush, scene: FlatScene) -> None:
    assert not brush.press(scene.event(0.0, 0.0, button=MIDDLE, dragged=False))


def test_brackets_change_the_size_within_bounds_and_the_tip_shows_it(brush: Brush, scene: FlatScene) -> None:
    brush.move(scene.event(1.0, 0.0, button=0, dragged=False))
    for _ in range(40):
        brush.key(KeyEvent("]", "]"))
    assert scene.tip is not None
    assert brush.radius == scene.tip.radius == MOST_RADIUS
    for _ in range(40):
        brush.key(KeyEvent("[", "["))
    assert brush.radius == LEAST_RADIUS
    brush.put_away()
    assert scene.tip is None


@given(st.floats(0, 30), st.floats(0.3, 5))
def test_dabs_are_evenly_spaced_and_do_not_pass_the_end(length: float, radius: float) -> None:
    centres = dabs(np.zeros(3), np.array([length, 0.0, 0.0]), radius)
    reached = np.concatenate([[0.0], centres[:, 0]])
    np.testing.assert_allclose(np.diff(reached), 0.4 * radius)
    assert length - 0.4 * radius - 1e-9 <= reached[-1] <= length + 1e-9
