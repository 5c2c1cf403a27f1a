"""The records of a file that could not be read, as a list to look through and to copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from gpff_desktop.chemistry.formats import Problem

_COLUMNS = ("Record", "Line", "What is wrong")
_TOP = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


class ProblemsModel(QAbstractTableModel):
    """One row for each record that could not be read."""

    def __init__(self, problems: Sequence[Problem], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problems = problems

    def rowCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of records."""
        return 0 if parent.isValid() else len(self._problems)

    def columnCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of columns."""
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """Qt's hook: titles of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: what a cell shows."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        problem = self._problems[index.row()]
        line = "" if problem.line is None else f"{problem.line:,}"
        return (f"{problem.record:,}", line, problem.message)[index.column()]


class ProblemsDialog(QDialog):
    """Lists problems by record and line; the window can be used meanwhile.

    Parameters
    ----------
    name
        Of the file.
    problems
        What is listed.
    parent
        The window.
    """

    def __init__(self, name: str, problems: Sequence[Problem], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Records of {name} that could not be read")
        self.resize(640, 380)
        self._problems = problems
        self.table = _table(problems)
        records = "1 record" if len(problems) == 1 else f"{len(problems):,} records"
        label = QLabel(f"{records} of {name} could not be read. The others are open.")
        label.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(10)
        layout.addWidget(label)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._buttons())

    def copy(self) -> None:
        """Put the list on the clipboard as text."""
        QGuiApplication.clipboard().setText("\n".join(map(str, self._problems)))

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = box.addButton("Copy list", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip("Put the list on the clipboard as text")
        copy.setAccessibleName("Copy list")
        copy.clicked.connect(self.copy)
        close = box.button(QDialogButtonBox.StandardButton.Close)
        close.setToolTip("Close the list (Esc)")
        close.setAccessibleName("Close")
        box.rejected.connect(self.close)
        return box


def _table(problems: Sequence[Problem]) -> QTableView:
    table = QTableView()
    table.setModel(ProblemsModel(problems, table))
    table.setAccessibleName("Records that could not be read")
    table.setToolTip("Records by number, with the line of the file where that is known")
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(len(_COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
    header.resizeSection(0, 90)
    header.resizeSection(1, 90)
    return table
