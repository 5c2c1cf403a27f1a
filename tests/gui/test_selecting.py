"""Selecting with mouse, keys and menus in the real window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.resources_path import resources

from .conftest import METHANE, WATER
from .hands import CTRL, RIGHT, SHIFT, Hands

LONG = 60_000
FLAT_WATER = WATER.with_positions(WATER.positions[:, [1, 2, 0]])


@pytest.fixture
def hands(window: MainWindow) -> Hands:
    """Hands on water, seen from its flat side."""
    window.document.add([FLAT_WATER])
    return Hands(window).face()


def selected(window: MainWindow) -> set[int]:
    """The selection, which must be what glows."""
    chosen = window.document.required().selected
    assert window.view.canvas.selection == chosen
    return set(chosen)


def test_clicks_select_toggle_add_and_clear(window: MainWindow, hands: Hands) -> None:
    for place, modifiers, expected in (
        (hands.atom(0), Qt.KeyboardModifier.NoModifier, {0}),
        (hands.atom(1), CTRL, {0, 1}),
        (hands.atom(0), CTRL, {1}),
        (hands.atom(2), SHIFT, {1, 2}),
        (hands.atom(2), SHIFT, {1, 2}),
        (hands.corner, CTRL, {1, 2}),
        (hands.atom(0), Qt.KeyboardModifier.NoModifier, {0}),
        (hands.bond(0, 1), Qt.KeyboardModifier.NoModifier, {0, 1}),
        (hands.corner, Qt.KeyboardModifier.NoModifier, set()),
    ):
        hands.click(place, modifiers)
        assert selected(window) == expected, (place, modifiers)
    assert window.document.history.names == ["Start", "Open H2O"]


def test_the_counts_of_selected_and_locked_atoms_are_shown(window: MainWindow, hands: Hands) -> None:
    hands.click(hands.atom(0))
    hands.click(hands.atom(1), CTRL)
    hands.key("l")
    hands.click(hands.atom(2))
    texts = [label.text() for label in window.view.findChildren(QLabel)]
    assert "1 selected · 2 locked" in texts


def test_a_rubber_band_adds_and_with_shift_takes_away(window: MainWindow, hands: Hands) -> None:
    width, height = hands.native.width(), hands.native.height()
    band = [(2.0, 2.0), (width / 2, height / 2), (width - 2.0, height - 2.0)]
    view = window.view.canvas.camera.orientation.copy()
    hands.drag(band, CTRL)
    assert selected(window) == {0, 1, 2}
    x, y = hands.atom(1)
    hands.drag([(x - 20, y - 20), (x, y), (x + 20, y + 20)], CTRL | SHIFT)
    assert selected(window) == {0, 2}
    assert (window.view.canvas.camera.orientation == view).all()


def test_a_plain_drag_turns_the_view_and_selects_nothing(window: MainWindow, hands: Hands) -> None:
    view = window.view.canvas.camera.orientation.copy()
    x, y = hands.atom(0)
    hands.drag([(x, y), (x + 20, y), (x + 40, y)])
    assert not (window.view.canvas.camera.orientation == view).all()
    assert selected(window) == set()


def test_a_double_click_selects_the_connected_piece(window: MainWindow, hands: Hands) -> None:
    window.workbench.editor.insert(METHANE)
    hands.face()
    hands.double_click(hands.atom(4))
    assert selected(window) == {3, 4, 5, 6, 7}


def test_the_select_menu_does_what_it_says(window: MainWindow) -> None:
    window.files.open(resources() / "examples" / "aspirin.sdf")
    structure = window.document.required().structure
    everything, hydrogens = set(range(len(structure))), {i for i, z in enumerate(structure.numbers) if z == 1}
    run = window.commands.run
    run("select.all")
    assert selected(window) == everything
    run("select.none")
    assert selected(window) == set()
    run("select.hydrogens")
    assert selected(window) == hydrogens
    run("select.invert")
    assert selected(window) == everything - hydrogens
    run("select.rings")
    ring = selected(window)
    assert len(ring) == 6
    run("select.grow")
    grown = selected(window)
    assert grown > ring
    run("select.shrink")
    assert ring <= selected(window) < grown
    run("select.scaffold")
    assert selected(window) == ring
    run("select.piece")
    assert selected(window) == everything
    window.document.lock([3, 4])
    run("select.locked")
    assert selected(window) == {3, 4}


def test_patterns_and_elements_are_asked_for_in_a_line_that_keeps_a_wrong_answer(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.files.open(resources() / "examples" / "aspirin.sdf")
    bar = window.editing.ask_bar
    window.commands.run("select.smarts")
    assert bar.isVisible()
    qtbot.keyClicks(bar.line, "c1ccc")
    qtbot.keyClick(bar.line, Qt.Key.Key_Return)
    assert bar.isVisible()
    assert bar.error
    assert "\n" not in bar.error
    assert bar.line.text() == "c1ccc"
    bar.line.setText("c1ccccc1")
    qtbot.keyClick(bar.line, Qt.Key.Key_Return)
    assert not bar.isVisible()
    assert len(selected(window)) == 6
    window.commands.run("select.element")
    qtbot.keyClicks(bar.line, "o")
    qtbot.keyClick(bar.line, Qt.Key.Key_Return)
    assert {int(window.document.required().structure.numbers[i]) for i in selected(window)} == {8}
    window.commands.run("lock.smarts")
    qtbot.keyClicks(bar.line, "C(=O)[OH]")
    qtbot.keyClick(bar.line, Qt.Key.Key_Return)
    assert len(window.document.required().locked) == 3
    window.commands.run("select.smarts")
    qtbot.keyClick(bar.line, Qt.Key.Key_Escape)
    assert not bar.isVisible()


def test_pointing_at_an_atom_names_it_and_beside_it_the_tool_is_explained(window: MainWindow, hands: Hands) -> None:
    hint = window.findChild(QLabel, "hint")
    assert "Ctrl toggles" in hint.text()
    window.view.canvas.atom_hovered.emit(0)
    assert "O1" in hint.text()
    window.view.canvas.atom_hovered.emit(None)
    assert "Ctrl toggles" in hint.text()
    hands.take("measure")
    assert "Esc" in hint.text()


def test_clicking_an_atom_of_a_candidate_opens_it_for_editing(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()
    assert window.document.entries == ()
    # From the side on which a run happens to end, one atom may hide another.
    hands = Hands(window).face()
    place, view = hands.atom(2), window.view.canvas.camera.orientation.copy()
    hands.click(hands.corner)
    assert window.document.entries == ()
    hands.click(place)
    assert window.document.required().structure.formula == "CH4"
    assert len(selected(window)) == 1
    assert window.document.history.undo_name == "Open CH4"
    assert (window.view.canvas.camera.orientation == view).all()


def test_locks_are_toggled_by_a_letter_and_by_the_menu(window: MainWindow, hands: Hands) -> None:
    before = window.document.state
    hands.click(hands.atom(0))
    hands.key("l")
    assert window.document.required().locked == {0}
    hands.key("l")
    assert window.document.required().locked == frozenset()
    window.commands.run("lock.all-but")
    assert window.document.required().locked == {1, 2}
    window.commands.run("lock.none")
    assert window.document.required().locked == frozenset()
    for _ in range(4):
        window.commands.run("edit.undo")
    assert window.document.required().locked == frozenset()
    assert window.document.required().structure is before.entries[0].structure


def test_a_right_click_offers_what_can_be_done_there(window: MainWindow, hands: Hands) -> None:
    hands.click(hands.atom(1), button=RIGHT)
    assert selected(window) == {1}
    menu = window.context_menu.menu
    assert menu is not None
    names = [action.objectName() for action in menu.actions() if action.objectName()]
    assert {"edit.delete", "lock.toggle", "edit.copy"} <= set(names)
    next(action for action in menu.actions() if action.objectName() == "edit.delete").trigger()
    menu.close()
    assert window.document.required().structure.formula == "HO"
    hands.click(hands.corner, button=RIGHT)
    beside = window.context_menu.menu
    assert beside is not None
    assert "edit.paste" in [action.objectName() for action in beside.actions()]
    beside.close()
