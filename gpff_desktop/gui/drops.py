"""Files and text dropped on the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QMainWindow

_MARGIN = 12


class Drops(QObject):
    """Takes what is dropped anywhere on a window, and says so while it hovers.

    Parameters
    ----------
    window
        Where things are dropped.
    open_files, open_text
        Get what was dropped.
    """

    def __init__(
        self,
        window: QMainWindow,
        open_files: Callable[[Sequence[Path]], object],
        open_text: Callable[[str], object],
    ) -> None:
        super().__init__(window)
        self._window, self._open_files, self._open_text = window, open_files, open_text
        self.hint = QLabel(window)
        self.hint.setObjectName("drop")
        self.hint.setProperty("role", "drop")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hint.hide()
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: something is dragged over the window, dropped, or taken away again."""
        kind = event.type()
        if kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove) and isinstance(event, QDropEvent):
            return self._offer(event)
        if kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            return self._take(event)
        if kind == QEvent.Type.DragLeave:
            self.hint.hide()
        return super().eventFilter(watched, event)

    def _offer(self, event: QDropEvent) -> bool:
        words = _words(event.mimeData())
        if not words:
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if self.hint.isHidden():
            self.hint.setText(words)
            centre = self._window.centralWidget() or self._window
            self.hint.setGeometry(centre.geometry().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN))
            self.hint.raise_()
            self.hint.show()
        return True

    def _take(self, event: QDropEvent) -> bool:
        self.hint.hide()
        data = event.mimeData()
        if not _words(data):
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        paths = dropped_files(data)
        if paths:
            self._open_files(paths)
        else:
            self._open_text(data.text())
        return True


def dropped_files(data: QMimeData) -> list[Path]:
    """The files on this machine among what is dropped."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def _words(data: QMimeData) -> str:
    """What would happen to what is dropped; empty if it is of no use."""
    paths = dropped_files(data)
    if paths:
        return f"Drop to open {paths[0].name}" if len(paths) == 1 else f"Drop to open {len(paths)} files"
    return "Drop to open the structures in this text" if data.hasText() and not data.hasUrls() else ""
