"""Room for the panels: what does not fit is scrolled to, never cut off."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QApplication, QFrame, QMainWindow, QScrollArea, QTabBar, QWidget

_LEAST_HEIGHT = 90


def hide_orphaned_tabs(window: QMainWindow) -> None:
    """Hide the tab bars that Qt leaves behind where a third dock joins two others, or where a layout is restored.

    It makes a new bar for them but shows the old one with the window, drawn over the status bar.
    """
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    newest = {bar.tabText(0): bar for bar in bars}
    for bar in bars:
        if bar is not newest[bar.tabText(0)]:
            bar.hide()


class ScrolledPanel(QScrollArea):
    """Shows a panel as large as its dock; smaller docks scroll it, and to whatever takes the keyboard.

    Parameters
    ----------
    content, name
        The panel and its name.
    least_width
        A panel that is not wider than this many pixels is never scrolled sideways.
    """

    def __init__(self, content: QWidget, name: str, least_width: int) -> None:
        super().__init__()
        self._content, self._least_width = content, least_width
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(name)
        self.setWidget(content)
        self.setFocusProxy(content)
        content.installEventFilter(self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Qt's hook: wide enough for the panel, as high as a few lines."""
        least = self._content.minimumSizeHint()
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(min(least.width() + bar, self._least_width), min(least.height(), _LEAST_HEIGHT))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's hook: the panel's own wish."""
        return self._content.sizeHint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: another least size of the panel is another one of the dock."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def _follow(self, old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and self._content.isAncestorOf(new):
            self.ensureWidgetVisible(new, 8, 8)
