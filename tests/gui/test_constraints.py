"""The panel of constraints in the real window: made, changed, switched and honoured by runs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.engine.steering import Angle, Constraint, Distance, Shape, Sphere, Wall
from gpff_desktop.gui.constraints_model import CONSTRAINT, NOW
from gpff_desktop.gui.constraints_panel import ConstraintsPanel
from gpff_desktop.gui.main_window import MainWindow

from .conftest import ScriptedBackend

PROPANOL = from_smiles("CCCO")


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> ConstraintsPanel:
    """The panel in front, with propanol on view."""
    window.document.add([PROPANOL], "propanol")
    window.constraints_dock.show()
    window.constraints_dock.raise_()
    panel = window.editing.constraints_panel
    qtbot.waitUntil(panel.isVisible)
    return panel


def held(window: MainWindow) -> list[Constraint]:
    return [one.constraint for one in window.document.required().constraints]


def rows(panel: ConstraintsPanel) -> list[tuple[str, str]]:
    model = panel.model
    return [(model.index(k, CONSTRAINT).data(), model.index(k, NOW).data()) for k in range(model.rowCount())]


def test_constraints_are_made_from_the_selection_and_changed_by_typing(
    window: MainWindow, panel: ConstraintsPanel, qtbot: QtBot
) -> None:
    document, angle = window.document, panel.buttons["constrain.angle"]
    assert not angle.isEnabled()
    assert angle.toolTip() == "Select three atoms first"
    document.select([0, 1, 2])
    qtbot.mouseClick(angle, Qt.MouseButton.LeftButton)
    ((name, now),) = rows(panel)
    assert name.startswith("Angle C1–C2–C3 = 11")
    assert now == "met"
    spin = panel.editor.fields.spins[0]
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, "100")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert held(window) == [Angle((0, 1, 2), 100.0)]
    assert rows(panel)[0][0] == "Angle C1–C2–C3 = 100.0°"
    assert rows(panel)[0][1].endswith("° off")
    qtbot.mouseClick(panel.editor.pull, Qt.MouseButton.LeftButton)
    assert held(window) == [Angle((0, 1, 2), 100.0, 1.0)]
    panel.editor.weight.setValue(5.0)
    assert held(window) == [Angle((0, 1, 2), 100.0, 5.0)]
    qtbot.mouseClick(panel.editor.exact, Qt.MouseButton.LeftButton)
    assert document.history.undo_name == "Constrain angle C1–C2–C3 to 100.0°"
    document.undo()
    assert held(window) == [Angle((0, 1, 2), 100.0, 5.0)]


def test_rows_select_their_atoms_switch_and_remove(window: MainWindow, panel: ConstraintsPanel, qtbot: QtBot) -> None:
    editor, document = window.workbench.editor, window.document
    editor.lock([0, 1])
    editor.constrain("distance", [0, 3], 3.0)
    editor.constrain("rigid", [4, 5, 6])
    editor.select_none()
    assert [name for name, _ in rows(panel)] == ["2 atoms locked", "Distance C1–O4 = 3.000 Å", "Rigid group H5–H6–H7"]
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Home)
    panel.choose(0)
    assert document.required().selected == {0, 3}
    assert window.stage.view.canvas.selection == {0, 3}
    QTest.keyClick(panel.table, Qt.Key.Key_Space)
    assert not document.required().constraints[0].on
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    assert document.required().selected == {4, 5, 6}
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert held(window) == [Distance((0, 3), 3.0)]
    assert len(document.required().structure) == len(PROPANOL), "Del means the row"
    index = panel.model.index(0, CONSTRAINT)
    panel.model.setData(index, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert document.required().locked == frozenset()
    document.undo()
    assert document.required().locked == {0, 1}


def test_walls_and_shapes_have_their_own_controls(window: MainWindow, panel: ConstraintsPanel, qtbot: QtBot) -> None:
    canvas = window.view.canvas
    qtbot.mouseClick(panel.buttons["constrain.wall-sphere"], Qt.MouseButton.LeftButton)
    panel.editor.fields.spins[3].setValue(7.5)
    (wall,) = held(window)
    assert isinstance(wall, Wall)
    assert isinstance(wall.region, Sphere)
    assert wall.region.radius == 7.5
    assert canvas.handles.region == wall.region
    canvas.region_dropped.emit(Sphere((1.0, 2.0, 3.0), 4.0))
    assert held(window) == [Wall(Sphere((1.0, 2.0, 3.0), 4.0))]
    qtbot.mouseClick(panel.buttons["constrain.shape"], Qt.MouseButton.LeftButton)
    assert canvas.handles.region is None
    assert panel.editor.triangle.isVisible()
    QTest.keyClick(panel.editor.triangle, Qt.Key.Key_R)
    panel.editor.fields.spins[0].setValue(100)
    assert held(window)[1] == Shape((8.0, 1.0, 1.0), 1.0)
    panel.choose(0)
    assert canvas.handles.region is not None
    window.generate_dock.raise_()
    qtbot.waitUntil(lambda: canvas.handles.region is None)
    canvas.region_dropped.emit(Sphere((0.0, 0.0, 0.0), 1.0))
    assert held(window)[0] == Wall(Sphere((1.0, 2.0, 3.0), 4.0)), "what others drag is not ours"


def test_a_pattern_with_several_matches_asks_which_and_shows_each(
    window: MainWindow, panel: ConstraintsPanel, qtbot: QtBot
) -> None:
    ask, bar, document = window.editing.ask_bar, window.editing.match_bar, window.document

    def type_pattern(smarts: str) -> None:
        qtbot.mouseClick(panel.buttons["lock.smarts"], Qt.MouseButton.LeftButton)
        qtbot.keyClicks(ask.line, smarts)
        qtbot.keyClick(ask.line, Qt.Key.Key_Return)

    type_pattern("[#92]")
    assert ask.error == "nothing matches '[#92]'; write another pattern"
    ask.leave()
    type_pattern("[CH2]")
    qtbot.waitUntil(bar.isVisible)
    assert document.required().selected == {1}
    assert document.required().locked == frozenset()
    qtbot.keyClick(bar.take, Qt.Key.Key_Right)
    assert document.required().selected == {2}
    qtbot.keyClick(bar.take, Qt.Key.Key_Return)
    assert not bar.isVisible()
    assert document.required().locked == {2}
    type_pattern("[CH2]")
    qtbot.waitUntil(bar.isVisible)
    qtbot.mouseClick(bar.take_all, Qt.MouseButton.LeftButton)
    assert document.required().locked == {1, 2}
    type_pattern("[CH2]")
    qtbot.waitUntil(bar.isVisible)
    qtbot.keyClick(bar, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert document.required().locked == {1, 2}


def test_runs_get_the_constraints_that_are_on_and_what_they_cannot_have_is_said(
    window: MainWindow, panel: ConstraintsPanel, backend: ScriptedBackend, qtbot: QtBot
) -> None:
    editor, said = window.workbench.editor, []
    window.workbench.warned.connect(said.append)
    editor.lock([0, 1])
    editor.constrain("distance", [0, 3], 3.0)
    editor.constrain("distance", [0, 1])
    editor.constrain("plane", [0, 1, 2, 3])
    editor.switch_constraint(2, False)
    with qtbot.waitSignal(window.runs.ended):
        window.commands.run("run.relax")
    assert backend.constraints == (Distance((0, 3), 3.0), held(window)[1])
    window.generate_panel.set_values(formula="C3H8O", count=1, nfe=2)
    with qtbot.waitSignal(window.runs.ended):
        window.commands.run("run.generate")
    asked = backend.asked[-1]
    assert asked.entry is not None
    assert asked.locked == (0, 1)
    assert [one.constraint for one in asked.entry.constraints][:1] == [Distance((0, 3), 3.0)]
    assert said == ["Left out, as it names atoms that are not locked: distance 1-4 = 3 Å"]
