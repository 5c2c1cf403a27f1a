"""Picking, the camera and the idle effects of the canvas."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gpff_desktop.structure import Structure
from gpff_desktop.viewer.canvas import MoleculeCanvas


def random_rotation(seed: int) -> np.ndarray:
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return rotation * np.sign(np.linalg.det(rotation))


@pytest.mark.parametrize("parallel", [True, False])
def test_picking_returns_the_atom_under_its_projected_centre(
    canvas: MoleculeCanvas, scattered: Structure, parallel: bool
) -> None:
    canvas.camera.parallel = parallel
    canvas.set_structure(scattered, fit=False)
    canvas.fit()
    assert [canvas.pick(canvas.project(i)) for i in range(len(scattered))] == list(range(len(scattered)))


def test_picking_returns_the_atom_in_front_and_none_for_background(canvas: MoleculeCanvas) -> None:
    canvas.set_structure(Structure([6, 6], [[0, 0, 0], [0, 0, 2.0]]), fit=False)
    assert canvas.pick(canvas.project(0)) == 1
    canvas.camera.turn(180, 0)
    assert canvas.pick(canvas.project(0)) == 0
    assert canvas.pick((2, 2)) is None


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_fit_shows_every_atom_whole_and_wastes_little(
    canvas: MoleculeCanvas, scattered: Structure, parallel: bool, seed: int
) -> None:
    canvas.camera.parallel = parallel
    canvas.camera.set_orientation(random_rotation(seed))
    canvas.set_structure(scattered, fit=False)
    canvas.fit()
    alpha = canvas.render_image((400, 300), transparent=True, occlusion=False)[..., 3] > 0
    border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    assert not border.any()
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    assert max(len(rows) / 300, len(columns) / 400) > 0.6
    assert abs(rows[0] + rows[-1] - 299) < 30
    assert abs(columns[0] + columns[-1] - 399) < 40


@pytest.mark.parametrize("seed", range(4))
def test_facing_looks_at_the_flattest_side_by_the_smallest_turn(canvas: MoleculeCanvas, seed: int) -> None:
    slab = (np.random.default_rng(3).normal(size=(40, 3)) * [0.05, 4.0, 1.5]) @ random_rotation(5)
    canvas.camera.set_orientation(random_rotation(seed))
    facing = canvas.camera.facing(slab)
    spread = (slab @ facing.T).std(axis=0)
    assert spread[0] > spread[1] > spread[2]
    assert np.linalg.det(facing) == pytest.approx(1)
    canvas.camera.set_orientation(facing)
    np.testing.assert_allclose(canvas.camera.facing(slab), facing, atol=1e-9)


def test_a_turn_goes_part_of_the_way_and_arrives(canvas: MoleculeCanvas) -> None:
    target = random_rotation(2)
    angles = [angle_between(canvas.camera.turned_toward(target, part), target) for part in (0.0, 0.5, 1.0)]
    assert angles[0] == pytest.approx(2 * angles[1])
    assert angles[2] == pytest.approx(0, abs=1e-6)


def angle_between(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.arccos(np.clip((np.trace(first @ second.T) - 1) / 2, -1, 1)))


def test_turning_there_and_back_returns_to_the_same_view(canvas: MoleculeCanvas) -> None:
    for _ in range(50):
        canvas.camera.turn(7.2, 0)
    np.testing.assert_allclose(canvas.camera.orientation, np.eye(3), atol=1e-9)


def test_turning_right_moves_the_near_side_right(canvas: MoleculeCanvas) -> None:
    canvas.set_structure(Structure([6], [[0, 0, 1.0]]), fit=False)
    before = canvas.project(0)
    canvas.camera.turn(10, 0)
    assert canvas.project(0)[0] > before[0] + 3


@pytest.mark.parametrize("buttons", [[3], [1]])
def test_panning_follows_the_pointer(canvas: MoleculeCanvas, buttons: list[int]) -> None:
    canvas.camera.set_orientation(random_rotation(1))
    canvas.set_structure(Structure([6], [[0, 0, 0]]), fit=False)
    before = canvas.project(0)
    drag(canvas, (100, 100), (130, 80), buttons, shift=buttons == [1])
    np.testing.assert_allclose(canvas.project(0) - before, [30, -20], atol=0.2)


def test_dragging_turns_the_near_side_with_the_pointer(canvas: MoleculeCanvas) -> None:
    canvas.set_structure(Structure([6], [[0, 0, 1.0]]), fit=False)
    before = canvas.project(0)
    drag(canvas, (200, 150), (220, 150), [1])
    assert canvas.project(0)[0] > before[0] + 3
    assert canvas.project(0)[1] == pytest.approx(before[1], abs=0.5)


def test_wheel_and_right_drag_zoom(canvas: MoleculeCanvas) -> None:
    start = canvas.camera.scale_factor
    canvas.camera.viewbox_mouse_event(SimpleNamespace(handled=False, type="mouse_wheel", delta=(0, 1)))
    assert canvas.camera.scale_factor < start
    near = canvas.camera.scale_factor
    drag(canvas, (100, 100), (100, 150), [2])
    assert canvas.camera.scale_factor > near


def test_arrow_keys_turn_and_plus_and_minus_zoom(canvas: MoleculeCanvas, qtbot: QtBot) -> None:
    canvas.set_structure(Structure([6], [[0, 0, 1.0]]), fit=False)
    start, scale = canvas.project(0), canvas.camera.scale_factor
    for key, axis, sign in (("Right", 0, 1), ("Left", 0, -1), ("Up", 1, -1), ("Down", 1, 1)):
        canvas.camera.set_orientation(np.eye(3))
        qtbot.keyClick(canvas.native, getattr(Qt.Key, f"Key_{key}"))
        assert sign * (canvas.project(0) - start)[axis] > 1, key
    qtbot.keyClick(canvas.native, "+")
    assert canvas.camera.scale_factor < scale
    qtbot.keyClick(canvas.native, "-")
    assert canvas.camera.scale_factor == pytest.approx(scale)


def drag(
    canvas: MoleculeCanvas, start: tuple[int, int], stop: tuple[int, int], buttons: list[int], shift: bool = False
) -> None:
    from vispy.util import keys

    mouse = SimpleNamespace(pos=stop, last_event=SimpleNamespace(pos=start), modifiers=(keys.SHIFT,) if shift else ())
    event = SimpleNamespace(handled=False, type="mouse_move", press_event=object(), buttons=buttons, mouse_event=mouse)
    canvas.camera.viewbox_mouse_event(event)


def test_a_click_reports_the_atom_and_a_drag_does_not(canvas: MoleculeCanvas, qtbot: QtBot) -> None:
    canvas.set_structure(Structure([6], [[0, 0, 0]]), fit=False)
    clicked: list[int | None] = []
    canvas.atom_clicked.connect(clicked.append)
    centre, corner = (QPoint(*(int(v) for v in point)) for point in (canvas.project(0), (2, 2)))
    for press, release in ((centre, centre), (corner, corner), (centre, centre + QPoint(40, 0))):
        qtbot.mousePress(canvas.native, Qt.MouseButton.LeftButton, pos=press)
        qtbot.mouseRelease(canvas.native, Qt.MouseButton.LeftButton, pos=release)
    canvas.atom_clicked.disconnect(clicked.append)
    assert clicked == [0, None]


def test_pointing_at_an_atom_reports_it_once(canvas: MoleculeCanvas, qtbot: QtBot) -> None:
    canvas.set_structure(Structure([6], [[0, 0, 0]]), fit=False)
    hovered: list[int | None] = []
    canvas.atom_hovered.connect(hovered.append)

    def reported(point: tuple[float, float], expected: list[int | None]) -> bool:
        none, place = Qt.MouseButton.NoButton, QPointF(*point)
        move = QMouseEvent(QEvent.Type.MouseMove, place, place, none, none, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(canvas.native, move)
        return hovered == expected

    for point, expected in ((canvas.project(0), [0]), (canvas.project(0) + 2, [0]), ((2, 2), [0, None])):
        # vispy drops moves that follow each other within 10 ms
        qtbot.waitUntil(partial(reported, point, expected), timeout=30_000)
    canvas.atom_hovered.disconnect(hovered.append)


def test_occlusion_waits_until_nothing_moves(canvas: MoleculeCanvas, formaldehyde: Structure, qtbot: QtBot) -> None:
    canvas.set_structure(formaldehyde)
    assert not canvas.occlusion_shown
    qtbot.waitUntil(lambda: canvas.occlusion_shown, timeout=30_000)
    canvas.camera.turn(5, 0)
    assert not canvas.occlusion_shown
    qtbot.waitUntil(lambda: canvas.occlusion_shown, timeout=30_000)
    canvas.animating = True
    canvas.set_positions(formaldehyde.positions)
    assert not canvas.occlusion_shown


def test_following_frames_eases_toward_the_fitted_view(canvas: MoleculeCanvas, scattered: Structure) -> None:
    canvas.set_structure(scattered, fit=False)
    start = canvas.camera.scale_factor
    canvas.fit(ease=0.2)
    part = canvas.camera.scale_factor
    canvas.fit()
    assert start < part < canvas.camera.scale_factor
