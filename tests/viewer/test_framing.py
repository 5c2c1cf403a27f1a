"""The molecule keeps clear of what lies over the picture, as large as possible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.structure import Structure
from gpff_desktop.viewer.canvas import MoleculeCanvas
from gpff_desktop.viewer.framing import Insets, roomiest

SIZE = (800.0, 500.0)
TITLE, PROGRESS = (12.0, 12.0, 200.0, 60.0), (12.0, 380.0, 240.0, 108.0)


@given(st.floats(0.2, 5), st.lists(st.sampled_from([TITLE, PROGRESS]), unique=True))
def test_what_is_left_is_not_covered(aspect: float, covered: list[tuple[float, float, float, float]]) -> None:
    insets = roomiest(SIZE, covered, aspect)
    for left, top, width, height in covered:
        beside = insets.left >= left + width or insets.right >= SIZE[0] - left
        assert beside or insets.top >= top + height or insets.bottom >= SIZE[1] - top


def test_a_wide_molecule_goes_above_and_a_tall_one_beside() -> None:
    assert roomiest(SIZE, [PROGRESS], aspect=4.0) == Insets(bottom=120.0)
    assert roomiest(SIZE, [PROGRESS], aspect=0.5) == Insets(left=252.0)


def test_nothing_is_left_free_for_nothing_and_a_small_picture_is_not_given_up() -> None:
    assert roomiest(SIZE, [], aspect=1.0) == Insets()
    large, small = (0.0, 0.0, 190.0, 140.0), (0.0, 0.0, 30.0, 20.0)
    assert roomiest((200.0, 150.0), [large], aspect=1.0) == Insets()
    assert roomiest((200.0, 150.0), [large, small], aspect=4.0) == Insets(top=20.0), "the other is kept clear of"


def test_the_present_place_is_kept_while_another_is_not_much_better() -> None:
    beside, above = Insets(left=252.0), Insets(bottom=120.0)
    turning = 548 / 380  # here both leave as much room
    assert roomiest(SIZE, [PROGRESS], 1.1 * turning, present=beside) == beside
    assert roomiest(SIZE, [PROGRESS], 2.0 * turning, present=beside) == above


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("insets", [Insets(), Insets(left=150), Insets(top=60, bottom=80), Insets(20, 10, 90, 70)])
def test_a_molecule_is_fitted_into_what_is_left_free(
    canvas: MoleculeCanvas, scattered: Structure, insets: Insets, parallel: bool
) -> None:
    canvas.camera.parallel = parallel
    canvas.set_structure(scattered)
    canvas.camera.fit(canvas.molecule.positions, canvas.molecule.radii, insets=insets)
    width, height = canvas.size
    seen = canvas.project_points(scattered.positions)
    low, high = np.array([insets.left, insets.top]), np.array([width - insets.right, height - insets.bottom])
    assert (seen >= low - 1).all()
    assert (seen <= high + 1).all()
    room = (seen.max(axis=0) - seen.min(axis=0)) / (high - low)
    assert room.max() > 0.6, "no smaller than needed"
