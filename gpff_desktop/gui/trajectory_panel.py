"""The panel that plays the steps of a run, or the frames of a file."""

from __future__ import annotations

import numpy as np
import qtawesome
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gpff_desktop.gui.actions import tooltip
from gpff_desktop.gui.elided_label import ElidedLabel
from gpff_desktop.gui.sparkline import Sparkline
from gpff_desktop.session.trajectory import Trajectory

SPEEDS = (5, 10, 15, 30)
"""Frames a second that can be chosen."""
_NOTHING = "No steps are known of what is on view. Generate or relax something, or open an XYZ file of many frames."
_BUTTONS = {
    "first": ("mdi6.skip-backward", "First frame", "Ctrl+Home"),
    "back": ("mdi6.step-backward", "One frame back", "Ctrl+Left"),
    "play": ("mdi6.play", "Play", "Ctrl+T"),
    "on": ("mdi6.step-forward", "One frame on", "Ctrl+Right"),
    "last": ("mdi6.skip-forward", "Last frame", "Ctrl+End"),
}


class TrajectoryPanel(QWidget):
    """Slider, buttons and curve of the noise; knows neither what is on view nor how to show a frame.

    Attributes
    ----------
    frame_chosen
        Signal with the index of the frame to show.
    play_clicked, keep_clicked, export_clicked
        Signals without arguments.
    """

    frame_chosen = Signal(int)
    play_clicked = Signal()
    keep_clicked = Signal()
    export_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trajectory: Trajectory | None = None
        self._playing = False
        self._colors = ("black", "gray")
        self.buttons = {name: _tool(*texts) for name, texts in _BUTTONS.items()}
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.curve = Sparkline("Noise left in each frame")
        self._label = ElidedLabel()
        self._empty = QLabel(_NOTHING)
        self._speed = QComboBox()
        self._loop = _tool("mdi6.repeat", "Loop", "")
        self._keep = _tool("mdi6.content-save-outline", "Keep frame", "Ctrl+K")
        self._export = _tool("mdi6.movie-open-outline", "Export trajectory", "")
        self._describe()
        self._lay_out()
        self._connect()
        self.set_trajectory(None)

    @property
    def frame(self) -> int:
        """The frame shown."""
        return self.slider.value()

    @property
    def speed(self) -> int:
        """Frames a second."""
        return int(self._speed.currentData())

    @property
    def loops(self) -> bool:
        """Whether to begin again after the last frame."""
        return self._loop.isChecked()

    @property
    def text(self) -> str:
        """What is said of the frame shown."""
        return self._label.text() or self._empty.text()

    def set_loops(self, on: bool) -> None:
        """Begin again after the last frame, or stop there."""
        self._loop.setChecked(on)

    def set_trajectory(self, trajectory: Trajectory | None) -> None:
        """Offer other frames, or none."""
        self._trajectory = trajectory
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(trajectory) - 1 if trajectory else 0)
        self.slider.blockSignals(False)
        known = trajectory is not None and len(trajectory.sigma) > 0
        self.curve.setVisible(known)
        self.curve.set_values(trajectory.sigma if trajectory and known else np.empty(0), _places(trajectory))
        self._empty.setVisible(trajectory is None)
        self._label.setVisible(trajectory is not None)
        controls = (self.slider, self._keep, self._export, self._speed, self._loop, *self.buttons.values())
        for widget in controls:
            widget.setEnabled(trajectory is not None)
        self.set_frame(0)

    def set_frame(self, index: int) -> None:
        """Show which frame is on view."""
        self.slider.blockSignals(True)
        self.slider.setValue(index)
        self.slider.blockSignals(False)
        self.curve.set_mark(index)
        self._label.setText(_text(self._trajectory, index) if self._trajectory else "")

    def set_playing(self, playing: bool) -> None:
        """Show whether frames follow one another."""
        self._playing = playing
        self.buttons["play"].setAccessibleName("Pause" if playing else "Play")
        self._draw_icons()

    def set_icon_colors(self, color: str, disabled: str) -> None:
        """Draw the icons in the colours of a theme."""
        self._colors = (color, disabled)
        self._draw_icons()

    def _draw_icons(self) -> None:
        color, disabled = self._colors
        play = self.buttons["play"]
        play.setProperty("icon name", "mdi6.pause" if self._playing else _BUTTONS["play"][0])
        for button in (*self.buttons.values(), self._loop, self._keep, self._export):
            icon = qtawesome.icon(button.property("icon name"), color=color, color_disabled=disabled)
            button.setIcon(icon)

    def _step(self, by: int) -> None:
        last = self.slider.maximum()
        self.frame_chosen.emit(min(max(self.frame + by, 0), last))

    def _describe(self) -> None:
        for widget, name, hint in (
            (self.slider, "Frame", "Which frame is shown"),
            (self._speed, "Speed", "Frames a second"),
            (self._loop, "Loop", "Begin again after the last frame"),
            (self._keep, "Keep frame", tooltip("Open the frame on view in the document, as one step", "Ctrl+K")),
            (self._export, "Export trajectory", "Write all frames as an XYZ file, a GIF or an MP4"),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(hint)
        self.curve.setToolTip("Noise left (σ̂), on a logarithmic scale; click to go there")
        self._label.setProperty("role", "hint")
        self._label.setAccessibleName("Frame shown")
        self._empty.setProperty("role", "hint")
        self._empty.setAccessibleName("Where frames come from")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._loop.setCheckable(True)
        for speed in SPEEDS:
            self._speed.addItem(f"{speed}/s", speed)
        self._speed.setCurrentIndex(SPEEDS.index(15))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (*self.buttons.values(), self._loop, self._speed):
            row.addWidget(widget)
        row.addStretch(1)
        for button in (self._keep, self._export):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.setSpacing(8)
        layout.addWidget(self.curve, 1)
        layout.addWidget(self._empty, 1)
        layout.addWidget(self._label)
        layout.addWidget(self.slider)
        layout.addLayout(row)
        self.curve.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.curve.setMinimumHeight(36)
        self.curve.setMaximumHeight(150)

    def _connect(self) -> None:
        self.slider.valueChanged.connect(self.frame_chosen)
        self.curve.clicked.connect(self.frame_chosen)
        self.buttons["first"].clicked.connect(lambda: self.frame_chosen.emit(0))
        self.buttons["last"].clicked.connect(lambda: self.frame_chosen.emit(self.slider.maximum()))
        self.buttons["back"].clicked.connect(lambda: self._step(-1))
        self.buttons["on"].clicked.connect(lambda: self._step(1))
        self.buttons["play"].clicked.connect(self.play_clicked)
        self._keep.clicked.connect(self.keep_clicked)
        self._export.clicked.connect(self.export_clicked)


def _places(trajectory: Trajectory | None) -> np.ndarray | None:
    return trajectory.evaluations if trajectory is not None and len(trajectory.evaluations) else None


def _text(trajectory: Trajectory, index: int) -> str:
    parts = [f"frame {index + 1} of {len(trajectory)}"]
    if len(trajectory.evaluations):
        parts.append(f"evaluation {trajectory.evaluations[index]}")
    if len(trajectory.sigma):
        parts.append(f"σ̂ {trajectory.sigma[index]:.3f} Å")
    return " · ".join(parts)


def _tool(icon: str, name: str, shortcut: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name)
    button.setToolTip(tooltip(name, shortcut))
    button.setProperty("icon name", icon)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
