"""A bar over the view while live is on: how it goes, how warm it is, and the buttons that hold and end it."""

from __future__ import annotations

import qtawesome
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from gpff_desktop.gui.actions import tooltip
from gpff_desktop.gui.ask_bar import FRAME_STYLE
from gpff_desktop.gui.elided_label import ElidedLabel
from gpff_desktop.gui.live import Live
from gpff_desktop.gui.theme import CONTROL_HEIGHT
from gpff_desktop.session.scene import HOTTEST

_TICKS = 30
_TELL_MS = 250
_SLIDER_WIDTH, _LEAST_SLIDER_WIDTH = 130, 24


class LiveBar(QFrame):
    """Appears while live is on.

    Parameters
    ----------
    live
        What it tells of and commands.
    """

    def __init__(self, live: Live, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._live = live
        self.setObjectName("bar")
        self.setStyleSheet(FRAME_STYLE)
        self._words = ElidedLabel()
        self.temperature = QSlider(Qt.Orientation.Horizontal)
        self._width = QLabel()
        self.pause_button, self.end_button = QToolButton(), QToolButton()
        self._icon_color, self._pause_icon = "", ("", "")
        self._describe()
        self._lay_out()
        self._tell = QTimer(self, interval=_TELL_MS)
        self._tell.timeout.connect(self.refresh)
        self.temperature.valueChanged.connect(self._on_temperature)
        self.pause_button.clicked.connect(lambda: live.pause(not live.paused))
        self.end_button.clicked.connect(lambda: live.end())
        live.changed.connect(self.refresh)
        self._on_temperature()
        self.hide()

    def refresh(self) -> None:
        """Show how things are."""
        live = self._live
        if live.on != self._tell.isActive():
            (self._tell.start if live.on else self._tell.stop)()
            self.setVisible(live.on)
        self._words.setText(live_words(live))
        self._draw_pause()

    def set_icon_colors(self, plain: str) -> None:
        """Draw the icons in the colours of a theme."""
        self._icon_color = plain
        self._flame.setPixmap(qtawesome.icon("mdi6.thermometer", color=plain).pixmap(18, 18))
        self.end_button.setIcon(qtawesome.icon("mdi6.stop", color=plain))
        self._draw_pause()

    def _draw_pause(self) -> None:
        name = "mdi6.play" if self._live.paused else "mdi6.pause"
        if (name, self._icon_color) != self._pause_icon and self._icon_color:
            self._pause_icon = name, self._icon_color
            self.pause_button.setIcon(qtawesome.icon(name, color=self._icon_color))

    def _on_temperature(self) -> None:
        width = HOTTEST * self.temperature.value() / _TICKS
        self._width.setText(f"{width:.2f} Å")
        self._live.set_temperature(width)

    def _describe(self) -> None:
        self._flame = QLabel()
        self._words.setAccessibleName("Live")
        self.temperature.setRange(0, _TICKS)
        self.temperature.setPageStep(5)
        self.temperature.setAccessibleName("Temperature")
        self._width.setAccessibleName("Noise at every step")
        for widget in (self.temperature, self._flame, self._width):
            widget.setToolTip("Temperature: noise that free atoms take up at every step; none lets them come to rest")
        self.pause_button.setAccessibleName("Pause or go on")
        self.pause_button.setToolTip(tooltip("Hold the atoms still, or let them go on", "Space"))
        self.end_button.setAccessibleName("End live")
        self.end_button.setToolTip(tooltip("Leave the atoms where they are", "Ctrl+L"))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 6, 6)
        column.setSpacing(4)
        column.addWidget(self._words)
        row = QHBoxLayout()
        row.setSpacing(6)
        column.addLayout(row)
        for widget in (self._flame, self.temperature, self._width, self.pause_button, self.end_button):
            row.addWidget(widget)
        self.temperature.setMinimumWidth(_LEAST_SLIDER_WIDTH)
        self.temperature.setMaximumWidth(_SLIDER_WIDTH)
        self._width.setMinimumWidth(self._width.fontMetrics().horizontalAdvance("0.00 Å"))
        for button in (self.pause_button, self.end_button):
            button.setFixedSize(CONTROL_HEIGHT, CONTROL_HEIGHT)


def live_words(live: Live) -> str:
    """How live goes, in a few words."""
    speed = f"{live.meter.rate:.0f} frames/s, {1e3 * live.meter.latency:.0f} ms" if live.meter.rate else ""
    if live.trouble:
        how = live.trouble
    elif live.paused:
        how = "paused"
    else:
        how = "at rest" if live.resting else speed
    return " · ".join(filter(None, ("Live", how)))
