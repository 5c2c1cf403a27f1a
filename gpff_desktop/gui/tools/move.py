"""The tool that moves atoms."""

from __future__ import annotations

import numpy as np

from gpff_desktop.chemistry.selecting import fragment_of
from gpff_desktop.gui.tools.motions import Motion, Pull, Shift, Turn, Twist
from gpff_desktop.gui.tools.select import Pointing
from gpff_desktop.gui.tools.strokes import Strokes
from gpff_desktop.viewer.tools import LEFT, KeyEvent, PointerEvent

NUDGE, NUDGE_FAR = 0.05, 0.5
"""Å by which an arrow key moves the selection, and with Shift."""

_ARROWS = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, 1), "Down": (0, -1)}


class MoveTool(Pointing):
    """Drags the selection, or an atom that is not in it; with Ctrl turns it; a drag on a bond rotates about it."""

    name, title, icon, shortcut = "move", "Move", "mdi6.cursor-move", "F7"
    cursor = "hand"
    hint = "Drag atoms to move, with Ctrl to rotate · drag a bond to rotate about it · arrow keys nudge, Shift: further"

    def __init__(self, strokes: Strokes) -> None:
        super().__init__(strokes)
        self._grasped: tuple[int | None, tuple[int, int] | None] = (None, None)
        self._pull: Pull | None = None
        self._refused = False

    def grasp(self, event: PointerEvent) -> bool:
        """Take hold of atoms or of a bond."""
        self._refused = False
        if event.button != LEFT or "shift" in event.modifiers or not self.edits.can_edit():
            return False
        self._grasped = self.under(event)
        turns_selection = "ctrl" in event.modifiers and self.edits.has_selection()
        return turns_selection or self._grasped != (None, None)

    def pull(self, down: PointerEvent, event: PointerEvent) -> None:
        """Let what is held follow the pointer; what cannot move is told once."""
        if not self._refused:
            self._refused = not self.edits.do(lambda: self._follow(down, event))
            if self._refused:
                self.cancel()

    def drop(self, down: PointerEvent, event: PointerEvent) -> None:
        """Leave it where it is."""
        pull, self._pull = self._pull, None
        if pull is not None:
            self.edits.do(lambda: pull.finish(event.position))

    def cancel(self) -> bool:
        """Put back what is held."""
        pull, self._pull = self._pull, None
        if pull is not None:
            pull.cancel()
        return pull is not None

    def press_key(self, event: KeyEvent) -> bool:
        """Nudge the selection with the arrow keys; without one they turn the view."""
        if event.name not in _ARROWS or event.modifiers - {"shift"} or not self.edits.has_selection():
            return False
        across, upward = _ARROWS[event.name]
        right, up, _ = self.canvas.screen_axes()
        step = (NUDGE_FAR if event.modifiers else NUDGE) * (across * right + upward * up)
        self.edits.do(lambda: self.edits.editor.nudge(step))
        return True

    def _follow(self, down: PointerEvent, event: PointerEvent) -> None:
        if self._pull is None:
            self._pull = Pull(self.edits, self._motion(down))
        self._pull.to(event.position)

    def _motion(self, down: PointerEvent) -> Motion:
        entry = self.edits.document.required()
        (atom, bond), place = self._grasped, down.position
        if "ctrl" in down.modifiers:
            return Turn(self.canvas, sorted(self._turned(atom, bond)), place)
        if atom is not None:
            atoms = entry.selected if atom in entry.selected else {atom}
            return Shift(self.canvas, sorted(atoms), np.array(entry.structure.positions[atom]), place)
        assert bond is not None
        return Twist(self.canvas, entry, bond, place)

    def _turned(self, atom: int | None, bond: tuple[int, int] | None) -> frozenset[int]:
        """The selection if it is held by one of its atoms or beside the molecule, else the piece that is held."""
        held = frozenset(bond or ()) if atom is None else frozenset([atom])
        if held and not held & self.edits.selected:
            return fragment_of(self.edits.document.required().structure, min(held))
        return self.edits.selected
