"""Which open structures would be lost if the program ended now."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from psygnal import Signal

from gpff_desktop.session.document import Document
from gpff_desktop.session.entry import Entry
from gpff_desktop.structure import Structure


class Unsaved:
    """Compares what is open with what is in files. What was only opened and looked at can be opened again.

    Parameters
    ----------
    document
        Whose entries to compare.

    Attributes
    ----------
    changed
        psygnal event: other entries are unsaved now.
    """

    changed = Signal()

    def __init__(self, document: Document) -> None:
        self._document = document
        self._kept: dict[int, Entry] = {}

    def __contains__(self, entry: Entry) -> bool:
        kept = self._kept.get(entry.key)
        return kept is not entry and (kept is None or not _same(kept, entry))

    def __bool__(self) -> bool:
        """Whether anything would be lost: a changed session, or a structure that is in no file."""
        if self._document.path is not None:
            return self._document.modified
        return any(entry in self for entry in self._document.entries)

    def note_kept(self, keys: Iterable[int] | None = None) -> None:
        """Note that entries are in a file as they are now; by default all of them."""
        wanted = None if keys is None else set(keys)
        self._kept.update(
            {entry.key: entry for entry in self._document.entries if wanted is None or entry.key in wanted}
        )
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
