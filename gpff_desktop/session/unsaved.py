"""What would be lost if the program ended now."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from psygnal import Signal

from gpff_desktop.session.candidates import CandidateList
from gpff_desktop.session.document import Document
from gpff_desktop.session.entry import Entry
from gpff_desktop.structure import Structure


class Unsaved:
    """Compares what is open with what is in files. What was only opened and looked at can be opened again.

    Of the candidates, which are many, those count that the user has starred.

    Parameters
    ----------
    document, candidates
        What to compare.

    Attributes
    ----------
    changed
        psygnal event: other things are unsaved now.
    """

    changed = Signal()

    def __init__(self, document: Document, candidates: CandidateList) -> None:
        self._document, self._candidates = document, candidates
        self._kept: dict[int, Entry] = {}
        self._kept_stars: frozenset[int] = frozenset()
        for event in (candidates.updated, candidates.removed):
            event.connect(self._on_candidates)

    def __contains__(self, entry: Entry) -> bool:
        kept = self._kept.get(entry.key)
        return kept is not entry and (kept is None or not _same(kept, entry))

    def __bool__(self) -> bool:
        """Whether anything would be lost: changes to a session, or what is in no file."""
        return bool(self.stars) or (self._document.path is not None and self._document.modified) or bool(self.entries)

    @property
    def entries(self) -> list[Entry]:
        """The entries that are in no file as they are now; those of a session that has one are in it or not."""
        if self._document.path is not None and not self._document.modified:
            return []
        return [entry for entry in self._document.entries if entry in self]

    @property
    def stars(self) -> frozenset[int]:
        """The keys of starred candidates that are in no file."""
        return self._starred() - self._kept_stars

    def note_kept(self, keys: Iterable[int]) -> None:
        """Note that entries are in a file as they are now."""
        wanted = set(keys)
        self._kept.update({entry.key: entry for entry in self._document.entries if entry.key in wanted})
        self.changed.emit()

    def note_all_kept(self) -> None:
        """Note that everything is in a file as it is now."""
        self._kept = {entry.key: entry for entry in self._document.entries}
        self._kept_stars = self._starred()
        self.changed.emit()

    def _starred(self) -> frozenset[int]:
        return frozenset(candidate.key for candidate in self._candidates if candidate.starred)

    def _on_candidates(self, *_: object) -> None:
        self.changed.emit()


def _same(one: Entry, other: Entry) -> bool:
    """Whether two states of an entry would be written alike; perceived bonds can be perceived again."""
    marks = (one.name, one.locked, one.measurements, one.keeps_bonds)
    return marks == (other.name, other.locked, other.measurements, other.keeps_bonds) and _same_structure(
        one.structure, other.structure, with_bonds=one.keeps_bonds
    )


def _same_structure(one: Structure, other: Structure, with_bonds: bool) -> bool:
    if one is other:
        return True
    same_atoms = np.array_equal(one.numbers, other.numbers) and np.array_equal(one.positions, other.positions)
    return same_atoms and (not with_bonds or _same_bonds(one.bonds, other.bonds))


def _same_bonds(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))
