"""The candidates that hold a SMARTS pattern, found in the background."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, Signal

from gpff_desktop.chemistry.convert import hold_smarts, read_smarts
from gpff_desktop.gui.background import Background
from gpff_desktop.session.candidates import CandidateList

_AT_ONCE = 32


class SmartsFilter(QObject):
    """Keeps track of which candidates hold a pattern; those without bonds, for they wait for the judge, do not yet.

    Parameters
    ----------
    candidates
        What is searched.
    background
        Where it is searched.

    Attributes
    ----------
    found
        Signal with the keys of the candidates that hold the pattern, as a frozenset; None if there is no pattern.
    """

    found = Signal(object)

    def __init__(self, candidates: CandidateList, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._candidates, self._background = candidates, background
        self._pattern = ""
        self._keys: frozenset[int] = frozenset()
        self._waiting = 0
        candidates.updated.connect(lambda key: self._ask([key]))
        candidates.added.connect(self._ask)

    def seek(self, pattern: str) -> None:
        """Look for another pattern; an empty one, or one that cannot be read, is held by all.

        Raises
        ------
        ValueError
            In one line, if the pattern cannot be read.
        """
        self._pattern, self._keys, self._waiting = "", frozenset(), 0
        if pattern := pattern.strip():
            try:
                read_smarts(pattern)
            except ValueError:
                self._tell()
                raise
        self._pattern = pattern
        self._ask(candidate.key for candidate in self._candidates)
        self._tell()

    def _ask(self, keys: Iterable[int]) -> None:
        if not self._pattern:
            return
        known = [key for key in keys if self._candidates[key].structure.bonds is not None]
        for portion in (known[first : first + _AT_ONCE] for first in range(0, len(known), _AT_ONCE)):
            structures = [self._candidates[key].structure for key in portion]
            then = partial(self._take, self._pattern, portion)
            self._waiting += 1
            self._background.call(hold_smarts, structures, self._pattern, then=then)

    def _take(self, pattern: str, keys: list[int], held: list[bool]) -> None:
        if pattern == self._pattern:
            self._waiting -= 1
            self._keys = self._keys.difference(keys) | {key for key, one in zip(keys, held, strict=True) if one}
            self._tell()

    def _tell(self) -> None:
        """Nothing is told in between: rows would go and come back."""
        if not self._waiting:
            self.found.emit(self._keys if self._pattern else None)
