"""The rod–disc–ball triangle: a point is a ratio of principal variances, for mouse and keyboard."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gpff_desktop.gui.shape_triangle import CORNERS, Ratio, ShapeTriangle, ratio_at, shares_of

SHARES = st.tuples(st.floats(0, 1), st.floats(0, 1)).filter(lambda shares: sum(shares) <= 1)
RATIOS = st.tuples(*[st.floats(0.01, 100)] * 3)


@given(SHARES)
def test_a_point_and_its_ratio_are_the_same_thing(shares: tuple[float, float]) -> None:
    ratio = ratio_at(*shares)
    assert ratio[0] >= ratio[1] >= ratio[2] == 1
    assert shares_of(ratio) == pytest.approx(shares, abs=1e-9)


@given(RATIOS, st.floats(0.1, 10), st.permutations(range(3)))
def test_neither_order_nor_size_of_a_ratio_matters_and_none_is_beyond_the_triangle(
    ratio: Ratio, factor: float, order: list[int]
) -> None:
    rod, disc = shares_of(ratio)
    other = [factor * ratio[k] for k in order]
    assert min(rod, disc) >= 0
    assert rod + disc <= 1 + 1e-12
    assert shares_of((other[0], other[1], other[2])) == pytest.approx((rod, disc), abs=1e-9)


def test_the_point_goes_where_it_is_dragged_and_tells_the_ratio(qtbot: QtBot) -> None:
    triangle = ShapeTriangle()
    qtbot.addWidget(triangle)
    triangle.resize(220, 190)
    triangle.show()
    told: list[Ratio] = []
    triangle.changed.connect(told.append)
    left, right = triangle.corner("Rod").toPoint(), triangle.corner("Disc").toPoint()
    QTest.mousePress(triangle, Qt.MouseButton.LeftButton, pos=left)
    assert told[-1] == pytest.approx(CORNERS["Rod"], rel=0.05)
    QTest.mouseMove(triangle, right + QPoint(60, 40))
    assert told[-1] == CORNERS["Disc"]
    assert (triangle.point() - triangle.corner("Disc")).manhattanLength() < 1e-6
    QTest.mouseRelease(triangle, Qt.MouseButton.LeftButton, pos=right)
    triangle.set_ratio(CORNERS["Ball"])
    assert triangle.ratio == CORNERS["Ball"]
    assert told[-1] == CORNERS["Disc"], "only what the user does is told"
    assert triangle.accessibleDescription() == "Principal variances 1:1:1"


def test_keys_reach_every_shape(qtbot: QtBot) -> None:
    triangle = ShapeTriangle()
    qtbot.addWidget(triangle)
    triangle.show()
    told: list[Ratio] = []
    triangle.changed.connect(told.append)
    for key, corner in ((Qt.Key.Key_R, "Rod"), (Qt.Key.Key_D, "Disc"), (Qt.Key.Key_B, "Ball")):
        QTest.keyClick(triangle, key)
        assert triangle.ratio == CORNERS[corner]
    for _ in range(60):
        QTest.keyClick(triangle, Qt.Key.Key_Down)
    assert triangle.ratio == pytest.approx((math.sqrt(8) * 2, 2, 1), abs=0.01)
    for _ in range(12):
        QTest.keyClick(triangle, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert triangle.ratio == CORNERS["Rod"]
    count = len(told)
    QTest.keyClick(triangle, Qt.Key.Key_Left)
    assert len(told) == count, "a move that changes nothing is not told"
