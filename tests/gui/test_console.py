"""The Python console in the window."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from gpff_desktop.gui import theme
from gpff_desktop.gui.console_panel import ConsolePanel
from gpff_desktop.gui.main_window import MainWindow

from .conftest import METHANE, WATER


def opened(window: MainWindow) -> ConsolePanel:
    window.commands.run("panel.console")
    assert window.console.panel is not None
    return window.console.panel


def type_in(panel: ConsolePanel, qtbot: QtBot, text: str) -> str:
    """Type a line and Enter; returns what the console says then."""
    before = len(panel.output.toPlainText())
    qtbot.keyClicks(panel.entry, text)
    qtbot.keyClick(panel.entry, Qt.Key.Key_Return)
    return panel.output.toPlainText()[before:]


def test_the_console_is_made_when_first_opened_and_has_the_window_at_hand(window: MainWindow, qtbot: QtBot) -> None:
    assert window.console.panel is None
    window.document.add([METHANE])
    panel = opened(window)
    assert type_in(panel, qtbot, "document.entry.structure.formula").endswith("'CH4'\n")
    type_in(panel, qtbot, "editor.select([0, 2])")
    assert window.document.required().selected == window.view.canvas.selection == {0, 2}
    assert type_in(panel, qtbot, "selection").endswith("[0, 2]\n")
    assert "Error" not in type_in(panel, qtbot, "view, candidates, field")
    type_in(panel, qtbot, "run('edit.undo')")
    assert window.document.entries == ()
    assert "ZeroDivisionError" in type_in(panel, qtbot, "1 / 0")


def test_what_the_window_does_is_logged_as_python_that_repeats_it(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([WATER])
    window.workbench.editor.select([0])
    window.commands.run("edit.undo")
    panel = opened(window)
    lines = panel.output.toPlainText().splitlines()
    assert lines[-3:] == ["editor.select([0])", 'run("edit.undo")', 'run("panel.console")']
    type_in(panel, qtbot, "editor.select_none()" if window.document.entry else "editor.new_molecule()")
    assert panel.output.toPlainText().count("editor.new_molecule()") == 1
    double_click_on(panel, qtbot, 'run("edit.undo")')
    assert panel.entry.toPlainText() == 'run("edit.undo")'
    qtbot.keyClick(panel.entry, Qt.Key.Key_Return)
    assert window.document.entries == ()


def double_click_on(panel: ConsolePanel, qtbot: QtBot, line: str) -> None:
    cursor = panel.output.document().find(line)
    cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock)
    place = panel.output.cursorRect(cursor).center() + QPoint(12, 0)
    qtbot.mouseDClick(panel.output.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_typing_is_as_in_a_terminal(window: MainWindow, qtbot: QtBot) -> None:
    panel = opened(window)
    entry = panel.entry
    assert entry.hasFocus() or window.focusWidget() is entry
    type_in(panel, qtbot, "for i in range(2):")
    assert entry.toPlainText() == "for i in range(2):\n    "
    type_in(panel, qtbot, "print('line', i)")
    qtbot.keyClick(entry, Qt.Key.Key_Backspace)
    for _ in range(3):
        qtbot.keyClick(entry, Qt.Key.Key_Backspace)
    shown = type_in(panel, qtbot, "")
    assert shown.endswith("line 0\nline 1\n")
    qtbot.keyClick(entry, Qt.Key.Key_Up)
    assert entry.toPlainText().startswith("for i in range(2):")
    qtbot.keyClick(entry, Qt.Key.Key_Down)
    assert entry.toPlainText() == ""
    qtbot.keyClicks(entry, "docum")
    qtbot.keyClick(entry, Qt.Key.Key_Tab)
    assert entry.toPlainText() == "document"
    entry.clear()
    assert "cannot ask" in type_in(panel, qtbot, "input()")


def test_tab_leaves_the_console_when_there_is_nothing_to_complete(window: MainWindow, qtbot: QtBot) -> None:
    panel = opened(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    panel.entry.setFocus()
    qtbot.keyClick(panel.entry, Qt.Key.Key_Tab)
    assert not panel.entry.hasFocus()


def test_the_log_is_written_in_the_colours_of_the_theme(window: MainWindow) -> None:
    panel = opened(window)
    panel.run("1 / 0")
    text = panel.output.toPlainText()
    for look, colors in (("light", theme.LIGHT), ("dark", theme.DARK)):
        window.appearance.set_look(look)
        cursor = panel.output.document().find("ZeroDivisionError")
        assert cursor.charFormat().foreground().color().name() == colors.bad
    assert panel.output.toPlainText() == text


def test_code_without_an_end_is_stopped_by_a_key_or_the_button_and_nothing_else_gets_through(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.document.add([METHANE])
    panel = opened(window)
    assert panel.stop.isHidden()
    stops = {
        "key": lambda: qtbot.keyClick(panel.entry, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier),
        "button": lambda: qtbot.mouseClick(panel.stop, Qt.MouseButton.LeftButton),
        "closing the window": window.close,
    }
    for name, stop in stops.items():
        steps = (
            panel.stop.isVisible,
            lambda: qtbot.keyClick(window.view.canvas.native, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier),
            lambda: qtbot.keyClicks(panel.entry, "more"),
            stop,
        )
        seen: list[object] = []
        QTimer.singleShot(400, lambda steps=steps, seen=seen: seen.extend(step() for step in steps))
        assert type_in(panel, qtbot, "sum(1 for _ in range(10**9))").endswith("Stopped.\n"), name
        assert seen[0] is True
        assert window.isVisible()
        assert len(window.document.entries) == 1
        assert panel.entry.toPlainText() == ""
        assert panel.stop.isHidden()
    assert type_in(panel, qtbot, "1 + 1").endswith("2\n")
