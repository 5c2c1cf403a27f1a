"""Clouds, regions, handles and marks of constraints in the view."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gpff_desktop.engine.steering.constraints import Distance, Plane, Position, RigidGroup, Wall
from gpff_desktop.engine.steering.regions import Box, Ellipsoid, Painted, Region, Sphere
from gpff_desktop.structure import Structure
from gpff_desktop.viewer import style
from gpff_desktop.viewer.brush import Brush
from gpff_desktop.viewer.canvas import MoleculeCanvas
from tests.viewer.test_overlays import SCALE, SIZE, THEMES, drawn, near, place
from tests.viewer.test_tools import Mouse

BALL = Sphere((0.0, 0.0, 0.0), 1.5)


@pytest.fixture
def steered(canvas: MoleculeCanvas) -> Iterator[MoleculeCanvas]:
    """A canvas that is bare of marks before and after."""
    canvas.set_structure(Structure([6, 6], [[-2.0, -2.0, 0], [-0.6, -2.0, 0]], [[0, 1, 1]]), fit=False)
    yield canvas
    canvas.set_cloud(None)
    canvas.set_regions([])
    canvas.set_handles(None)
    canvas.set_painting(None)
    canvas.set_constraint_marks([])
    canvas.tool = None


def changed(canvas: MoleculeCanvas, before: np.ndarray) -> np.ndarray:
    return np.abs(drawn(canvas) - before).max(axis=-1) > 6


@THEMES
@pytest.mark.parametrize("count", [30, 1000])
def test_a_cloud_is_seen_where_its_points_are_and_hides_nothing(
    steered: MoleculeCanvas, theme: style.Theme, count: int
) -> None:
    steered.set_theme(theme)
    before = drawn(steered)
    points = np.random.default_rng(0).normal([1.0, 1.0, 0.0], 0.4, (count, 3))
    steered.set_cloud(points)
    mask = changed(steered, before)
    np.testing.assert_allclose(place(mask), [1.0, 1.0], atol=0.25)
    strongest = np.abs(drawn(steered) - before).max()
    assert 40 < strongest < 200, "few and many points are about as dense, and translucent"
    steered.set_cloud(np.array([[-2.0, -2.0, -3.0]]))
    assert not changed(steered, before)[250:, 50].any(), "the atom is in front of the cloud"
    steered.set_cloud(None)
    np.testing.assert_array_equal(drawn(steered), before)


def test_a_cloud_takes_the_colours_it_is_given(steered: MoleculeCanvas) -> None:
    steered.set_cloud(np.tile([1.0, 1.0, 0.0], (40, 1)), spread=0.5, colors=np.tile([1.0, 0.0, 0.0], (40, 1)))
    red, green, _ = drawn(steered)[round(150 - SCALE), round(150 + SCALE)]
    assert red - green > 60


@THEMES
@pytest.mark.parametrize(
    "region", [BALL, Ellipsoid((0, 0, 0), (1.5, 1.5, 0.4)), Box((0, 0, 0), (3, 3, 1))], ids=lambda r: r.kind
)
def test_the_outline_of_a_region_reaches_to_its_surface(
    steered: MoleculeCanvas, theme: style.Theme, region: Region
) -> None:
    steered.set_theme(theme)
    before = drawn(steered)
    steered.set_regions([region])
    rows, columns = np.nonzero(changed(steered, before))
    for pixels in (rows, columns):
        np.testing.assert_allclose([pixels.min(), pixels.max()], [150 - 1.5 * SCALE, 150 + 1.5 * SCALE], atol=3)
    assert changed(steered, before).mean() < 0.1, "the inside stays as it is"


@THEMES
def test_what_is_painted_is_tinted_evenly_however_often_the_brush_went_over_it(
    steered: MoleculeCanvas, theme: style.Theme
) -> None:
    steered.set_theme(theme)
    before = drawn(steered)
    steered.set_regions([Painted(((0, 0, 0, 1.0),))])
    once = drawn(steered)
    steered.set_regions([Painted(tuple((0, 0, 0, 1.0) for _ in range(12)))])
    np.testing.assert_array_equal(drawn(steered), once)
    tinted = np.abs(once - before).max(axis=-1) > 6
    assert tinted.sum() == pytest.approx(np.pi * SCALE**2, rel=0.1)
    assert 15 < np.abs(once - before).max() < 150
    clear = steered.render_image(SIZE, transparent=True, occlusion=False)[150, 150]
    assert 0 < clear[3] < 255, "it is translucent in a picture without a background too"


def test_other_shapes_are_drawn_as_before_after_a_tint(steered: MoleculeCanvas) -> None:
    steered.set_locked([0])
    before = drawn(steered)
    steered.set_regions([Painted(((30.0, 0, 0, 1.0),))])
    np.testing.assert_array_equal(drawn(steered), before)


def test_constraints_are_drawn_with_their_targets_and_follow_the_atoms(steered: MoleculeCanvas) -> None:
    before = drawn(steered)
    ink = style.LIGHT.constraint
    steered.set_constraint_marks([Distance((0, 1), 1.4)])
    first = near(drawn(steered), ink)
    assert first.sum() > 50
    steered.set_positions(np.array([[-2.0, 0.0, 0], [-0.6, 0.0, 0]]))
    second = near(drawn(steered), ink)
    np.testing.assert_allclose(place(second) - place(first), [0.0, 2.0], atol=0.1)
    steered.set_positions(np.array([[-2.0, -2.0, 0], [-0.6, -2.0, 0]]))
    for one in (RigidGroup((0, 1)), Plane((0, 1, 2, 3)), Position((0,), (1.0, 1.0, 0.0)), Wall(BALL, (0,))):
        steered.set_constraint_marks([one])
        assert changed(steered, before).any(), f"a {one.kind} is seen; atoms that are gone are passed over"
    steered.set_constraint_marks([])
    np.testing.assert_array_equal(drawn(steered), before)


def test_handles_are_dragged_whatever_the_tool_in_hand_and_keep_their_size_on_the_screen(
    steered: MoleculeCanvas, qtbot: QtBot
) -> None:
    dragged: list[Region] = []
    dropped: list[Region] = []
    steered.region_dragged.connect(dragged.append)
    steered.region_dropped.connect(dropped.append)
    steered.tool = brush = Brush(steered)
    steered.set_handles(BALL)
    width, height = steered.size

    def at(x: float, y: float) -> tuple[float, float]:
        return width / 2 + x * height / 6.0, height / 2 - y * height / 6.0

    before = np.array(steered.camera.orientation)
    Mouse(steered, qtbot).drag(at(1.5, 0), at(2.0, 0))
    assert [region.radius for region in dropped if isinstance(region, Sphere)] == [pytest.approx(2.0, abs=0.02)]
    assert dragged[-1] == dropped[-1] == steered.handles.region
    assert brush.region is None
    np.testing.assert_array_equal(steered.camera.orientation, before)
    Mouse(steered, qtbot).drag(at(0, 1.0), at(0.5, 1.0))
    assert brush.region is not None, "beside the handles the tool has its way"
    brush.put_away()
    steered.set_handles(BALL)
    bare = drawn_without_lines(steered)
    steered.camera.scale_factor = 12.0
    assert drawn_without_lines(steered) == pytest.approx(bare, rel=0.15)


def drawn_without_lines(canvas: MoleculeCanvas) -> float:
    """Pixels that the handles cover."""
    handles = canvas._overlays.handles
    handles._outline.visible = False
    with_them = drawn(canvas)
    handles.visible = False
    without = drawn(canvas)
    handles.visible = handles._outline.visible = True
    return float((np.abs(with_them - without).max(axis=-1) > 6).sum())


def test_the_brush_paints_in_the_view_itself(steered: MoleculeCanvas, qtbot: QtBot) -> None:
    brush = Brush(steered, radius=0.5)
    steered.tool = brush
    before = drawn(steered)
    start, stop = steered.project_points(np.array([[-1.0, 1.0, 0.0], [1.0, 1.0, 0.0]]))
    Mouse(steered, qtbot).drag(tuple(start), tuple(stop))
    assert brush.region is not None
    np.testing.assert_allclose(brush.region.middle[:2], [0.0, 1.0], atol=0.15)
    np.testing.assert_allclose(place(changed(steered, before)), [0.0, 1.0], atol=0.3)
    brush.put_away()
    np.testing.assert_array_equal(drawn(steered), before)
