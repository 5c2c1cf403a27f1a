"""A few labelled numbers to type, as many as are needed at the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QSizePolicy, QWidget

_COLUMNS = 3
_LEAST_WIDTH = 62


@dataclass(frozen=True)
class Field:
    """A number: what it is called and what it may be."""

    label: str
    value: float
    least: float
    most: float
    step: float = 0.1
    digits: int = 2
    unit: str = " Å"


class NumberFields(QWidget):
    """Up to six numbers in rows of three.

    Attributes
    ----------
    edited
        Signal with all numbers, as a tuple, when the user has typed or stepped one.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels = [QLabel() for _ in range(2 * _COLUMNS)]
        self.spins = [_spin(f"Number {k}") for k in range(1, len(self._labels) + 1)]
        self._shown: tuple[Field, ...] = ()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for k, (label, spin) in enumerate(zip(self._labels, self.spins, strict=True)):
            label.setProperty("role", "hint")
            label.setBuddy(spin)
            row, column = 2 * (k // _COLUMNS), k % _COLUMNS
            grid.addWidget(label, row, column)
            grid.addWidget(spin, row + 1, column)
            spin.valueChanged.connect(self._tell)

    def show_fields(self, fields: Sequence[Field], hint: str) -> None:
        """Show these numbers, without telling anyone; what is being typed in one that stays the same is left alone."""
        for k, (label, spin) in enumerate(zip(self._labels, self.spins, strict=True)):
            label.setVisible(k < len(fields))
            spin.setVisible(k < len(fields))
            if k < len(fields):
                label.setText(fields[k].label)
                self._fill(spin, fields[k], hint)
        self._shown = tuple(fields)
        self.setVisible(bool(fields))

    def values(self) -> tuple[float, ...]:
        """The numbers as they are."""
        return tuple(spin.value() for spin, _ in zip(self.spins, self._shown, strict=False))

    def _fill(self, spin: QDoubleSpinBox, field: Field, hint: str) -> None:
        spin.blockSignals(True)
        spin.setDecimals(field.digits)
        spin.setRange(field.least, field.most)
        spin.setSingleStep(field.step)
        spin.setSuffix(field.unit)
        if abs(spin.value() - field.value) > 10.0**-field.digits / 2:
            spin.setValue(field.value)
        spin.setAccessibleName(field.label)
        spin.setToolTip(hint)
        spin.blockSignals(False)

    def _tell(self, _: float) -> None:
        self.edited.emit(self.values())


def _spin(name: str) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setAccessibleName(name)
    spin.setToolTip(name)
    spin.setKeyboardTracking(False)
    spin.setAlignment(Qt.AlignmentFlag.AlignRight)
    spin.setMinimumWidth(_LEAST_WIDTH)
    spin.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return spin
