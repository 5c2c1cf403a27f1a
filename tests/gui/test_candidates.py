"""Generating, and what can be done with the candidates: judged, looked at, compared, sorted, starred and accepted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.formats import read_structures
from gpff_desktop.gui.candidates import CandidatesModel, CandidatesOrder, Column
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.messages import NewCandidates
from gpff_desktop.session.candidates import CandidateList
from gpff_desktop.session.judgement import Judgement
from gpff_desktop.structure import Structure

from .conftest import METHANE, TORN_WATER, WATER, ScriptedBackend, column, generate, rows

LONG = 60_000


def shown(window: MainWindow) -> str:
    assert window.view.structure is not None
    return window.view.structure.formula


def test_generating_lists_judged_candidates_and_shows_the_first(window: MainWindow, qtbot: QtBot) -> None:
    generate(window, qtbot)
    assert column(window, Column.SMILES) == ["C", "O", "", "O"]
    assert [text.split()[0] for text in column(window, Column.VALID)] == ["✓", "✓", "✗", "✓"]
    assert len(column(window, Column.VALID)[2]) > len("✗ "), "the reason is told"
    assert column(window, Column.UNIQUE) == ["unique", "unique", "", "same as 2"]
    assert column(window, Column.FORMULA) == ["CH4", "H2O", "H2O", "H2O"]
    assert column(window, Column.RUN) == ["Run 1"] * 4
    assert "4 candidates · 3 valid (75 %) · 2 unique" in window.candidates_panel.summary()
    assert window.candidates_panel.current == 1
    for key, expected in ((2, WATER), (1, METHANE)):
        window.candidates_panel.choose(key)
        structure = window.view.structure
        assert structure is not None
        assert structure.bonds is not None
        assert (structure.formula, len(structure.bonds)) == (expected.formula, len(expected) - 1)


def test_the_first_valid_candidate_is_shown_unless_the_user_has_chosen(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    backend.candidates = (TORN_WATER, TORN_WATER, METHANE, WATER)
    generate(window, qtbot)
    assert window.candidates_panel.current == 3
    window.runs.generate()
    qtbot.waitUntil(lambda: len(rows(window)) == 8, timeout=LONG)
    window.candidates_panel.choose(6)
    qtbot.waitUntil(lambda: not window.review.busy, timeout=LONG)
    assert window.candidates_panel.current == 6


def test_accepting_is_one_step_and_so_is_a_click_on_an_atom(window: MainWindow, qtbot: QtBot) -> None:
    generate(window, qtbot)
    assert window.document.entries == ()
    window.candidates_panel.choose(2)
    window.commands.actions["run.accept"].trigger()
    assert window.document.required().structure.formula == "H2O"
    assert window.document.required().trajectory is window.workbench.candidates[2].trajectory
    assert not window.commands.actions["run.accept"].isEnabled()
    window.commands.actions["edit.undo"].trigger()
    assert window.document.entries == ()
    window.candidates_panel.choose(1)
    window.candidates_panel.table.setFocus()
    qtbot.keyClick(window.candidates_panel.table, Qt.Key.Key_Return)
    assert window.document.required().structure.formula == "CH4"
    assert window.document.history.undo_name == "Open CH4"


def test_candidates_are_sorted_by_any_column_with_what_is_not_known_last(window: MainWindow, qtbot: QtBot) -> None:
    generate(window, qtbot)
    order = window.candidates_panel.order
    for name, falling, expected in (
        (Column.SMILES, False, ["C", "O", "O", ""]),
        (Column.SMILES, True, ["O", "O", "C", ""]),
        (Column.UNIQUE, False, ["unique", "unique", "same as 2", ""]),
        (Column.NUMBER, True, ["4", "3", "2", "1"]),
    ):
        order.sort(name, Qt.SortOrder.DescendingOrder if falling else Qt.SortOrder.AscendingOrder)
        assert column(window, name) == expected
    window.candidates_panel.choose(4)
    assert shown(window) == "H2O"
    assert window.candidates_panel.chosen() == [4]


def test_a_filter_leaves_rows_with_the_words_the_valid_the_unique_and_the_starred(
    window: MainWindow, qtbot: QtBot
) -> None:
    panel = window.candidates_panel
    generate(window, qtbot)
    panel.filter.setText("h2o")
    assert panel.shown() == [2, 3, 4]
    assert "3 shown" in panel.summary()
    panel.toggles["valid"].click()
    assert panel.shown() == [2, 4]
    panel.toggles["unique"].click()
    assert panel.shown() == [2]
    panel.toggles["starred"].click()
    assert panel.shown() == []
    panel.filter.clear()
    window.workbench.candidates.star(1)
    assert panel.shown() == [1]


def test_a_smarts_leaves_the_candidates_that_hold_it_and_a_bad_one_is_a_hint(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.candidates_panel
    generate(window, qtbot)
    panel.smarts.setText("[OX2H2]")
    qtbot.waitUntil(lambda: panel.shown() == [2, 4], timeout=LONG)
    panel.toggles["unique"].click()
    assert panel.shown() == [2]
    panel.toggles["unique"].click()
    window.workbench.candidates.add([WATER, METHANE])
    qtbot.waitUntil(lambda: panel.shown() == [2, 4, 5], timeout=LONG)
    panel.smarts.setText("[OX2")
    summary = next(label for label in panel.findChildren(QLabel) if label.accessibleName().startswith("Summary"))
    qtbot.waitUntil(lambda: "'[OX2' is not a SMARTS pattern" in summary.text(), timeout=LONG)
    assert "\n" not in summary.text()
    assert panel.shown() == [1, 2, 3, 4, 5, 6]
    panel.smarts.setText("[CH4]")
    qtbot.waitUntil(lambda: panel.shown() == [1, 6], timeout=LONG)
    assert "2 shown" in summary.text()
    panel.smarts.clear()
    qtbot.waitUntil(lambda: len(panel.shown()) == 6, timeout=LONG)


def test_stars_are_set_by_click_and_by_key(window: MainWindow, qtbot: QtBot) -> None:
    table = window.candidates_panel.table
    generate(window, qtbot)
    cell = table.visualRect(window.candidates_panel.order.index(0, Column.STAR)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    assert [candidate.starred for candidate in rows(window)] == [True, False, False, False]
    window.candidates_panel.choose(1, 3)
    qtbot.keyClick(table, "*", Qt.KeyboardModifier.ShiftModifier)
    assert [candidate.starred for candidate in rows(window)] == [True, False, True, False]
    window.commands.actions["candidates.star"].trigger()
    assert not any(candidate.starred for candidate in rows(window))


def test_pointing_at_a_row_shows_it_and_leaving_brings_back_what_was_there(window: MainWindow, qtbot: QtBot) -> None:
    generate(window, qtbot)
    window.document.add([WATER])
    entry, camera = window.document.required(), window.view.canvas.camera
    camera.turn(30, 20)
    before = camera.orientation.copy()
    table = window.candidates_panel.table
    table.entered.emit(window.candidates_panel.order.index(0, Column.NUMBER))
    qtbot.waitUntil(lambda: shown(window) == "CH4", timeout=LONG)
    assert [open_.key for open_ in window.document.entries] == [entry.key]
    qtbot.waitUntil(lambda: window.document.required().structure is not entry.structure, timeout=LONG)
    assert shown(window) == "CH4", "bonds found in the background do not end the look at a candidate"
    table.pointed.emit(None)
    assert window.view.structure is window.document.required().structure
    np.testing.assert_allclose(camera.orientation, before, atol=1e-9)


def test_several_rows_are_laid_over_the_first(window: MainWindow, qtbot: QtBot, backend: ScriptedBackend) -> None:
    turned = WATER.with_positions(WATER.positions @ np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]]) + 3.0)
    backend.candidates = (WATER, turned, METHANE)
    generate(window, qtbot)
    drawn: list[list[Structure]] = []
    original = window.view.canvas.set_ghosts
    window.view.canvas.set_ghosts = lambda ghosts: (drawn.append(list(ghosts)), original(ghosts))  # type: ignore
    window.candidates_panel.choose(1, 2, 3)
    assert [ghost.formula for ghost in drawn[-1]] == ["H2O", "CH4"]
    np.testing.assert_allclose(drawn[-1][0].positions, WATER.positions, atol=1e-6)
    window.candidates_panel.choose(1)
    assert drawn[-1] == []


def test_removed_candidates_are_gone_and_late_judgements_do_not_bring_them_back(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.runs.generate()
    qtbot.waitUntil(lambda: bool(rows(window)), timeout=LONG)
    window.commands.actions["candidates.clear"].trigger()
    assert window.stage.preview is None
    generate(window, qtbot)
    assert column(window, Column.SMILES) == ["C", "O", "", "O"]
    second = rows(window)[1].key
    window.candidates_panel.choose(second)
    window.candidates_panel.table.setFocus()
    qtbot.keyClick(window.candidates_panel.table, Qt.Key.Key_Delete)
    assert column(window, Column.SMILES) == ["C", "", "O"]
    assert column(window, Column.UNIQUE) == ["unique", "", "unique"]
    assert window.candidates_panel.current == second + 1


def test_smiles_of_the_chosen_go_to_the_clipboard(window: MainWindow, qtbot: QtBot) -> None:
    generate(window, qtbot)
    window.candidates_panel.choose(1, 2, 3)
    window.commands.actions["candidates.smiles"].trigger()
    assert QApplication.clipboard().text() == "C\nO"


@pytest.mark.parametrize("suffix", [".sdf", ".xyz"])
def test_export_writes_the_selected_candidates_or_all(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, suffix: str
) -> None:
    generate(window, qtbot)
    window.candidates_panel.choose(2)
    window.files.export(tmp_path / f"one{suffix}")
    window.candidates_panel.table.clearSelection()
    window.files.export(tmp_path / f"all{suffix}")
    one = read_structures(tmp_path / f"one{suffix}").structures
    assert [structure.formula for structure in one] == ["H2O"]
    np.testing.assert_allclose(one[0].positions, WATER.positions, atol=1e-4)
    assert len(read_structures(tmp_path / f"all{suffix}").structures) == 4


def test_many_candidates_are_listed_in_portions(window: MainWindow, qtbot: QtBot) -> None:
    portions: list[int] = []
    window.workbench.candidates.added.connect(lambda keys: portions.append(len(keys)))
    window.review.add(NewCandidates((WATER,) * 100, "Run 1"))
    assert portions == [32]
    assert window.view.structure is not None
    assert len(window.view.structure.bonds) == 2, "bonds are drawn before the judge has answered"
    qtbot.waitUntil(lambda: len(rows(window)) == 100, timeout=LONG)
    assert portions == [32, 32, 32, 4]
    window.review.clear()


# The table by itself


def listed(*smiles: str) -> tuple[CandidateList, CandidatesOrder]:
    """A list of methanes said to be these molecules, and its table; an empty SMILES is said not to be valid."""
    candidates = CandidateList()
    order = CandidatesOrder(CandidatesModel(candidates))
    for key, text in zip(candidates.add([METHANE] * len(smiles)), smiles, strict=True):
        candidates.set_judgement(key, Judgement(bool(text), text, strain=float(len(text)) or None))
    return candidates, order


def test_columns_without_anything_known_are_hidden(window: MainWindow) -> None:
    table, candidates = window.candidates_panel.table, window.workbench.candidates
    optional = (Column.NOVEL, Column.DRIFT)
    assert all(table.isColumnHidden(name) for name in optional)
    (key,) = candidates.add([WATER], starts=[WATER], locked=[0])
    assert not table.isColumnHidden(Column.DRIFT)
    assert column(window, Column.DRIFT) == ["0.000"]
    candidates.set_judgement(key, Judgement(True, "O", novel=False))
    assert column(window, Column.NOVEL) == ["known"]
    candidates.clear()
    assert all(table.isColumnHidden(name) for name in optional)


def test_two_thousand_candidates_are_sorted_and_filtered_with_every_row_kept(qtbot: QtBot) -> None:
    _, order = listed(*("C" * (1 + k % 50) if k % 3 else "" for k in range(2000)))
    order.sort(Column.STRAIN, Qt.SortOrder.DescendingOrder)
    texts = [order.index(row, Column.STRAIN).data() for row in range(order.rowCount())]
    known = [float(text) for text in texts if text]
    assert known == sorted(known, reverse=True)
    assert texts[len(known) :] == [""] * (2000 - len(known))
    order.set_filter(unique=True)
    assert order.rowCount() == 50


def test_rows_removed_from_the_middle_leave_the_others_with_their_numbers(qtbot: QtBot) -> None:
    candidates, order = listed("C", "CC", "", "CCC", "CO", "C")
    candidates.remove([1, 2, 5])
    assert [order.index(row, Column.NUMBER).data() for row in range(order.rowCount())] == ["3", "4", "6"]
    assert [order.index(row, Column.SMILES).data() for row in range(order.rowCount())] == ["", "CCC", "C"]
