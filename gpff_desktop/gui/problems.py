"""What is wrong with which record of a file or of a data set, as a list to look through and to copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from gpff_desktop.chemistry.formats import Problem
from gpff_desktop.data.inspecting import RecordFault
from gpff_desktop.data.report import CheckReport

_NARROW = 90
_TOP = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Listing:
    """What a list of problems says.

    Parameters
    ----------
    title, words
        Of the window, and the sentence above the list.
    problems
        What is listed, one a row.
    columns
        Their titles; the last is the widest.
    row
        The texts of a problem, one for each column.
    """

    title: str
    words: str
    problems: Sequence[Any]
    columns: tuple[str, ...]
    row: Callable[[Any], tuple[str, ...]]


def file_problems(name: str, problems: Sequence[Problem], parent: QWidget | None = None) -> ProblemsDialog:
    """A list of the records of a file that could not be read."""
    records = "1 record" if len(problems) == 1 else f"{len(problems):,} records"
    words = f"{records} of {name} could not be read. The others are open."
    title = f"Records of {name} that could not be read"
    return ProblemsDialog(Listing(title, words, problems, ("Record", "Line", "What is wrong"), _row_of_file), parent)


def data_problems(report: CheckReport, parent: QWidget | None = None) -> ProblemsDialog:
    """A list of the records of a data set that something is wrong with."""
    counted = sum(report.faults.values())
    listed = f"; the first {len(report.problems):,} are listed" if len(report.problems) < counted else ""
    words = f"{counted:,} problems in {report.n_records:,} records{listed}. The rules say which are left out."
    columns = ("File", "Record", "Problem", "What is wrong")
    return ProblemsDialog(Listing("Problems of the data", words, report.problems, columns, _row_of_data), parent)


def _row_of_file(problem: Problem) -> tuple[str, ...]:
    return f"{problem.record:,}", "" if problem.line is None else f"{problem.line:,}", problem.message


def _row_of_data(problem: RecordFault) -> tuple[str, ...]:
    return problem.file, f"{problem.record:,}", str(problem.fault), problem.message


class ProblemsModel(QAbstractTableModel):
    """One row for each problem."""

    def __init__(self, listing: Listing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listing = listing

    def rowCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of records."""
        return 0 if parent.isValid() else len(self._listing.problems)

    def columnCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of columns."""
        return 0 if parent.isValid() else len(self._listing.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """Qt's hook: titles of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._listing.columns[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: what a cell shows."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        return self._listing.row(self._listing.problems[index.row()])[index.column()]


class ProblemsDialog(QDialog):
    """Lists problems; the window can be used meanwhile.

    Parameters
    ----------
    listing
        What is listed.
    parent
        The window.
    """

    def __init__(self, listing: Listing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(listing.title)
        self.resize(640, 380)
        self._listing = listing
        self.table = _table(listing)
        label = QLabel(listing.words)
        label.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(10)
        layout.addWidget(label)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._buttons())

    def copy(self) -> None:
        """Put the list on the clipboard as text."""
        QGuiApplication.clipboard().setText("\n".join(_lines(self._listing)))

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = box.addButton("Copy list", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip("Put the list on the clipboard as text")
        copy.setAccessibleName("Copy list")
        copy.clicked.connect(self.copy)
        close = box.button(QDialogButtonBox.StandardButton.Close)
        close.setToolTip("Close the list (Esc)")
        close.setAccessibleName("Close")
        box.rejected.connect(self.close)
        return box


def _lines(listing: Listing) -> list[str]:
    """Problems as their own words have them; what has none is copied by its columns."""
    return [str(one) if isinstance(one, Problem) else "\t".join(listing.row(one)) for one in listing.problems]


def _table(listing: Listing) -> QTableView:
    table = QTableView()
    table.setModel(ProblemsModel(listing, table))
    table.setAccessibleName(listing.title)
    table.setToolTip("Records by number, with what is wrong with each")
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    last = len(listing.columns) - 1
    header.setSectionResizeMode(last, QHeaderView.ResizeMode.Stretch)
    for column in range(last):
        header.resizeSection(column, _NARROW)
    return table
