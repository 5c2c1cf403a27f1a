"""A window that stays alive while Python typed by the user runs in its thread."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

_MOST_MS = 30
_TYPE = QEvent.Type
_INPUT = frozenset(
    {
        _TYPE.MouseButtonPress, _TYPE.MouseButtonRelease, _TYPE.MouseButtonDblClick, _TYPE.Wheel, _TYPE.KeyPress,
        _TYPE.KeyRelease, _TYPE.ShortcutOverride, _TYPE.Shortcut, _TYPE.ContextMenu, _TYPE.InputMethod,
        _TYPE.DragEnter, _TYPE.Drop, _TYPE.TouchBegin, _TYPE.Close,
    }
)  # fmt: skip


class Watch(QObject):
    """Draws the window now and then, and lets nothing of the user through but the wish to stop.

    Anything else could change what the running code is in the middle of changing.

    Parameters
    ----------
    stop
        The button that stops; it is seen while code runs for long.
    """

    def __init__(self, stop: QPushButton, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stop, self._wanted = stop, False
        stop.clicked.connect(self._want)
        stop.hide()

    def look(self) -> bool:
        """Let the window come to its turn; whether the user wants the code to stop."""
        application = QApplication.instance()
        if application is None:
            return True
        self._stop.show()
        application.installEventFilter(self)
        try:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, _MOST_MS)
        finally:
            application.removeEventFilter(self)
        return self._wanted

    def end(self) -> None:
        """The code has ended."""
        self._wanted = False
        self._stop.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: keep the user's input from all widgets but the button."""
        if event.type() not in _INPUT or not isinstance(watched, QWidget) or watched is self._stop:
            return False
        if event.type() == _TYPE.Close:
            event.ignore()
            self._want()
        elif event.type() == _TYPE.ShortcutOverride:
            event.accept()  # else it would be a shortcut, and never a key
        elif isinstance(event, QKeyEvent) and _stops(event):
            self._want()
        return True

    def _want(self) -> None:
        self._wanted = True


def _stops(event: QKeyEvent) -> bool:
    ctrl_c = event.key() == Qt.Key.Key_C and event.modifiers() == Qt.KeyboardModifier.ControlModifier
    return event.type() == _TYPE.KeyPress and (ctrl_c or event.key() == Qt.Key.Key_Escape)
