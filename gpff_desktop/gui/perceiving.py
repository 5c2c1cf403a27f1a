"""Bond orders of the structures on view, found in the background once their atoms have come to rest."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer

from gpff_desktop.chemistry.bonds import LARGEST_WITH_ORDERS, perceive_bonds
from gpff_desktop.gui.background import Background
from gpff_desktop.session.document import Document
from gpff_desktop.session.entry import Entry
from gpff_desktop.structure import Structure

_REST_MS = 120


class BondPerception(QObject):
    """Keeps the bonds of the entry on view up to date: by distance at once, with orders a moment later.

    Parameters
    ----------
    document
        Whose entries to look after.
    background
        Where the orders are found.
    """

    def __init__(self, document: Document, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._background = document, background
        self._known: Structure | None = None
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._ask)
        document.changed.connect(self._on_change)
        document.history_changed.connect(self._on_change)  # the end of a gesture

    def _on_change(self) -> None:
        entry = self._document.entry
        if entry is not None and entry.structure is not self._known and _can_be_perceived(entry):
            self._rest.start()

    def _ask(self) -> None:
        entry = self._document.entry
        if entry is None or not _can_be_perceived(entry) or self._document.in_gesture:
            return
        key, structure = entry.key, entry.structure
        self._background.call(
            perceive_arrays,
            structure.numbers,
            structure.positions,
            then=lambda bonds: self._take(key, structure, bonds),
        )

    def _take(self, key: int, structure: Structure, bonds: np.ndarray) -> None:
        self._known = structure.with_bonds(bonds)
        entry = self._document.find_or_none(key)
        if entry is not None and entry.structure is structure:
            self._document.set_perceived_bonds(key, structure, self._known)


def _can_be_perceived(entry: Entry) -> bool:
    return not entry.keeps_bonds and 0 < len(entry.structure) <= LARGEST_WITH_ORDERS


def perceive_arrays(numbers: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Bonds `[n_bonds, 3]` of atoms with numbers `[n_atoms]` at positions `[n_atoms, 3]` in Å."""
    return perceive_bonds(Structure(numbers, positions))
