"""The tool bar: icons, with words beside them where there is room."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QToolBar, QToolButton


class ToolBar(QToolBar):
    """Buttons that keep their words only as long as all of them fit, so that none is pushed out of sight."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__("Tools", window)
        self.setObjectName("tools")
        self.setMovable(False)
        self.setAccessibleName("Tools")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._with_words: list[QToolButton] = []

    def add(self, action: QAction) -> None:
        """Append a button; it takes the keyboard, and says its words unless its menu has them as a mere choice."""
        self.addAction(action)
        button = self.widgetForAction(action)
        assert isinstance(button, QToolButton)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.iconText())
        if not action.isCheckable():
            self._with_words.append(button)

    def set_icon_size(self, size: QSize) -> None:
        """Draw icons of another size."""
        self.setIconSize(size)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Qt's hook: show words if there is room for all of them."""
        self.fit()
        super().resizeEvent(event)

    def fit(self) -> None:
        """Choose between words and bare icons for the present width, icon size and font."""
        self._say(True)
        layout = self.layout()
        if layout is not None and layout.sizeHint().width() > self.width():
            self._say(False)

    def _say(self, words: bool) -> None:
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if words else Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in self._with_words:
            button.setToolButtonStyle(style)
