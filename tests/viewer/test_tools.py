"""What tools are offered, what the camera gets when they decline, and where pointers point in the scene."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gpff_desktop.structure import Structure
from gpff_desktop.viewer import style
from gpff_desktop.viewer.canvas import MoleculeCanvas
from gpff_desktop.viewer.tools import LEFT, MIDDLE, RIGHT, KeyEvent, PointerEvent

BUTTONS = {LEFT: Qt.MouseButton.LeftButton, MIDDLE: Qt.MouseButton.MiddleButton, RIGHT: Qt.MouseButton.RightButton}
SAME_CANVAS = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Recorder:
    """A tool that notes what it is offered and uses up the acts named in `uses`."""

    cursor = "cross"

    def __init__(self, *uses: str) -> None:
        self.uses = uses
        self.seen: list[tuple[str, PointerEvent | KeyEvent]] = []

    def note(self, act: str, event: PointerEvent | KeyEvent) -> bool:
        self.seen.append((act, event))
        return act in self.uses

    def press(self, event: PointerEvent) -> bool:
        return self.note("press", event)

    def move(self, event: PointerEvent) -> bool:
        return self.note("move", event)

    def release(self, event: PointerEvent) -> bool:
        return self.note("release", event)

    def double_click(self, event: PointerEvent) -> bool:
        return self.note("double_click", event)

    def key(self, event: KeyEvent) -> bool:
        return self.note("key", event)

    @property
    def acts(self) -> list[str]:
        return [act for act, _ in self.seen]


@pytest.fixture
def pair(canvas: MoleculeCanvas) -> Iterator[MoleculeCanvas]:
    """Two bonded carbons across the middle of the screen."""
    canvas.set_structure(Structure([6, 6], [[-0.8, 0, 0], [0.8, 0, 0]], [[0, 1, 1]]), fit=False)
    yield canvas
    canvas.tool = None


class Mouse:
    """Qt mouse events of one button; moves wait out the 10 ms in which vispy drops them."""

    def __init__(self, canvas: MoleculeCanvas, qtbot: QtBot, button: int = LEFT) -> None:
        self.widget, self.qtbot, self.button = canvas.native, qtbot, BUTTONS[button]

    def send(self, kind: QEvent.Type, point: tuple[float, float], held: bool, modifier: Qt.KeyboardModifier) -> None:
        place, none = QPointF(*point), Qt.MouseButton.NoButton
        moving = kind == QEvent.Type.MouseMove
        cause, now = (none if moving else self.button), (self.button if held else none)
        QApplication.sendEvent(self.widget, QMouseEvent(kind, place, place, cause, now, modifier))

    def press(self, point: tuple[float, float], modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.send(QEvent.Type.MouseButtonPress, point, True, modifier)

    def move(
        self, point: tuple[float, float], held: bool = True,
        modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:  # fmt: skip
        self.qtbot.wait(12)
        self.send(QEvent.Type.MouseMove, point, held, modifier)

    def release(self, point: tuple[float, float]) -> None:
        self.send(QEvent.Type.MouseButtonRelease, point, False, Qt.KeyboardModifier.NoModifier)

    def double_click(self, point: tuple[float, float]) -> None:
        self.press(point)
        self.release(point)
        self.send(QEvent.Type.MouseButtonDblClick, point, True, Qt.KeyboardModifier.NoModifier)
        self.release(point)

    def drag(
        self, start: tuple[float, float], stop: tuple[float, float],
        modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:  # fmt: skip
        self.press(start, modifier)
        self.move(stop, modifier=modifier)
        self.release(stop)


def view_of(canvas: MoleculeCanvas) -> np.ndarray:
    camera = canvas.camera
    return np.concatenate([camera.orientation.ravel(), camera.center, [camera.scale_factor]])


@pytest.mark.parametrize("button", [LEFT, MIDDLE, RIGHT])
def test_a_used_press_leaves_the_camera_where_it_is(pair: MoleculeCanvas, qtbot: QtBot, button: int) -> None:
    pair.tool = tool = Recorder("press")
    before = view_of(pair)
    Mouse(pair, qtbot, button).drag((100, 100), (160, 140))
    np.testing.assert_array_equal(view_of(pair), before)
    assert tool.acts == ["press", "move", "release"]
    assert [event.button for _, event in tool.seen if isinstance(event, PointerEvent)] == [button] * 3


@pytest.mark.parametrize("button", [LEFT, MIDDLE, RIGHT])
def test_a_declined_press_reaches_the_camera(pair: MoleculeCanvas, qtbot: QtBot, button: int) -> None:
    pair.tool = tool = Recorder()
    before = view_of(pair)
    Mouse(pair, qtbot, button).drag((100, 100), (160, 140))
    assert np.abs(view_of(pair) - before).max() > 0.01
    assert tool.acts == ["press", "release"], "moves of a drag that the camera follows are not the tool's"


def test_shift_and_left_drag_pan_unless_a_tool_uses_the_press(pair: MoleculeCanvas, qtbot: QtBot) -> None:
    before = pair.camera.orientation.copy()
    Mouse(pair, qtbot).drag((100, 100), (150, 100), Qt.KeyboardModifier.ShiftModifier)
    np.testing.assert_allclose(pair.camera.orientation, before, atol=1e-12)
    assert pair.camera.center[0] < -0.1


def test_events_say_where_they_are_and_what_is_there(pair: MoleculeCanvas, qtbot: QtBot) -> None:
    pair.tool = tool = Recorder("press")
    atom, bond = (tuple(float(v) for v in p) for p in (pair.project(1), pair.project_points(np.zeros((1, 3)))[0]))
    mouse = Mouse(pair, qtbot)
    mouse.press(atom, Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
    mouse.move(bond)
    mouse.move((5.0, 5.0))
    pressed, on_bond, beside = (event for _, event in tool.seen)
    assert isinstance(pressed, PointerEvent)
    assert isinstance(on_bond, PointerEvent)
    assert isinstance(beside, PointerEvent)
    assert (pressed.atom, pressed.bond, pressed.dragged) == (1, None, False)
    assert pressed.modifiers == {"shift", "ctrl"}
    assert pressed.position == pytest.approx(atom, abs=0.5)
    assert (on_bond.atom, on_bond.bond, on_bond.dragged) == (None, (0, 1), True)
    assert (beside.atom, beside.bond) == (None, None)
    mouse.release((5.0, 5.0))


def test_moves_without_a_button_are_offered_and_atoms_glow_if_declined(pair: MoleculeCanvas, qtbot: QtBot) -> None:
    hovered: list[int | None] = []
    pair.atom_hovered.connect(hovered.append)
    x, y = pair.project(0)
    for uses, expected in ((("move",), []), ((), [0])):
        pair.tool = tool = Recorder(*uses)
        Mouse(pair, qtbot).move((x, y), held=False)
        assert tool.acts == ["move"]
        assert hovered == expected
    pair.atom_hovered.disconnect(hovered.append)


def test_a_used_release_or_press_is_no_click(pair: MoleculeCanvas, qtbot: QtBot) -> None:
    clicked: list[int | None] = []
    pair.atom_clicked.connect(clicked.append)
    for uses in (("press",), ("release",), ()):
        pair.tool = Recorder(*uses)
        mouse = Mouse(pair, qtbot)
        mouse.press((5, 5))
        mouse.release((5, 5))
    pair.atom_clicked.disconnect(clicked.append)
    assert clicked == [None]


def test_a_double_click_fits_the_view_unless_it_is_used_and_clicks_once(pair: MoleculeCanvas, qtbot: QtBot) -> None:
    clicked: list[int | None] = []
    pair.atom_clicked.connect(clicked.append)
    before = pair.camera.scale_factor
    pair.tool = tool = Recorder("double_click")
    Mouse(pair, qtbot).double_click((5, 5))
    assert tool.acts[-2:] == ["double_click", "release"]
    assert pair.camera.scale_factor == before
    pair.tool = None
    Mouse(pair, qtbot).double_click((5, 5))
    assert pair.camera.scale_factor != before
    pair.atom_clicked.disconnect(clicked.append)
    assert clicked == [None, None], "one for each double click"


def test_keys_are_offered_with_text_and_modifiers(pair: MoleculeCanvas, qtbot: QtBot) -> None:
    pair.tool = tool = Recorder("key")
    before = view_of(pair)
    qtbot.keyClick(pair.native, Qt.Key.Key_Left)
    qtbot.keyClick(pair.native, "N", Qt.KeyboardModifier.ShiftModifier)
    np.testing.assert_array_equal(view_of(pair), before)
    left, letter = tool.seen[0][1], tool.seen[-1][1]
    assert isinstance(left, KeyEvent)
    assert isinstance(letter, KeyEvent)
    assert (left.name, left.modifiers) == ("Left", frozenset())
    assert (letter.name, letter.text, letter.modifiers) == ("N", "N", frozenset({"shift"}))
    pair.tool = None
    qtbot.keyClick(pair.native, Qt.Key.Key_Left)
    assert np.abs(view_of(pair) - before).max() > 0.01


def test_changing_the_tool_is_announced_and_lets_go(pair: MoleculeCanvas, qtbot: QtBot) -> None:
    announced: list[object] = []
    pair.tool_changed.connect(announced.append)
    tool = Recorder("press")
    pair.tool = tool
    mouse = Mouse(pair, qtbot)
    mouse.press((100, 100))
    pair.tool = None
    mouse.move((150, 100))
    mouse.release((150, 100))
    pair.tool_changed.disconnect(announced.append)
    assert announced == [tool, None]
    assert tool.acts == ["press"]


def test_a_drag_turns_about_the_atom_that_was_clicked(pair: MoleculeCanvas, qtbot: QtBot) -> None:
    x, y = pair.project(1)
    mouse = Mouse(pair, qtbot)
    mouse.press((x, y))
    mouse.release((x, y))
    mouse.drag((30, 30), (130, 90))
    np.testing.assert_allclose(pair.project(1), (x, y), atol=0.01)
    assert np.abs(pair.project(0) - pair.project(1)).max() > 1
    mouse.press((2, 2))
    mouse.release((2, 2))
    middle = pair.project_points(np.array([pair.camera.center]))
    mouse.drag((30, 30), (90, 60))
    np.testing.assert_allclose(pair.project_points(np.array([pair.camera.center])), middle, atol=0.01)


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("representation", list(style.REPRESENTATIONS.values()), ids=list(style.REPRESENTATIONS))
def test_bonds_are_picked_between_their_atoms(
    canvas: MoleculeCanvas, formaldehyde: Structure, parallel: bool, representation: style.Representation
) -> None:
    canvas.camera.parallel = parallel
    canvas.set_representation(representation)
    canvas.set_structure(formaldehyde)
    assert formaldehyde.bonds is not None
    for first, second, _ in formaldehyde.bonds.tolist():
        point = (canvas.project(first) + canvas.project(second)) / 2
        hidden = representation is style.SPACE_FILLING
        assert canvas.pick_bond(point) == (None if hidden else (first, second))
    assert canvas.pick_bond(canvas.project(0)) is None, "the atom is in front"
    assert canvas.pick_bond((2, 2)) is None


def test_the_bond_in_front_is_picked(canvas: MoleculeCanvas) -> None:
    ends = [[-1, -1, 1.0], [1, 1, 1.0], [-1, 1, -1.0], [1, -1, -1.0]]
    canvas.set_structure(Structure([6] * 4, ends, [[0, 1, 1], [2, 3, 1]]), fit=False)
    middle = canvas.project_points(np.zeros((1, 3)))[0]
    assert canvas.pick_bond(middle) == (0, 1)
    canvas.camera.turn(180, 0)
    assert canvas.pick_bond(middle) == (2, 3)


@SAME_CANVAS
@given(
    point=st.tuples(*3 * [st.floats(-3, 3)]),
    pixel=st.tuples(st.floats(0, 400), st.floats(0, 300)),
    turn=st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    parallel=st.booleans(),
)
def test_unprojecting_is_the_inverse_of_projecting(
    canvas: MoleculeCanvas,
    point: tuple[float, float, float],
    pixel: tuple[float, float],
    turn: tuple[float, float],
    parallel: bool,
) -> None:
    canvas.camera.parallel = parallel
    canvas.camera.turn(*turn)
    found = canvas.unproject(pixel, np.array(point))
    np.testing.assert_allclose(canvas.project_points(found[None])[0], pixel, atol=0.05)
    toward = canvas.screen_axes()[2]
    assert (found - point) @ toward == pytest.approx(0, abs=1e-3)


def test_screen_axes_are_where_they_say(canvas: MoleculeCanvas) -> None:
    canvas.camera.turn(33, -21)
    right, up, toward = canvas.screen_axes()
    np.testing.assert_allclose(np.array([right, up, toward]) @ np.array([right, up, toward]).T, np.eye(3), atol=1e-9)
    origin, beside, above = canvas.project_points(np.array([np.zeros(3), right, up]))
    assert beside[0] - origin[0] > 10
    assert beside[1] == pytest.approx(origin[1], abs=1e-3)
    assert above[1] - origin[1] < -10
    assert np.cross(right, up) @ toward == pytest.approx(1)


def test_a_band_holds_exactly_the_atoms_seen_in_it(canvas: MoleculeCanvas, scattered: Structure) -> None:
    canvas.camera.parallel = False
    canvas.set_structure(scattered)
    seen = np.array([canvas.project(i) for i in range(len(scattered))])
    corner, opposite = seen[7] - 1, seen[13] + 1
    low, high = np.minimum(corner, opposite), np.maximum(corner, opposite)
    expected = [i for i, (x, y) in enumerate(seen) if low[0] <= x <= high[0] and low[1] <= y <= high[1]]
    for rectangle in ((corner, opposite), (opposite, corner)):
        assert canvas.atoms_in((tuple(rectangle[0]), tuple(rectangle[1]))) == expected
    assert {7, 13} <= set(expected)
    assert canvas.atoms_in(((0, 0), (400, 300))) == list(range(len(scattered)))


def test_atoms_behind_the_viewer_are_in_no_band(canvas: MoleculeCanvas) -> None:
    canvas.camera.parallel = False
    canvas.set_structure(Structure([6, 6], [[0, 0, 0], [0, 0, 500.0]]), fit=False)
    assert canvas.atoms_in(((0, 0), (400, 300))) == [0]
    canvas.set_structure(Structure([], np.empty((0, 3))), fit=False)
    assert canvas.atoms_in(((0, 0), (400, 300))) == []
    assert canvas.pick((200, 150)) is None
    assert canvas.pick_bond((200, 150)) is None
