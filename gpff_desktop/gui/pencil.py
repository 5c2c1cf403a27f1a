"""What the Draw tool draws."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from gpff_desktop import elements
from gpff_desktop.chemistry.building.atoms import ORDERS


class Pencil(QObject):
    """The element and bond order in hand, and whether hydrogens follow what is drawn.

    Attributes
    ----------
    changed
        Signal without arguments: something else will be drawn.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._symbol, self._order, self._fills = "C", 1, True

    @property
    def symbol(self) -> str:
        """Symbol of the element."""
        return self._symbol

    @property
    def number(self) -> int:
        """Its atomic number."""
        return elements.number(self._symbol)

    @property
    def order(self) -> int:
        """Order of new bonds."""
        return self._order

    @property
    def fills(self) -> bool:
        """Whether hydrogens are added and removed as valences ask."""
        return self._fills

    def set_symbol(self, symbol: str) -> None:
        """Draw another element.

        Raises
        ------
        ValueError
            If there is none with this symbol.
        """
        self._symbol = elements.symbol(elements.number(symbol))
        self.changed.emit()

    def set_order(self, order: int) -> None:
        """Draw other bonds.

        Raises
        ------
        ValueError
            If there is no such order.
        """
        if order not in ORDERS:
            raise ValueError(f"there is no bond order {order}; use 1, 2 or 3")
        self._order = order
        self.changed.emit()

    def set_fills(self, on: bool) -> None:
        """Let hydrogens follow, or leave them to the user."""
        self._fills = on
        self.changed.emit()
