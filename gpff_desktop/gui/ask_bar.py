"""A line over the view that asks for a few words and goes away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gpff_desktop.gui.theme import CONTROL_HEIGHT

_WIDTH = 280
FRAME_STYLE = "QFrame#bar { background: palette(base); border: 1px solid palette(mid); border-radius: 6px; }"


class AskBar(QFrame):
    """Asks one question at a time without holding up the window; an answer that does not fit can be mended.

    Attributes
    ----------
    opened, closed
        Signal without arguments: there is a question, or it was answered or left.
    """

    opened = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setStyleSheet(FRAME_STYLE)
        self._then: Callable[[str], object] = lambda _: None
        self._question, self._error = QLabel(), QLabel()
        self.line, self._answer = QLineEdit(), QPushButton("Select")
        self._lay_out()
        self.line.returnPressed.connect(self._on_answer)
        self.line.textEdited.connect(lambda _: self._error.hide())
        self._answer.clicked.connect(self._on_answer)
        self.hide()

    def ask(self, question: str, example: str, verb: str, then: Callable[[str], object]) -> None:
        """Ask for a text.

        Parameters
        ----------
        question
            What stands before the line.
        example
            What stands in it while it is empty.
        verb
            What the button says.
        then
            Gets the text; a `ValueError` is shown below the line, which stays.
        """
        self._then = then
        self._question.setText(question)
        self.line.setPlaceholderText(example)
        self.line.setAccessibleName(question)
        self.line.setToolTip(f"{question}, such as {example}")
        self._answer.setText(verb)
        self._answer.setStyleSheet("QPushButton { padding: 5px 9px; }")
        self._answer.setAccessibleName(verb)
        self._answer.setToolTip(f"{verb} (Enter)")
        self.line.clear()
        self._error.hide()
        self.show()
        self.opened.emit()
        self.line.setFocus()

    @property
    def error(self) -> str:
        """What is wrong with the answer."""
        return "" if self._error.isHidden() else self._error.text()

    def leave(self) -> None:
        """Go away without an answer."""
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's hook: Esc leaves."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def _on_answer(self) -> None:
        try:
            self._then(self.line.text().strip())
        except ValueError as error:
            self._error.setText(str(error))
            self._error.show()
            return
        self.leave()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        self.setMaximumWidth(_WIDTH)
        close = QPushButton("✕")
        close.setStyleSheet("QPushButton { padding: 0; }")
        close.setFixedSize(CONTROL_HEIGHT, CONTROL_HEIGHT)
        close.setAccessibleName("Cancel")
        close.setToolTip("Leave this line (Esc)")
        close.clicked.connect(self.leave)
        row.addWidget(self.line, 1)
        row.addWidget(self._answer)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 8, 8)
        column.setSpacing(4)
        column.addWidget(self._question)
        column.addLayout(row)
        column.addWidget(self._error)
        self._error.setProperty("role", "error")
        self._error.setWordWrap(True)
        self._error.setAccessibleName("What is wrong with it")
