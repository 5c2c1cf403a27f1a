"""Motions of atoms that follow the pointer: shown as they go, and done by the editor when the button is released."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from gpff_desktop.chemistry.building import geometry
from gpff_desktop.gui.edits import Edits
from gpff_desktop.session.document import atom_count
from gpff_desktop.session.editor import Editor
from gpff_desktop.session.entry import EditError, Entry
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.canvas import MoleculeCanvas

_RADIANS_PER_PIXEL = 0.01
_DEGREES_PER_PIXEL = 0.6
_TRIAL_DEGREES = 30.0

Place = tuple[float, float]


class Motion(Protocol):
    """Where atoms go when the pointer does."""

    name: str

    def moved(self, structure: Structure, place: Place) -> Structure:
        """The structure with the pointer at a place in logical pixels; the same one if nothing has moved."""

    def finish(self, editor: Editor, place: Place) -> None:
        """Do it for good."""


class Shift:
    """Atoms carried along in the plane of the screen.

    Parameters
    ----------
    canvas
        Where they are seen.
    atoms
        Which.
    grip
        Point `[3]` in Å that stays under the pointer.
    start
        Where the pointer was, in logical pixels.
    """

    def __init__(self, canvas: MoleculeCanvas, atoms: list[int], grip: np.ndarray, start: Place) -> None:
        self._canvas, self._atoms, self._grip = canvas, atoms, grip
        self._start = canvas.unproject(start, grip)
        self.name = f"Move {atom_count(len(atoms))}"

    def moved(self, structure: Structure, place: Place) -> Structure:
        """See `Motion`."""
        return geometry.translate(structure, self._atoms, self._shift(place))

    def finish(self, editor: Editor, place: Place) -> None:
        """See `Motion`."""
        editor.translate(self._shift(place), atoms=self._atoms)

    def _shift(self, place: Place) -> np.ndarray:
        return self._canvas.unproject(place, self._grip) - self._start


class Turn:
    """Atoms turned about their centre like a ball under the hand.

    Parameters
    ----------
    canvas
        Where they are seen.
    atoms
        Which.
    start
        Where the pointer was, in logical pixels.
    """

    def __init__(self, canvas: MoleculeCanvas, atoms: list[int], start: Place) -> None:
        self._atoms, self._start = atoms, start
        self._axes = canvas.screen_axes()
        self.name = f"Rotate {atom_count(len(atoms))}"

    def moved(self, structure: Structure, place: Place) -> Structure:
        """See `Motion`."""
        axis, degrees = self._rotation(place)
        return geometry.rotate(structure, self._atoms, geometry.about_axis(axis, degrees))

    def finish(self, editor: Editor, place: Place) -> None:
        """See `Motion`."""
        axis, degrees = self._rotation(place)
        editor.rotate(axis, degrees, atoms=self._atoms)

    def _rotation(self, place: Place) -> tuple[np.ndarray, float]:
        right, up, _ = self._axes
        across, down = np.subtract(place, self._start)
        vector = _RADIANS_PER_PIXEL * (across * up + down * right)
        angle = float(np.linalg.norm(vector))
        return (vector / angle if angle else up), float(np.degrees(angle))


class Twist:
    """One side of a bond turned about it, following the pointer across the bond.

    Parameters
    ----------
    canvas
        Where it is seen.
    entry
        What the bond belongs to.
    bond
        Its ends.
    start
        Where the pointer was, in logical pixels.

    Raises
    ------
    ValueError
        If a ring or locked atoms hold the bond.
    """

    def __init__(self, canvas: MoleculeCanvas, entry: Entry, bond: tuple[int, int], start: Place) -> None:
        self._entry, self._start = entry, start
        self._ends = self._toward_moving_side(bond)
        first, second = (canvas.project(atom) for atom in self._ends)
        along = (second - first) / max(1.0, float(np.linalg.norm(second - first)))
        self._across = np.array([-along[1], along[0]])
        self.name = "Rotate about bond"

    def moved(self, structure: Structure, place: Place) -> Structure:
        """See `Motion`."""
        return self._twisted(structure, self._degrees(place))

    def finish(self, editor: Editor, place: Place) -> None:
        """See `Motion`."""
        editor.rotate_about_bond(*self._ends, self._degrees(place))

    def _degrees(self, place: Place) -> float:
        # With the axis to the right, the near side of what turns by a positive angle moves down the screen.
        return _DEGREES_PER_PIXEL * float(np.subtract(place, self._start) @ self._across)

    def _twisted(self, structure: Structure, degrees: float, ends: tuple[int, int] | None = None) -> Structure:
        first, second = ends or self._ends
        return geometry.rotate_about_bond(structure, first, second, degrees, structure.bonds, self._entry.locked)

    def _toward_moving_side(self, bond: tuple[int, int]) -> tuple[int, int]:
        """The ends of the bond, that of the side that turns last."""
        structure = self._entry.structure
        turned = self._twisted(structure, _TRIAL_DEGREES, bond)
        moving = set(np.flatnonzero((turned.positions != structure.positions).any(axis=1)).tolist())
        bonds = structure.bonds if structure.bonds is not None else np.empty((0, 3), dtype=np.int64)
        near_first = {int(sum(row)) - bond[0] for row in bonds[:, :2].tolist() if bond[0] in row}
        return (bond[1], bond[0]) if moving & near_first else bond


class Pull:
    """A motion under way; one step of the history when it is done.

    Parameters
    ----------
    edits
        Where it happens.
    motion
        What moves.
    """

    def __init__(self, edits: Edits, motion: Motion) -> None:
        self._document, self._editor, self._motion = edits.document, edits.editor, motion
        self._entry = self._document.required()
        self._pulled = np.zeros(len(self._entry.structure), dtype=bool)
        self._document.begin(motion.name)

    def to(self, place: Place) -> None:
        """Show where the atoms are now; others may have moved by themselves since they were grasped.

        Raises
        ------
        EditError
            If a locked atom would move, or the atoms are no longer those that were grasped.
        """
        grasped, now = self._entry.structure, self._document.required().structure
        if len(now) != len(grasped):
            raise EditError("the atoms have changed; take hold of them again")
        moved = self._motion.moved(grasped, place).positions
        self._pulled |= (moved != grasped.positions).any(axis=1)
        positions = np.where(self._pulled[:, None], moved, now.positions)
        self._document.edit_entry(self._motion.name, self._entry.with_structure(grasped.with_positions(positions)))

    def finish(self, place: Place) -> None:
        """Make it one step, with what has moved meanwhile."""
        if self._others_moved():
            self._document.commit()
            return
        self._document.abandon()
        self._motion.finish(self._editor, place)

    def cancel(self) -> None:
        """Put everything back."""
        self._document.abandon()

    def _others_moved(self) -> bool:
        grasped, now = self._entry.structure, self._document.required().structure
        same = len(now) == len(grasped)
        return same and bool((now.positions != grasped.positions)[~self._pulled].any())
