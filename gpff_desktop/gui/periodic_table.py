"""A pop-up with all elements to choose from."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QWidget

from gpff_desktop import elements
from gpff_desktop.viewer.style import element_colors

_CELL = 30
_GAP_ROW = 7
_STEPS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class PeriodicTable(QFrame):
    """The periodic table as buttons; arrow keys walk over it.

    Attributes
    ----------
    chosen
        Signal with the symbol of the element that was clicked.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName("Periodic table")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._cells: dict[tuple[int, int], QPushButton] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 8, 8, 8)
        grid.setSpacing(2)
        grid.setRowMinimumHeight(_GAP_ROW, 8)
        for number in range(1, elements.MAX_NUMBER + 1):
            place = elements.table_place(number)
            self._cells[place] = self._button(number)
            grid.addWidget(self._cells[place], *place)

    def open_at(self, place: QPoint, symbol: str) -> None:
        """Show the table with its upper left corner at a point of the screen, if there is room, on an element."""
        self.adjustSize()
        screen = self.screen().availableGeometry()
        x = min(place.x(), screen.right() - self.width())
        y = min(place.y(), screen.bottom() - self.height())
        self.move(max(screen.left(), x), max(screen.top(), y))
        self.show()
        self._cells[elements.table_place(elements.number(symbol))].setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's hook: arrow keys go to the next element in their direction, over gaps."""
        step = _STEPS.get(event.key())
        here = next((place for place, cell in self._cells.items() if cell.hasFocus()), None)
        if step is None or here is None:
            super().keyPressEvent(event)
            return
        row, column = here
        for _ in range(elements.TABLE_COLUMNS):
            row, column = row + step[0], column + step[1]
            if (row, column) in self._cells:
                self._cells[row, column].setFocus()
                return

    def _button(self, number: int) -> QPushButton:
        symbol = elements.symbol(number)
        button = _Cell(symbol, self)
        button.setFixedSize(_CELL, _CELL)
        button.setStyleSheet(chip_style(number))
        button.setToolTip(f"{symbol}, atomic number {number}")
        button.setAccessibleName(f"Element {symbol}")
        button.setAutoDefault(True)
        button.clicked.connect(lambda: self._choose(symbol))
        return button

    def _choose(self, symbol: str) -> None:
        self.hide()
        self.chosen.emit(symbol)


class _Cell(QPushButton):
    """A button that leaves the arrow keys to the table."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's hook: Enter and the space bar press it."""
        if event.key() in _STEPS:
            event.ignore()
        else:
            super().keyPressEvent(event)


def chip_style(number: int) -> str:
    """A style sheet that marks a button with the colour of an element."""
    red, green, blue = (round(255 * v) for v in element_colors(np.array([number]))[0])
    edge = QColor(red, green, blue)
    color = edge.darker(115) if edge.lightness() > 225 else edge
    return f"QPushButton {{ padding: 0; border-bottom: 3px solid {color.name()}; }}"
