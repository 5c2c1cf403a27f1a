"""Commands as records; menus, the tool bar, shortcuts, the palette and the documentation come from one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import qtawesome
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar, QWidget

from gpff_desktop.gui.tool_bar import ToolBar
from gpff_desktop.session.command_log import CommandLog

MENUS = ("File", "Edit", "Select", "Build", "View", "Run", "Plugins", "Help")


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
        Key sequence, such as `"Ctrl+G"`; unique.
    icon
        qtawesome name, such as `"mdi6.play"`.
    hint
        One short sentence for the tooltip, the palette and the documentation.
    enabled_when
        Whether it can be done now.
    needs
        What has to be there before it can be done, such as `"Open a structure first"`; shown while it is disabled.
    checked_when
        For switches and choices: whether it is on now.
    exclusive
        Whether only one of the checkable commands of its menu is on at a time.
    in_toolbar
        Whether it has a button in the tool bar; those of one menu stand together.
    scope
        The widget that must have the keyboard for the shortcut to work, as single letters need; by default the window.
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
    in_toolbar: bool = False
    needs: str = ""
    scope: QWidget | None = None

    @property
    def name(self) -> str:
        """The title without the dots that announce a question."""
        return self.title.replace("…", "")


class CommandSet(QObject):
    """The commands of a window as Qt actions.

    Parameters
    ----------
    window
        Gets the menus, the tool bar and the shortcuts.
    commands
        In any order of menus, which stand as in `MENUS`; within a menu the order stays.
    log
        Told of each command that the user gives.
    """

    def __init__(self, window: QMainWindow, commands: Iterable[Command], log: CommandLog) -> None:
        super().__init__(window)
        self._window, self._log = window, log
        self._menus: dict[str, QMenu] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._icon_colors: tuple[str, str] | None = None
        self.commands = {command.id: command for command in sorted(commands, key=_place)}
        self._actions = {command.id: self._action(command, window) for command in self.commands.values()}
        self._stale = QTimer(window, singleShot=True, interval=0)
        self._stale.timeout.connect(self.refresh_now)
        for command in self.commands.values():
            self._put_in_menu(command)
        self._fill_tool_bar(window)
        self.refresh_now()

    @property
    def actions(self) -> dict[str, QAction]:
        """The actions by their commands' names, with their states up to date."""
        if self._stale.isActive():
            self.refresh_now()
        return self._actions

    def refresh(self) -> None:
        """Bring enabled and checked states up to date as soon as the present event is dealt with."""
        self._stale.start()

    def refresh_now(self) -> None:
        """Bring enabled and checked states up to date."""
        self._stale.stop()
        for name, command in self.commands.items():
            action = self._actions[name]
            action.setEnabled(command.enabled_when())
            if command.checked_when:
                action.setChecked(command.checked_when())

    def run(self, name: str) -> None:
        """Do what a command does, as if chosen from its menu; nothing happens while it is disabled."""
        self.actions[name].trigger()

    def add(self, command: Command) -> None:
        """Put another command at the end of its menu."""
        self.commands[command.id] = command
        self._actions[command.id] = self._action(command, self._window)
        self._put_in_menu(command)
        self._color_icon(command)
        self.refresh()

    def remove(self, name: str) -> None:
        """Take a command out, with the submenu that it leaves empty."""
        menu = self.commands.pop(name).menu
        action = self._actions.pop(name)
        self._menus[menu].removeAction(action)
        action.deleteLater()
        if self._menus[menu].isEmpty():
            self._menus.pop(menu).deleteLater()

    def taken(self, shortcut: str) -> Command | None:
        """The command that has a shortcut already."""
        key = QKeySequence(shortcut)
        having = (command for command in self.commands.values() if command.shortcut)
        return next((command for command in having if QKeySequence(command.shortcut) == key), None)

    def color_icons(self, color: str, disabled: str) -> None:
        """Draw the icons in the colours of a theme."""
        self._icon_colors = color, disabled
        for command in self.commands.values():
            self._color_icon(command)

    def _color_icon(self, command: Command) -> None:
        if command.icon and self._icon_colors:
            color, disabled = self._icon_colors
            self._actions[command.id].setIcon(qtawesome.icon(command.icon, color=color, color_disabled=disabled))

    def _action(self, command: Command, window: QMainWindow) -> QAction:
        action = QAction(command.title, window)
        action.setObjectName(command.id)
        action.setToolTip(tooltip(command.hint or command.name, command.shortcut))
        action.setStatusTip(command.hint)
        action.setIconText(command.name)
        action.setCheckable(command.checked_when is not None)
        action.setIconVisibleInMenu(not action.isCheckable())
        if command.shortcut:
            action.setShortcut(QKeySequence(command.shortcut))
        if command.scope is not None:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            command.scope.addAction(action)
        action.triggered.connect(lambda: self._do(command))
        return action

    def _do(self, command: Command) -> None:
        with self._log.during(f'run("{command.id}")'):
            command.callback()

    def _put_in_menu(self, command: Command) -> None:
        path = ""
        parent: QMenuBar | QMenu = self._window.menuBar()
        for part in command.menu.split("/"):
            path = f"{path}/{part}" if path else part
            if path not in self._menus:
                self._menus[path] = parent.addMenu(part)
                self._menus[path].setToolTipsVisible(True)
                self._menus[path].aboutToShow.connect(self.refresh_now)
            parent = self._menus[path]
        parent.addAction(self._actions[command.id])
        if command.exclusive:
            self._groups.setdefault(command.menu, QActionGroup(self._window)).addAction(self._actions[command.id])

    def _fill_tool_bar(self, window: QMainWindow) -> None:
        self.tool_bar = ToolBar(window)
        section = ""
        for name, command in self.commands.items():
            if command.in_toolbar:
                top = command.menu.split("/")[0]
                if section and top != section:
                    self.tool_bar.addSeparator()
                section = top
                self.tool_bar.add(self._actions[name])
        window.addToolBar(self.tool_bar)


def _place(command: Command) -> int:
    return MENUS.index(command.menu.split("/")[0])


def tooltip(text: str, shortcut: str = "") -> str:
    """A tooltip that ends with the shortcut."""
    return f"{text} ({native(shortcut)})" if shortcut else text


def native(shortcut: str) -> str:
    """A key sequence as this system's keyboards are labelled."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)
