"""What the window shows, at rest and in motion, with and without a graphics card, up to very large structures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gpff_desktop.structure import Structure
from gpff_desktop.viewer import rendering, style
from gpff_desktop.viewer.canvas import MoleculeCanvas
from gpff_desktop.viewer.rendering import MANY_ATOMS

from .conftest import Steady

Grab = Callable[[], np.ndarray]


@pytest.fixture(params=[True, False], ids=["processor", "card"])
def slow(canvas: MoleculeCanvas, request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether the canvas believes that it is drawn without a graphics card."""
    before, canvas._slow = canvas._slow, request.param
    yield request.param
    canvas._slow = before


@pytest.fixture
def grab(canvas: MoleculeCanvas) -> Grab:
    def grabbed() -> np.ndarray:
        image = canvas.native.grabFramebuffer()
        bits = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
        return bits[:, : image.width(), :3].astype(int)

    return grabbed


@pytest.fixture
def crowd() -> Structure:
    """20,000 atoms in a box of 80 Å, chained."""
    rng = np.random.default_rng(0)
    first = np.arange(19_999)
    bonds = np.stack([first, first + 1, 1 + first % 3], axis=1)
    return Structure(rng.choice([1, 6, 7, 8], 20_000), rng.uniform(-40, 40, (20_000, 3)), bonds)


def count_of_shades(image: np.ndarray) -> int:
    return len(np.unique(image.reshape(-1, 3) @ [65536, 256, 1]))


def edges(image: np.ndarray) -> np.ndarray:
    """Blue (first, in Qt's order) of the pixels between white and a red sphere, where neither is pure."""
    return image[(image[..., 0] > 130) & (image[..., 0] < 235)]


def test_edges_are_smooth_at_rest_and_cheap_in_motion_without_a_card(
    canvas: MoleculeCanvas, grab: Grab, slow: bool, qtbot: QtBot
) -> None:
    canvas.animating = True
    canvas.set_structure(Structure([8], [[0, 0, 0]]), fit=False)
    moving = grab()
    canvas.animating = False
    qtbot.waitUntil(lambda: canvas.occlusion_shown, timeout=30_000)
    resting = grab()
    assert len(edges(resting)) > 20
    assert (len(edges(moving)) > 20) != slow
    solid = np.abs(resting - moving).max(axis=-1) < 12
    assert solid.mean() > 0.98, "but for edges and creases the two are alike"


