"""Drawing, fragments, typed values and the clipboard in the real window; undo brings back the very same state."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.building.directions import bond_length
from gpff_desktop.chemistry.judge import judge
from gpff_desktop.elements import MAX_NUMBER, symbol, table_place
from gpff_desktop.gui.clipboard import SDF_TYPE, is_list_of_smiles
from gpff_desktop.gui.element_strip import ElementStrip
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.pencil import Pencil
from gpff_desktop.resources_path import resources
from gpff_desktop.session.measurements import Measurement
from gpff_desktop.structure import Structure

from .hands import RIGHT, Hands

LONG = 60_000
# Ethene in the plane of the screen.
ETHENE = Structure(
    [6, 6, 1, 1, 1, 1],
    [[-0.67, 0, 0], [0.67, 0, 0], [-1.24, 0.92, 0], [-1.24, -0.92, 0], [1.24, 0.92, 0], [1.24, -0.92, 0]],
    [[0, 1, 2], [0, 2, 1], [0, 3, 1], [1, 4, 1], [1, 5, 1]],
)


@pytest.fixture
def hands(window: MainWindow) -> Hands:
    """Hands with the Draw tool on ethene."""
    window.document.add([ETHENE], "ethene")
    hands = Hands(window).face(zoom=0.6)
    hands.take("draw")
    return hands


def structure(window: MainWindow) -> Structure:
    """What is on view, which must be what is drawn."""
    found = window.document.required().structure
    assert window.view.structure is found
    return found


def smiles(window: MainWindow) -> str:
    """What the molecule is, judged from its coordinates alone."""
    return judge(structure(window)).smiles or ""


def test_a_molecule_is_drawn_from_nothing(window: MainWindow) -> None:
    hands = Hands(window)
    hands.take("draw")
    before = window.document.state
    middle = (hands.native.width() / 2, hands.native.height() / 2)
    scale = window.view.canvas.camera.scale_factor
    hands.click(middle)
    assert structure(window).formula == "CH4"
    np.testing.assert_allclose(window.view.canvas.project(0), middle, atol=1.5)
    assert window.view.canvas.camera.scale_factor == scale
    hands.face(zoom=0.5)
    window.view.canvas.camera.turn(20, 15)
    hands.key("o")
    start = hands.atom(0)
    hands.drag([start, (start[0] + 20, start[1]), (start[0] + 60, start[1])])
    assert smiles(window) == "CO"
    assert window.document.history.names == ["Start", "Draw C", "Draw O"]
    for _ in range(2):
        window.commands.run("edit.undo")
    assert window.document.state == before


def test_dragging_from_an_atom_previews_and_makes_a_bond_of_good_length(
    window: MainWindow, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    sketched: list[object] = []
    monkeypatch.setattr(window.view.canvas, "set_sketch", sketched.append)
    hands.key("n")
    (x, y), (u, v) = hands.atom(0), hands.atom(2)
    far = (x + 1.8 * (u - x), y + 1.8 * (v - y))
    hands.drag([(x, y), (x + 2, y - 2), far], release=False)
    (preview,) = sketched[-1:]
    assert preview is not None
    assert preview.number == 7  # type: ignore[attr-defined]
    hands.release(far)
    assert sketched[-1] is None
    assert smiles(window) == "C=CN"
    entry = window.document.required()
    nitrogen = entry.structure.numbers.tolist().index(7)
    assert Measurement((0, nitrogen)).value(entry.structure.positions) == pytest.approx(bond_length(6, 7))
    assert entry.keeps_bonds


def test_clicks_change_elements_and_cycle_bonds_and_the_right_button_deletes(window: MainWindow, hands: Hands) -> None:
    states = [window.document.state]
    hands.click(hands.bond(0, 1))
    assert smiles(window) == "C#C"
    states.append(window.document.state)
    hands.click(hands.bond(0, 1))
    assert smiles(window) == "CC"
    states.append(window.document.state)
    window.commands.run("edit.undo")
    window.commands.run("edit.undo")
    hands.key("o")
    hands.click(hands.atom(0))
    assert smiles(window) == "C=O"
    hands.click(hands.atom(0), button=RIGHT)
    assert smiles(window) == "C"
    for _ in range(2):
        window.commands.run("edit.undo")
    assert window.document.state == states[0]
    hands.click(hands.bond(0, 1), button=RIGHT)
    assert Counter(structure(window).numbers.tolist()) == {6: 2, 1: 8}
    window.commands.run("edit.undo")
    assert window.document.state == states[0]


def test_a_hydrogen_becomes_a_methyl_group_at_the_length_of_a_bond(window: MainWindow, hands: Hands) -> None:
    hands.click(hands.atom(2))
    assert smiles(window) == "C=CC"
    carbon = next(
        int(b) for a, b, _ in structure(window).bonds if a == 0 and b > 1 and structure(window).numbers[b] == 6
    )
    assert Measurement((0, carbon)).value(structure(window).positions) == pytest.approx(bond_length(6, 6))


def test_a_drag_onto_another_atom_bonds_the_two_or_raises_their_bond(window: MainWindow, hands: Hands) -> None:
    hands.drag([hands.atom(0), hands.bond(0, 1), hands.atom(1)])
    assert smiles(window) == "C#C"
    window.commands.run("edit.undo")
    window.editing.pencil.set_fills(False)
    count = len(structure(window))
    hands.drag([hands.atom(2), hands.atom(0), hands.atom(3)])
    assert len(structure(window)) == count
    assert [2, 3] in structure(window).bonds[:, :2].tolist()


def test_without_hydrogens_to_adjust_only_what_is_drawn_appears(window: MainWindow, hands: Hands) -> None:
    window.editing.pencil.set_fills(False)
    x, y = hands.atom(0)
    hands.drag([(x, y), (x - 10, y), (x - 60, y)])
    assert len(structure(window)) == len(ETHENE) + 1
    hands.key("2")
    assert window.editing.pencil.order == 2


def test_letters_choose_what_is_drawn_and_change_what_is_selected(window: MainWindow, hands: Hands) -> None:
    hands.key("c")
    hands.key("l")
    assert window.editing.pencil.symbol == "Cl"
    assert window.document.history.names == ["Start", "Open ethene"]
    hands.take("select")
    hands.click(hands.atom(2))
    hands.key("b")
    hands.key("r")
    assert smiles(window) == "C=CBr"
    assert len(window.document.history.names) == 3
    hands.key(Qt.Key.Key_Delete)
    assert 35 not in structure(window).numbers
    for _ in range(2):
        window.commands.run("edit.undo")
    np.testing.assert_array_equal(structure(window).positions, ETHENE.positions)


def test_what_cannot_be_drawn_is_said_and_leaves_no_trace(window: MainWindow, hands: Hands) -> None:
    window.document.lock([2, 3])
    state = window.document.state
    hands.click(hands.atom(2), button=RIGHT)
    assert "locked" in window.statusBar().currentMessage()
    hands.click(hands.bond(0, 1))
    assert "locked" in window.statusBar().currentMessage()
    assert "\n" not in window.statusBar().currentMessage()
    assert window.document.state == state
    assert not window.document.in_gesture


def test_fragments_are_searched_inserted_and_attached(window: MainWindow, qtbot: QtBot, hands: Hands) -> None:
    panel = window.editing.build_panel
    qtbot.keyClicks(panel.search, "cyclopro")
    assert panel.shown() == ["Cyclopropane"]
    panel.search.clear()
    panel.category.setCurrentText("Aromatic rings")
    assert 5 < len(panel.shown()) < 60
    panel.choose("benzene")
    assert not panel.attach.isEnabled()
    before = window.document.state
    window.document.select([2])
    selected = window.document.state
    panel.attach.click()
    assert smiles(window) == "C=Cc1ccccc1"
    assert len(window.document.required().selected) == 11
    window.commands.run("edit.undo")
    assert window.document.state == selected
    window.document.select([])
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert structure(window).formula == "C8H10"
    window.commands.run("edit.undo")
    assert window.document.state == before
    icon = panel.list.model().index(0, 0).data(Qt.ItemDataRole.DecorationRole)
    drawn = lambda: panel.list.model().index(0, 0).data(Qt.ItemDataRole.DecorationRole).cacheKey()  # noqa: E731
    qtbot.waitUntil(lambda: drawn() != icon.cacheKey(), timeout=LONG)


def test_a_smiles_is_inserted_and_a_wrong_one_is_explained_in_its_place(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.editing.build_panel
    qtbot.keyClicks(panel.smiles, "CCO(")
    qtbot.keyClick(panel.smiles, Qt.Key.Key_Return)
    assert panel.smiles_error.text()
    assert panel.smiles.text() == "CCO("
    assert window.document.entries == ()
    qtbot.keyClick(panel.smiles, Qt.Key.Key_Backspace)
    qtbot.keyClick(panel.smiles, Qt.Key.Key_Return)
    assert smiles(window) == "CCO"
    assert panel.smiles.text() == ""


def test_a_large_molecule_is_embedded_in_the_background_and_can_be_given_up(
    hands: Hands, window: MainWindow, qtbot: QtBot
) -> None:
    building, opener, bar = window.editing.building, window.files.opener, window.opening_bar
    before = window.document.state
    building.insert_smiles("C" * 300)
    assert window.document.state is before
    qtbot.waitUntil(bar.isVisible, timeout=LONG)
    assert bar.label.text() == f"Embedding {'C' * 30}…"
    bar.cancel.click()
    qtbot.waitUntil(lambda: not opener.busy, timeout=LONG)
    assert window.document.state is before
    building.insert_smiles("C" * 24)
    assert window.document.state is before
    qtbot.waitUntil(lambda: not opener.busy, timeout=LONG)
    assert structure(window).formula == "C26H54"
    assert len(window.document.required().selected) == 74
    assert window.workbench.log.lines[-1] == f"editor.insert_smiles('{'C' * 24}')"
    window.commands.run("edit.undo")
    assert window.document.state == before


def test_hydrogens_are_removed_and_adjusted_and_bonds_perceived_or_kept(window: MainWindow, hands: Hands) -> None:
    panel = window.editing.build_panel
    assert panel.keep.isChecked()
    panel.no_hydrogens.click()
    assert structure(window).formula == "C2"
    panel.hydrogens.click()
    assert smiles(window) == "C=C"
    panel.perceive.click()
    assert not window.document.required().keeps_bonds
    assert window.commands.actions["bonds.perceive"].isChecked()
    window.document.select([0, 1])
    window.commands.run("bond.1")
    assert window.document.required().keeps_bonds
    assert panel.keep.isChecked()
    assert smiles(window) == "CC"


def test_the_pencil_is_chosen_in_the_panel_and_in_the_periodic_table(window: MainWindow, qtbot: QtBot) -> None:
    strip = window.editing.build_panel.elements
    strip.buttons["N"].click()
    assert window.editing.pencil.symbol == "N"
    assert window.editing.toolbox.hand.name == "draw"
    strip.open_table()
    assert strip.table is not None
    qtbot.keyClick(strip.table.focusWidget(), Qt.Key.Key_Down)
    qtbot.keyClick(strip.table.focusWidget(), Qt.Key.Key_Down)
    qtbot.keyClick(strip.table.focusWidget(), Qt.Key.Key_Space)
    assert window.editing.pencil.symbol == "As"
    assert not strip.table.isVisible()
    assert [b.text() for b in strip.findChildren(type(strip.more)) if b.isChecked()] == ["As"]


def test_a_typed_value_sets_distance_angle_and_torsion_each_as_one_step(window: MainWindow, qtbot: QtBot) -> None:
    window.files.open(resources() / "examples" / "ethanol.sdf")
    qtbot.waitUntil(lambda: window.document.entry is not None, timeout=LONG)
    bar, editor = window.editing.geometry_bar, window.workbench.editor
    heavy = np.flatnonzero(structure(window).numbers > 1).tolist()
    hydrogen = next(int(max(i, j)) for i, j, _ in structure(window).bonds if min(i, j) == 0 and max(i, j) not in heavy)
    assert not bar.isVisible()
    for atoms, typed in (([0, 1], "1.6"), ([0, 1, 2], "100"), ([hydrogen, 0, 1, 2], "-75.5")):
        editor.select([])
        for atom in atoms:
            editor.select([*window.document.required().selected, atom])
        state = window.document.state
        assert bar.isVisible()
        assert sorted(bar.atoms) == sorted(atoms)
        bar.value.setFocus()
        bar.value.selectAll()
        qtbot.keyClicks(bar.value, typed)
        qtbot.keyClick(bar.value, Qt.Key.Key_Return)
        assert Measurement(bar.atoms).value(structure(window).positions) == pytest.approx(float(typed), abs=1e-6)
        window.commands.run("edit.undo")
        assert window.document.state == state
        bar.keep.click()
    assert [measured.kind for measured in window.document.required().measurements] == ["distance", "angle", "torsion"]
    window.document.select([0, 1])
    bar.value.setValue(-1.0)
    assert bar.value.value() == pytest.approx(Measurement((0, 1)).value(structure(window).positions), abs=1e-3)


def test_the_clipboard_takes_and_gives_structures_and_leaves_text_fields_alone(
    window: MainWindow, qtbot: QtBot, hands: Hands
) -> None:
    hands.take("select")
    state = window.document.state
    clipboard = QGuiApplication.clipboard()
    hands.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    hands.key(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.mimeData().hasFormat(SDF_TYPE)
    hands.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert structure(window).formula == "C4H8"
    assert window.document.required().selected == frozenset(range(6, 12))
    hands.key(Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    assert structure(window).formula == "C2H4"
    hands.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hands.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(structure(window).positions, state.entries[0].structure.positions)
    window.commands.run("edit.copy-smiles")
    assert clipboard.text().split()[0] == "C=C"
    for text, formula in (("3\n\nO 0 0 0\nH 0 0 1\nH 0 1 0\n", "C2H6O"), ("CO", "C3H8O")):
        clipboard.setText(text)
        hands.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert structure(window).formula == formula
        window.commands.run("edit.undo")
        assert structure(window).formula == "C2H4"
    clipboard.setText("these are just words")
    hands.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert "these are just words" in window.statusBar().currentMessage()
    line = window.editing.build_panel.search
    window.build_dock.raise_()
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == "these are just words"
    clipboard.setMimeData(QMimeData())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CCO\n" * 20, True),
        ("CCO ethanol\n" * 20, True),
        ("CCO", False),
        ("C 0.0 0.0 0.0\n" * 20, False),
        ("20\n\n" + "C 0.0 0.0 0.0\n" * 20, False),
        ("many words that are no molecule\n" * 20, False),
    ],
)
def test_only_long_lists_of_smiles_are_opened_in_the_background(text: str, expected: bool) -> None:
    assert is_list_of_smiles(text) == expected


def test_every_element_has_a_place_of_its_own_in_the_periodic_table() -> None:
    places = [table_place(number) for number in range(1, MAX_NUMBER + 1)]
    assert len(set(places)) == MAX_NUMBER
    for number, place in (
        (1, (0, 0)),
        (2, (0, 17)),
        (6, (1, 13)),
        (26, (3, 7)),
        (57, (8, 2)),
        (71, (5, 2)),
        (118, (6, 17)),
    ):
        assert table_place(number) == place, symbol(number)


def test_the_strip_shows_whatever_element_is_in_hand(qtbot: QtBot) -> None:
    pencil = Pencil()
    strip = ElementStrip(pencil)
    qtbot.addWidget(strip)
    for name in ("O", "Fe", "C"):
        pencil.set_symbol(name)
        assert [b.text() for b in strip.findChildren(type(strip.more)) if b.isChecked()] == [name]
    with pytest.raises(ValueError, match="Qq"):
        pencil.set_symbol("Qq")
