"""Regions change by their handles as one would expect, whatever the region, and nothing else about them does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.engine.steering.regions import Box, Ellipsoid, Painted, Region, Sphere
from gpff_desktop.viewer.handles import LEAST_REACH, RegionHandles, handle_places, with_handle_at
from gpff_desktop.viewer.picking import Ray
from gpff_desktop.viewer.tools import KeyEvent
from tests.viewer.scenes import FlatScene

COORDINATE = st.floats(-5, 5)
POINT = st.tuples(COORDINATE, COORDINATE, COORDINATE)
SIZES = st.tuples(*3 * [st.floats(0.6, 4)])
REGIONS = st.one_of(
    st.builds(Sphere, POINT, st.floats(0.6, 4)), st.builds(Box, POINT, SIZES), st.builds(Ellipsoid, POINT, SIZES)
)
BALL = Sphere((1.0, 0.0, 0.0), 2.0)


@given(REGIONS, POINT)
def test_the_middle_handle_moves_a_region_and_keeps_its_size(region: Region, point: tuple[float, float, float]) -> None:
    moved = with_handle_at(region, 0, np.array(point))
    np.testing.assert_allclose(moved.middle, point, atol=1e-9)
    assert moved.volume == pytest.approx(region.volume)


@given(REGIONS, st.integers(1, 6), st.floats(-1.5, 3))
def test_a_handle_on_the_surface_goes_where_it_is_taken(region: Region, handle: int, farther: float) -> None:
    place, middle = handle_places(region)[handle], np.array(region.middle)
    outward = (place - middle) / np.linalg.norm(place - middle)
    changed = with_handle_at(region, handle, place + farther * outward)
    now = handle_places(changed)[handle]
    assert (now - middle) @ outward >= -np.linalg.norm(place - middle) - 1e-9
    if (place - middle) @ outward + farther > LEAST_REACH:
        np.testing.assert_allclose(now, place + farther * outward, atol=1e-9)


@given(REGIONS, st.integers(1, 6))
def test_a_region_cannot_be_turned_inside_out(region: Region, handle: int) -> None:
    far_beyond = 100 * (np.array(region.middle) - handle_places(region)[handle])
    assert with_handle_at(region, handle, far_beyond).volume > 0


@given(st.builds(Box, POINT, SIZES), st.integers(1, 6), st.floats(-0.4, 3))
def test_a_face_of_a_box_moves_alone(box: Box, handle: int, farther: float) -> None:
    places = handle_places(box)
    outward = (places[handle] - places[0]) / np.linalg.norm(places[handle] - places[0])
    opposite = handle + 1 if handle % 2 else handle - 1
    changed = with_handle_at(box, handle, places[handle] + farther * outward)
    assert isinstance(changed, Box)
    axis = (handle - 1) // 2
    np.testing.assert_allclose(handle_places(changed)[opposite][axis], places[opposite][axis], atol=1e-9)
    np.testing.assert_allclose(np.delete(changed.edges, axis), np.delete(box.edges, axis))


def test_what_was_painted_moves_as_a_whole() -> None:
    painted = Painted(((0, 0, 0, 1), (1, 0, 0, 1)))
    assert len(handle_places(painted)) == 1
    assert with_handle_at(painted, 0, np.array([1.5, 1.0, 0.0])) == Painted(((1, 1, 0, 1), (2, 1, 0, 1)))


def handles_of(region: Region) -> tuple[RegionHandles, FlatScene, list[tuple[str, Region]]]:
    scene = FlatScene()
    handles, told = RegionHandles(scene), []
    handles.set_region(region)
    handles.dragged.connect(lambda r: told.append(("dragged", r)))
    handles.dropped.connect(lambda r: told.append(("dropped", r)))
    return handles, scene, told


def test_a_drag_tells_each_region_on_the_way_and_the_last_once_more() -> None:
    handles, scene, told = handles_of(BALL)
    assert handles.press(scene.event(3.4, 0.4, dragged=False)), "near the handle is near enough"
    assert handles.move(scene.event(4.4, 0.4))
    assert handles.release(scene.event(5.4, 0.0))
    radii = [(what, region.radius) for what, region in told if isinstance(region, Sphere)]
    assert radii == [("dragged", pytest.approx(3.0)), ("dragged", pytest.approx(4.0)), ("dropped", pytest.approx(4.0))]


def test_a_press_beside_the_handles_and_a_click_on_one_change_nothing() -> None:
    handles, scene, told = handles_of(BALL)
    assert not handles.press(scene.event(2.0, 1.0, dragged=False))
    assert handles.press(scene.event(3.0, 0.0, dragged=False))
    assert handles.release(scene.event(3.0, 0.0, dragged=False))
    assert told == []


def test_escape_puts_back_what_is_being_dragged() -> None:
    handles, scene, told = handles_of(BALL)
    handles.press(scene.event(3.0, 0.0, dragged=False))
    handles.move(scene.event(4.0, 0.0))
    assert handles.key(KeyEvent("Escape"))
    assert told[-1] == ("dragged", BALL)
    assert not handles.release(scene.event(5.0, 0.0))
    assert not handles.key(KeyEvent("Escape")), "it is left to the tool when nothing is dragged"


def test_the_answer_of_a_listener_does_not_end_the_drag() -> None:
    handles, scene, told = handles_of(BALL)
    handles.dragged.connect(handles.set_region)
    handles.press(scene.event(3.0, 0.0, dragged=False))
    handles.move(scene.event(4.0, 0.0))
    handles.release(scene.event(5.0, 0.0))
    assert told[-1] == ("dropped", Sphere(BALL.centre, 4.0))


def test_a_handle_that_points_at_the_viewer_stays() -> None:
    handles, scene, told = handles_of(Ellipsoid((0, 0, 0), (1, 1, 5)))
    handles.press(scene.event(0.0, 0.0, dragged=False))
    assert handles.hot == 5, "it is in front of the middle one"
    handles.move(scene.event(0.5, 0.0))
    assert told == []


@given(POINT, POINT, POINT)
def test_the_nearest_point_on_a_line_is_nearer_to_the_ray_than_those_beside_it(
    point: tuple[float, float, float], direction: tuple[float, float, float], origin: tuple[float, float, float]
) -> None:
    along = np.array(direction) + np.array([7.0, 0.0, 0.0])
    ray = Ray(np.array(origin), np.array([0.0, 0.6, -0.8]))
    nearest = ray.nearest_on_line(np.array(point), along)
    step = 1e-3 * along / np.linalg.norm(along)
    np.testing.assert_allclose(np.cross(nearest - point, along), 0.0, atol=1e-6)
    if 1 - (along @ ray.direction / np.linalg.norm(along)) ** 2 > 0.02:
        assert ray.distance(nearest) <= min(ray.distance(nearest + step), ray.distance(nearest - step)) + 1e-9