def test_nothing_is_drawn_while_nothing_changes(
    canvas: MoleculeCanvas, slow: bool, formaldehyde: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.set_structure(formaldehyde)
    canvas.come_to_rest()
    draws: list[object] = []
    monkeypatch.setattr(canvas, "_draw_scene", partial(_counted, canvas._draw_scene, draws))
    for _ in range(20):
        canvas.app.process_events()
    assert len(draws) <= 2


def _counted(draw: Callable[[], None], draws: list[object], *arguments: object) -> None:
    draws.append(arguments)
    draw(*arguments)


def test_the_window_shows_what_an_image_shows(canvas: MoleculeCanvas, grab: Grab, scattered: Structure) -> None:
    canvas.set_structure(scattered)
    canvas.set_locked([3])
    canvas.come_to_rest()
    window = grab()[..., ::-1]
    image = canvas.render_image((window.shape[1], window.shape[0]))[..., :3].astype(int)
    assert (np.abs(window - image).max(axis=-1) < 24).mean() > 0.97
    assert np.abs(window - image).mean() < 2


def test_a_new_selection_is_seen_at_once_in_the_light_of_before_and_its_edges_are_smooth_a_moment_later(
    canvas: MoleculeCanvas, grab: Grab, slow: bool, formaldehyde: Structure, qtbot: QtBot
) -> None:
    canvas.set_structure(formaldehyde)
    canvas.come_to_rest()
    before = grab()
    canvas.set_selection([0])
    at_once = grab()
    qtbot.waitUntil(lambda: canvas.occlusion_shown, timeout=30_000)
    assert (np.abs(at_once - before).max(axis=-1) > 40).sum() > 100
    assert (np.abs(at_once - grab()).max(axis=-1) < 12).mean() > 0.97
    canvas.set_selection([])
    qtbot.waitUntil(lambda: canvas.occlusion_shown, timeout=30_000)
    np.testing.assert_array_equal(grab(), before)


def test_pointing_at_an_atom_at_rest_lights_it_up_and_draws_no_scene_without_a_card(
    canvas: MoleculeCanvas, grab: Grab, slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.set_structure(Structure([6, 6, 6], [[-1.5, 0, 0], [1.5, 0, 0], [1.5, 0.3, 0.8]]), fit=False)
    canvas.come_to_rest()
    before = grab()
    scenes: list[object] = []
    monkeypatch.setattr(canvas, "draw_visual", partial(_counted, canvas.draw_visual, scenes))
    point_at(canvas, canvas.project(0))
    changed = np.abs(grab() - before).max(axis=-1) > 10
    assert changed[:, : changed.shape[1] // 2].sum() > 100
    assert not changed[:, changed.shape[1] // 2 :].any()
    point_at(canvas, canvas.project(1) + np.array([0.0, 15.0]))
    behind = np.abs(grab() - before).max(axis=-1) > 10
    point_at(canvas, canvas.project(2))
    front = np.abs(grab() - before).max(axis=-1) > 10
    assert 50 < behind.sum() < 0.9 * front.sum(), "the nearer atom hides a part of the glow"
    point_at(canvas, np.array([2.0, 2.0]))
    np.testing.assert_array_equal(grab(), before)
    assert bool(scenes) != slow


def point_at(canvas: MoleculeCanvas, place: np.ndarray) -> None:
    canvas._hover(SimpleNamespace(pos=tuple(place)))


def test_the_picture_drawn_in_pieces_is_the_picture_drawn_at_once(
    canvas: MoleculeCanvas, grab: Grab, slow: bool, formaldehyde: Structure
) -> None:
    canvas.set_theme(style.DARK)
    canvas.set_structure(formaldehyde)
    moving = grab()
    canvas.come_to_rest()
    at_once = grab()
    np.testing.assert_array_equal(at_once[:5, :5], moving[:5, :5])
    canvas.camera.turn(5, 0)
    canvas.camera.turn(-5, 0)
    canvas.settle()
    pieces = 1
    while canvas.refine():
        pieces += 1
    np.testing.assert_array_equal(grab(), at_once)
    assert (pieces > 4) == slow


def test_the_picture_at_rest_is_drawn_in_strips_without_a_seam(
    canvas: MoleculeCanvas, grab: Grab, scattered: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas, "_slow", True)
    canvas.set_structure(scattered)
    canvas.set_cloud(np.random.default_rng(0).normal(0.0, 1.0, (100, 3)))
    canvas.come_to_rest()
    in_strips = grab()
    monkeypatch.setattr(rendering, "_STRIPS", 1)
    canvas.set_representation(style.BALL_AND_STICK)
    canvas.come_to_rest()
    np.testing.assert_array_equal(grab(), in_strips)
    canvas.set_cloud(None)


def test_a_movement_ends_the_drawing_of_the_picture_at_rest(canvas: MoleculeCanvas, formaldehyde: Structure) -> None:
    canvas._slow, before = True, canvas._slow
    canvas.set_structure(formaldehyde)
    canvas.settle()
    drawn_on = [canvas.refine() for _ in range(2)]
    canvas.camera.turn(5, 0)
    canvas._slow = before
    assert drawn_on == [True, True]
    assert not canvas.refine()
    assert not canvas.occlusion_shown


def test_a_picture_for_a_file_leaves_that_in_the_window_alone(
    canvas: MoleculeCanvas, grab: Grab, slow: bool, formaldehyde: Structure
) -> None:
    canvas.set_structure(formaldehyde)
    canvas.come_to_rest()
    before = grab()
    point_at(canvas, canvas.project(0))
    pointed = canvas.render_image((200, 300))
    point_at(canvas, np.array([2.0, 2.0]))
    np.testing.assert_array_equal(canvas.render_image((200, 300)), pointed)
    assert canvas.occlusion_shown
    np.testing.assert_array_equal(grab(), before)


def test_the_light_follows_a_change_of_look(canvas: MoleculeCanvas, grab: Grab, formaldehyde: Structure) -> None:
    canvas.set_structure(formaldehyde)
    canvas.come_to_rest()
    grab()
    canvas.set_representation(style.SPACE_FILLING)
    canvas.come_to_rest()
    changed = grab()
    canvas._occlusion.fresh = False
    canvas.come_to_rest()
    np.testing.assert_array_equal(grab(), changed)


def test_a_very_large_structure_opens_and_is_picked(canvas: MoleculeCanvas, crowd: Structure, grab: Grab) -> None:
    canvas._slow, before = True, canvas._slow
    canvas.set_labels("element and index")
    canvas.set_structure(crowd)
    assert len(crowd) > MANY_ATOMS
    canvas.animating = True
    moving = grab()
    canvas.set_selection(range(len(crowd)))
    assert np.abs(grab() - moving).mean() > 5, "the selection is seen in motion too"
    canvas.set_selection([])
    canvas.animating = False
    canvas.come_to_rest()
    resting = grab()
    canvas._slow = before
    assert not canvas.occlusion_shown
    for picture in (moving, resting):
        assert count_of_shades(picture) > 100
        assert 0.05 < (picture.min(axis=-1) < 240).mean() < 0.95
    nearest = int(np.argmax(crowd.positions @ canvas.camera.orientation[2]))
    assert canvas.pick(canvas.project(nearest)) == nearest
    assert len(canvas.atoms_in(((0, 0), canvas.size))) == len(crowd)


def test_dots_are_as_large_as_the_atoms_they_stand_for(canvas: MoleculeCanvas, grab: Grab) -> None:
    canvas.set_structure(Structure([6, 8], [[-1, 0, 0], [1, 0, 0]]), fit=False)
    canvas.animating = True
    spheres = grab().min(axis=-1) < 230
    canvas.molecule.set_coarse(True)
    canvas._slow, before = True, canvas._slow
    canvas._is_crowded = lambda: True  # type: ignore[method-assign]
    dots = grab().min(axis=-1) < 230
    canvas._slow = before
    del canvas._is_crowded
    assert dots.sum() == pytest.approx(spheres.sum(), rel=0.35)
    assert (dots & ~spheres).sum() < 0.1 * spheres.sum()
    canvas.molecule.set_coarse(False)


def test_a_coarse_moving_picture_shows_the_same_and_leaves_the_one_at_rest_fine(
    canvas: MoleculeCanvas, grab: Grab, formaldehyde: Structure, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    def at_rest() -> np.ndarray:
        canvas.come_to_rest()
        return grab()

    monkeypatch.setattr(canvas, "_slow", True)
    canvas.set_structure(formaldehyde)
    canvas.set_locked([1])
    canvas.set_cloud(np.random.default_rng(0).normal(0.0, 1.0, (100, 3)))
    canvas.app.process_events()
    resting = at_rest()
    canvas.animating = True
    fine = grab()
    monkeypatch.setattr(canvas, "_governor", Steady(0.5))
    coarse = grab()
    canvas.animating = False
    qtbot.waitUntil(lambda: bool((at_rest() == resting).all()), timeout=30_000)
    canvas.set_cloud(None)
    assert (coarse != fine).any()
    assert np.abs(coarse - fine).mean() < 3
    assert (np.abs(coarse - fine).max(axis=-1) < 30).mean() > 0.95


def test_frames_drawn_without_a_card_are_timed_until_they_are_on_the_screen(
    canvas: MoleculeCanvas, formaldehyde: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[float] = []
    monkeypatch.setattr(canvas._governor, "note", taken.append)
    for slow in (False, True):
        monkeypatch.setattr(canvas, "_slow", slow)
        canvas.set_structure(formaldehyde)
        canvas.app.process_events()
        assert bool(taken) == slow
    timed = len(taken)
    canvas.come_to_rest()
    canvas.app.process_events()
    assert len(taken) == timed, "the picture at rest is no measure of speed"
