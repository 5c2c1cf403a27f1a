"""A line for a molecular formula, checked while it is typed."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from gpff_desktop import elements


class FormulaLine(QLineEdit):
    """A line in which arrows and the wheel change how often the element at the cursor occurs."""

    def step(self, by: int) -> None:
        """Take so many atoms more of the element at the cursor; the last one takes its symbol along."""
        text, at = self.text(), self.cursorPosition()
        for found in re.finditer(r"([A-Z][a-z]?)(\d*)", text):
            if found.start() <= at <= found.end():
                count = int(found[2] or 1) + by
                element = "" if count < 1 else found[1] if count == 1 else f"{found[1]}{count}"
                self.setText(text[: found.start()] + element + text[found.end() :])
                self.setCursorPosition(found.start() + min(len(element), len(found[1])))
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's hook."""
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        if event.key() in steps:
            self.step(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Qt's hook: only with the keyboard here, so that scrolling past changes nothing."""
        if self.hasFocus() and event.angleDelta().y():
            self.step(1 if event.angleDelta().y() > 0 else -1)
        else:
            event.ignore()


class FormulaBox(QWidget):
    """Formula entry with one line below it that says what it means or what is wrong.

    Attributes
    ----------
    changed
        Signal without arguments, sent when the formula or its validity may be different.
    """

    changed = Signal()

    def __init__(self, formula: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: frozenset[int] | None = None
        self._largest: int | None = None
        self._line = FormulaLine(formula)
        self._line.setAccessibleName("Formula")
        self._line.setToolTip(
            "Composition of the molecules, such as C7H10N2O2; ↑ and ↓ change the element at the cursor"
        )
        self._line.setPlaceholderText("C7H10N2O2")
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setAccessibleName("Formula hint")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._line)
        layout.addWidget(self._note)
        self.setFocusProxy(self._line)
        self._line.textChanged.connect(self._check)
        self._check()

    def set_domain(self, known: frozenset[int] | None, largest: int | None) -> None:
        """Accept only these elements (by number) and at most so many atoms; None accepts any."""
        self._known, self._largest = known, largest
        self._check()

    def set_formula(self, formula: str) -> None:
        """Write another formula."""
        self._line.setText(formula)

    @property
    def text(self) -> str:
        """The formula as typed."""
        return self._line.text().strip()

    @property
    def numbers(self) -> np.ndarray | None:
        """Atomic numbers `[n_atoms]`, or None while the text is no usable formula."""
        return None if self.error else elements.parse_formula(self._line.text())

    @property
    def error(self) -> str:
        """What is wrong, in one line; empty if nothing is."""
        try:
            numbers = elements.parse_formula(self._line.text())
        except ValueError as error:
            return _one_sentence(str(error))
        unknown = [z for z in elements.hill_order(numbers.tolist()) if self._known is not None and z not in self._known]
        if unknown:
            return f"The model does not know {', '.join(elements.symbol(z) for z in unknown)}"
        if self._largest is not None and len(numbers) > self._largest:
            return f"{len(numbers)} atoms; the model knows molecules of up to {self._largest}"
        return ""

    def _check(self) -> None:
        error = self.error
        if self.text:
            self._note.setText(error or _hint(elements.parse_formula(self.text)))
        else:
            self._note.setText("Element symbols with counts, such as C7H10N2O2")
        self._note.setProperty("role", "error" if error and self.text else "hint")
        self._note.style().unpolish(self._note)
        self._note.style().polish(self._note)
        self.changed.emit()


def _hint(numbers: np.ndarray) -> str:
    """Atom count, and a warning where no closed-shell molecule has this formula."""
    counts = Counter(int(z) for z in numbers)
    heavy = len(numbers) - counts[1]
    odd = int(numbers.sum()) % 2 == 1
    text = f"{len(numbers)} atoms, {heavy} heavy"
    return f"{text}; an odd number of electrons, so none can be valid" if odd else text


def _one_sentence(message: str) -> str:
    return message[:1].upper() + message[1:]
