"""Formal charges for the labels of the view."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer

from gpff_desktop.chemistry.building.labels import describe
from gpff_desktop.gui.background import Background
from gpff_desktop.session.document import Document
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.canvas import MoleculeCanvas

_REST_MS = 150
_LARGEST = 500


class Charges(QObject):
    """Finds the charges of the entry on view, in the background, while labels show them.

    Parameters
    ----------
    document
        Whose entry.
    canvas
        Where the labels are.
    background
        Where charges are found.
    """

    def __init__(
        self, document: Document, canvas: MoleculeCanvas, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._canvas, self._background = document, canvas, background
        self._on = False
        self._known: Structure | None = None
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._ask)
        document.changed.connect(self._on_change)

    def set_on(self, on: bool) -> None:
        """Whether labels show charges."""
        if on != self._on:
            self._on, self._known = on, None
            self._on_change()

    def _on_change(self) -> None:
        structure = self._structure
        if not self._on or structure is self._known:
            return
        if self._known is None or structure is None or len(structure) != len(self._known):
            self._canvas.set_charges(None)
        self._rest.start()

    def _ask(self) -> None:
        structure = self._structure
        if structure is not None and 0 < len(structure) <= _LARGEST:
            self._background.call(
                charges_of, structure.numbers, structure.positions, structure.bonds,
                then=lambda charges: self._take(structure, charges),
            )  # fmt: skip

    def _take(self, structure: Structure, charges: np.ndarray) -> None:
        if self._on and structure is self._structure:
            self._known = structure
            self._canvas.set_charges(charges.tolist())

    @property
    def _structure(self) -> Structure | None:
        entry = self._document.entry
        return entry.structure if entry else None


def charges_of(numbers: np.ndarray, positions: np.ndarray, bonds: np.ndarray | None) -> np.ndarray:
    """Formal charges `[n_atoms]` of atoms at positions `[n_atoms, 3]` in Å with bonds `[n_bonds, 3]`."""
    return describe(Structure(numbers, positions, bonds))
