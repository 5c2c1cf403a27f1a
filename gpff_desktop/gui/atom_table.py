"""The table of atoms: coordinates to read and type, and the selection of the view in rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from gpff_desktop.gui.atom_model import COLUMNS, LOCKED, AtomEdits, AtomModel
from gpff_desktop.session.entry import NO_ATOMS
from gpff_desktop.structure import Structure

MOST_BLOCKS = 2_000
"""Blocks of rows selected at most: Qt's selections slow down with the square of their number."""

_WIDTHS = (36, 34, 58, 58, 58, 44)
_TAKING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
_Index = QModelIndex | QPersistentModelIndex


class AtomTable(QTableView):
    """Rows of atoms; what is selected here is what is selected in the view.

    Parameters
    ----------
    edits
        Does what is typed.
    refuse
        Is told in one line why something typed cannot be taken.

    Attributes
    ----------
    chosen
        Signal with the atoms, counted from 0, that the user selected.
    typing
        Signal with the atom in whose row something is being typed; with none when that is over.
    """

    chosen = Signal(object)
    typing = Signal(object)

    def __init__(self, edits: AtomEdits, refuse: Callable[[str], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.atoms = AtomModel(edits, refuse, self)
        self.setModel(self.atoms)
        self._selected, self._following = NO_ATOMS, False
        self._lay_out()
        self.setItemDelegate(_CellDelegate(self))
        self.selectionModel().selectionChanged.connect(self._on_selection)

    def show_atoms(self, structure: Structure | None, locked: frozenset[int], selected: frozenset[int]) -> None:
        """List the atoms of a structure and select rows, without telling anyone."""
        self._following = True
        before = self.atoms.rowCount()
        self.atoms.show(structure, locked)
        if selected != self._selected or self.atoms.rowCount() != before:
            self._select_rows(selected)
        self._selected, self._following = selected, False

    def selected_atoms(self) -> frozenset[int]:
        """The atoms whose rows are selected."""
        ranges = self.selectionModel().selection()
        return frozenset(atom for block in ranges for atom in range(block.top(), block.bottom() + 1))  # type: ignore[attr-defined]

    def _select_rows(self, atoms: frozenset[int]) -> None:
        selection = QItemSelection()
        blocks = contiguous(atoms)[:MOST_BLOCKS]
        for first, last in blocks:
            selection.select(self.atoms.index(first, 0), self.atoms.index(last, LOCKED))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if blocks and not self.hasFocus():
            self.scrollTo(self.atoms.index(blocks[0][0], 0))

    def _on_selection(self) -> None:
        if self._following:
            return
        self._selected = self.selected_atoms()
        self.chosen.emit(self._selected)

    def _lay_out(self) -> None:
        self.setAccessibleName("Atoms")
        self.setToolTip("Atoms of the structure on view; double-click a cell or press F2 to change it")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        # To paint itself it would ask of every selected atom whether it can be selected.
        header.setSelectionModel(QItemSelectionModel(self.atoms, header))
        header.setMinimumSectionSize(24)
        for column, width in enumerate(_WIDTHS):
            header.resizeSection(column, width)
        header.setStretchLastSection(True)


class _CellDelegate(QStyledItemDelegate):
    """Keeps the line open, and says what is wrong, while a cell cannot take what is typed in it."""

    def __init__(self, table: AtomTable) -> None:
        super().__init__(table)
        self._table = table
        self._cell = QPersistentModelIndex()
        self._editor: QWidget | None = None
        self._filled = False

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:  # noqa: N802
        """Qt's hook: a line to type in."""
        self._cell = QPersistentModelIndex(index)
        editor = QLineEdit(parent)
        editor.setFrame(False)
        editor.setAccessibleName(f"{COLUMNS[index.column()]} of atom {index.row() + 1}")
        editor.setToolTip("Enter takes the value, Esc leaves it as it was")
        self._editor, self._filled = editor, False
        self._table.typing.emit(frozenset({index.row()}))
        return editor

    def setEditorData(self, editor: QWidget, index: _Index) -> None:  # noqa: N802
        """Qt's hook: what the cell holds, once; while atoms move it would be put in the place of what is typed."""
        if not self._filled:
            super().setEditorData(editor, index)
            self._filled = True

    def destroyEditor(self, editor: QWidget, index: _Index) -> None:  # noqa: N802
        """Qt's hook: what was typed has been taken or left."""
        if editor is self._editor:  # else the next cell is open already
            self._editor = None
            self._table.typing.emit(NO_ATOMS)
        super().destroyEditor(editor, index)

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: the keys that would take what is typed."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and isinstance(editor, QLineEdit):
            problem = self._table.atoms.problem(self._cell, editor.text()) if self._cell.isValid() else ""
            if event.key() in _TAKING and problem:
                editor.selectAll()
                QToolTip.showText(editor.mapToGlobal(editor.rect().bottomLeft()), problem, editor)
                return True
        return super().eventFilter(editor, event)


def contiguous(atoms: Iterable[int]) -> list[tuple[int, int]]:
    """The blocks, as first and last, that numbers form in their order."""
    ordered = np.array(sorted(atoms), dtype=np.int64)
    if not len(ordered):
        return []
    breaks = np.flatnonzero(np.diff(ordered) > 1)
    firsts, lasts = np.r_[0, breaks + 1], np.r_[breaks, len(ordered) - 1]
    return list(zip(ordered[firsts].tolist(), ordered[lasts].tolist(), strict=True))
