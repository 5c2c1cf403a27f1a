"""The atoms of the structure on view as Qt's models see them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gpff_desktop import elements
from gpff_desktop.session.entry import NO_ATOMS
from gpff_desktop.structure import Structure

COLUMNS = ("Number", "Element", "x", "y", "z", "Locked")
_TITLES = ("#", "El.", "x / Å", "y / Å", "z / Å", "Lock")
_TIPS = ("Number of the atom", "Element", "x in Å", "y in Å", "z in Å", "Locked atoms stay where they are")
NUMBER, ELEMENT, X, Y, Z, LOCKED = range(len(COLUMNS))
_FURTHEST = 1e6
_TOP = QModelIndex()
_NOTHING = Structure(np.empty(0), np.empty((0, 3)))
_Index = QModelIndex | QPersistentModelIndex


class AtomEdits(Protocol):
    """What the table asks for; each returns whether it was done."""

    def set_element(self, atom: int, number: int) -> bool:
        """Make an atom another element."""

    def set_position(self, atom: int, position: np.ndarray) -> bool:
        """Put an atom at `[3]` in Å."""

    def set_locked(self, atom: int, on: bool) -> bool:
        """Lock or unlock an atom."""


class AtomModel(QAbstractTableModel):
    """One row for each atom, in their order. Nothing is copied, so that 100,000 atoms cost nothing until they are seen.

    Parameters
    ----------
    edits
        Does what is typed.
    refuse
        Is told in one line why something typed cannot be taken.
    """

    def __init__(self, edits: AtomEdits, refuse: Callable[[str], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._edits, self._refuse = edits, refuse
        self._structure, self._locked = _NOTHING, NO_ATOMS

    def show(self, structure: Structure | None, locked: frozenset[int] = NO_ATOMS) -> None:
        """List the atoms of a structure."""
        structure = _NOTHING if structure is None else structure
        if structure is self._structure and locked == self._locked:
            return
        grown = len(structure) - len(self._structure)
        if grown:
            self.beginResetModel()
        self._structure, self._locked = structure, locked
        if grown:
            self.endResetModel()
        elif len(structure):
            self.dataChanged.emit(self.index(0, 0), self.index(len(structure) - 1, LOCKED))

    def rowCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of atoms."""
        return 0 if parent.isValid() else len(self._structure)

    def columnCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """Qt's hook: titles of the columns."""
        texts = {Qt.ItemDataRole.DisplayRole: _TITLES, Qt.ItemDataRole.ToolTipRole: _TIPS}.get(Qt.ItemDataRole(role))
        return texts[section] if texts and orientation == Qt.Orientation.Horizontal else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Qt's hook: all but the number can be changed."""
        flags = super().flags(index)
        if index.column() == LOCKED:
            return flags | Qt.ItemFlag.ItemIsUserCheckable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() != NUMBER else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: what a cell shows."""
        atom, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(atom, column, "{:.3f}")
        if role == Qt.ItemDataRole.EditRole:
            return self._text(atom, column, "{!r}")
        if role == Qt.ItemDataRole.CheckStateRole and column == LOCKED:
            return Qt.CheckState.Checked if atom in self._locked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in (NUMBER, X, Y, Z) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._words(atom, column)
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        """Qt's hook: what was typed or ticked; False if it was not taken."""
        if index.column() == LOCKED and role == Qt.ItemDataRole.CheckStateRole:
            return self._edits.set_locked(index.row(), Qt.CheckState(value) == Qt.CheckState.Checked)
        if role != Qt.ItemDataRole.EditRole or str(value) == self.data(index, role):
            return False
        if problem := self.problem(index, str(value)):
            self._refuse(problem)
            return False
        if index.column() == ELEMENT:
            return self._edits.set_element(index.row(), element_number(str(value)))
        position = self._structure.positions[index.row()].copy()
        position[index.column() - X] = coordinate(str(value))
        return self._edits.set_position(index.row(), position)

    def problem(self, index: _Index, text: str) -> str:
        """Why a text cannot stand in a cell, in one line; empty if it can."""
        try:
            element_number(text) if index.column() == ELEMENT else coordinate(text)
        except ValueError as error:
            return f"{self._name(index.row())}: {error}"
        return ""

    def _name(self, atom: int) -> str:
        return f"{elements.symbol(int(self._structure.numbers[atom]))}{atom + 1}"

    def _text(self, atom: int, column: int, number_format: str) -> str:
        if column == NUMBER:
            return str(atom + 1)
        if column == ELEMENT:
            return elements.symbol(int(self._structure.numbers[atom]))
        return "" if column == LOCKED else number_format.format(float(self._structure.positions[atom, column - X]))

    def _words(self, atom: int, column: int) -> str:
        if column == LOCKED:
            return f"{self._name(atom)} is {'locked' if atom in self._locked else 'not locked'}"
        return f"{COLUMNS[column]} of {self._name(atom)}: {self._text(atom, column, '{:.3f}')}"


def element_number(text: str) -> int:
    """The atomic number behind a symbol or a number.

    Raises
    ------
    ValueError
        If there is no such element; the message is one line.
    """
    text = text.strip()
    try:
        number = int(text) if text.isdecimal() else elements.number(text)
    except ValueError:
        number = 0
    if not 1 <= number <= elements.MAX_NUMBER:
        raise ValueError(
            f"'{text}' is no element; type a symbol such as C, or a number from 1 to {elements.MAX_NUMBER}"
        )
    return number


def coordinate(text: str) -> float:
    """The length in Å that was typed; a comma may stand for the point.

    Raises
    ------
    ValueError
        If it is not a number, or beyond all molecules; the message is one line.
    """
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        raise ValueError(f"'{text.strip()}' is not a number; type a length in Å such as 1.54") from None
    if not math.isfinite(value) or abs(value) > _FURTHEST:
        raise ValueError(f"'{text.strip()}' is too far out; type a length below {_FURTHEST:,.0f} Å")
    return value
