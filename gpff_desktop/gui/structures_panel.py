"""The panel of open structures: the list of them, and below it the atoms of the one on view and the history."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QSplitter, QTabWidget, QVBoxLayout, QWidget

from gpff_desktop.gui.atom_model import AtomEdits
from gpff_desktop.gui.atom_table import AtomTable
from gpff_desktop.gui.entries_list import EntriesList
from gpff_desktop.gui.entries_model import EntriesModel
from gpff_desktop.gui.history_panel import HistoryPanel
from gpff_desktop.session.document import Document
from gpff_desktop.session.entry import Entry
from gpff_desktop.session.unsaved import Unsaved

MANY = 12
"""With more structures than this, a line to search them by name or formula appears."""


class StructuresPanel(QWidget):
    """List of the open structures, table of atoms and history.

    Parameters
    ----------
    document, unsaved
        What is listed.
    edits, refuse
        See `AtomTable`.

    Attributes
    ----------
    entry_chosen
        Signal with the key of the entry to show.
    selection_changed
        Signal without arguments: other rows of the list are selected.
    """

    entry_chosen = Signal(int)
    selection_changed = Signal()

    def __init__(self, document: Document, unsaved: Unsaved, edits: AtomEdits, refuse: Callable[[str], object]) -> None:
        super().__init__()
        self.entries = EntriesModel(document, unsaved, self)
        self.sought = _Sought(self)
        self.sought.setSourceModel(self.entries)
        self.list = EntriesList()
        self.list.setModel(self.sought)
        self.atoms = AtomTable(edits, refuse)
        self.history = HistoryPanel(document)
        self.search = _search_line()
        self._empty = QLabel("What you open, draw or accept is listed here.")
        self.tabs = QTabWidget()
        self._lay_out()
        self._connect(document)
        self._refresh()

    @property
    def current(self) -> Entry | None:
        """The entry whose row is the current one."""
        return self._entry(self.list.currentIndex())

    def selected(self) -> list[Entry]:
        """Entries whose rows are selected, in their order."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedRows())
        found = (self._entry(self.sought.index(row, 0)) for row in rows)
        return [entry for entry in found if entry is not None]

    def choose(self, key: int | None) -> None:
        """Make the row of an entry the current one, unless it is or the search hides it."""
        row = self.entries.row_of(key)
        index = self.sought.mapFromSource(self.entries.index(row)) if row >= 0 else QModelIndex()
        if index != self.list.currentIndex():
            self.list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def rename(self) -> None:
        """Open the current row's name for typing."""
        if self.list.currentIndex().isValid():
            self.list.setFocus()
            self.list.edit(self.list.currentIndex())

    def _entry(self, index: QModelIndex) -> Entry | None:
        return self.entries.entry(self.sought.mapToSource(index).row()) if index.isValid() else None

    def _on_row(self, index: QModelIndex) -> None:
        entry = self._entry(index)
        if entry is not None:
            self.entry_chosen.emit(entry.key)

    def _refresh(self) -> None:
        count = self.entries.rowCount()
        self._empty.setVisible(not count)
        self.search.setVisible(count > MANY or bool(self.search.text()))

    def _connect(self, document: Document) -> None:
        rows = self.list.selectionModel()
        rows.currentChanged.connect(lambda now, _: self._on_row(now))
        rows.selectionChanged.connect(lambda *_: self.selection_changed.emit())
        self.list.clicked.connect(self._on_row)
        self.search.textChanged.connect(self.sought.seek)
        for signal in (self.entries.rowsInserted, self.entries.rowsRemoved):
            signal.connect(self._refresh)

    def _lay_out(self) -> None:
        self._empty.setProperty("role", "hint")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        over = QVBoxLayout(self.list.viewport())
        over.addWidget(self._empty)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Details of the structures")
        self.tabs.tabBar().setAccessibleName("Atoms or history")
        self.tabs.addTab(self.atoms, "Atoms")
        self.tabs.addTab(self.history, "History")
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(upper)
        splitter.addWidget(self.tabs)
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)


class _Sought(QSortFilterProxyModel):
    """The entries whose name or formula has a text in it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = ""

    def seek(self, text: str) -> None:
        """Show only what has this in it."""
        self._text = text.strip().casefold()
        self.invalidateFilter()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:  # type: ignore[override]  # noqa: N802
        """Qt's hook: whether a row is shown."""
        if not self._text:
            return True
        source = self.sourceModel()
        assert isinstance(source, EntriesModel)
        entry = source.entry(row)
        return self._text in entry.title.casefold() or self._text in entry.structure.formula.casefold()


def _search_line() -> QLineEdit:
    line = QLineEdit()
    line.setPlaceholderText("Find by name or formula")
    line.setAccessibleName("Find structures")
    line.setToolTip("Show only the structures with this in their name or formula")
    line.setClearButtonEnabled(True)
    return line
