"""The list of plugins: what is installed, what it adds, how it stands, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gpff_desktop.gui.actions import native
from gpff_desktop.gui.help import close_button

if TYPE_CHECKING:
    from gpff_desktop.gui.plugins import Plugins, PluginState

_HEADS = ("Plugin", "Version", "Adds", "State")
_WIDTHS = (190, 80, 220)
_NONE = (
    "No plugin is installed. A plugin is a Python package; install it with pip into the Python that runs this program."
)
_SOME = "The mark before a name says whether a plugin is used. A change takes effect at once and is remembered."
_SAFE = "Plugins are not used this time (--no-plugins). What is marked is used at the next start."


class PluginsDialog(QDialog):
    """A table of plugins above what is known of the chosen one.

    Parameters
    ----------
    plugins
        What is listed.
    parent
        The window.
    """

    def __init__(self, plugins: Plugins, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plugins = plugins
        self.setWindowTitle("Plugins")
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.table = _table()
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setAccessibleName("What is known of the plugin")
        self.details.setToolTip("What the chosen plugin adds, and what went wrong with it")
        self._buttons = close_button(self)
        self.copy_button = self._buttons.addButton("Copy details", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.setAccessibleName("Copy details")
        self.copy_button.setToolTip("Put what is known of the chosen plugin on the clipboard, for whoever made it")
        self._lay_out()
        self.copy_button.clicked.connect(self.copy)
        self.table.itemChanged.connect(self._on_marked)
        self.table.itemSelectionChanged.connect(self._show_details)
        plugins.changed.connect(self._refresh)
        self._refresh()

    def choose(self, name: str) -> None:
        """Select a plugin as if clicked."""
        self.table.selectRow(list(self._plugins.states).index(name))

    def copy(self) -> None:
        """Put what is known of the chosen plugin on the clipboard."""
        QGuiApplication.clipboard().setText(self.details.toPlainText())

    @property
    def chosen(self) -> str:
        """Name of the chosen plugin; empty if none is."""
        row = self.table.currentRow()
        return list(self._plugins.states)[row] if 0 <= row < len(self._plugins.states) else ""

    def _refresh(self) -> None:
        states = self._plugins.states
        self.words.setText(_NONE if not states else _SAFE if self._plugins.safe else _SOME)
        self.table.blockSignals(True)
        self.table.setRowCount(len(states))
        for row, state in enumerate(states.values()):
            first, *_ = [self._put(row, column, text) for column, text in enumerate(_texts(state, self._plugins.safe))]
            first.setCheckState(Qt.CheckState.Checked if state.on else Qt.CheckState.Unchecked)
        self.table.blockSignals(False)
        if states and not self.chosen:
            self.table.selectRow(0)
        self._show_details()

    def _put(self, row: int, column: int, text: str) -> QTableWidgetItem:
        """Write a cell anew; its item stays, as it may be the one that was just marked."""
        item = self.table.item(row, column)
        if item is None:
            item = _item(column == 0)
            self.table.setItem(row, column, item)
        item.setText(text)
        item.setToolTip(text)
        return item

    def _show_details(self) -> None:
        state = self._plugins.states.get(self.chosen)
        self.details.setPlainText(_details(state) if state else "")
        self.copy_button.setEnabled(state is not None)

    def _on_marked(self, item: QTableWidgetItem) -> None:
        name = list(self._plugins.states)[item.row()]
        self._plugins.set_on(name, item.checkState() == Qt.CheckState.Checked)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(10)
        layout.addWidget(self.words)
        layout.addWidget(self.table, 2)
        layout.addWidget(self.details, 3)
        layout.addWidget(self._buttons)
        self.resize(680, 480)


def _table() -> QTableWidget:
    table = QTableWidget(0, len(_HEADS))
    table.setHorizontalHeaderLabels(_HEADS)
    table.setAccessibleName("Plugins")
    table.setToolTip("Installed plugins; Space or a click on the mark switches one on or off")
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(len(_HEADS) - 1, QHeaderView.ResizeMode.Stretch)
    for column, width in enumerate(_WIDTHS):
        header.resizeSection(column, width)
    return table


def _item(markable: bool) -> QTableWidgetItem:
    item = QTableWidgetItem()
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
    item.setFlags(flags | Qt.ItemFlag.ItemIsUserCheckable if markable else flags)
    return item


def _texts(state: PluginState, safe: bool) -> tuple[str, ...]:
    adds = state.plugin.summary() if state.plugin else ""
    return state.title, state.installed.version, adds, _standing(state, safe)


def _standing(state: PluginState, safe: bool) -> str:
    if not state.on:
        return "Off"
    if safe:
        return "At the next start"
    return "Failed" if state.problem else "On"


def _details(state: PluginState) -> str:
    installed = state.installed
    lines = [f"{state.title}, from the package {installed.package} {installed.version}", installed.description]
    if state.plugin:
        lines += [_keyed("Command", command.title, command.shortcut) for command in state.plugin.commands]
        lines += [_keyed("Panel", panel.title, panel.shortcut) for panel in state.plugin.panels]
        lines += [f"Column {column.head}" for column in state.plugin.columns]
    lines += state.notes
    if state.problem:
        lines += ["", f"{state.title} {state.problem}", "", state.details]
    return "\n".join(lines).strip()


def _keyed(kind: str, title: str, shortcut: str) -> str:
    return f"{kind} {title} ({native(shortcut)})" if shortcut else f"{kind} {title}"
