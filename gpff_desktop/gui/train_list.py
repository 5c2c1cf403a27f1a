"""The list of training runs as Qt's model: one row for each, the newest at the top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gpff_desktop.gui.train_plots import COLORS
from gpff_desktop.gui.train_widgets import rounded_time
from gpff_desktop.session.training_runs import RunInfo

_COLUMNS = ("Run", "State", "Left")
_TOP = QModelIndex()
_WIDTHS = (104, 52)
_SHOWN_ROWS = 4
_Index = QModelIndex | QPersistentModelIndex


class RunsModel(QAbstractTableModel):
    """Runs with a check box each, which says whether its curves are drawn.

    Attributes
    ----------
    compared_changed
        Signal without arguments: other runs are checked.
    """

    compared_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runs: list[RunInfo] = []
        self.compared: set[str] = set()

    def set_runs(self, runs: Sequence[RunInfo]) -> None:
        """Show runs, given the oldest first, as they stand; rows that stay are not disturbed."""
        newest = list(reversed(runs))
        same = [run.name for run in newest] == [run.name for run in self.runs]
        if not same:
            self.beginResetModel()
        self.runs = newest
        self.compared &= {run.name for run in newest}
        if not same:
            self.endResetModel()
        elif newest:
            self.dataChanged.emit(self.index(0, 0), self.index(len(newest) - 1, len(_COLUMNS) - 1))

    def color(self, name: str) -> str:
        """The colour of a run's curves; it stays as long as the run is there."""
        born = [run.name for run in reversed(self.runs)]
        return COLORS[born.index(name) % len(COLORS)] if name in born else COLORS[0]

    def rowCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of runs."""
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of columns."""
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """Qt's hook: titles of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section]
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Qt's hook: the first column has a check box."""
        checkable = Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else Qt.ItemFlag.NoItemFlags
        return super().flags(index) | checkable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: what a cell shows."""
        run = self.runs[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (run.name, state_of(run), _left(run))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return run.status.message or f"{run.name}: {state_of(run)}"
        if index.column() == 0 and role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if run.name in self.compared else Qt.CheckState.Unchecked
        if index.column() == 0 and role == Qt.ItemDataRole.DecorationRole:
            return QColor(self.color(run.name))
        return None

    def setData(self, index: _Index, value: Any, role: int = 0) -> bool:  # noqa: N802
        """Qt's hook: a check box was clicked."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.compared ^= {self.runs[index.row()].name}
        self.dataChanged.emit(index, index)
        self.compared_changed.emit()
        return True


class RunsTable(QTableView):
    """The list, with one run chosen.

    Attributes
    ----------
    chosen_changed
        Signal without arguments: another run is chosen, or none.
    """

    chosen_changed = Signal()

    def __init__(self, model: RunsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = model
        self._chosen = ""
        self.setModel(model)
        self.setAccessibleName("Training runs")
        self.setToolTip("Training runs; check several to compare their curves")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self._size()
        self.selectionModel().currentRowChanged.connect(self._on_current)
        model.modelReset.connect(self._restore)

    @property
    def chosen(self) -> RunInfo | None:
        """The run chosen, as it stands."""
        return next((run for run in self.list.runs if run.name == self._chosen), None)

    def choose(self, name: str) -> None:
        """Choose a run by its name; if it is gone, the newest."""
        names = [run.name for run in self.list.runs]
        row = names.index(name) if name in names else 0
        self._chosen = names[row] if names else ""
        self.setCurrentIndex(self.list.index(row, 0) if names else QModelIndex())
        self.chosen_changed.emit()

    def _restore(self) -> None:
        self.choose(self._chosen)

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid() and self.list.runs[current.row()].name != self._chosen:
            self._chosen = self.list.runs[current.row()].name
            self.chosen_changed.emit()

    def _size(self) -> None:
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(_WIDTHS, start=1):
            header.resizeSection(column, width)
        rows = self.verticalHeader()
        self.setFixedHeight(header.sizeHint().height() + _SHOWN_ROWS * rows.defaultSectionSize() + 4)


def state_of(run: RunInfo) -> str:
    """A run's state in a word or two: `Running, 42 %`."""
    told = run.state == "paused" or (run.state == "running" and not run.status.message)
    share = f", {run.status.progress:.0%}".replace("%", " %") if told else ""
    return f"{run.state.capitalize()}{share}"


def _left(run: RunInfo) -> str:
    seconds = run.status.seconds_left
    return rounded_time(seconds) if seconds is not None and run.status.active else ""
