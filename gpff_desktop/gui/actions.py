"""Commands as records; menus, the tool bar and shortcuts are all made from one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import qtawesome
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar, QToolBar


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """One thing the user can do.

    Parameters
    ----------
    id
        Unique name, such as `"run.generate"`.
    title
        What menus call it.
    menu
        Where it is found: `"File"`, or `"View/Labels"` for a submenu.
    callback
        Does it.
    shortcut
        Key sequence, such as `"Ctrl+G"`.
    icon
        qtawesome name; commands with an icon stand in the tool bar.
    hint
        One sentence for the tooltip.
    enabled_when
        Whether it can be done now.
    checked_when
        For switches and choices: whether it is on now.
    exclusive
        Whether only one of the checkable commands of its menu is on at a time.
    """

    id: str
    title: str
    menu: str
    callback: Callable[[], object]
    shortcut: str = ""
    icon: str = ""
    hint: str = ""
    enabled_when: Callable[[], bool] = _always
    checked_when: Callable[[], bool] | None = None
    exclusive: bool = False


class CommandSet:
    """The commands of a window as Qt actions.

    Parameters
    ----------
    window
        Gets the menus, the tool bar and the shortcuts.
    commands
        In the order in which menus list them.
    """

    def __init__(self, window: QMainWindow, commands: Iterable[Command]) -> None:
        self.commands = {command.id: command for command in commands}
        self.actions = {command.id: _action(command, window) for command in self.commands.values()}
        self._fill_menus(window)
        self._fill_tool_bar(window)
        self.refresh()

    def refresh(self) -> None:
        """Bring enabled and checked states up to date."""
        for name, command in self.commands.items():
            action = self.actions[name]
            action.setEnabled(command.enabled_when())
            if command.checked_when:
                action.setChecked(command.checked_when())

    def color_icons(self, color: str, disabled: str) -> None:
        """Draw the icons in the colours of a theme."""
        for name, command in self.commands.items():
            if command.icon:
                self.actions[name].setIcon(qtawesome.icon(command.icon, color=color, color_disabled=disabled))

    def _fill_menus(self, window: QMainWindow) -> None:
        menus: dict[str, QMenu] = {}
        groups: dict[str, QActionGroup] = {}
        for name, command in self.commands.items():
            path = ""
            parent: QMenuBar | QMenu = window.menuBar()
            for part in command.menu.split("/"):
                path = f"{path}/{part}"
                if path not in menus:
                    menus[path] = parent.addMenu(part)
                parent = menus[path]
            parent.addAction(self.actions[name])
            if command.exclusive:
                groups.setdefault(command.menu, QActionGroup(window)).addAction(self.actions[name])

    def _fill_tool_bar(self, window: QMainWindow) -> None:
        bar = QToolBar("Tools", window)
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        section = ""
        for name, command in self.commands.items():
            if not command.icon:
                continue
            if section and command.menu != section:
                bar.addSeparator()
            section = command.menu
            bar.addAction(self.actions[name])
        window.addToolBar(bar)


def tooltip(text: str, shortcut: str = "") -> str:
    """A tooltip that ends with the shortcut."""
    return f"{text} ({QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)})" if shortcut else text


def _action(command: Command, window: QMainWindow) -> QAction:
    action = QAction(command.title, window)
    action.setObjectName(command.id)
    action.setToolTip(tooltip(command.hint or command.title.replace("…", ""), command.shortcut))
    action.setStatusTip(command.hint)
    action.setIconText(command.title.replace("…", ""))
    action.setCheckable(command.checked_when is not None)
    if command.shortcut:
        action.setShortcut(QKeySequence(command.shortcut))
    action.triggered.connect(lambda: command.callback())
    return action
