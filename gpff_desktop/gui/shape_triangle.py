"""A triangle between rod, disc and ball in which a point is a ratio of principal variances."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

Ratio = tuple[float, float, float]

CORNERS: dict[str, Ratio] = {"Rod": (8.0, 1.0, 1.0), "Disc": (4.0, 4.0, 1.0), "Ball": (1.0, 1.0, 1.0)}
"""Ratios of principal variances at the corners."""

_STEP, _LARGE_STEP = 0.02, 0.1
_MARGIN, _CAPTION = 12.0, 30.0
_POINT = 6.0
_FIGURES = {"Rod": (22.0, 6.0), "Disc": (20.0, 9.0), "Ball": (12.0, 12.0)}
_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}
_JUMPS = {Qt.Key.Key_R: (1.0, 0.0), Qt.Key.Key_D: (0.0, 1.0), Qt.Key.Key_B: (0.0, 0.0), Qt.Key.Key_Home: (0.0, 0.0)}


def ratio_at(rod: float, disc: float) -> Ratio:
    """The ratio of variances, largest first, at shares of the corners rod and disc; the rest is ball.

    Logarithms of the variances are interpolated, so that equal steps are equal factors.
    """
    middle = CORNERS["Disc"][1] ** disc
    return CORNERS["Rod"][0] ** rod * middle, middle, 1.0


def shares_of(ratio: Ratio) -> tuple[float, float]:
    """Shares of rod and disc at which a ratio is, or at the nearest side of the triangle if it lies beyond.

    Parameters
    ----------
    ratio
        Positive, in any order and of any size.
    """
    small, middle, large = sorted(ratio)
    rod = math.log(large / middle) / math.log(CORNERS["Rod"][0])
    disc = math.log(middle / small) / math.log(CORNERS["Disc"][1])
    return _inside(rod, disc)


class ShapeTriangle(QWidget):
    """Chooses a shape by dragging a point, or with the arrow keys; R, D and B jump to the corners.

    Attributes
    ----------
    changed
        Signal with the new ratio of principal variances, three floats of which the last is 1, when the user moves it.
    """

    changed = Signal(object)

    def __init__(self, name: str = "Shape", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rod, self._disc = 0.0, 0.0
        self.setAccessibleName(name)
        self.setToolTip("Drag the point between rod, disc and ball; arrow keys move it, R, D and B jump to the corners")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self._describe()

    @property
    def ratio(self) -> Ratio:
        """The ratio of principal variances, to two decimals."""
        large, middle, small = ratio_at(self._rod, self._disc)
        return round(large, 2), round(middle, 2), small

    def set_ratio(self, ratio: Ratio) -> None:
        """Move the point without telling anyone; ratios beyond the triangle go to its nearest side."""
        self._rod, self._disc = shares_of(ratio)
        self._describe()

    def point(self) -> QPointF:
        """Where the point is drawn."""
        rod, disc, ball = (self.corner(name) for name in CORNERS)
        return rod * self._rod + disc * self._disc + ball * (1 - self._rod - self._disc)

    def corner(self, name: str) -> QPointF:
        """Where a corner is drawn: the ball on top, rod and disc below."""
        side = min(self.width() - 2 * _MARGIN, (self.height() - 2 * _CAPTION) / math.sqrt(0.75))
        top = QPointF(self.width() / 2, (self.height() - side * math.sqrt(0.75)) / 2)
        below = {"Ball": (0.0, 0.0), "Rod": (-0.5, math.sqrt(0.75)), "Disc": (0.5, math.sqrt(0.75))}[name]
        return top + QPointF(*below) * side

    # Qt's hooks

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's hook."""
        return QSize(180, 172)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Qt's hook."""
        return QSize(120, 140)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Qt's hook: the point goes to the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move_to(*self._shares_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Qt's hook: dragging moves the point."""
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's hook: arrows move the point, letters jump to the corners."""
        key = Qt.Key(event.key())
        if key in _JUMPS:
            self._move_to(*_JUMPS[key])
        elif key in _ARROWS:
            step = _LARGE_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
            right, up = (step * part for part in _ARROWS[key])
            self._move_to(self._rod - right - up / 2, self._disc + right - up / 2)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Qt's hook: the ring around the point shows."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Qt's hook: the ring around the point goes."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Qt's hook."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        painter.setPen(QPen(palette.color(group, QPalette.ColorRole.PlaceholderText), 1.2))
        painter.setBrush(palette.color(group, QPalette.ColorRole.Base))
        painter.drawPolygon(QPolygonF([self.corner(name) for name in CORNERS]))
        for name in CORNERS:
            self._paint_corner(painter, name)
        accent = palette.color(group, QPalette.ColorRole.Highlight)
        painter.setPen(QPen(palette.color(group, QPalette.ColorRole.Base), 1.5))
        painter.setBrush(accent)
        painter.drawEllipse(self.point(), _POINT, _POINT)
        if self.hasFocus():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Link), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.point(), _POINT + 3, _POINT + 3)

    # What is behind them

    def _paint_corner(self, painter: QPainter, name: str) -> None:
        """The name of a corner and what a molecule looks like there."""
        above = name == "Ball"
        line = painter.fontMetrics().height()
        at = self.corner(name)
        middle = at + QPointF(0, -(_CAPTION / 2) if above else _CAPTION / 2)
        width, height = _FIGURES[name]
        text = painter.fontMetrics().horizontalAdvance(name)
        left = min(max(middle.x() - (text + width + 5) / 2, 2), self.width() - text - width - 7)
        painter.drawText(QRectF(left, middle.y() - line / 2, text + 1, line), Qt.AlignmentFlag.AlignCenter, name)
        painter.drawEllipse(QPointF(left + text + 5 + width / 2, middle.y()), width / 2, height / 2)

    def _shares_at(self, at: QPointF) -> tuple[float, float]:
        rod, disc, ball = (self.corner(name) for name in CORNERS)
        height = max(rod.y() - ball.y(), 1e-9)
        down, across = (at.y() - ball.y()) / height, (at.x() - ball.x()) / max(disc.x() - rod.x(), 1e-9)
        return down / 2 - across, down / 2 + across

    def _move_to(self, rod: float, disc: float) -> None:
        before = self.ratio
        self._rod, self._disc = _inside(rod, disc)
        self._describe()
        if self.ratio != before:
            self.changed.emit(self.ratio)

    def _describe(self) -> None:
        self.setAccessibleDescription(f"Principal variances {':'.join(f'{x:g}' for x in self.ratio)}")
        self.update()


def _inside(rod: float, disc: float) -> tuple[float, float]:
    """The nearest shares that are not negative and not above 1 together."""
    rod, disc = max(rod, 0.0), max(disc, 0.0)
    if rod + disc > 1:
        rod = min(max((1 + rod - disc) / 2, 0.0), 1.0)
        disc = 1 - rod
    return rod, disc
