"""Locks and constraints of the structure on view as rows with check boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gpff_desktop.gui.edits import Edits
from gpff_desktop.session.constraint_values import reading, target, title
from gpff_desktop.session.document import atom_count
from gpff_desktop.session.entry import Entry, HeldConstraint
from gpff_desktop.session.measurements import KINDS

CONSTRAINT, NOW = range(2)
_SHORT = (*KINDS.values(), "shape")
_TITLES = ("Constraint", "At present")
_TIPS = ("What runs must respect; off while its box is empty", "How far the structure on view is from it")
_TOP = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


class ConstraintsModel(QAbstractTableModel):
    """One row that sums up the locks, if there are any, and one for each constraint.

    Parameters
    ----------
    edits
        Switches what is checked.
    """

    def __init__(self, edits: Edits, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._edits = edits
        self._entry: Entry | None = None
        self._positions = np.zeros((0, 3))

    def show(self, entry: Entry | None) -> None:
        """List what holds for a structure."""
        before = self._entry
        rows, shown = _row_count(entry), self.rowCount()
        same = entry and before and entry.key == before.key and rows == shown
        if not same:
            self.beginResetModel()
        self._entry = entry
        self._positions = entry.structure.positions if entry else np.zeros((0, 3))
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, NOW))

    def follow(self, positions: np.ndarray) -> None:
        """Compare with other coordinates `[n_atoms, 3]` in Å of the same atoms, as those of a run."""
        if len(positions) == len(self._positions) and self.rowCount():
            self._positions = positions
            self.dataChanged.emit(self.index(0, NOW), self.index(self.rowCount() - 1, NOW))

    def number(self, row: int) -> int | None:
        """Which constraint is in a row, counted from 0; None for the locks, or for no row."""
        number = row - self._first
        return number if 0 <= number < (len(self._entry.constraints) if self._entry else 0) else None

    def row(self, number: int) -> int:
        """The row of a constraint."""
        return number + self._first

    def atoms(self, row: int) -> frozenset[int]:
        """The atoms that a row is about; none for all of them."""
        held = self._held(row)
        if held is not None:
            return frozenset(held.constraint.named())
        return self._entry.locked if self._entry else frozenset()

    # Qt's hooks

    def rowCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of rows."""
        return 0 if parent.isValid() else _row_count(self._entry)

    def columnCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of columns."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """Qt's hook: titles of the columns."""
        texts = {Qt.ItemDataRole.DisplayRole: _TITLES, Qt.ItemDataRole.ToolTipRole: _TIPS}.get(Qt.ItemDataRole(role))
        return texts[section] if texts and orientation == Qt.Orientation.Horizontal else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Qt's hook: rows have check boxes."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == CONSTRAINT else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: what is known of a cell."""
        if not index.isValid() or self._entry is None:
            return None
        held = self._held(index.row())
        match Qt.ItemDataRole(role):
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._text(held, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(held)
            case Qt.ItemDataRole.CheckStateRole if index.column() == CONSTRAINT:
                return Qt.CheckState.Checked if held is None or held.on else Qt.CheckState.Unchecked
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        """Qt's hook: a box was clicked; without their check the atoms are unlocked."""
        if role != Qt.ItemDataRole.CheckStateRole or self._entry is None:
            return False
        number, on = self.number(index.row()), Qt.CheckState(value) == Qt.CheckState.Checked
        editor, locked = self._edits.editor, self._entry.locked
        act: Callable[[], None] = (
            (lambda: editor.unlock(locked)) if number is None else (lambda: editor.switch_constraint(number, on))
        )
        return self._edits.do(act)

    # What is behind them

    @property
    def _first(self) -> int:
        """The row of the first constraint."""
        return 1 if self._entry and self._entry.locked else 0

    def _held(self, row: int) -> HeldConstraint | None:
        number = self.number(row)
        return None if number is None or self._entry is None else self._entry.constraints[number]

    def _text(self, held: HeldConstraint | None, column: int) -> str:
        assert self._entry is not None
        if held is None:
            return f"{atom_count(len(self._entry.locked))} locked" if column == CONSTRAINT else ""
        if column == NOW:
            return reading(held.constraint, self._positions).text
        name = title(held.constraint, self._entry.structure)
        wanted = target(held.constraint) if held.constraint.kind in _SHORT else ""
        sign = "=" if getattr(held.constraint, "weight", None) is None else "≈"
        return f"{name} {sign} {wanted}" if wanted else name

    def _tip(self, held: HeldConstraint | None) -> str:
        if held is None:
            return "These atoms stay exactly where they are; clear the box to unlock them"
        weight = getattr(held.constraint, "weight", None)
        how = "met exactly" if weight is None else f"pulled at with weight {weight:g}"
        now = reading(held.constraint, self._positions).now
        return f"{self._text(held, CONSTRAINT)}, {how}{f'; now {now}' if now else ''}"


def _row_count(entry: Entry | None) -> int:
    return len(entry.constraints) + bool(entry.locked) if entry else 0
