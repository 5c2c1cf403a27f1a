"""The library of fragments as a list with pictures."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor, QIcon, QPixmap

from gpff_desktop.chemistry.building.fragments import Listed, fragments
from gpff_desktop.chemistry.convert import depict
from gpff_desktop.gui.background import Background

PICTURE = QSize(72, 48)
EVERYTHING = "All fragments"
NAME_ROLE = Qt.ItemDataRole.UserRole
_SCALE = 2
_TOP = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


class FragmentModel(QAbstractListModel):
    """Qt's view of the library; pictures are drawn in the background when they are first seen, and kept.

    Parameters
    ----------
    background
        Where pictures are drawn.
    """

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.listed = fragments()
        self._background = background
        self._pictures: dict[int, QIcon] = {}
        self._blank = _icon(b"")

    def rowCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of fragments."""
        return 0 if parent.isValid() else len(self.listed)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: name, picture and explanation of a fragment."""
        fragment = self.listed[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return fragment.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{fragment.title} · {fragment.category} · {fragment.smiles}"
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(index.row())
        return fragment.name if role == NAME_ROLE else None

    def _picture(self, row: int) -> QIcon:
        if row not in self._pictures:
            self._pictures[row] = self._blank
            size = (_SCALE * PICTURE.width(), _SCALE * PICTURE.height())
            self._background.call(depict, self.listed[row].smiles, size, then=partial(self._take, row))
        return self._pictures[row]

    def _take(self, row: int, picture: bytes) -> None:
        self._pictures[row] = _icon(picture)
        self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])


class FragmentFilter(QSortFilterProxyModel):
    """The fragments of a category whose title, SMILES or category holds what is searched."""

    def __init__(self, model: FragmentModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._category, self._words = model, EVERYTHING, ""
        self.setSourceModel(model)

    def show_only(self, category: str, words: str) -> None:
        """Narrow the list to a category (or `EVERYTHING`) and to what was typed."""
        self._category, self._words = category, words.strip().casefold()
        self.invalidateFilter()

    def filterAcceptsRow(self, row: int, parent: _Index) -> bool:  # noqa: N802
        """Qt's hook: whether a fragment is listed."""
        fragment = self._model.listed[row]
        return self._category in (EVERYTHING, fragment.category) and self._words in _searched(fragment)


def categories() -> list[str]:
    """The categories of the library, in its order."""
    return list(dict.fromkeys(fragment.category for fragment in fragments()))


def _searched(fragment: Listed) -> str:
    return f"{fragment.title} {fragment.name} {fragment.category} {fragment.smiles}".casefold()


def _icon(picture: bytes) -> QIcon:
    pixmap = QPixmap(PICTURE * _SCALE)
    pixmap.fill(QColor("white"))
    if picture:
        pixmap.loadFromData(picture)
    return QIcon(pixmap)
