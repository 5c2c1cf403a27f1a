"""The open structures as Qt's models see them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gpff_desktop.session.document import Document, atom_count
from gpff_desktop.session.entry import Entry, State
from gpff_desktop.session.unsaved import Unsaved

ENTRY = Qt.ItemDataRole.UserRole
UNSAVED = Qt.ItemDataRole.UserRole + 1
_MARKS = [UNSAVED, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole]
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_TOP = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


class EntriesModel(QAbstractListModel):
    """One row for each entry of a document, in its order; a row's text is the name and can be edited.

    Parameters
    ----------
    document
        Whose entries to list.
    unsaved
        Which of them are marked as unsaved.
    """

    def __init__(self, document: Document, unsaved: Unsaved, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._unsaved = document, unsaved
        self._entries = document.entries
        document.changed.connect(self._on_change)
        unsaved.changed.connect(self._mark_all)

    def entry(self, row: int) -> Entry:
        """The entry of a row."""
        return self._entries[row]

    def row_of(self, key: int | None) -> int:
        """The row of the entry with a key, -1 if there is none."""
        return next((row for row, entry in enumerate(self._entries) if entry.key == key), -1)

    def rowCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of entries."""
        return 0 if parent.isValid() else len(self._entries)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Qt's hook: every name can be edited."""
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: what is known of an entry."""
        entry = self._entries[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return entry.title
        if role == ENTRY:
            return entry
        if role == UNSAVED:
            return entry in self._unsaved
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._words(entry)
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        """Qt's hook: rename an entry; an empty name leaves it as it was."""
        name, entry = str(value).strip(), self._entries[index.row()]
        if role != Qt.ItemDataRole.EditRole or not name or name == entry.title:
            return False
        self._document.rename(entry.key, name)
        return True

    def _words(self, entry: Entry) -> str:
        parts = [entry.title, composition(entry)]
        if entry.locked:
            parts.append(f"{len(entry.locked)} locked")
        if entry.trajectory is not None:
            parts.append(f"{len(entry.trajectory)} frames")
        if entry in self._unsaved:
            parts.append("not saved")
        return ", ".join(parts)

    def _on_change(self, before: State, after: State) -> None:
        old, new = self._entries, after.entries
        if old is new:
            return
        self._splice(old, new)
        there = {entry.key: entry for entry in old}
        for row, entry in enumerate(new):
            if there.get(entry.key, entry) is not entry:
                self.dataChanged.emit(self.index(row), self.index(row))

    def _splice(self, old: tuple[Entry, ...], new: tuple[Entry, ...]) -> None:
        """Take out and put in only what is between the rows that stay, so that views keep their places."""
        start = _alike(old, new)
        tail = _alike(old[start:][::-1], new[start:][::-1])
        if len(old) - tail > start:
            self.beginRemoveRows(_TOP, start, len(old) - tail - 1)
            self._entries = (*old[:start], *old[len(old) - tail :])
            self.endRemoveRows()
        if len(new) - tail > start:
            self.beginInsertRows(_TOP, start, len(new) - tail - 1)
            self._entries = new
            self.endInsertRows()
        self._entries = new

    def _mark_all(self) -> None:
        if self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1), _MARKS)


def composition(entry: Entry) -> str:
    """Formula and number of atoms, such as `C₂H₆O · 9 atoms`."""
    return f"{entry.structure.formula.translate(_SUBSCRIPTS)} · {atom_count(len(entry.structure))}".removeprefix(" · ")


def _alike(one: tuple[Entry, ...], other: tuple[Entry, ...]) -> int:
    """How many entries at the beginning are the same."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a.key != b.key), min(len(one), len(other)))
