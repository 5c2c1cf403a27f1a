"""The user's mouse and keyboard in the molecule view, by real Qt events."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gpff_desktop.gui.main_window import MainWindow

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
PLAIN = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
# Moves that follow each other too quickly are left out by vispy.
_PAUSE = 0.012
Place = tuple[float, float]


class Hands:
    """Clicks, drags and types in the view of a window.

    Parameters
    ----------
    window
        The window; its view must be on screen.
    """

    def __init__(self, window: MainWindow) -> None:
        self.window, self.canvas = window, window.view.canvas
        self.native: QWidget = window.view.canvas.native

    def settle(self) -> Hands:
        """Wait until the picture no longer turns by itself."""
        while self.window.view.turning:
            QApplication.processEvents()
            time.sleep(0.005)
        return self

    def face(self, zoom: float = 1.0) -> Hands:
        """Look along z at all of the molecule, smaller or larger than it fits."""
        self.settle()
        self.canvas.camera.set_orientation(np.eye(3))
        self.canvas.fit()
        self.canvas.camera.zoom(zoom)
        return self

    def atom(self, index: int) -> Place:
        """Where an atom is seen; nothing may hide it."""
        x, y = self.canvas.project(index)
        assert self.canvas.pick((x, y)) == index
        return float(x), float(y)

    def bond(self, first: int, second: int) -> Place:
        """Where the middle of a bond is seen; nothing may hide it."""
        x, y = (np.array(self.atom(first)) + self.atom(second)) / 2
        assert set(self.canvas.pick_bond((x, y)) or ()) == {first, second}
        return float(x), float(y)

    @property
    def corner(self) -> Place:
        """A place beside the molecule."""
        return self.native.width() - 4.0, 4.0

    def click(self, place: Place, modifiers: Qt.KeyboardModifier = PLAIN, button: Qt.MouseButton = LEFT) -> None:
        """Press and release in one place."""
        QTest.mouseClick(self.native, button, modifiers, QPoint(*(round(v) for v in place)))

    def double_click(self, place: Place) -> None:
        """What a mouse sends for a double click."""
        self.click(place)
        self._send(QEvent.Type.MouseButtonDblClick, place, LEFT, LEFT, PLAIN)
        self._send(QEvent.Type.MouseButtonRelease, place, LEFT, Qt.MouseButton.NoButton, PLAIN)

    def drag(self, places: Sequence[Place], modifiers: Qt.KeyboardModifier = PLAIN, release: bool = True) -> None:
        """Press at the first place, move over the others and release at the last."""
        self._send(QEvent.Type.MouseButtonPress, places[0], LEFT, LEFT, modifiers)
        for place in places[1:]:
            time.sleep(_PAUSE)
            self._send(QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton, LEFT, modifiers)
        if release:
            self.release(places[-1], modifiers)

    def release(self, place: Place, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Let go of the left button."""
        self._send(QEvent.Type.MouseButtonRelease, place, LEFT, Qt.MouseButton.NoButton, modifiers)

    def key(self, key: Qt.Key | str, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Press a key in the view."""
        self.window.activateWindow()
        self.native.setFocus()
        assert QTest.qWaitForWindowActive(self.window)
        QApplication.processEvents()
        QTest.keyClick(self.native, key, modifiers)

    def take(self, tool: str) -> None:
        """Take a tool in hand."""
        self.window.commands.run(f"tool.{tool}")

    def _send(
        self, kind: QEvent.Type, place: Place, button: Qt.MouseButton, held: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier,
    ) -> None:  # fmt: skip
        local = QPointF(*place)
        there = QPointF(self.native.mapToGlobal(local.toPoint()))
        QApplication.sendEvent(self.native, QMouseEvent(kind, local, there, button, held, modifiers))
