"""What the panel of structures promises: the list, the table of atoms and the history."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gpff_desktop.gui import atom_table
from gpff_desktop.gui.atom_model import ELEMENT, LOCKED, AtomModel, X
from gpff_desktop.gui.atom_table import AtomTable, contiguous
from gpff_desktop.gui.entries_model import UNSAVED
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.structures_panel import MANY
from gpff_desktop.structure import Structure

from .conftest import METHANE, WATER

ADD = QItemSelectionModel.SelectionFlag.Select
ROWS = QItemSelectionModel.SelectionFlag.Rows


def titles(window: MainWindow) -> list[str]:
    model = window.structures.panel.sought
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def row(window: MainWindow, number: int) -> QModelIndex:
    return window.structures.panel.sought.index(number, 0)


def click(window: MainWindow, qtbot: QtBot, number: int, modifier: Qt.KeyboardModifier) -> None:
    listed = window.structures.panel.list
    place = listed.visualRect(row(window, number)).center()
    qtbot.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def test_structures_are_listed_shown_by_a_click_and_laid_over_each_other(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([WATER], "water")
    window.document.add([METHANE], "methane")
    assert titles(window) == ["water", "methane"]
    click(window, qtbot, 0, Qt.KeyboardModifier.NoModifier)
    assert window.document.required().title == "water"
    assert window.view.structure is window.document.required().structure
    laid_over: list[tuple[Structure, ...]] = []
    window.view.canvas.set_ghosts = laid_over.append  # type: ignore[method-assign, assignment]
    click(window, qtbot, 1, Qt.KeyboardModifier.ControlModifier)
    assert window.document.required().title == "methane"
    assert [structure.formula for structure in laid_over[-1]] == ["H2O"]
    click(window, qtbot, 0, Qt.KeyboardModifier.NoModifier)
    assert laid_over[-1] == ()


def test_a_structure_is_renamed_in_place_and_an_empty_name_is_left_aside(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([WATER], "water")
    panel = window.structures.panel
    for typed in ("ice", "  "):
        window.commands.run("structure.rename")
        line = panel.list.findChild(QLineEdit)
        line.setText(typed)
        qtbot.keyClick(line, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: panel.list.findChild(QLineEdit) is None)
        assert titles(window) == ["ice"]
    assert window.document.history.names[1:] == ["Open water", "Rename to ice"]
    assert "ice, H₂O · 3 atoms" in row(window, 0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_closing_and_duplicating_are_steps_and_the_next_structure_comes_on_view(window: MainWindow) -> None:
    for name in ("a", "b", "c"):
        window.document.add([WATER], name)
    window.document.lock([1])
    window.commands.run("structure.duplicate")
    assert titles(window) == ["a", "b", "c", "c copy"]
    assert window.document.required().locked == {1}
    window.commands.run("edit.undo")
    assert titles(window) == ["a", "b", "c"]
    window.structures.show(window.document.entries[1].key)
    window.commands.run("structure.close")
    assert titles(window) == ["a", "c"]
    assert window.document.required().title == "c"
    window.commands.run("structure.close-others")
    assert titles(window) == ["c"]
    assert not window.commands.actions["structure.close-others"].isEnabled()
    for _ in range(2):
        window.commands.run("edit.undo")
    assert titles(window) == ["a", "b", "c"]


def test_a_long_list_can_be_searched_and_follows_what_is_closed_in_the_middle(window: MainWindow) -> None:
    panel = window.structures.panel
    assert panel.search.isHidden()
    keys = window.document.add([WATER.with_title(f"w{i}") for i in range(MANY)] + [METHANE.with_title("gas")])
    assert not panel.search.isHidden()
    panel.search.setText("ch4")
    assert titles(window) == ["gas"]
    panel.search.setText("W1")
    assert titles(window) == ["w1", "w10", "w11"]
    panel.search.clear()
    window.document.close(keys[3:6])
    assert titles(window) == [f"w{i}" for i in range(MANY) if i not in (3, 4, 5)] + ["gas"]
    window.document.undo()
    assert len(titles(window)) == MANY + 1


def test_unsaved_structures_are_marked_until_they_are_as_in_their_file(window: MainWindow) -> None:
    keys = window.document.add([WATER, METHANE])
    assert [row(window, n).data(UNSAVED) for n in (0, 1)] == [True, True]
    window.unsaved.note_kept(keys[:1])
    assert [row(window, n).data(UNSAVED) for n in (0, 1)] == [False, True]
    window.document.lock([0])
    assert row(window, 0).data(UNSAVED)
    window.document.undo()
    window.document.select([0])
    assert not row(window, 0).data(UNSAVED)


def test_what_is_typed_in_the_table_of_atoms_is_one_step_each(window: MainWindow) -> None:
    window.document.add([WATER])
    atoms = window.structures.panel.atoms.atoms
    assert atoms.setData(atoms.index(1, X), "1.25")
    assert atoms.setData(atoms.index(1, X + 1), "-0,5")
    assert atoms.setData(atoms.index(0, ELEMENT), "s")
    assert atoms.setData(atoms.index(2, LOCKED), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    entry = window.document.required()
    np.testing.assert_array_equal(entry.structure.positions[1], [1.25, -0.5, WATER.positions[1, 2]])
    assert entry.structure.formula == "H2S"
    assert entry.locked == {2}
    assert len(window.document.history.names) == 6
    assert not atoms.setData(atoms.index(2, X), "3")
    assert "locked" in window.statusBar().currentMessage()
    for _ in range(4):
        window.document.undo()
    np.testing.assert_array_equal(window.document.required().structure.positions, WATER.positions)


def test_a_wrong_text_is_refused_in_words_and_stays_in_its_cell(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([WATER])
    table = window.structures.panel.atoms
    table.edit(table.atoms.index(0, X))
    line = table.findChild(QLineEdit)
    line.setText("one")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "one"
    assert line.isVisible()
    line.setText("1e-1")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: table.findChild(QLineEdit) is None)
    assert window.document.required().structure.positions[0, 0] == 0.1
    for column, text, words in ((X, "nan", "too far"), (X, "", "not a number"), (ELEMENT, "Xx", "no element")):
        before = window.document.state
        assert not table.atoms.setData(table.atoms.index(0, column), text)
        assert words in window.statusBar().currentMessage()
        assert window.document.state is before


def test_rows_and_atoms_are_selected_together(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([METHANE])
    table = window.structures.panel.atoms
    table.selectRow(1)
    table.selectionModel().select(table.atoms.index(3, 0), ADD | ROWS)
    assert window.document.required().selected == window.view.canvas.selection == {1, 3}
    window.document.select([0, 1, 2])
    assert table.selected_atoms() == {0, 1, 2}
    window.document.add([WATER])
    assert table.selected_atoms() == frozenset()
    assert table.atoms.rowCount() == 3


def test_a_candidate_is_listed_atom_by_atom_and_opened_by_an_edit(window: MainWindow) -> None:
    window.stage.show_preview(METHANE)
    atoms = window.structures.panel.atoms.atoms
    assert atoms.rowCount() == 5
    assert atoms.setData(atoms.index(0, ELEMENT), "Si")
    assert window.document.required().structure.formula == "H4Si"
    assert window.document.history.names == ["Start", "Open CH4", "Change C1 to Si"]


def test_a_click_in_the_history_goes_there(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([WATER], "a")
    window.document.lock([0])
    window.document.lock([1])
    panel = window.structures.panel
    panel.tabs.setCurrentWidget(panel.history)
    steps = panel.history.model()
    assert [steps.index(n, 0).data() for n in range(steps.rowCount())] == window.document.history.names
    place = panel.history.visualRect(steps.index(1, 0)).center()
    qtbot.mouseClick(panel.history.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.document.required().locked == frozenset()
    assert panel.history.currentIndex().row() == 1
    assert "taken back" in steps.index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    window.document.rename(window.document.required().key, "b")
    assert steps.rowCount() == 3


class NoEdits:
    """Takes nothing that is typed."""

    def set_element(self, atom: int, number: int) -> bool:
        return False

    def set_position(self, atom: int, position: np.ndarray) -> bool:
        return False

    def set_locked(self, atom: int, on: bool) -> bool:
        return False


def test_of_a_hundred_thousand_atoms_only_those_in_sight_are_asked_for(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = 100_000
    asked: list[int] = []

    class Counting(AtomModel):
        def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
            asked.append(index.row())
            return super().data(index, role)

        def flags(self, index: QModelIndex) -> Qt.ItemFlag:
            asked.append(index.row())
            return super().flags(index)

    monkeypatch.setattr(atom_table, "AtomModel", Counting)
    table = AtomTable(NoEdits(), lambda _: None)
    qtbot.addWidget(table)
    table.show_atoms(Structure(np.full(n, 18), np.zeros((n, 3))), frozenset({3}), frozenset(range(n)))
    table.grab()
    assert table.atoms.rowCount() == n
    assert table.selected_atoms() == frozenset(range(n))
    assert 0 < len(asked) < 10_000


@pytest.mark.parametrize(
    ("atoms", "blocks"),
    [([], []), ([4], [(4, 4)]), ([2, 0, 1], [(0, 2)]), ([9, 1, 2, 5, 8], [(1, 2), (5, 5), (8, 9)])],
)
def test_numbers_fall_into_blocks(atoms: list[int], blocks: list[tuple[int, int]]) -> None:
    assert contiguous(atoms) == blocks
