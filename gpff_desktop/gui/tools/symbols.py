"""Element symbols typed letter by letter."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from gpff_desktop import elements

PAUSE = 0.8
"""Seconds after which the next letter begins a new symbol."""


@dataclass(frozen=True)
class TypedSymbol:
    """A symbol that was typed; `replaces` the one told a moment before, of which it is the longer form."""

    symbol: str
    replaces: bool = False


class SymbolTyping:
    """Makes symbols of letters: `c` is carbon at once, and becomes chlorine if `l` follows quickly.

    Parameters
    ----------
    clock
        Gives the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first, self._when = "", 0.0

    def type(self, letter: str) -> TypedSymbol | None:
        """The symbol that is complete with this letter; None if there is none yet."""
        now = self._clock()
        first = self._first if now - self._when <= PAUSE else ""
        self._first, self._when = "", now
        if first and is_symbol(first + letter):
            return TypedSymbol((first + letter).capitalize(), replaces=is_symbol(first))
        self._first = letter
        return TypedSymbol(letter.upper()) if is_symbol(letter) else None


def is_symbol(text: str) -> bool:
    """Whether an element is called so, written in any case."""
    try:
        return elements.number(text) > 0
    except ValueError:
        return False
