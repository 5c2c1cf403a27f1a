"""Notices below the tool bar that wait for an answer, or for being put away, without holding anything up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import qtawesome
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

MOST_NOTICES = 3

Answer = tuple[str, Callable[[], object]]


class Notice(QFrame):
    """One line with buttons; any of them puts it away.

    Parameters
    ----------
    text
        What there is to know.
    answers
        Titles of buttons, and what they do.

    Attributes
    ----------
    done
        Signal without arguments: it may go.
    """

    done = Signal()

    def __init__(self, text: str, answers: tuple[Answer, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setProperty("role", "notice")
        self.setAccessibleName(text)
        self.text = text
        self.buttons = {title: self._button(title, act) for title, act in answers}
        self.dismiss = QToolButton()
        self.dismiss.setAutoRaise(True)
        self.dismiss.setAccessibleName("Put the notice away")
        self.dismiss.setToolTip("Put the notice away")
        self.dismiss.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.dismiss.clicked.connect(self.done)
        self._lay_out(text)

    def set_colors(self, color: str) -> None:
        """Colour of the cross."""
        self.dismiss.setIcon(qtawesome.icon("mdi6.close", color=color))

    def _button(self, title: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(title)
        button.setAccessibleName(title.replace("…", ""))
        button.setToolTip(f"{title}: {self.text}")
        button.clicked.connect(lambda: self._answer(act))
        return button

    def _answer(self, act: Callable[[], object]) -> None:
        self.done.emit()
        act()

    def _lay_out(self, text: str) -> None:
        label = QLabel(text)
        label.setWordWrap(True)
        label.setAccessibleName("Notice")
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.setSpacing(8)
        row.addWidget(label, 1)
        for button in self.buttons.values():
            row.addWidget(button)
        row.addWidget(self.dismiss)


class Notices(QWidget):
    """The notices that wait, the newest at the top.

    Attributes
    ----------
    filled
        Signal with whether there are any.
    """

    filled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.waiting: list[Notice] = []
        self._color = "#808080"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)

    def tell(self, text: str, *answers: Answer) -> Notice:
        """Show a notice; of too many the oldest goes."""
        notice = Notice(text, answers)
        notice.set_colors(self._color)
        notice.done.connect(partial(self._remove, notice))
        self.waiting.insert(0, notice)
        self._column.insertWidget(0, notice)
        for old in self.waiting[MOST_NOTICES:]:
            self._remove(old)
        self.filled.emit(True)
        return notice

    def set_colors(self, muted: str) -> None:
        """Colour of the crosses."""
        self._color = muted
        for notice in self.waiting:
            notice.set_colors(muted)

    def _remove(self, notice: Notice) -> None:
        if notice in self.waiting:
            self.waiting.remove(notice)
            self._column.removeWidget(notice)
            notice.hide()
            notice.deleteLater()
            self.filled.emit(bool(self.waiting))


def add_notices(window: QMainWindow, notices: Notices) -> None:
    """Give notices a place below a window's tool bar, as wide as the window and there only while one waits."""
    bar = QToolBar("Notices", window)
    bar.setObjectName("notices")
    bar.setProperty("role", "notices")
    bar.setMovable(False)
    bar.toggleViewAction().setVisible(False)
    bar.addWidget(notices)
    window.addToolBarBreak()
    window.addToolBar(bar)
    bar.hide()
    notices.filled.connect(bar.setVisible)
