"""What stands over the view while a run goes: how far it is, the noise left, and which molecule is watched."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from gpff_desktop.gui.messages import Frame
from gpff_desktop.gui.sparkline import Sparkline

_VEIL = 190
"""Opacity of what is behind the words, of 255."""


class RunOverlay(QWidget):
    """Progress of a run in a corner of the view, hidden otherwise.

    Attributes
    ----------
    watch_requested
        Signal with the index of the molecule to watch.
    """

    watch_requested = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._frame: Frame | None = None
        self._evaluations: list[int] = []
        self._sigma: list[np.ndarray] = []
        self._words = _words("Progress of the run")
        self._which = _words("Candidate watched")
        self._back = _arrow("◀", "Watch the candidate before")
        self._on = _arrow("▶", "Watch the next candidate")
        self._curve = Sparkline("Noise left, from the start of the run to now")
        self._curve.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._lay_out()
        self._back.clicked.connect(lambda: self.step(-1))
        self._on.clicked.connect(lambda: self.step(1))
        self.hide()

    def begin(self) -> None:
        """A run begins; the overlay shows with its first frame."""
        self._frame = None
        self._evaluations, self._sigma = [], []

    def end(self) -> None:
        """The run is over."""
        self.hide()

    def show_frame(self, frame: Frame) -> None:
        """Tell where the run is."""
        self._frame = frame
        if not self._evaluations or self._evaluations[-1] != frame.progress.evaluations:
            self._evaluations.append(frame.progress.evaluations)
            self._sigma.append(frame.progress.sigma)
        values = np.array([sigma[frame.watched] for sigma in self._sigma])
        self._curve.set_values(values, np.array(self._evaluations), frame.progress.budget)
        self._words.setText(_progress_text(frame))
        several = len(frame.progress) > 1
        for widget in (self._back, self._which, self._on):
            widget.setVisible(several)
        self._which.setText(f"candidate <b>{frame.watched + 1}</b> of {len(frame.progress)}")
        self.show()

    def step(self, by: int) -> None:
        """Ask for the molecule that many places on, round and round."""
        if self._frame is not None:
            self.watch_requested.emit((self._frame.watched + by) % len(self._frame.progress))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Qt's hook: a veil between the words and the atoms behind them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        veil = self.palette().color(QPalette.ColorRole.Base)
        veil.setAlpha(_VEIL)
        painter.setBrush(veil)
        painter.drawRoundedRect(self.rect(), 6, 6)

    def _lay_out(self) -> None:
        choice = QHBoxLayout()
        choice.setSpacing(6)
        for widget in (self._back, self._which, self._on):
            choice.addWidget(widget)
        choice.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(4)
        layout.addLayout(choice)
        layout.addWidget(self._curve)
        layout.addWidget(self._words)
        self._curve.setFixedSize(220, 34)


def _words(name: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", "overlay")
    label.setAccessibleName(name)
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    return label


def _arrow(sign: str, hint: str) -> QToolButton:
    button = QToolButton()
    button.setText(sign)
    button.setAutoRaise(True)
    button.setAccessibleName(hint)
    button.setToolTip(hint)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _progress_text(frame: Frame) -> str:
    step = frame.progress
    of = f" / {step.budget}" if step.budget else ""
    return (
        f"evaluation <b>{step.evaluations}{of}</b> &nbsp;·&nbsp; σ̂ <b>{frame.sigma:.2f} Å</b>"
        f" &nbsp;·&nbsp; {frame.rate:.0f} evaluations/s"
    )
