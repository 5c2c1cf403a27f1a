"""The governor keeps frames in time with as many pixels as that allows, and does not waver."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.viewer.governor import GOAL, SHARES, Governor


def shares(cost: Callable[[float], float], frames: int) -> list[float]:
    """Shares of pixels that are chosen where a frame of some share costs so many seconds."""
    governor, chosen = Governor(), []
    for _ in range(frames):
        governor.note(cost(governor.share))
        chosen.append(governor.share)
    return chosen


def machine(fixed: float, drawn: float) -> Callable[[float], float]:
    """Seconds of a frame: some for the window, some for each pixel."""
    return lambda share: fixed + drawn * share**2


@given(st.floats(0, GOAL))
def test_every_pixel_is_drawn_while_frames_are_in_time(seconds: float) -> None:
    assert set(shares(machine(seconds, 0.0), 200)) == {1.0}


@given(st.floats(0, 0.04), st.floats(0, 0.1))
def test_it_settles_on_the_finest_picture_that_is_in_time(fixed: float, drawn: float) -> None:
    cost = machine(fixed, drawn)
    in_time = [share for share in SHARES if cost(share) <= GOAL]
    wanted = max(in_time, default=min(SHARES))
    chosen = shares(cost, 2000)[-1000:]
    assert chosen.count(wanted) >= 0.98 * len(chosen)


@given(st.lists(st.floats(0, 0.2), max_size=300))
def test_it_goes_by_single_steps_between_full_and_half(seconds: list[float]) -> None:
    governor = Governor()
    steps = [SHARES.index(governor.share)]
    for one in seconds:
        governor.note(one)
        steps.append(SHARES.index(governor.share))
    assert all(abs(after - before) <= 1 for before, after in pairwise(steps))
    assert min(SHARES) == 0.5


def test_a_single_slow_frame_is_passed_over() -> None:
    governor = Governor()
    for _ in range(50):
        governor.note(10 * GOAL)
        governor.note(0.5 * GOAL)
    assert governor.share == 1.0


def test_the_picture_is_fine_again_when_the_load_is_gone() -> None:
    governor = Governor()
    for _ in range(20):
        governor.note(3 * GOAL)
    assert governor.share == min(SHARES)
    for _ in range(300):
        governor.note(0.3 * GOAL)
    assert governor.share == 1.0
