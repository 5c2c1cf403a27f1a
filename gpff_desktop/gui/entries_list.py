"""The list of open structures: two lines for each, and marks for what is locked, moving or not saved."""

from __future__ import annotations

import qtawesome
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gpff_desktop.gui.entries_model import ENTRY, UNSAVED, composition
from gpff_desktop.session.entry import Entry

_MARGIN, _GAP, _LINE_GAP = 10, 6, 2
_SMALL = 0.88
_ICONS = {"locked": "mdi6.lock", "frames": "mdi6.filmstrip", "unsaved": "mdi6.circle-medium"}
_Index = QModelIndex | QPersistentModelIndex


class EntryDelegate(QStyledItemDelegate):
    """Draws the name over formula and size, with marks on the right."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icons: dict[str, QIcon] = {}

    def set_colors(self, muted: str, accent: str) -> None:
        """Colours of the marks."""
        colors = {"locked": muted, "frames": muted, "unsaved": accent}
        self._icons = {name: qtawesome.icon(icon, color=colors[name]) for name, icon in _ICONS.items()}

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        """Qt's hook: room for two lines."""
        font: QFont = option.font  # type: ignore[attr-defined]
        tall = QFontMetrics(font).height() + QFontMetrics(_small(font)).height()
        return QSize(0, tall + _LINE_GAP + 2 * _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Qt's hook: draw a row."""
        self.initStyleOption(option, index)
        option.text = ""  # type: ignore[attr-defined]
        widget: QWidget = option.widget  # type: ignore[attr-defined]
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        painter.save()
        entry = index.data(ENTRY)
        room = option.rect.adjusted(_MARGIN, _GAP, -_MARGIN, -_GAP)  # type: ignore[attr-defined]
        room.setRight(self._paint_marks(painter, room, _marks(entry, index.data(UNSAVED))))
        self._paint_lines(painter, option, room, entry)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:  # noqa: N802
        """Qt's hook: a line to type the name in."""
        editor = QLineEdit(parent)
        editor.setAccessibleName("Name of the structure")
        editor.setToolTip("Enter takes the name, Esc leaves it as it was")
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:  # noqa: N802
        """Qt's hook: the line takes the row's place."""
        rect: QRect = option.rect  # type: ignore[attr-defined]
        height = min(editor.sizeHint().height(), rect.height())
        editor.setGeometry(rect.adjusted(_MARGIN // 2, 0, -_MARGIN // 2, 0))
        editor.setFixedHeight(height)
        editor.move(editor.x(), rect.y() + (rect.height() - height) // 2)

    def _paint_lines(self, painter: QPainter, option: QStyleOptionViewItem, room: QRect, entry: Entry) -> None:
        palette: QPalette = option.palette  # type: ignore[attr-defined]
        font: QFont = option.font  # type: ignore[attr-defined]
        for text, size, color in (
            (entry.title, font, palette.text().color()),
            (composition(entry), _small(font), palette.placeholderText().color()),
        ):
            metrics = QFontMetrics(size)
            painter.setFont(size)
            painter.setPen(color)
            line = QRect(room.left(), room.top(), room.width(), metrics.height())
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
            room.setTop(line.bottom() + 1 + _LINE_GAP)

    def _paint_marks(self, painter: QPainter, room: QRect, marks: list[str]) -> int:
        """Draw marks from the right; where the room for text ends."""
        size, right = QFontMetrics(QApplication.font()).height(), room.right()
        for name in marks:
            place = QRect(right - size, room.center().y() - size // 2, size, size)
            if name in self._icons:
                self._icons[name].paint(painter, place)
            right = place.left() - 2
        return right - _GAP if marks else right


class EntriesList(QListView):
    """A list view for an `EntriesModel`; several rows may be selected, a name is edited in place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.delegate = EntryDelegate(self)
        self.setItemDelegate(self.delegate)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        edit = QAbstractItemView.EditTrigger
        self.setEditTriggers(edit.EditKeyPressed | edit.DoubleClicked)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setAccessibleName("Open structures")
        self.setToolTip("Click to show, F2 to rename; select several to see them together")


def _marks(entry: Entry, unsaved: bool) -> list[str]:
    """From right to left."""
    there = {"unsaved": unsaved, "locked": bool(entry.locked), "frames": entry.trajectory is not None}
    return [name for name, on in there.items() if on]


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(max(1.0, font.pointSizeF() * _SMALL))
    return small
