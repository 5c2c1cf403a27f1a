"""The console of a window: made when it is first opened, with the parts of the window at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gpff_desktop.gui.theme import Look

if TYPE_CHECKING:
    from gpff_desktop.gui.console_panel import ConsolePanel
    from gpff_desktop.gui.main_window import MainWindow

GREETING = "# at hand: document, editor, selection, candidates, view, field, run(command), np"


class Console(QObject):
    """Holds the place of the console's panel until it is wanted.

    Parameters
    ----------
    window
        Whose parts the names in the console are.

    Attributes
    ----------
    host
        The widget for the dock.
    panel
        The console itself, once it has been opened.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._look: Look | None = None
        self.host = QWidget()
        self.panel: ConsolePanel | None = None
        QVBoxLayout(self.host).setContentsMargins(0, 0, 0, 0)
        self.host.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: the first look at the dock makes the console."""
        if event.type() == QEvent.Type.Show:
            self.open()
        return super().eventFilter(watched, event)

    def open(self) -> ConsolePanel:
        """The panel, made now if it is not there yet."""
        if self.panel is None:
            from gpff_desktop.gui.console_panel import ConsolePanel

            self.panel = ConsolePanel(self.names, self._window.workbench.log, GREETING)
            self.panel.set_look(self._look or self._window.appearance.look)
            layout = self.host.layout()
            assert layout is not None
            layout.addWidget(self.panel)
            self.host.setFocusProxy(self.panel)
        return self.panel

    def set_look(self, look: Look) -> None:
        """Write in the colours of a theme."""
        self._look = look
        if self.panel is not None:
            self.panel.set_look(look)

    def names(self) -> dict[str, object]:
        """What the names in the console mean now."""
        window = self._window
        entry = window.document.entry
        return {
            "document": window.document,
            "editor": window.workbench.editor,
            "selection": sorted(entry.selected) if entry else [],
            "candidates": window.workbench.candidates,
            "view": window.view,
            "field": getattr(window.backend, "field", None),
            "run": window.commands.run,
            "np": np,
        }
