"""The guided example: a few short hints beside what they are about, over a window that goes on working."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from gpff_desktop.gui.main_window import MainWindow
    from gpff_desktop.gui.memory import Memory

_WIDTH, _GAP, _ROOMY = 330, 14, 1.9


@dataclass(frozen=True)
class Hint:
    """One stop of the guide: what it points at, and what it says."""

    target: QWidget
    title: str
    text: str


class Guide(QFrame):
    """A card that walks from hint to hint; Next and Skip, nothing else, and nothing waits for it.

    Attributes
    ----------
    finished
        Signal without arguments: the last hint was read, or the rest skipped.
    """

    finished = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._hints: tuple[Hint, ...] = ()
        self._index = 0
        self.setProperty("role", "card")
        self.setAccessibleName("Guided example")
        self._ring = QFrame(window)
        self._ring.setProperty("role", "pointed")
        self._ring.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._title, self._text, self._place_note = QLabel(), QLabel(), QLabel()
        self.next_button = _button("Next", "Go on to the next hint")
        self.skip_button = _button("Skip", "Close the guide; the Help menu starts it again")
        self._lay_out()
        self.next_button.clicked.connect(self._go_on)
        self.skip_button.clicked.connect(self.finish)
        window.installEventFilter(self)
        self._ring.hide()
        self.hide()

    def start(self) -> None:
        """Begin with the first hint."""
        self._hints = _hints(self._window)
        self._index = 0
        self._show()
        self.next_button.setFocus()

    def start_once(self, memory: Memory) -> None:
        """Begin unless the user has been through it before; ends remembered."""
        if not memory.settings.guide_seen:
            self.finished.connect(lambda: memory.set(guide_seen=True))
            self.start()

    def finish(self) -> None:
        """Close the guide."""
        self.hide()
        self._ring.hide()
        self.finished.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: stay beside the target as the window changes its size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Qt's hook: while the card has the keyboard, Escape closes it instead of stopping the run."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                self.finish()
            return True
        return super().event(event)

    def _go_on(self) -> None:
        self._index += 1
        if self._index == len(self._hints):
            self.finish()
        else:
            self._show()

    def _show(self) -> None:
        hint = self._hints[self._index]
        self._title.setText(hint.title)
        self._text.setText(hint.text)
        self._place_note.setText(f"{self._index + 1} of {len(self._hints)}")
        self.next_button.setText("Done" if self._index + 1 == len(self._hints) else "Next")
        self.setAccessibleDescription(f"{hint.title}. {hint.text}")
        self.show()
        self._place()
        self._ring.raise_()
        self.raise_()

    def _place(self) -> None:
        target = self._hints[self._index].target
        around = QRect(target.mapTo(self._window, QPoint(0, 0)), target.size())
        self._ring.setGeometry(around)
        self._ring.setVisible(target.isVisible())
        self.setFixedWidth(min(round(_WIDTH * max(1.0, self.fontMetrics().height() / 17)), self._window.width() - 40))
        self.adjustSize()
        self.move(beside(around, self.rect(), self._window.rect()))

    def _lay_out(self) -> None:
        self._title.setProperty("role", "title")
        self._text.setWordWrap(True)
        self._place_note.setProperty("role", "hint")
        self.next_button.setProperty("role", "primary")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._place_note, 1)
        row.addWidget(self.skip_button)
        row.addWidget(self.next_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addSpacing(4)
        layout.addLayout(row)


def beside(target: QRect, card: QRect, room: QRect) -> QPoint:
    """Where a card goes: beside its target, or into a corner of one with room to spare; always in the room."""
    middle = target.center() - card.center()
    places = (
        QPoint(target.left() - card.width() - _GAP, target.top() + _GAP),
        QPoint(target.right() + _GAP, target.top() + _GAP),
        QPoint(middle.x(), target.top() - card.height() - _GAP),
        QPoint(middle.x(), target.bottom() + _GAP),
    )
    fitting = [place for place in places if room.contains(QRect(place, card.size()))]
    roomy = target.width() > _ROOMY * card.width() and target.height() > _ROOMY * card.height()
    if fitting and not roomy:
        return fitting[0]
    inside = QPoint(target.right() - card.width() - _GAP, target.top() + _GAP)
    x = min(max(inside.x(), room.left()), max(room.left(), room.right() - card.width()))
    y = min(max(inside.y(), room.top()), max(room.top(), room.bottom() - card.height()))
    return QPoint(x, y)


def _hints(window: MainWindow) -> tuple[Hint, ...]:
    return (
        Hint(
            window.view,
            "A molecule, made here",
            "Each picture is one evaluation of the network: atoms move from anywhere to where they belong. "
            "Drag to turn the molecule, use the wheel to come nearer.",
        ),
        Hint(
            window.generate_dock,
            "Say what to make",
            "Write a formula, choose how many candidates you want, and press Generate (Ctrl+G). Esc stops a run.",
        ),
        Hint(
            window.candidates_dock,
            "Choose what to keep",
            "Each candidate is judged by its bonds. Click a row to look at it; Ctrl+Return opens it for editing.",
        ),
        Hint(
            window.commands.tool_bar,
            "Go on from there",
            "Draw, move and lock atoms, then relax or generate again around what is locked. "
            "Ctrl+Shift+P finds every command, F1 lists the keys.",
        ),
    )


def _button(title: str, hint: str) -> QPushButton:
    button = QPushButton(title)
    button.setAccessibleName(title)
    button.setToolTip(hint)
    return button
