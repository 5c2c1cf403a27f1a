"""In which order the selected atoms were picked: an angle or a torsion needs one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gpff_desktop.session.document import Document
from gpff_desktop.session.entry import State

_MOST = 8


class PickOrder:
    """Follows the selection of a document, as long as it is small.

    Parameters
    ----------
    document
        Whose selection.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._picked: tuple[int, ...] = ()
        document.changed.connect(self._on_change)

    @property
    def atoms(self) -> tuple[int, ...]:
        """The selected atoms along the bonds if they are a chain, else in the order in which they were picked."""
        entry = self._document.entry
        if entry is None or entry.structure.bonds is None:
            return self._picked
        return chain(self._picked, entry.structure.bonds) or self._picked

    def _on_change(self, before: State, after: State) -> None:
        entry = after.entry
        selected = entry.selected if entry and len(entry.selected) <= _MOST else frozenset()
        kept = tuple(atom for atom in self._picked if atom in selected) if before.current == after.current else ()
        self._picked = (*kept, *sorted(selected - set(kept)))


def chain(atoms: Iterable[int], bonds: np.ndarray) -> tuple[int, ...]:
    """Atoms as bonds `[n_bonds, 3]` string them, from the end that was given first; empty if they do not."""
    chosen = list(atoms)
    near: dict[int, list[int]] = {atom: [] for atom in chosen}
    for first, second in bonds[:, :2].tolist():
        if first in near and second in near:
            near[first].append(second)
            near[second].append(first)
    ends = [atom for atom in chosen if len(near[atom]) == 1]
    if len(ends) != 2 or any(len(bonded) > 2 for bonded in near.values()):
        return ()
    row = [ends[0]]
    while following := [atom for atom in near[row[-1]] if atom not in row]:
        row.append(following[0])
    return tuple(row) if len(row) == len(chosen) else ()
