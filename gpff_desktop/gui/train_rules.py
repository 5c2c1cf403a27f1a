"""The rules by which records are left out of a data set, with what each of them would leave out."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QToolButton, QVBoxLayout, QWidget

from gpff_desktop import elements
from gpff_desktop.data.report import CheckReport
from gpff_desktop.data.rules import Fault, ImportRules
from gpff_desktop.gui.train_widgets import form, row, spin

_LARGEST = 9999
_A_ROW = 7
_RULES = {
    Fault.DUPLICATE: ("drop_duplicates", "Duplicates", "Geometries that have been met before"),
    Fault.OVERLAPPING: ("drop_overlapping", "Overlapping atoms", "Structures with two atoms on each other"),
    Fault.FRAGMENTS: ("drop_fragments", "Several fragments", "Structures in more than one piece"),
    Fault.OFF_EQUILIBRIUM: (
        "drop_off_equilibrium",
        "Likely off equilibrium",
        "Structures that, by their forces or bond lengths, are likely no minima of energy",
    ),
}


class RulesEditor(QWidget):
    """Check boxes for what is wrong with records, limits of size, and the elements that may occur.

    Attributes
    ----------
    changed
        Signal without arguments: `rules` are different.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes = {fault: _box(text, tip) for fault, (_, text, tip) in _RULES.items()}
        self.least = spin("Fewest atoms", "Smaller structures are left out", 1, _LARGEST, 1)
        self.most = spin("Most atoms", "Larger structures are left out", 1, _LARGEST, _LARGEST)
        self.elements: dict[int, QToolButton] = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for box in self.boxes.values():
            layout.addWidget(box)
            box.toggled.connect(self.changed)
        layout.addLayout(form(("A&toms from, to", row(self.least, self.most, stretch=(1, 1)), self.least)))
        layout.addLayout(self._grid)
        self.least.valueChanged.connect(self.changed)
        self.most.valueChanged.connect(self.changed)

    @property
    def rules(self) -> ImportRules:
        """The rules as chosen.

        Raises
        ------
        ValueError
            If nothing could pass.
        """
        kept = frozenset(z for z, element in self.elements.items() if element.isChecked())
        return ImportRules(
            **{_RULES[fault][0]: box.isChecked() for fault, box in self.boxes.items()},
            min_atoms=self.least.value(),
            max_atoms=self.most.value(),
            elements=None if len(kept) == len(self.elements) else kept,
        )

    def set_report(self, report: CheckReport) -> None:
        """Offer what there is to choose in checked sources, with the rules they were checked for."""
        self.blockSignals(True)
        for fault, box in self.boxes.items():
            count = report.faults.get(fault, 0)
            box.setText(f"{_RULES[fault][1]} ({count:,})")
            box.setChecked(getattr(report.rules, _RULES[fault][0]))
            box.setEnabled(bool(count))
        sizes = list(report.sizes) or [1]
        for limit, value in ((self.least, sizes[0]), (self.most, sizes[-1])):
            limit.setRange(sizes[0], sizes[-1])
            limit.setValue(value)
        self._offer_elements(report)
        self.blockSignals(False)
        self.changed.emit()

    def _offer_elements(self, report: CheckReport) -> None:
        for old in self.elements.values():
            self._grid.removeWidget(old)
            old.deleteLater()
        counts = {elements.number(symbol): count for symbol, count in report.elements.items()}
        self.elements = {z: _element(z, count) for z, count in counts.items()}
        for index, element in enumerate(self.elements.values()):
            self._grid.addWidget(element, index // _A_ROW, index % _A_ROW)
            element.toggled.connect(self.changed)
            if index:
                QWidget.setTabOrder(list(self.elements.values())[index - 1], element)


def _box(text: str, tip: str) -> QCheckBox:
    box = QCheckBox(text)
    box.setAccessibleName(f"Leave out: {text.lower()}")
    box.setToolTip(tip)
    return box


def _element(number: int, count: int) -> QToolButton:
    element = QToolButton()
    symbol = elements.symbol(number)
    element.setText(symbol)
    element.setCheckable(True)
    element.setChecked(True)
    element.setAccessibleName(f"Allow {symbol}")
    element.setToolTip(f"{symbol}: {count:,} atoms; off leaves out the structures that have it")
    return element
