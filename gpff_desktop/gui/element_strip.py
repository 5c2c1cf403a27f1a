"""A row of elements to draw with."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from gpff_desktop import elements
from gpff_desktop.gui.building import COMMON
from gpff_desktop.gui.pencil import Pencil
from gpff_desktop.gui.periodic_table import PeriodicTable, chip_style

_COLUMNS = 6
_HEIGHT = 30


class ElementStrip(QWidget):
    """The common elements, the one in use if it is another, and a button for all.

    Parameters
    ----------
    pencil
        What the choice is for.

    Attributes
    ----------
    chosen
        Signal without arguments: an element was chosen here.
    """

    chosen = Signal()

    def __init__(self, pencil: Pencil, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pencil = pencil
        self._table: PeriodicTable | None = None
        self.buttons = {symbol: self._button(symbol) for symbol in COMMON}
        self._other = self._button("Si")
        self.more = QPushButton("…")
        self._lay_out()
        pencil.changed.connect(self._refresh)
        self._refresh()

    def open_table(self) -> None:
        """Show the periodic table."""
        if self._table is None:
            self._table = PeriodicTable(self)
            self._table.chosen.connect(self._choose)
        self._table.open_at(self.more.mapToGlobal(QPoint(0, self.more.height())), self._pencil.symbol)

    @property
    def table(self) -> PeriodicTable | None:
        """The periodic table, once it was opened."""
        return self._table

    def _choose(self, symbol: str) -> None:
        self._pencil.set_symbol(symbol)
        self.chosen.emit()

    def _refresh(self) -> None:
        symbol = self._pencil.symbol
        for name, button in self.buttons.items():
            button.setChecked(name == symbol)
        if symbol not in self.buttons:
            _label(self._other, symbol)
        self._other.setChecked(symbol not in self.buttons)

    def _button(self, symbol: str) -> QPushButton:
        button = QPushButton(self)
        button.setCheckable(True)
        button.setProperty("role", "toggle")
        button.setFixedHeight(_HEIGHT)
        button.setMinimumWidth(_HEIGHT)
        _label(button, symbol)
        button.clicked.connect(lambda: self._choose(button.text()))
        return button

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        self.more.setFixedHeight(_HEIGHT)
        self.more.setStyleSheet("QPushButton { padding: 0; }")
        self.more.setToolTip("All elements")
        self.more.setAccessibleName("All elements")
        self.more.clicked.connect(self.open_table)
        for index, button in enumerate((*self.buttons.values(), self._other, self.more)):
            grid.addWidget(button, *divmod(index, _COLUMNS))


def _label(button: QPushButton, symbol: str) -> None:
    button.setText(symbol)
    button.setStyleSheet(chip_style(elements.number(symbol)))
    button.setToolTip(f"Draw {symbol} (type {symbol} in the view)")
    button.setAccessibleName(f"Draw {symbol}")
