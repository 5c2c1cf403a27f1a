"""The widget that draws the table of candidates and tells what is pointed at, chosen and typed in it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    QTimer,
    Signal,
    SignalInstance,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gpff_desktop.gui.candidates import KEY_ROLE, OPTIONAL, CandidatesOrder, Column
from gpff_desktop.session.judgement import PICTURE_SIZE

REST_MS = 220
"""The pointer has come to rest on a row after this time."""
_ROW_HEIGHT = 68
_SORT_MARK = 18
_WIDTHS = {
    Column.STAR: 30,
    Column.NUMBER: 44,
    Column.PICTURE: 112,
    Column.SMILES: 170,
    Column.VALID: 150,
    Column.UNIQUE: 90,
    Column.NOVEL: 66,
    Column.FORMULA: 96,
    Column.SIGMA: 74,
    Column.ENERGY: 92,
    Column.STRAIN: 70,
    Column.RMSD: 84,
    Column.DRIFT: 78,
    Column.SCAFFOLD: 110,
    Column.HELD: 124,
    Column.RUN: 160,
}
_Index = QModelIndex | QPersistentModelIndex


class CandidatesTable(QTableView):
    """A table of candidates, known by their keys.

    Parameters
    ----------
    order
        The rows, sorted and filtered.

    Attributes
    ----------
    chosen_changed
        Signal without arguments: other rows are selected.
    pointed
        Signal with the key of the row on which the pointer rests, None when it has left.
    star_clicked
        Signal with a key.
    accepted, star_pressed, delete_pressed, copy_pressed
        Signals without arguments, about the selected rows.
    """

    chosen_changed = Signal()
    pointed = Signal(object)
    star_clicked = Signal(int)
    accepted = Signal()
    star_pressed = Signal()
    delete_pressed = Signal()
    copy_pressed = Signal()

    def __init__(self, order: CandidatesOrder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._order = order
        self._pointed: int | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._tell_pointed)
        self.setModel(order)
        self._set_up()
        self._size_columns()
        order.columnsInserted.connect(lambda _, first, last: self._place_columns(first, last))
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen_changed.emit())
        self.doubleClicked.connect(self._on_double_click)
        self.entered.connect(self._on_entered)

    @property
    def current(self) -> int | None:
        """Key of the row chosen last, or None."""
        return self.currentIndex().data(KEY_ROLE) if self.currentIndex().isValid() else None

    def chosen(self) -> list[int]:
        """Keys of the selected rows, from the top."""
        rows = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        return [index.data(KEY_ROLE) for index in rows]

    def choose(self, keys: Iterable[int]) -> None:
        """Select rows as if clicked; the first is chosen last. Rows that are not shown are left out."""
        rows = [index for index in map(self._index_of, keys) if index.isValid()]
        selection = QItemSelection()
        for index in rows:
            selection.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)
        if rows:
            self.selectionModel().setCurrentIndex(rows[0], flags.NoUpdate)
            self.scrollTo(rows[0])

    def _index_of(self, key: int) -> QModelIndex:
        source = self._order.source
        row = source.row_of(key)
        return QModelIndex() if row is None else self._order.mapFromSource(source.index(row, 0))

    # Pointer

    def _on_entered(self, index: _Index) -> None:
        self._pointed = index.data(KEY_ROLE)
        self._rest.start()

    def _tell_pointed(self) -> None:
        self.pointed.emit(self._pointed)

    def _on_double_click(self, index: _Index) -> None:
        if index.column() != Column.STAR:
            self.accepted.emit()

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: the pointer may have left."""
        if event.type() in (QEvent.Type.Leave, QEvent.Type.Hide) and self._pointed is not None:
            self._pointed = None
            self._rest.stop()
            self.pointed.emit(None)
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Qt's hook: a click on a star is no choice of a row."""
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.column() == Column.STAR:
            self.star_clicked.emit(index.data(KEY_ROLE))
        else:
            super().mousePressEvent(event)

    # Keys

    def event(self, event: QEvent) -> bool:
        """Qt's hook: in the table, these keys mean the candidates and not the structure on view."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._signal_of(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's hook."""
        signal = self._signal_of(event)
        if signal is not None:
            signal.emit()
        else:
            super().keyPressEvent(event)

    def _signal_of(self, event: QKeyEvent) -> SignalInstance | None:
        if event.matches(QKeySequence.StandardKey.Copy):
            return self.copy_pressed
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return None
        return {
            Qt.Key.Key_Delete: self.delete_pressed,
            Qt.Key.Key_Asterisk: self.star_pressed,
            Qt.Key.Key_Return: self.accepted,
            Qt.Key.Key_Enter: self.accepted,
        }.get(Qt.Key(event.key()))

    # Construction

    def _set_up(self) -> None:
        self.setAccessibleName("Candidates")
        self.setToolTip("Generated candidates; the rows chosen are shown in the view")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setSortingEnabled(True)
        self.sortByColumn(Column.NUMBER, Qt.SortOrder.AscendingOrder)
        self.setItemDelegateForColumn(Column.PICTURE, _PictureDelegate(self))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)

    def _size_columns(self) -> None:
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(_WIDTHS[Column.STAR])
        header.setStretchLastSection(True)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        self.show_columns(frozenset())

    def _place_columns(self, first: int, last: int) -> None:
        """Let columns that are added stand before the figures of the run."""
        header = self.horizontalHeader()
        for column in range(first, last + 1):
            header.moveSection(header.visualIndex(column), header.visualIndex(Column.SIGMA))
            self.setColumnWidth(column, header.sectionSizeHint(column) + _SORT_MARK)

    def show_columns(self, filled: frozenset[Column]) -> None:
        """Show those of the optional columns that have something to say."""
        for column in OPTIONAL:
            self.setColumnHidden(column, column not in filled)


class _PictureDelegate(QStyledItemDelegate):
    """Draws depictions, which are made for white paper, on a white card in any theme."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, QModelIndex())
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if not isinstance(picture, QPixmap) or picture.isNull():
            return
        room = option.rect.adjusted(4, 3, -4, -3)  # type: ignore[attr-defined]
        size = picture.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        room.setRect(
            room.center().x() - size.width() // 2, room.center().y() - size.height() // 2, size.width(), size.height()
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(room, picture)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        return QSize(PICTURE_SIZE[0], PICTURE_SIZE[1])
