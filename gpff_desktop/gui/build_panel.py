"""The panel to build with: elements, fragments, SMILES, hydrogens and bonds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gpff_desktop.gui.background import Background
from gpff_desktop.gui.building import Building
from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.element_strip import ElementStrip
from gpff_desktop.gui.fragment_list import EVERYTHING, NAME_ROLE, PICTURE, FragmentFilter, FragmentModel, categories
from gpff_desktop.gui.pencil import Pencil

_ORDERS = {1: "Single", 2: "Double", 3: "Triple"}
_LIST_HEIGHT = 150


class BuildPanel(QWidget):
    """What the Draw tool draws, and what can be added without it.

    Parameters
    ----------
    edits, pencil, building
        What is built, and with what.
    background
        Where fragments are drawn.

    Attributes
    ----------
    drawing
        Signal without arguments: something to draw was chosen.
    """

    drawing = Signal()

    def __init__(self, edits: Edits, pencil: Pencil, building: Building, background: Background) -> None:
        super().__init__()
        self._edits, self._pencil, self._building = edits, pencil, building
        self.elements = ElementStrip(pencil)
        self.orders = {
            order: _segment(title, f"Draw {title.lower()} bonds ({order})") for order, title in _ORDERS.items()
        }
        self.fills = QCheckBox("Adjust hydrogens")
        self.search, self.category, self.list = QLineEdit(), QComboBox(), QListView()
        self.attach, self.insert = QPushButton("Attach"), QPushButton("Insert")
        self.smiles, self.insert_smiles = QLineEdit(), QPushButton("Insert")
        self.smiles_error = QLabel()
        self.hydrogens, self.no_hydrogens = QPushButton("Adjust"), QPushButton("Remove")
        self.perceive = _segment("Perceive", "Find bonds from the coordinates as atoms move")
        self.keep = _segment("Keep", "Keep the bonds as they are, whatever moves")
        self._filter = FragmentFilter(FragmentModel(background, self), self)
        self._describe()
        self._lay_out()
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Bring what can be done and what is on up to date."""
        edits = self._edits
        self.attach.setEnabled(len(edits.selected) == 1 and self.chosen is not None)
        self.insert.setEnabled(edits.can_build() and self.chosen is not None)
        self.insert_smiles.setEnabled(edits.can_build())
        for button in (self.hydrogens, self.no_hydrogens, self.perceive, self.keep):
            button.setEnabled(edits.can_edit())
        self.perceive.setChecked(self._building.perceives())
        self.keep.setChecked(self._building.keeps())
        self.fills.setChecked(self._pencil.fills)
        self.orders[self._pencil.order].setChecked(True)

    @property
    def chosen(self) -> str | None:
        """Name of the chosen fragment."""
        index = self.list.currentIndex()
        return index.data(NAME_ROLE) if index.isValid() else None

    def choose(self, name: str) -> None:
        """Choose a fragment by its name."""
        for row in range(self._filter.rowCount()):
            index = self._filter.index(row, 0)
            if index.data(NAME_ROLE) == name:
                self.list.setCurrentIndex(index)

    def shown(self) -> list[str]:
        """Titles of the fragments that are listed now."""
        return [self._filter.index(row, 0).data() for row in range(self._filter.rowCount())]

    # What happens

    def _on_search(self) -> None:
        self._filter.show_only(self.category.currentText(), self.search.text())
        if self.chosen is None and self._filter.rowCount():
            self.list.setCurrentIndex(self._filter.index(0, 0))

    def _on_insert(self) -> None:
        if (name := self.chosen) is not None:
            self._edits.do(lambda: self._edits.editor.insert(name))

    def _on_attach(self) -> None:
        if (name := self.chosen) is not None:
            self._edits.do(lambda: self._edits.editor.attach(name))

    def _on_activated(self) -> None:
        """Attach where one atom is selected, else insert."""
        (self._on_attach if self.attach.isEnabled() else self._on_insert)()

    def _on_smiles(self) -> None:
        try:
            self._building.insert_smiles(self.smiles.text())
        except ValueError as error:
            self.smiles_error.setText(str(error))
            self.smiles_error.show()
            return
        self.smiles.clear()
        self.smiles_error.hide()

    def _on_bonds(self, keeps: bool) -> None:
        self._edits.do(lambda: self._edits.document.keep_bonds(keeps))
        self.refresh()

    # Construction

    def _connect(self) -> None:
        edits = self._edits
        self.elements.chosen.connect(self.drawing)
        for order, button in self.orders.items():
            button.clicked.connect(lambda _=False, order=order: self._pencil.set_order(order))
        self.fills.toggled.connect(self._pencil.set_fills)
        self.search.textChanged.connect(lambda _: self._on_search())
        self.category.currentIndexChanged.connect(lambda _: self._on_search())
        self.list.selectionModel().currentChanged.connect(lambda *_: self.refresh())
        self.list.activated.connect(lambda _: self._on_activated())
        for signal, act in (
            (self.attach.clicked, self._on_attach),
            (self.insert.clicked, self._on_insert),
            (self.smiles.returnPressed, self._on_smiles),
            (self.insert_smiles.clicked, self._on_smiles),
            (self.smiles.textEdited, self.smiles_error.hide),
            (self.perceive.clicked, lambda: self._on_bonds(False)),
            (self.keep.clicked, lambda: self._on_bonds(True)),
            (self.hydrogens.clicked, lambda: edits.do(edits.editor.adjust_hydrogens)),
            (self.no_hydrogens.clicked, lambda: edits.do(edits.editor.remove_hydrogens)),
            (self._pencil.changed, self.refresh),
            (edits.stage.changed, self.refresh),
        ):
            signal.connect(_without_arguments(act))
        edits.document.changed.connect(lambda *_: self.refresh())

    def _describe(self) -> None:
        for widget, called, tip in (
            (
                self.fills,
                "Adjust hydrogens while drawing",
                "Add and remove hydrogens as valences ask, with each stroke",
            ),
            (self.search, "Search fragments", "Search names, categories and SMILES"),
            (self.category, "Category", "Which fragments are listed"),
            (self.list, "Fragments", "Enter attaches to the selected atom, or inserts if none is selected"),
            (self.attach, "Attach fragment", "Bond the fragment to the selected atom"),
            (self.insert, "Insert fragment", "Put the fragment beside the molecule"),
            (self.smiles, "SMILES", "A molecule to add, such as CCO"),
            (self.insert_smiles, "Insert SMILES", "Put the molecule beside what is there (Enter)"),
            (
                self.hydrogens,
                "Adjust hydrogens",
                "Add and remove hydrogens as valences ask, at the selection or all (Ctrl+H)",
            ),
            (self.no_hydrogens, "Remove hydrogens", "Delete all hydrogens"),
        ):
            widget.setAccessibleName(called)
            widget.setToolTip(tip)
        self.smiles_error.setAccessibleName("What is wrong with the SMILES")
        self.search.setPlaceholderText("Search fragments")
        self.search.setClearButtonEnabled(True)
        self.smiles.setPlaceholderText("CCO")
        # As wide as the panel, not as the longest category.
        self.category.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.category.setMinimumContentsLength(8)
        self.category.addItems([EVERYTHING, *categories()])
        self.list.setModel(self._filter)
        self.list.setIconSize(PICTURE)
        self.list.setUniformItemSizes(True)
        self.list.setMinimumHeight(_LIST_HEIGHT)

    def _lay_out(self) -> None:
        self.setStyleSheet("QPushButton { padding: 5px 4px; }")  # it stands beside two other panels in small windows
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 10)
        column.setSpacing(8)
        self._add_drawing(column)
        self._add_fragments(column)
        self._add_rest(column)

    def _add_drawing(self, column: QVBoxLayout) -> None:
        column.addWidget(_heading("Draw"))
        column.addWidget(self.elements)
        column.addLayout(_group(self, *self.orders.values()))
        column.addWidget(self.fills)

    def _add_fragments(self, column: QVBoxLayout) -> None:
        column.addWidget(_heading("Fragments"))
        column.addWidget(self.search)
        column.addWidget(self.category)
        column.addWidget(self.list, 1)
        column.addLayout(_row(self.attach, self.insert))

    def _add_rest(self, column: QVBoxLayout) -> None:
        self.smiles_error.setProperty("role", "error")
        self.smiles_error.setWordWrap(True)
        self.smiles_error.hide()
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        line = QHBoxLayout()
        line.addWidget(self.smiles, 1)
        line.addWidget(self.insert_smiles)
        parts = (("SMILES", line), ("Hydrogens", _row(self.hydrogens, self.no_hydrogens)))
        for row, (title, layout) in enumerate((*parts, ("Bonds", _group(self, self.perceive, self.keep)))):
            grid.addWidget(QLabel(title), row, 0)
            grid.addLayout(layout, row, 1)
        column.addLayout(grid)
        column.addWidget(self.smiles_error)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "hint")
    return label


def _segment(title: str, tip: str) -> QPushButton:
    button = QPushButton(title)
    button.setCheckable(True)
    button.setProperty("role", "segment")
    button.setToolTip(tip)
    button.setAccessibleName(title)
    return button


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget, 1)
    return row


def _group(parent: QWidget, *buttons: QPushButton) -> QHBoxLayout:
    """Buttons side by side of which one is on."""
    group = QButtonGroup(parent)
    row = QHBoxLayout()
    row.setSpacing(0)
    for button in buttons:
        group.addButton(button)
        row.addWidget(button, 1)
    return row


def _without_arguments(act: Callable[[], object]) -> Callable[..., None]:
    def run(*_: object) -> None:
        act()

    return run
