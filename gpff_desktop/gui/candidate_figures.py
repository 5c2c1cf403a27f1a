"""Columns that others add to the table of candidates: a number for each, which comes in as it is computed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from gpff_desktop.gui.candidates import KEY_ROLE, CandidatesModel, Column
from gpff_desktop.session.candidates import CandidateList
from gpff_desktop.session.provenance import PREFIX
from gpff_desktop.structure import Structure

_OWN = len(Column)
_TOP = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class FigureColumn:
    """A column behind the table's own.

    Parameters
    ----------
    id
        Unique name.
    title, hint
        Of its head.
    digits
        Decimals that are shown.
    """

    id: str
    title: str
    hint: str
    digits: int


class CandidatesFigures(CandidatesModel):
    """The table of candidates with room for more columns.

    Parameters
    ----------
    candidates
        The list that is shown.
    """

    def __init__(self, candidates: CandidateList, parent: QObject | None = None) -> None:
        super().__init__(candidates, parent)
        self.added: list[FigureColumn] = []
        self._figures: dict[tuple[str, int], float | None] = {}
        self._faults: dict[tuple[str, int], str] = {}
        candidates.removed.connect(self._forget)

    def add_column(self, column: FigureColumn) -> None:
        """Put an empty column behind the others."""
        place = self.columnCount()
        self.beginInsertColumns(_TOP, place, place)
        self.added.append(column)
        self.endInsertColumns()

    def remove_column(self, name: str) -> None:
        """Take a column out, with all its numbers."""
        place = self._place(name)
        self.beginRemoveColumns(_TOP, _OWN + place, _OWN + place)
        del self.added[place]
        self._figures = {at: value for at, value in self._figures.items() if at[0] != name}
        self._faults = {at: text for at, text in self._faults.items() if at[0] != name}
        self.endRemoveColumns()

    def set_figure(self, name: str, key: int, value: float | None, fault: str = "") -> None:
        """Fill a cell; where there is no number, its tooltip says what went wrong."""
        row = self.row_of(key)
        if row is not None:
            self._figures[name, key] = value
            self._faults[name, key] = fault
            cell = self.index(row, _OWN + self._place(name))
            self.dataChanged.emit(cell, cell)

    def figure(self, name: str, key: int) -> float | None:
        """The number of a candidate in a column; `None` if there is none."""
        return self._figures.get((name, key))

    def exported(self, key: int) -> Structure:
        """A candidate's structure with its figures as properties, which go when its atoms are edited."""
        known = ((column.id, self.figure(column.id, key)) for column in self.added)
        figures = {f"{PREFIX}{re.sub('[.-]', '_', name)}": f"{value:.6g}" for name, value in known if value is not None}
        return self.candidates[key].structure.with_properties(**figures)

    def text(self, row: int, column: int) -> str:
        """What a cell says."""
        if column < _OWN:
            return super().text(row, column)
        value = self.figure(self._of(column).id, self.keys[row])
        return "" if value is None else f"{value:.{self._of(column).digits}f}"

    def sort_key(self, row: int, column: int) -> Any:
        """By what a column sorts its rows; None where nothing is known."""
        return super().sort_key(row, column) if column < _OWN else self.figure(self._of(column).id, self.keys[row])

    # Qt's hooks

    def columnCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of columns."""
        return 0 if parent.isValid() else _OWN + len(self.added)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """Qt's hook: titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or section < _OWN:
            return super().headerData(section, orientation, role)
        column = self._of(section)
        texts = {Qt.ItemDataRole.DisplayRole: column.title, Qt.ItemDataRole.ToolTipRole: column.hint}
        return texts.get(Qt.ItemDataRole(role))

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: what a cell shows."""
        row, column = index.row(), index.column()
        if column < _OWN:
            return super().data(index, role)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._faults.get((self._of(column).id, self.keys[row])) or self.text(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return self.keys[row] if role == KEY_ROLE else None

    def _of(self, column: int) -> FigureColumn:
        return self.added[column - _OWN]

    def _place(self, name: str) -> int:
        return [column.id for column in self.added].index(name)

    def _forget(self, keys: tuple[int, ...]) -> None:
        for at in ((column.id, key) for column in self.added for key in keys):
            self._figures.pop(at, None)
            self._faults.pop(at, None)
