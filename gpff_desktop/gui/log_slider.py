"""A slider over powers of two with a spin box for exact values."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QSpinBox, QWidget

_TICKS = 1000


class LogSlider(QWidget):
    """Chooses a whole number from 1 to `largest`; the slider moves in equal ratios.

    Attributes
    ----------
    value_changed
        Signal with the new value.
    """

    value_changed = Signal(int)

    def __init__(self, name: str, value: int, largest: int, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = _TICKS / math.log(largest)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, _TICKS)
        self._slider.setPageStep(_TICKS // 9)
        self._slider.setSingleStep(_TICKS // 36)
        self._slider.setAccessibleName(f"{name} slider")
        self._spin = QSpinBox()
        self._spin.setRange(1, largest)
        self._spin.setAccessibleName(name)
        for widget in (self._slider, self._spin):
            widget.setToolTip(hint)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._spin)
        self.setFocusProxy(self._slider)
        self._slider.valueChanged.connect(self._on_slider)
        self._spin.valueChanged.connect(self._on_spin)
        self._spin.setValue(value)

    @property
    def value(self) -> int:
        """The number chosen."""
        return self._spin.value()

    def set_value(self, value: int) -> None:
        """Choose a number."""
        self._spin.setValue(value)

    def _on_slider(self, position: int) -> None:
        self._spin.setValue(round(math.exp(position / self._scale)))

    def _on_spin(self, value: int) -> None:
        # Small numbers lie many ticks apart: moving the slider back to its own number would make it stick.
        self._slider.blockSignals(True)
        if round(math.exp(self._slider.value() / self._scale)) != value:
            self._slider.setValue(round(math.log(value) * self._scale))
        self._slider.blockSignals(False)
        self.value_changed.emit(value)
