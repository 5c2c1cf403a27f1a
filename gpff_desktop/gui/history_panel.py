"""The steps that were made, by name; one click goes to any of them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QListView, QWidget

from gpff_desktop.session.document import Document

_ROOM = "QListView::item { padding: 4px 8px; }"
_TOP = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractListModel):
    """The names of a document's steps; those that were taken back are fainter."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._names, self._present = document.history.names, document.history.index
        document.history_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Take the steps as they are now."""
        history = self._document.history
        names = history.names
        kept = min(len(names), len(self._names))
        if len(names) < len(self._names):
            self.beginRemoveRows(_TOP, kept, len(self._names) - 1)
            del self._names[kept:]
            self.endRemoveRows()
        elif len(names) > len(self._names):
            self.beginInsertRows(_TOP, kept, len(names) - 1)
            self._names = names
            self.endInsertRows()
        self._names, self._present = names, history.index
        self.dataChanged.emit(self.index(0), self.index(len(names) - 1))

    def rowCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of steps."""
        return 0 if parent.isValid() else len(self._names)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: what is known of a step."""
        row = index.row()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._names[row]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{self._names[row]}{self._place(row)}"
        if role == Qt.ItemDataRole.FontRole and row > self._present:
            font = QFont()
            font.setItalic(True)
            return font
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Qt's hook: every step can be chosen."""
        return super().flags(index) | Qt.ItemFlag.ItemNeverHasChildren

    def _place(self, row: int) -> str:
        if row == self._present:
            return ", the present step"
        return ", taken back" if row > self._present else ""


class HistoryPanel(QListView):
    """The history of a document as a list."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._steps = HistoryModel(document)
        self.setModel(self._steps)
        self.setUniformItemSizes(True)
        self.setStyleSheet(_ROOM)
        self.setAccessibleName("History")
        self.setToolTip("Click a step to go back or forward to it")
        self.clicked.connect(self._go_to)
        self.activated.connect(self._go_to)
        document.history_changed.connect(self._mark_present)
        self._mark_present()

    def _go_to(self, index: QModelIndex) -> None:
        self._document.go_to(index.row())

    def _mark_present(self) -> None:
        present = self._steps.index(self._document.history.index)
        self.selectionModel().setCurrentIndex(present, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(present)
