"""One list of commands, from which menus, tool bar, palette, shortcuts and documentation come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QInputDialog, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from gpff_desktop.gui.actions import MENUS, Command
from gpff_desktop.gui.fuzzy import match_score, ranked
from gpff_desktop.gui.help import app_icon, commands_as_markdown
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.resources_path import resources
from gpff_desktop.session.entry import State

from .conftest import METHANE, WATER

LONG = 60_000
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "commands.md"


def all_commands(window: MainWindow) -> list[Command]:
    return list(window.commands.commands.values())


def test_the_records_are_complete_and_unique(window: MainWindow) -> None:
    commands = all_commands(window)
    assert len({command.id for command in commands}) == len(commands) > 30
    keys = [QKeySequence(command.shortcut).toString() for command in commands if command.shortcut]
    assert sorted(set(keys)) == sorted(keys)
    for command in commands:
        assert command.icon, command.id
        assert not window.commands.actions[command.id].icon().isNull(), command.id
        assert command.hint, command.id
        assert "\n" not in command.hint, command.id
        assert command.menu.split("/")[0] in MENUS, command.id
        assert not command.shortcut or QKeySequence(command.shortcut).toString() != "", command.id


def test_every_command_is_in_a_menu_in_the_palette_and_in_the_documentation(window: MainWindow) -> None:
    in_menus = {action.objectName() for menu in menus(window) for action in menu.actions()}
    window.commands.run("help.palette")
    in_palette = {command.id for command in window.help.palette.model.shown}  # type: ignore[union-attr]
    names = {command.id for command in all_commands(window)}
    assert names <= in_menus
    assert names == in_palette
    tops = [action.text() for action in window.menuBar().actions()]
    assert tops == [name for name in MENUS if name in tops]
    written = DOCUMENTATION.read_text(encoding="utf-8")
    assert written == commands_as_markdown(all_commands(window)), "run `make docs`"


def menus(window: MainWindow) -> Iterator[QMenu]:
    waiting = [action.menu() for action in window.menuBar().actions()]
    while waiting:
        menu = waiting.pop()
        assert isinstance(menu, QMenu)
        yield menu
        waiting += [action.menu() for action in menu.actions() if isinstance(action.menu(), QMenu)]


def test_tooltips_name_the_keys(window: MainWindow) -> None:
    for command in all_commands(window):
        shown = QKeySequence(command.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        assert shown in window.commands.actions[command.id].toolTip(), command.id


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_tool_bar_fits_the_smallest_window(window: MainWindow, qtbot: QtBot, scale: float) -> None:
    window.appearance.set_font_scale(scale)
    window.resize(window.minimumSize())
    bar = window.commands.tool_bar
    shown = [command.id for command in all_commands(window) if command.in_toolbar]
    assert len(shown) > 7
    for name in shown:
        button = bar.widgetForAction(window.commands.actions[name])
        qtbot.waitUntil(lambda b=button: b.isVisible() and b.geometry().right() <= bar.width(), timeout=5000)  # type: ignore[misc]
    window.appearance.set_font_scale(1.0)


def test_states_are_up_to_date_when_looked_at(window: MainWindow) -> None:
    undo = "edit.undo"
    assert not window.commands.actions[undo].isEnabled()
    window.document.add([WATER])
    assert window.commands.actions[undo].isEnabled()
    window.commands.run(undo)
    assert not window.commands.actions[undo].isEnabled()


def test_disabled_commands_say_what_they_need(window: MainWindow) -> None:
    disabled = [c for c in all_commands(window) if not window.commands.actions[c.id].isEnabled()]
    assert len(disabled) > 5
    assert [command.id for command in disabled if not command.needs] == []


# What commands do


class World:
    """A window with something in it, brought back to the same state before each command."""

    def __init__(self, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
        self.window = window
        self.asked: list[str] = []
        self.said: list[str] = []
        self.repaints = 0
        window.workbench.noted.connect(self.said.append)
        window.workbench.warned.connect(self.said.append)
        window.view.canvas.camera.moved.connect(self._on_camera)
        for kind, names in _QUESTIONS.items():
            for name, answer in names.items():
                monkeypatch.setattr(kind, name, self._answering(f"{kind.__name__}.{name}", answer))
        self.document = self._prepared()

    def reset(self) -> None:
        """The document, the selection and the dialogues as at first."""
        window = self.window
        window.runs.stop()
        window.document.load(self.document)
        window.document.required()
        window.document.select([0, 1])
        QGuiApplication.clipboard().setText("untouched")
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog | QMenu):
                widget.close()

    def snapshot(self) -> tuple[object, ...]:
        """All that a command could change and a user could notice."""
        window, canvas = self.window, self.window.view.canvas
        visible = frozenset(id(w) for w in [*QApplication.topLevelWidgets(), *window.findChildren(QWidget)] if shown(w))
        actions = tuple((a.isChecked(), a.isEnabled()) for a in window.commands.actions.values())
        looks = window.appearance
        return (
            window.document.state,
            tuple(window.document.history.names),
            window.document.history.index,
            QGuiApplication.clipboard().text(),
            visible,
            actions,
            (looks.look_name, looks.style, looks.palette, looks.labels, looks.parallel, looks.font_scale),
            (window.runs.is_running(), window.stage.preview, id(canvas.tool)),
            (len(self.asked), len(self.said), self.repaints),
            window.focusWidget(),
        )

    def _prepared(self) -> State:
        self.window.document.add([METHANE, WATER])
        return self.window.document.state

    def _on_camera(self) -> None:
        self.repaints += 1

    def _answering(self, name: str, answer: object) -> Callable[..., object]:
        def ask(*_: object, **__: object) -> object:
            self.asked.append(name)
            return answer

        return ask


_QUESTIONS: dict[type, dict[str, object]] = {
    QFileDialog: {
        "getOpenFileName": ("", ""),
        "getOpenFileNames": ([], ""),
        "getSaveFileName": ("", ""),
        "getExistingDirectory": "",
        "exec": 0,
    },
    QMessageBox: {"exec": 0, "question": QMessageBox.StandardButton.Cancel, "warning": 0, "information": 0},
    QInputDialog: {"getText": ("", False), "getItem": ("", False), "getDouble": (0.0, False), "getInt": (0, False)},
    QDialog: {"exec": 0},
    QMenu: {"exec": None},
}


def shown(widget: QWidget) -> bool:
    return widget.isVisible() and not widget.visibleRegion().isEmpty()


def test_every_command_does_something_or_says_why_not(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(window, monkeypatch)
    idle, errors = [], []
    for command in all_commands(window):
        if command.id == "file.quit":
            continue
        world.reset()
        action = window.commands.actions[command.id]
        if command.exclusive and action.isChecked():
            continue  # it is so already
        if not action.isEnabled():
            if not command.needs:
                idle.append(command.id)
            continue
        before = world.snapshot()
        try:
            window.commands.run(command.id)
            qtbot.waitUntil(lambda before=before: world.snapshot() != before, timeout=1500)  # type: ignore[misc]
        except Exception as error:
            errors.append(f"{command.id}: {str(error).splitlines()[0]}")
        qtbot.waitUntil(lambda: not window.runs.is_running(), timeout=LONG)
    assert (idle, errors) == ([], [])
    window.appearance.set_look("system")
    window.appearance.set_font_scale(1.0)


def test_quitting_closes_the_window(window: MainWindow) -> None:
    window.commands.run("file.quit")
    assert not window.isVisible()


# The palette and the shortcut sheet


def test_the_palette_finds_and_runs_by_keyboard_alone(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([METHANE])
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG)
    window.view.canvas.native.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    palette = window.help.palette
    assert palette is not None
    assert palette.isVisible()
    qtbot.keyClicks(palette.entry, "larger te")
    assert palette.chosen.id == "view.larger-text"  # type: ignore[union-attr]
    qtbot.keyClick(palette.entry, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.appearance.font_scale > 1
    assert window.view.canvas.native.hasFocus()
    window.commands.run("view.usual-text")
    window.commands.run("help.palette")
    assert palette.model.shown[0].id == "view.larger-text"  # used last
    qtbot.keyClick(palette.entry, Qt.Key.Key_Down)
    assert palette.chosen is palette.model.shown[1]
    qtbot.keyClick(palette.entry, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_the_palette_greys_what_cannot_be_done_and_says_why(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.run("help.palette")
    palette = window.help.palette
    assert palette is not None
    palette.entry.setText("undo")
    undo = window.commands.commands["edit.undo"]
    assert palette.chosen is undo
    index = palette.list.currentIndex()
    assert undo.needs in index.data(Qt.ItemDataRole.ToolTipRole)
    assert undo.needs in index.data(Qt.ItemDataRole.AccessibleTextRole)
    qtbot.keyClick(palette.entry, Qt.Key.Key_Return)
    assert palette.isVisible()
    palette.entry.setText("no such thing at all")
    assert palette.chosen is None


def test_escape_in_the_palette_does_not_stop_a_run(window: MainWindow, qtbot: QtBot, backend: object) -> None:
    backend.go_on.clear()  # type: ignore[attr-defined]
    window.runs.generate()
    window.activateWindow()
    qtbot.waitUntil(lambda: window.runs.is_running() and window.isActiveWindow(), timeout=LONG)
    window.commands.run("help.palette")
    qtbot.keyClick(window.help.palette.entry, Qt.Key.Key_Escape)  # type: ignore[union-attr]
    backend.go_on.set()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: not window.runs.is_running(), timeout=LONG)
    assert window.review.has_candidates()


def test_the_sheet_of_shortcuts_lists_and_searches_them(window: MainWindow) -> None:
    window.commands.run("help.shortcuts")
    sheet = window.help.shortcuts
    assert sheet is not None
    assert sheet.isVisible()
    assert not sheet.isModal()
    text = sheet.text.toPlainText()
    assert all(QKeySequence(c.shortcut).toString() in text for c in all_commands(window) if c.shortcut)
    sheet.search("ctrl+g")
    assert sheet.text.toPlainText().split()[:2] == ["Ctrl+G", "Generate"]
    sheet.search("zzzz")
    assert "No command" in sheet.text.toPlainText()


@given(st.text(min_size=1, max_size=8), st.text(max_size=30), st.text(max_size=30))
def test_what_is_called_as_typed_is_found(word: str, before: str, after: str) -> None:
    assert match_score(word, before + word + after) is not None or len(word.lower()) != len(word)


def test_starts_of_words_and_titles_come_first() -> None:
    titles = ["Regenerate all", "Generate", "Fit"]
    assert ranked("gen", titles, lambda title: (title,)) == ["Generate", "Regenerate all"]
    assert ranked("reall", titles, lambda title: (title,)) == ["Regenerate all"]
    assert ranked("fit", [("Zoom", "Fit"), ("Fit", "")], lambda item: item)[0] == ("Fit", "")


def test_the_icon_and_the_desktop_entry_come_with_the_program(qapp: QApplication) -> None:
    entry = (resources() / "icons" / "gpff-desktop.desktop").read_text(encoding="utf-8")
    assert "Exec=gpff-desktop %F" in entry
    assert app_icon().pixmap(64, 64).toImage().pixelColor(32, 8).alpha() == 255
