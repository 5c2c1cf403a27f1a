"""Where in the picture a molecule has most room beside what lies over it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

_LEAST_SHARE = 0.45
_WORTH_MOVING = 1.15

Rectangle = tuple[float, float, float, float]
"""Left, top, width and height in logical pixels."""


class Insets(NamedTuple):
    """What to leave free at the edges of the picture, in logical pixels."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0


def roomiest(
    size: tuple[float, float], covered: Sequence[Rectangle], aspect: float, present: Insets | None = None
) -> Insets:
    """Insets that keep clear of covered rectangles and leave most room.

    Parameters
    ----------
    size
        Width and height of the picture.
    covered
        What lies over it; each is passed beside, above or below, as suits best. In a small picture some are ignored.
    aspect
        Width to height of what is to be seen.
    present
        Insets in use, which are kept unless others are much better.
    """
    choices = [_together(choice) for choice in product(*(_ways_past(size, one) for one in covered))]
    possible = [(ignored, way) for ignored, way in choices if _is_roomy(size, way)]
    fewest = min(ignored for ignored, _ in possible)
    ways = [way for ignored, way in possible if ignored == fewest]
    best = max(ways, key=lambda way: _room(size, way, aspect))
    if present in ways and _room(size, best, aspect) < _WORTH_MOVING * _room(size, present, aspect):
        return present
    return best


def _ways_past(size: tuple[float, float], rectangle: Rectangle) -> list[Insets | None]:
    """Insets that keep clear of one rectangle, and None for not doing so."""
    left, top, width, height = rectangle
    right, bottom = size[0] - left - width, size[1] - top - height
    beside = Insets(left=left + width) if left < right else Insets(right=size[0] - left)
    over = Insets(top=top + height) if top < bottom else Insets(bottom=size[1] - top)
    return [beside, over, None]


def _together(ways: Sequence[Insets | None]) -> tuple[int, Insets]:
    """How many rectangles are ignored, and the insets that keep clear of the others."""
    taken = [way for way in ways if way is not None]
    return len(ways) - len(taken), Insets(*(max(sides) for sides in zip(Insets(), *taken, strict=True)))


def _is_roomy(size: tuple[float, float], way: Insets) -> bool:
    free = (size[0] - way.left - way.right, size[1] - way.top - way.bottom)
    return free[0] >= _LEAST_SHARE * size[0] and free[1] >= _LEAST_SHARE * size[1]


def _room(size: tuple[float, float], way: Insets, aspect: float) -> float:
    """Height at which a thing of some aspect fits into what is left."""
    return min((size[0] - way.left - way.right) / aspect, size[1] - way.top - way.bottom)
