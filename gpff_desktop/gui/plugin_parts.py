"""What a plugin adds to a window: its commands, panels and columns, and the way to take them out again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import qtawesome
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDockWidget, QLabel, QVBoxLayout, QWidget

from gpff_desktop import plugins
from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.commands import panel_command
from gpff_desktop.gui.panels import ScrolledPanel, hide_orphaned_tabs
from gpff_desktop.gui.plugin_columns import PluginColumns
from gpff_desktop.gui.plugin_samplers import Guard, PluginSamplers
from gpff_desktop.plugins import App, Column, Panel, Plugin, PluginError

if TYPE_CHECKING:
    from gpff_desktop.gui.main_window import MainWindow

_AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
_LEAST_WIDTH = 230


class PluginParts:
    """The parts of one plugin in a window.

    Parameters
    ----------
    name, plugin
        Of the plugin; its ids are `name.id` here.
    app
        What its functions get.
    window
        What they are added to.
    columns
        Where columns are filled.
    guard
        How its functions are called.

    Attributes
    ----------
    notes
        What could not be done quite as the plugin wanted, one line each.

    Raises
    ------
    PluginError
        If a part cannot be added; then none is.
    """

    def __init__(
        self, name: str, plugin: Plugin, app: App, window: MainWindow, columns: PluginColumns, guard: Guard
    ) -> None:
        self._name, self._plugin, self._app, self._window = name, plugin, app, window
        self._columns, self._guard = columns, guard
        self.notes: list[str] = []
        with ExitStack() as undo:
            self._undo = undo
            for command in plugin.commands:
                self._add_command(self._command(command))
            for panel in plugin.panels:
                self._add_panel(panel)
            for column in plugin.columns:
                self._add_column(column)
            if plugin.samplers:
                self._samplers = PluginSamplers(name, plugin, window.runs, guard)
                undo.callback(self._samplers.remove)
            self._undo = undo.pop_all()

    def remove(self) -> None:
        """Take everything out of the window."""
        self._app.listeners.clear()
        self._undo.close()

    def _id(self, part: plugins.Command | Panel | Column) -> str:
        return f"{self._name}.{part.id}"

    def _add_command(self, command: Command) -> None:
        self._window.commands.add(command)
        self._undo.callback(self._window.commands.remove, command.id)

    def _command(self, given: plugins.Command) -> Command:
        return Command(
            self._id(given),
            given.title,
            f"Plugins/{self._plugin.title}",
            lambda: self._guard(lambda: self._run(given), f"in '{given.title}'"),
            self._free(given.shortcut, given.title),
            _checked_icon(given.icon),
            given.hint or given.title,
            enabled_when=lambda: self._can_run(given),
            needs=given.needs,
        )

    def _run(self, command: plugins.Command) -> None:
        if not command.edits:
            command.run(self._app)
            return
        self._window.editing.edits.open()
        with self._window.document.gesture(command.title):
            command.run(self._app)

    def _can_run(self, command: plugins.Command) -> bool:
        if command.edits and not self._window.editing.edits.can_build():
            return False
        where = f"while asking whether '{command.title}' can be done"
        return bool(self._guard(lambda: command.enabled_when(self._app), where, once=True))

    def _add_panel(self, panel: Panel) -> None:
        if panel.side not in _AREAS:
            raise PluginError(f"has a panel at the side '{panel.side}'; sides are {', '.join(_AREAS)}")
        window, area = self._window, _AREAS[panel.side]
        dock = QDockWidget(panel.title, window)
        dock.setObjectName(self._id(panel))
        dock.setAccessibleName(panel.title)
        host = _Host(lambda: self._guard(lambda: self._made(panel), f"in the panel {panel.title}"))
        dock.setWidget(ScrolledPanel(host, panel.title, _LEAST_WIDTH))
        self._undo.callback(_take_out, window, dock)
        if not window.restoreDockWidget(dock):
            window.addDockWidget(area, dock)
            window.tabifyDockWidget(_neighbour(window, panel.side), dock)
            dock.hide()
        hide_orphaned_tabs(window)
        dock.visibilityChanged.connect(window.commands.refresh)
        shortcut = self._free(panel.shortcut, panel.title)
        menu, icon = f"Plugins/{self._plugin.title}", _checked_icon(panel.icon)
        self._add_command(panel_command(dock, menu, shortcut, icon, panel.hint))

    def _made(self, panel: Panel) -> QWidget:
        content = panel.make(self._app)
        if not isinstance(content, QWidget):
            raise TypeError(f"make gave a {type(content).__name__} in place of a QWidget")
        return content

    def _add_column(self, column: Column) -> None:
        hint = f"{column.hint or column.title} · from the plugin {self._plugin.title}"
        self._columns.add(self._id(column), column, hint)
        self._undo.callback(self._columns.remove, self._id(column))

    def _free(self, shortcut: str, title: str) -> str:
        """A shortcut, unless another command has it: with two, neither would work."""
        if not shortcut:
            return ""
        if not QKeySequence(shortcut).toString():
            self.notes.append(f"'{title}' has no shortcut, as '{shortcut}' is no key")
            return ""
        taken = self._window.commands.taken(shortcut)
        if taken is not None:
            self.notes.append(f"'{title}' has no shortcut, as {shortcut} is that of '{taken.name}'")
        return "" if taken else shortcut


class _Host(QWidget):
    """The place of a panel, which is made when it is first seen."""

    def __init__(self, make: Callable[[], QWidget | None]) -> None:
        super().__init__()
        self._make = make
        self._made = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: the first look at the dock makes the panel."""
        if event.type() == QEvent.Type.Show and watched is self and not self._made:
            self._made = True
            content = self._make() or _sorry()
            layout = self.layout()
            assert layout is not None
            layout.addWidget(content)
            self.setFocusProxy(content)
        return super().eventFilter(watched, event)


def _sorry() -> QLabel:
    label = QLabel("The plugin could not make this panel. Plugins › Manage plugins… says why.")
    label.setProperty("role", "error")
    label.setWordWrap(True)
    label.setMargin(14)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    return label


def _neighbour(window: MainWindow, side: str) -> QDockWidget:
    return {"left": window.structures_dock, "right": window.generate_dock, "bottom": window.candidates_dock}[side]


def _take_out(window: MainWindow, dock: QDockWidget) -> None:
    window.removeDockWidget(dock)
    dock.deleteLater()


def _checked_icon(name: str) -> str:
    try:
        qtawesome.icon(name)
    except Exception as error:  # qtawesome raises Exception itself
        raise PluginError(f"names an icon '{name}' that is not there; mdi6.puzzle-outline is one") from error
    return name
