"""A small curve of the noise left in a molecule, from one step of a run to the next."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

_MARGIN = 4.0
_LEAST = 1e-3


class Sparkline(QWidget):
    """Positive values on a logarithmic scale, with a mark at one of them.

    Attributes
    ----------
    clicked
        Signal with the index of the value nearest to the pointer, on pressing and dragging.
    """

    clicked = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = np.empty(0)
        self._places = np.empty(0)
        self._end = 0.0
        self._mark: int | None = None
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_values(self, values: np.ndarray, places: np.ndarray | None = None, end: float = 0.0) -> None:
        """Draw another curve.

        Parameters
        ----------
        values
            `[n]`, such as σ̂ in Å; very small ones, and what is no number, stay on the lower edge.
        places
            Where they stand on the horizontal axis, `[n]`, ascending; by default evenly.
        end
            Where the axis ends, if later than the last value.
        """
        self._values = np.asarray(values, dtype=float)
        self._places = np.arange(len(values), dtype=float) if places is None else np.asarray(places, dtype=float)
        self._end = end
        self.update()

    def set_mark(self, index: int | None) -> None:
        """Mark one of the values."""
        self._mark = index
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's hook."""
        return QSize(150, 34)

    def points(self) -> list[QPointF]:
        """Where the values are drawn, in the widget's coordinates; ones that are no number stay at the bottom."""
        with np.errstate(divide="ignore", invalid="ignore"):
            heights = np.log(np.maximum(self._values, _LEAST))
        good = np.isfinite(heights)
        if not good.any():
            return []
        low, high = float(heights[good].min()), float(heights[good].max())
        area = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        first, last = float(self._places[0]), max(float(self._places[-1]), self._end)
        across = area.left() + area.width() * (self._places - first) / max(last - first, 1e-9)
        down = area.bottom() - area.height() * (heights - low) / max(high - low, 1e-9)
        down = np.where(good, down, area.bottom())
        return [QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)]

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Qt's hook."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.palette().color(QPalette.ColorRole.Highlight)
        points = self.points()
        painter.setPen(QPen(line, 1.6))
        painter.drawPolyline(QPolygonF(points))
        marked = self._mark if self._mark is not None else len(points) - 1
        if 0 <= marked < len(points):
            if self._mark is not None:
                painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
                painter.drawLine(QPointF(points[marked].x(), 0), QPointF(points[marked].x(), self.height()))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(line)
            painter.drawEllipse(points[marked], 3.2, 3.2)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Qt's hook: choose the value below the pointer."""
        points = self.points()
        if event.buttons() & Qt.MouseButton.LeftButton and len(points):
            across = np.array([point.x() for point in points])
            self.clicked.emit(int(np.abs(across - event.position().x()).argmin()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Qt's hook: dragging chooses as clicking does."""
        self.mousePressEvent(event)
