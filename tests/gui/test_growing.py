"""Growing from the real window: where, what, one composition after the other, and what became of the scaffold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.engine.checkpoint import ModelCard
from gpff_desktop.engine.steering import NearPoint
from gpff_desktop.gui.candidates import Column
from gpff_desktop.gui.formula_box import FormulaLine
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.structure import Structure

from .conftest import METHANE, ScriptedBackend

KEPT = [0, 1, 2, 3]


def grown_methane() -> Structure:
    """Methanol, the atoms of methane first."""
    methanol = from_smiles("CO")
    order = [0, 2, 3, 4, 1, 5]
    return Structure(methanol.numbers[order], methanol.positions[order])


def opened(window: MainWindow, backend: ScriptedBackend) -> MainWindow:
    whole = grown_methane()
    torn = whole.positions.copy()
    torn[3] += 9.0
    backend.candidates = (whole, whole.with_positions(torn))
    window.document.add([METHANE], "methane")
    return window


def test_what_is_selected_says_where_and_the_completions_say_what_became_of_the_scaffold(
    window: MainWindow, backend: ScriptedBackend, qtbot: QtBot
) -> None:
    told = {label.accessibleName(): label for label in window.growing.panel.findChildren(QLabel)}
    assert "pen a structure" in told["Where it grows"].text()
    assert told["Formula hint"].property("role") == "hint"
    opened(window, backend)
    window.commands.run("run.grow")
    assert "select an atom to grow from" in window.statusBar().currentMessage().lower()
    assert not window.grow_dock.visibleRegion().isEmpty(), "the panel that says so is in front"
    assert not window.grow_panel.grow_button.isEnabled()

    window.workbench.editor.select([4])
    assert window.grow_panel._site.text() == "methane: C1 gives up H5, the rest stays"
    assert window.grow_panel.formula.text == "C2H6", "a methyl group is offered"
    window.grow_panel.set_values(formula="CH3", count=2)
    assert "adds nothing to CH3" in window.grow_panel._adds.text()
    assert not window.grow_panel.grow_button.isEnabled()
    window.grow_panel.set_values(formula="CH4O")
    assert window.grow_panel._adds.text() == "Adds HO"

    with qtbot.waitSignal(window.idle, timeout=60_000):
        window.grow_panel.grow_button.click()
    asked = backend.asked[-1]
    assert asked.scaffold is not None
    assert asked.scaffold.kept == tuple(KEPT)
    assert isinstance(asked.prior, NearPoint)
    way = METHANE.positions[4] - METHANE.positions[0]
    np.testing.assert_allclose(asked.prior.centre, 2.0 * way / np.linalg.norm(way), atol=1e-9)
    model = window.candidates_panel.model
    rows = [model.text(row, Column.SCAFFOLD) for row in range(2)]
    assert rows == ["✓ kept", "✗ a bond was lost between atoms 1 and 4 of the scaffold"]
    assert model.text(0, Column.RUN) == "Run 1 · + HO"
    assert not window.candidates_panel.table.isColumnHidden(Column.SCAFFOLD)


@pytest.fixture
def card(tiny_card: Callable[..., ModelCard]) -> ModelCard:
    return tiny_card(compositions=("CH4O", "C2H6", "CH4", "C2H8"))


def test_compositions_are_drawn_and_those_ticked_are_grown_one_after_the_other(
    window: MainWindow, backend: ScriptedBackend, qtbot: QtBot, card: ModelCard
) -> None:
    opened(window, backend)
    assert window.runs.model is not None
    window.runs.model = replace(window.runs.model, card=card)
    window.workbench.editor.select([4])
    panel = window.grow_panel
    panel.set_values(heavy=1, count=2)
    assert panel.formulas() == ["CH4O", "C2H6"], "what no open valence can hold is left out"
    assert panel.offers.item(0).text() == "+ HO   67 %   (CH4O)"
    with qtbot.waitSignal(window.idle, timeout=60_000):
        window.commands.run("run.grow")
        qtbot.waitUntil(lambda: len(backend.asked) == 2, timeout=60_000)
    assert [settings.name for settings in backend.asked] == ["+ HO", "+ CH3"]
    for row in range(2):
        panel.offers.item(row).setCheckState(Qt.CheckState.Unchecked)
    assert panel.grow_button.toolTip() == "Tick a composition to grow"
    window.workbench.editor.lock([4])
    assert "H5 is locked" in panel._site.text()


def test_stopping_a_run_gives_up_the_compositions_that_wait(
    window: MainWindow, backend: ScriptedBackend, qtbot: QtBot, card: ModelCard
) -> None:
    opened(window, backend)
    assert window.runs.model is not None
    window.runs.model = replace(window.runs.model, card=card)
    window.workbench.editor.select([4])
    window.grow_panel.set_values(heavy=1)
    backend.go_on.clear()
    window.commands.run("run.grow")
    qtbot.waitUntil(lambda: backend.begun == 1, timeout=60_000)
    window.runs.stop()
    with qtbot.waitSignal(window.idle, timeout=60_000):
        backend.go_on.set()
    assert len(backend.asked) == 1
    assert not window.runs.is_running()


def test_arrows_step_the_element_at_the_cursor(qtbot: QtBot) -> None:
    line = FormulaLine("C7H10NO")
    qtbot.addWidget(line)
    line.setCursorPosition(4)
    qtbot.keyClick(line, Qt.Key.Key_Up)
    assert line.text() == "C7H11NO"
    qtbot.keyClick(line, Qt.Key.Key_Down)
    qtbot.keyClick(line, Qt.Key.Key_Down)
    assert line.text() == "C7H9NO"
    line.setCursorPosition(6)
    qtbot.keyClick(line, Qt.Key.Key_Down)
    assert line.text() == "C7H9N", "the last atom goes with its symbol"
    line.setCursorPosition(0)
    qtbot.keyClick(line, Qt.Key.Key_Up)
    assert line.text() == "C8H9N"
