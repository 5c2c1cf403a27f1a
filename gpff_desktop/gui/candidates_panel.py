"""The panel that lists generated candidates."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gpff_desktop.gui import candidates
from gpff_desktop.gui.actions import tooltip
from gpff_desktop.gui.candidates import Candidate, CandidatesModel
from gpff_desktop.gui.judgement import PICTURE_SIZE, Judgement
from gpff_desktop.structure import Structure

_Index = QModelIndex | QPersistentModelIndex


class CandidatesPanel(QWidget):
    """Table of candidates; the row chosen last is shown in the view.

    Attributes
    ----------
    shown
        Signal with the row of the candidate to show.
    selection_changed
        Signal without arguments.
    accept_clicked, export_clicked
        Signals without arguments.
    """

    shown = Signal(int)
    selection_changed = Signal()
    accept_clicked = Signal()
    export_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._first_key = 0
        self.model = CandidatesModel(self)
        self.table = _table(self.model)
        self._summary = QLabel()
        self._summary.setProperty("role", "hint")
        self._summary.setAccessibleName("Summary of the candidates")
        self._empty = QLabel("Generated molecules are listed here as soon as a run ends.")
        self._empty.setProperty("role", "hint")
        self._clear = _button("Clear", "Remove all candidates from the table", "")
        self._export = _button(
            "Export…", "Write the selected candidates to a file, or all if none is selected", "Ctrl+E"
        )
        self._accept = _button("Accept", "Open the candidate on view in the document", "Ctrl+Return")
        self._lay_out()
        self._accept.clicked.connect(self.accept_clicked)
        self.table.doubleClicked.connect(self.accept_clicked)
        self._clear.clicked.connect(self.clear)
        self._export.clicked.connect(self.export_clicked)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())
        self.table.selectionModel().currentRowChanged.connect(self._on_current_row)
        self._refresh()

    def add(self, structures: tuple[Structure, ...]) -> range:
        """Append candidates; returns the keys by which `set_judgement` knows them."""
        rows = self.model.add(structures)
        self._refresh()
        return range(self._first_key + rows.start, self._first_key + rows.stop)

    def set_judgement(self, key: int, judgement: Judgement) -> int | None:
        """Note what the judge said about a candidate; returns its row, or None if it has been cleared away."""
        row = key - self._first_key
        if row < 0:
            return None
        self.model.set_judgement(row, judgement)
        self._refresh()
        return row

    def clear(self) -> None:
        """Remove all candidates."""
        self._first_key += len(self.model.rows)
        self.model.clear()
        self._refresh()
        self.selection_changed.emit()

    def choose(self, row: int) -> None:
        """Select a row as if clicked."""
        self.table.selectRow(row)
        self.table.scrollTo(self.model.index(row, 0))

    @property
    def current(self) -> int | None:
        """The row shown, or None."""
        row = self.table.currentIndex().row()
        return row if row >= 0 else None

    def chosen(self) -> list[Candidate]:
        """The selected candidates in their order; all of them if none is selected."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self.model.rows[row] for row in rows] if rows else list(self.model.rows)

    def _on_current_row(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid():
            self.shown.emit(current.row())

    def _refresh(self) -> None:
        self._summary.setText(self.model.summary())
        self._empty.setVisible(not self.model.rows)
        for button in (self._accept, self._clear, self._export):
            button.setEnabled(bool(self.model.rows))

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 6)
        bar.addWidget(self._summary, 1)
        bar.addWidget(self._accept)
        bar.addWidget(self._clear)
        bar.addWidget(self._export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.table, 1)
        over = QVBoxLayout(self.table.viewport())
        over.addWidget(self._empty, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addLayout(bar)


class _PictureDelegate(QStyledItemDelegate):
    """Draws depictions, which are made for white paper, on a white card in any theme."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, QModelIndex())
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if not isinstance(picture, QPixmap):
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


def _table(model: CandidatesModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName("Candidates")
    table.setToolTip("Generated candidates; the row chosen is shown in the view")
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setItemDelegateForColumn(candidates.PICTURE, _PictureDelegate(table))
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(68)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    header.setSectionResizeMode(candidates.SMILES, QHeaderView.ResizeMode.Stretch)
    for column, width in ((0, 44), (1, 110), (3, 250), (4, 90), (5, 100), (6, 80)):
        header.resizeSection(column, width)
    return table


def _button(title: str, hint: str, shortcut: str) -> QPushButton:
    button = QPushButton(title)
    button.setAccessibleName(title.replace("…", ""))
    button.setToolTip(tooltip(hint, shortcut))
    return button
