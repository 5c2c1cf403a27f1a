"""Finding things by a few letters of what they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

_START_OF_WORD, _IN_A_ROW, _ANYWHERE = 8.0, 5.0, 1.0
_WORSE_FIELD = 0.4


def ranked(query: str, items: Iterable[T], fields: Callable[[T], tuple[str, ...]]) -> list[T]:
    """Items that match every word of a query, best first; items that match alike keep their order.

    Parameters
    ----------
    query
        Words, each a part of a field or letters that occur in it in this order.
    items
        What to search.
    fields
        The texts of an item, the most telling first.
    """
    scored = [(_score(query.lower().split(), fields(item)), item) for item in items]
    found = [(score, item) for score, item in scored if score is not None]
    return [item for _, item in sorted(found, key=lambda pair: -pair[0])]


def match_score(word: str, text: str) -> float | None:
    """How well letters fit a text, more for starts of words and for letters in a row; `None` if they do not."""
    word, text = word.lower(), text.lower()
    place = text.find(word)
    if place >= 0:
        at_start = place == 0 or not text[place - 1].isalnum()
        return (_START_OF_WORD if at_start else 0.0) + _IN_A_ROW * len(word) - 0.01 * len(text)
    return _scattered(word, text)


def _scattered(word: str, text: str) -> float | None:
    """Letters apart from each other, each at the start of a word of the text or behind the one before."""
    score, place = 0.0, -1
    for letter in word:
        starts = [i for i in range(place + 1, len(text)) if text[i] == letter and (not i or not text[i - 1].isalnum())]
        if text[place + 1 : place + 2] == letter and place >= 0:
            place, score = place + 1, score + _ANYWHERE
        elif starts:
            place, score = starts[0], score + 2 * _ANYWHERE
        else:
            return None
    return score - 0.01 * len(text)


def _score(words: list[str], fields: tuple[str, ...]) -> float | None:
    total = 0.0
    for word in words:
        scores = [
            score * _WORSE_FIELD**rank
            for rank, text in enumerate(fields)
            if (score := match_score(word, text)) is not None
        ]
        if not scores:
            return None
        total += max(scores)
    return total
