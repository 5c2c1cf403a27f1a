"""The panel of locks and constraints: what holds, how far it is from holding, and what makes more of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QEvent, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.constraint_editor import ConstraintEditor
from gpff_desktop.gui.constraints_model import CONSTRAINT, NOW, ConstraintsModel
from gpff_desktop.gui.edits import Edits
from gpff_desktop.session.entry import Entry

_NOTHING_YET = "Nothing is locked or constrained. Select atoms, then press a button above."
_GROUPS = (
    ("Lock", ("lock.toggle", "lock.all-but", "lock.smarts")),
    ("Constrain the selection", ("constrain.distance", "constrain.angle", "constrain.torsion")),
    ("", ("constrain.plane", "constrain.rigid", "constrain.position")),
    ("Constrain the selection or all", ("constrain.wall-sphere", "constrain.wall-box", "constrain.shape")),
)
_SHORT = {
    "lock.toggle": "Selection",
    "lock.all-but": "All but",
    "lock.smarts": "SMARTS…",
    "constrain.rigid": "Rigid",
    "constrain.wall-sphere": "Sphere",
    "constrain.wall-box": "Box",
}
_ROW_HEIGHT, _LIST_HEIGHT = 26, 120


class ConstraintsPanel(QWidget):
    """A list with check boxes; below it what can be changed of the row that is chosen, whose atoms are selected.

    Parameters
    ----------
    edits
        Carries out what is asked for.
    commands
        Those that lock and constrain; the panel has a button for some of them.

    Attributes
    ----------
    changed
        Signal without arguments: another constraint is chosen, it is another now, or the panel came or went.
    """

    changed = Signal()

    def __init__(self, edits: Edits, commands: Iterable[Command]) -> None:
        super().__init__()
        self._edits = edits
        self._commands = {command.id: command for command in commands}
        self.buttons = {name: _button(self._commands[name]) for _, names in _GROUPS for name in names}
        self.model = ConstraintsModel(edits, self)
        self.table = _Table(self)
        self.editor = ConstraintEditor(edits)
        self._note = QLabel(_NOTHING_YET)
        self._following = False
        self.in_front = False
        self._shown: Entry | None = None
        self._lay_out()
        self._connect()
        self.refresh()

    @property
    def chosen(self) -> int | None:
        """The constraint that is chosen, counted from 0; None for none, or for the locks."""
        return self.model.number(self.table.currentIndex().row())

    def choose(self, number: int) -> None:
        """Choose a constraint, counted from 0, as if clicked."""
        self.table.choose(self.model.row(number))

    def refresh(self) -> None:
        """Bring everything up to date with what is on view; what was just made or changed is chosen."""
        entry, before, chosen = self._edits.entry, self._shown, self.chosen
        self._shown, self._following = entry, True
        self.model.show(entry)
        number = _changed(before, entry) if before and entry and before.key == entry.key else None
        number = chosen if number is None else number
        if entry is not None and number is not None and number < len(entry.constraints):
            self.table.choose(self.model.row(number))
        self._following = False
        self.table.setVisible(self.model.rowCount() > 0)
        self._note.setVisible(self.model.rowCount() == 0)
        self._refresh_buttons()
        self.editor.show_constraint(self.chosen, entry)
        self.changed.emit()

    def _refresh_buttons(self) -> None:
        for name, button in self.buttons.items():
            command = self._commands[name]
            button.setEnabled(command.enabled_when())
            button.setToolTip(command.hint if button.isEnabled() else command.needs)

    def set_in_front(self, on: bool) -> None:
        """Take note of whether the panel can be seen; handles in the view come and go with it."""
        self.in_front = on
        self.changed.emit()

    def follow(self, positions: np.ndarray) -> None:
        """Say how far coordinates `[n_atoms, 3]` in Å of a run are from what is asked for."""
        if self.in_front:
            self.model.follow(positions)

    # What happens

    def _on_chosen(self) -> None:
        if self._following:
            return
        entry, row = self._edits.entry, self.table.currentIndex().row()
        self.editor.show_constraint(self.chosen, entry)
        self.changed.emit()
        atoms = self.model.atoms(row)
        if entry is not None and row >= 0 and atoms and atoms != entry.selected:
            self._edits.do(lambda: self._edits.editor.select(atoms))

    def remove_chosen(self) -> None:
        """Remove the chosen constraint, or unlock all atoms if the row of the locks is chosen."""
        number, row = self.chosen, self.table.currentIndex().row()
        if number is not None:
            self._edits.do(lambda: self._edits.editor.remove_constraint(number))
        elif row >= 0 and (atoms := self.model.atoms(row)):
            self._edits.do(lambda: self._edits.editor.unlock(atoms))

    # Construction

    def _connect(self) -> None:
        for name, button in self.buttons.items():
            button.clicked.connect(self._commands[name].callback)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._on_chosen())
        self.table.clicked.connect(lambda _: self._on_chosen())
        self._edits.document.changed.connect(lambda *_: self.refresh())
        self._edits.stage.changed.connect(self.refresh)

    def _lay_out(self) -> None:
        # Large text in a small window leaves little room beside it.
        self.setStyleSheet("QPushButton { padding: 3px 4px; }")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 14)
        column.setSpacing(10)
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(6)
        for row, (heading, names) in enumerate(_GROUPS):
            if heading:
                label = QLabel(heading)
                label.setProperty("role", "hint")
                grid.addWidget(label, 2 * row, 0, 1, len(names))
            for place, name in enumerate(names):
                grid.addWidget(self.buttons[name], 2 * row + 1, place)
                grid.setColumnStretch(place, 1)
        column.addLayout(grid)
        self._note.setProperty("role", "hint")
        self._note.setWordWrap(True)
        column.addWidget(self._note)
        column.addWidget(self.table, 1)
        column.addWidget(self.editor)
        column.addStretch(0)


class _Table(QTableView):
    """The list; Del removes the chosen row."""

    def __init__(self, panel: ConstraintsPanel) -> None:
        super().__init__()
        self._panel = panel
        self.setModel(panel.model)
        self.setAccessibleName("Locks and constraints")
        self.setToolTip("Choose a row to change it and to select its atoms; Space switches it, Del removes it")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMinimumHeight(_LIST_HEIGHT)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(CONSTRAINT, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(NOW, QHeaderView.ResizeMode.ResizeToContents)

    def choose(self, row: int) -> None:
        """Make a row the chosen one."""
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(self.model().index(row, CONSTRAINT), flags.ClearAndSelect | flags.Rows)

    def event(self, event: QEvent) -> bool:
        """Qt's hook: here, Del means the row and not the selected atoms."""
        overrides = event.type() == QEvent.Type.ShortcutOverride
        if overrides and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Delete:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's hook: Del removes the chosen row."""
        if event.key() == Qt.Key.Key_Delete:
            self._panel.remove_chosen()
        else:
            super().keyPressEvent(event)


def _changed(before: Entry, entry: Entry) -> int | None:
    """The first constraint that was made or changed, counted from 0."""
    old, new = before.constraints, entry.constraints
    if len(new) < len(old):
        return None
    return next((k for k, held in enumerate(new) if k >= len(old) or held.constraint != old[k].constraint), None)


def _button(command: Command) -> QPushButton:
    button = QPushButton(_SHORT.get(command.id, command.title))
    button.setProperty("role", "compact")
    button.setAccessibleName(command.name)
    button.setToolTip(command.hint)
    return button
