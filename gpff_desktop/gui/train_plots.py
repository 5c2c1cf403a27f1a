"""Curves and histograms of the Train panel, in the colours of the theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gpff_desktop.gui.theme import LIGHT, Look

COLORS = ("#3d82d6", "#d9661f", "#1f9a73", "#b8639a", "#b98a00", "#7a6fd0", "#7d8894", "#c94b4b")
"""Colours of runs: told apart with any colour vision (after Okabe and Ito), and 3:1 on both themes' ground."""
_HEIGHT = 132
_POINTS = 8
_FEW = 40


@dataclass(frozen=True, eq=False)
class Line:
    """One curve: `x` and `y` `[n]`, its colour, and whether it is dashed."""

    x: np.ndarray
    y: np.ndarray
    color: str
    dashed: bool = False


class Plot(QWidget):
    """One set of axes with its name and what the colours mean above it.

    Parameters
    ----------
    name
        What is drawn, with its unit.
    bottom
        What the horizontal axis stands for.
    """

    def __init__(self, name: str, bottom: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self._bottom, self._look = name, bottom, LIGHT
        self._words: tuple[tuple[str, str], ...] = ()
        self._note = ""
        self.caption = QLabel()
        self.caption.setWordWrap(True)
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.axes = _Axes()
        self.axes.setAccessibleName(name)
        self.axes.setFixedHeight(_HEIGHT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.caption)
        layout.addWidget(self.axes)
        self.set_look(LIGHT)

    def set_look(self, look: Look) -> None:
        """Draw in the colours of a theme."""
        self._look = look
        self.axes.setBackground(look.base)
        for side in ("left", "bottom"):
            axis = self.axes.getAxis(side)
            axis.setPen(look.border)
            axis.setTextPen(look.muted)
        self.axes.setLabel("bottom", self._bottom, color=look.muted, **{"font-size": f"{_POINTS}pt"})
        self._write_caption()

    def draw(self, lines: Sequence[Line], words: Sequence[tuple[str, str]] = (), note: str = "") -> None:
        """Draw other curves; `words` say what the colours mean, each with its colour, and `note` what else there is."""
        self._words, self._note = tuple(words), note
        self._write_caption()
        self.axes.clear()
        for line in lines:
            style = Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine
            symbol = "o" if len(line.x) < _FEW else None
            self.axes.plot(
                line.x, line.y, pen=pg.mkPen(line.color, width=2, style=style),
                symbol=symbol, symbolSize=4, symbolPen=None, symbolBrush=line.color,
            )  # fmt: skip

    def draw_bars(self, edges: np.ndarray, counts: Sequence[int]) -> None:
        """Draw a histogram: limits of the bins `[n + 1]` and the counts in them."""
        self._words, self._note = (), ""
        self._write_caption()
        self.axes.clear()
        color = QColor(COLORS[0])
        middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
        self.axes.addItem(pg.BarGraphItem(x=middles, height=list(counts), width=widths * 0.9, pen=None, brush=color))

    def label_bottom(self, texts: Sequence[str] | None) -> None:
        """Write texts below whole numbers from 0 on, or the numbers themselves."""
        ticks = None if texts is None else [list(enumerate(texts))]
        self.axes.getAxis("bottom").setTicks(ticks)

    def rename(self, name: str, bottom: str) -> None:
        """Say that something else is drawn."""
        self.name, self._bottom = name, bottom
        self.axes.setAccessibleName(name)
        self.set_look(self._look)

    def _write_caption(self) -> None:
        note = f" ({escape(self._note)})" if self._note else ""
        keys = " ".join(f"<span style='color: {color}'>■</span>&nbsp;{_unbroken(text)}" for text, color in self._words)
        self.caption.setText(f"<b>{escape(self.name)}</b>{note} <span style='color: {self._look.muted}'>{keys}</span>")
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Qt's hook: in another width the caption takes other lines."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        # A scroll area asks for the least height alone, which knows nothing of lines that are folded.
        self.caption.setMinimumHeight(self.caption.heightForWidth(self.width()))


class _Axes(pg.PlotWidget):
    """Axes that are only looked at: the wheel scrolls the panel they stand in."""

    def __init__(self) -> None:
        super().__init__()
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(False, False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.showGrid(y=True, alpha=0.15)
        font = QFont(self.font())
        font.setPointSizeF(_POINTS)
        for side in ("left", "bottom"):
            self.getAxis(side).setStyle(tickFont=font, tickLength=-4)
            self.getAxis(side).enableAutoSIPrefix(False)
        self.getAxis("left").setWidth(44)
        self.getPlotItem().setDownsampling(auto=True, mode="peak")
        self.getPlotItem().setClipToView(True)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        event.ignore()


def _unbroken(text: str) -> str:
    return escape(text).replace(" ", "&nbsp;")
