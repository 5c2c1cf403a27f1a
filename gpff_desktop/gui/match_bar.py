"""A bar over the view that asks which of several matches is meant, and shows each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gpff_desktop.gui.ask_bar import FRAME_STYLE
from gpff_desktop.gui.theme import CONTROL_HEIGHT

ALL = 0


class MatchBar(QFrame):
    """Steps through matches with buttons or the arrow keys; Enter takes the one on view.

    Parameters
    ----------
    point_at
        Shows some atoms in the view.

    Attributes
    ----------
    opened, closed
        Signal without arguments: there is a question, or it was answered or left.
    """

    opened = Signal()
    closed = Signal()

    def __init__(self, point_at: Callable[[Sequence[int]], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setStyleSheet(FRAME_STYLE + "QPushButton { padding: 5px 9px; }")
        self._point_at = point_at
        self._matches: tuple[tuple[int, ...], ...] = ()
        self._then: Callable[[int], object] = lambda _: None
        self._shown = 0
        self._label = QLabel()
        self.back, self.forth, self.take = QPushButton("‹"), QPushButton("›"), QPushButton("This")
        self.take_all, self.leave_button = QPushButton("All"), QPushButton("✕")
        self._lay_out()
        self._connect()
        self.hide()

    def ask(self, matches: Sequence[tuple[int, ...]], then: Callable[[int], object]) -> None:
        """Ask which of several matches is meant; `then` gets its number, counted from 1, or `ALL`."""
        self._matches, self._then = tuple(matches), then
        self.show()
        self.opened.emit()
        self._show_match(0)
        self.take.setFocus()

    def leave(self) -> None:
        """Go away without an answer."""
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's hook: Enter takes the match on view, Esc leaves."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.leave()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._answer(ALL if self.take_all.hasFocus() else self._shown + 1)
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: arrow keys, with which buttons would move the focus, step through the matches."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in steps:
            self._show_match(self._shown + steps[Qt.Key(event.key())])
            return True
        return super().eventFilter(watched, event)

    def _show_match(self, index: int) -> None:
        self._shown = index % len(self._matches)
        self._label.setText(f"Lock match {self._shown + 1} of {len(self._matches)}?")
        self._point_at(self._matches[self._shown])

    def _answer(self, number: int) -> None:
        self.leave()
        self._then(number)

    def _connect(self) -> None:
        self.back.clicked.connect(lambda: self._show_match(self._shown - 1))
        self.forth.clicked.connect(lambda: self._show_match(self._shown + 1))
        self.take.clicked.connect(lambda: self._answer(self._shown + 1))
        self.take_all.clicked.connect(lambda: self._answer(ALL))
        self.leave_button.clicked.connect(self.leave)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 8, 8)
        column.setSpacing(4)
        self._label.setAccessibleName("Match on view")
        column.addWidget(self._label)
        row = QHBoxLayout()
        row.setSpacing(6)
        column.addLayout(row)
        for widget, called, tip in (
            (self.back, "Match before", "Show the match before (Left)"),
            (self.forth, "Next match", "Show the next match (Right)"),
            (self.take, "Lock this match", "Lock the match on view (Enter)"),
            (self.take_all, "Lock all matches", "Lock the atoms of all matches"),
            (self.leave_button, "Cancel", "Lock nothing (Esc)"),
        ):
            row.addWidget(widget)
            widget.setAccessibleName(called)
            widget.setToolTip(tip)
            widget.installEventFilter(self)
        for narrow in (self.back, self.forth, self.leave_button):
            narrow.setFixedSize(CONTROL_HEIGHT, CONTROL_HEIGHT)
            narrow.setStyleSheet("QPushButton { padding: 0; }")
