"""The tools of the view: moving, rotating and measuring with the mouse and the keys; each drag is one step."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.pick_order import chain
from gpff_desktop.gui.tools.symbols import SymbolTyping, TypedSymbol
from gpff_desktop.session.measurements import Measurement
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.measurements import Measurement as Measured

from .hands import CTRL, SHIFT, Hands

# H-C-C-O-H in the plane of the screen: nothing hides anything. The valences are not those of a real molecule.
CHAIN = Structure(
    [1, 6, 6, 8, 1],
    [[-1.8, -0.6, 0], [-0.75, 0, 0], [0.5, -0.8, 0], [1.7, 0, 0], [2.6, -0.5, 0]],
    [[0, 1, 1], [1, 2, 1], [2, 3, 1], [3, 4, 1]],
)
FIRST, SECOND, OXYGEN = 1, 2, 3


@pytest.fixture
def hands(window: MainWindow) -> Hands:
    """Hands on a chain, small enough for room beside it."""
    window.document.add([CHAIN], "chain")
    return Hands(window).face(zoom=0.6)


def positions(window: MainWindow) -> np.ndarray:
    """Where the atoms are: in the document as in the view."""
    found = window.document.required().structure.positions
    np.testing.assert_allclose(window.view.canvas.molecule.positions, found, atol=1e-5)
    return found


def moved(window: MainWindow, before: np.ndarray) -> set[int]:
    return set(np.flatnonzero((positions(window) != before).any(axis=1)).tolist())


def test_dragging_an_atom_carries_it_along_under_the_pointer_as_one_step(window: MainWindow, hands: Hands) -> None:
    state, before = window.document.state, positions(window)
    start = hands.atom(OXYGEN)
    target = (start[0] + 30, start[1] - 20)
    view = window.view.canvas.camera.orientation.copy()
    hands.take("move")
    hands.drag([start, (start[0] + 9, start[1]), target])
    assert moved(window, before) == {OXYGEN}
    np.testing.assert_allclose(hands.atom(OXYGEN), target, atol=1.0)
    assert (window.view.canvas.camera.orientation == view).all()
    assert window.document.history.names[1:] == ["Open chain", "Move 1 atom"]
    window.commands.run("edit.undo")
    assert window.document.state == state


def test_a_selection_moves_together_and_with_ctrl_turns_about_its_centre(window: MainWindow, hands: Hands) -> None:
    chosen = [FIRST, SECOND, OXYGEN]
    window.document.select(chosen)
    state, before = window.document.state, positions(window)
    hands.take("move")
    x, y = hands.atom(chosen[0])
    hands.drag([(x, y), (x + 9, y), (x + 25, y + 5)])
    shift = positions(window)[chosen] - before[chosen]
    assert moved(window, before) == set(chosen)
    np.testing.assert_allclose(shift, np.tile(shift[0], (3, 1)), atol=1e-9)
    carried = positions(window)
    x, y = hands.atom(chosen[0])
    hands.drag([(x, y), (x + 9, y), (x + 40, y + 30)], CTRL)
    turned = positions(window)
    assert moved(window, carried) == set(chosen)
    np.testing.assert_allclose(turned[chosen].mean(axis=0), carried[chosen].mean(axis=0), atol=1e-9)
    assert len(window.document.history.names) == 4
    for _ in range(2):
        window.commands.run("edit.undo")
    assert window.document.state == state


def test_ctrl_drag_on_what_is_not_selected_turns_the_whole_piece(window: MainWindow, hands: Hands) -> None:
    before = positions(window)
    hands.take("move")
    x, y = hands.atom(FIRST)
    hands.drag([(x, y), (x + 9, y), (x + 40, y)], CTRL)
    assert moved(window, before) == set(range(len(before)))
    after = positions(window)
    np.testing.assert_allclose(
        np.linalg.norm(after[:, None] - after, axis=2), np.linalg.norm(before[:, None] - before, axis=2), atol=1e-9
    )


def test_dragging_a_bond_rotates_about_it_and_keeps_all_bond_lengths(window: MainWindow, hands: Hands) -> None:
    state, structure = window.document.state, window.document.required().structure
    hands.take("move")
    x, y = hands.bond(FIRST, SECOND)
    across = np.array(hands.atom(SECOND)) - hands.atom(FIRST)
    step = 30 * np.array([-across[1], across[0]]) / np.linalg.norm(across)
    hands.drag([(x, y), (x + step[0] / 3, y + step[1] / 3), (x + step[0], y + step[1])])
    torsion = Measurement((0, FIRST, SECOND, OXYGEN))
    change = (torsion.value(positions(window)) - torsion.value(structure.positions)) % 360
    assert min(change, 360 - change) == pytest.approx(18, abs=3)
    for i, j, _ in structure.bonds:
        bond = Measurement((int(i), int(j)))
        assert bond.value(positions(window)) == pytest.approx(bond.value(structure.positions))
    assert window.document.history.undo_name.startswith("Rotate about C")
    window.commands.run("edit.undo")
    assert window.document.state == state


def test_locked_atoms_cannot_be_dragged_and_the_status_line_says_so(window: MainWindow, hands: Hands) -> None:
    window.document.lock([OXYGEN])
    state, before = window.document.state, positions(window)
    hands.take("move")
    x, y = hands.atom(OXYGEN)
    hands.drag([(x, y), (x + 9, y), (x + 30, y)])
    assert moved(window, before) == set()
    assert "locked" in window.statusBar().currentMessage()
    assert "\n" not in window.statusBar().currentMessage()
    assert window.document.state == state
    assert not window.document.in_gesture


def test_esc_puts_back_what_is_being_dragged(window: MainWindow, hands: Hands) -> None:
    state, before = window.document.state, positions(window)
    hands.take("move")
    x, y = hands.atom(OXYGEN)
    hands.drag([(x, y), (x + 9, y), (x + 30, y)], release=False)
    assert moved(window, before) == {OXYGEN}
    hands.key(Qt.Key.Key_Escape)
    hands.release((x + 30, y))
    assert window.document.state == state
    assert not window.document.in_gesture
    assert window.editing.toolbox.hand.name == "move"
    hands.key(Qt.Key.Key_Escape)
    assert window.editing.toolbox.hand.name == "select"


def test_arrow_keys_nudge_the_selection_in_the_move_tool_and_turn_the_view_otherwise(
    window: MainWindow, hands: Hands
) -> None:
    window.document.select([OXYGEN])
    before = positions(window)
    hands.take("move")
    right, up, _ = window.view.canvas.screen_axes()
    hands.key(Qt.Key.Key_Right)
    np.testing.assert_allclose(positions(window)[OXYGEN] - before[OXYGEN], 0.05 * right, atol=1e-9)
    hands.key(Qt.Key.Key_Up, SHIFT)
    np.testing.assert_allclose(positions(window)[OXYGEN] - before[OXYGEN], 0.05 * right + 0.5 * up, atol=1e-9)
    view, at = window.view.canvas.camera.orientation.copy(), positions(window)
    hands.take("select")
    hands.key(Qt.Key.Key_Right)
    assert not (window.view.canvas.camera.orientation == view).all()
    assert moved(window, at) == set()


def test_measurements_are_taken_by_clicks_stay_and_follow_the_atoms(window: MainWindow, hands: Hands) -> None:
    hands.take("measure")
    hands.click(hands.atom(FIRST))
    hands.click(hands.atom(SECOND))
    hint = window.findChild(QLabel, "hint")
    value = Measurement((FIRST, SECOND)).text(positions(window))
    assert value in hint.text()
    assert window.document.required().measurements == ()
    hands.click(hands.atom(OXYGEN))
    hands.key(Qt.Key.Key_Return)
    assert window.document.required().measurements == (Measurement((FIRST, SECOND, OXYGEN)),)
    hands.click(hands.atom(FIRST))
    hands.click(hands.atom(OXYGEN))
    hands.click(hands.corner)
    assert len(window.document.required().measurements) == 2
    hands.click(hands.atom(FIRST))
    hands.click(hands.atom(SECOND))
    hands.key(Qt.Key.Key_Escape)
    assert len(window.document.required().measurements) == 2
    assert window.editing.toolbox.hand.name == "measure"
    assert window.document.history.names[-2:] == ["Measure angle", "Measure distance"]
    window.commands.run("build.clear-measurements")
    assert window.document.required().measurements == ()


def test_values_shown_follow_a_drag(window: MainWindow, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    window.document.measure([SECOND, OXYGEN])
    told: list[Measured] = []
    monkeypatch.setattr(window.view.canvas, "set_measurements", lambda shown: told.__setitem__(slice(None), shown))
    hands.take("move")
    x, y = hands.atom(OXYGEN)
    hands.drag([(x, y), (x + 9, y), (x + 30, y)], release=False)
    (shown,) = told
    assert shown.text == Measurement((SECOND, OXYGEN)).text(positions(window)) != "1.442 Å"
    hands.release((x + 30, y))


def test_values_shown_follow_a_relaxation(
    window: MainWindow, hands: Hands, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.document.measure([SECOND, OXYGEN])
    window.document.lock([FIRST])
    texts: list[str] = []
    monkeypatch.setattr(window.view.canvas, "set_measurements", lambda shown: texts.extend(m.text for m in shown))
    with qtbot.waitSignal(window.idle, timeout=60_000):
        window.runs.relax()
    assert len(set(texts)) > 2
    assert texts[-1] == Measurement((SECOND, OXYGEN)).text(positions(window))


def test_charges_are_found_for_labels_that_show_them(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[int] | None] = []
    monkeypatch.setattr(window.view.canvas, "set_charges", told.append)
    window.appearance.set_labels("charge")
    window.workbench.editor.insert_smiles("C[N+](=O)[O-]")
    qtbot.waitUntil(lambda: bool(told) and told[-1] is not None, timeout=60_000)
    assert sorted(told[-1] or []) == [-1, 0, 0, 0, 0, 0, 1]
    window.appearance.set_labels("none")


def test_tools_are_taken_by_keys_and_leave_the_camera_to_plain_drags(window: MainWindow, hands: Hands) -> None:
    for key, name in (
        (Qt.Key.Key_F6, "draw"),
        (Qt.Key.Key_F7, "move"),
        (Qt.Key.Key_F8, "measure"),
        (Qt.Key.Key_F5, "select"),
    ):
        hands.key(key)
        assert window.editing.toolbox.hand.name == name
        assert window.commands.actions[f"tool.{name}"].isChecked()
        view, before = window.view.canvas.camera.orientation.copy(), window.document.state
        x, y = hands.corner
        hands.drag([(x, y), (x - 10, y + 10), (x - 30, y + 20)])
        assert not (window.view.canvas.camera.orientation == view).all()
        assert window.document.state == before


def test_nothing_can_be_edited_while_a_run_is_on_view(window: MainWindow, hands: Hands) -> None:
    window.stage.start_run(window.document.required())
    state = window.document.state
    for tool in ("select", "draw", "move", "measure"):
        hands.take(tool)
        hands.click(hands.atom(0))
        hands.drag([hands.atom(0), (5.0, 60.0), (9.0, 90.0)])
    assert window.document.state == state
    window.stage.end_run(back=True)


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("c", [TypedSymbol("C")]),
        ("cl", [TypedSymbol("C"), TypedSymbol("Cl", replaces=True)]),
        ("c l", [TypedSymbol("C"), None]),
        ("al", [None, TypedSymbol("Al")]),
        ("nn", [TypedSymbol("N"), TypedSymbol("N")]),
        ("SI", [TypedSymbol("S"), TypedSymbol("Si", replaces=True)]),
        ("clo", [TypedSymbol("C"), TypedSymbol("Cl", replaces=True), TypedSymbol("O")]),
    ],
)
def test_letters_typed_quickly_make_symbols_of_two(letters: str, expected: list[TypedSymbol | None]) -> None:
    now = 0.0

    def clock() -> float:
        return now

    typing, told = SymbolTyping(clock), []
    for letter in letters:
        if letter == " ":
            now += 10.0
        else:
            told.append(typing.type(letter))
    assert told == expected


def test_a_chain_is_found_whatever_the_order_and_a_ring_is_none() -> None:
    bonds = np.array([[0, 1, 1], [1, 2, 1], [2, 3, 1], [0, 4, 1]])
    assert chain([3, 1, 2, 0], bonds) == (3, 2, 1, 0)
    assert chain([1, 4], bonds) == ()
    assert chain([0, 1, 2], np.vstack([bonds, [0, 2, 1]])) == ()
    assert chain([1, 4, 0, 2], bonds) == (4, 0, 1, 2)
