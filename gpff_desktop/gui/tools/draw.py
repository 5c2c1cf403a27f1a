"""The tool that draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpff_desktop.chemistry.building.directions import bond_length
from gpff_desktop.gui.tools.hand import Hand
from gpff_desktop.gui.tools.strokes import Strokes
from gpff_desktop.gui.tools.symbols import TypedSymbol
from gpff_desktop.viewer.sketch import Sketch
from gpff_desktop.viewer.tools import LEFT, RIGHT, KeyEvent, PointerEvent

_SNAP = float(np.cos(np.radians(20)))
_ORDER_KEYS = {"1": 1, "2": 2, "3": 3}


@dataclass(frozen=True)
class _Line:
    """A bond being drawn, from an atom to another one or to a point in space."""

    start: int
    end: int | None
    position: np.ndarray


class DrawTool(Hand):
    """Places atoms, grows bonds from atoms, changes elements and bond orders, erases."""

    name, title, icon, shortcut = "draw", "Draw", "mdi6.pencil-outline", "F6"
    cursor = "cross"
    hint = (
        "Click: place or change an atom, cycle a bond · drag from an atom: bond · right-click: delete · type an element"
    )

    def __init__(self, strokes: Strokes) -> None:
        super().__init__(strokes.edits)
        self._strokes, self._pencil = strokes, strokes.pencil
        self._from: int | None = None
        self._line: _Line | None = None

    @property
    def types(self) -> bool:
        """Letters choose what is drawn."""
        return True

    def take_symbol(self, typed: TypedSymbol) -> None:
        """Draw this element from now on."""
        self._pencil.set_symbol(typed.symbol)

    def press_key(self, event: KeyEvent) -> bool:
        """Digits choose the order of new bonds."""
        if event.text not in _ORDER_KEYS or event.modifiers:
            return False
        self._pencil.set_order(_ORDER_KEYS[event.text])
        return True

    def grasp(self, event: PointerEvent) -> bool:
        """Begin a bond at an atom; drags that begin beside the molecule are the camera's."""
        self._from = self.under(event)[0]
        plain = event.button == LEFT and not event.modifiers
        return plain and self._from is not None and self.edits.do(lambda: None)

    def pull(self, down: PointerEvent, event: PointerEvent) -> None:
        """Preview the bond."""
        assert self._from is not None
        self._line = self._drawn(self._from, event)
        self.canvas.set_sketch(None if self._line is None else self._sketch(self._line))

    def drop(self, down: PointerEvent, event: PointerEvent) -> None:
        """Draw what was previewed."""
        line = self._line
        self.cancel()
        if line is None:
            return
        if line.end is None:
            self._strokes.grow(line.start, line.position)
        else:
            self._strokes.connect(line.start, line.end)

    def cancel(self) -> bool:
        """Let go of the bond."""
        drawing, self._line = self._line is not None, None
        self.canvas.set_sketch(None)
        return drawing

    def click(self, event: PointerEvent) -> bool:
        """Draw with the left button, erase with the right one."""
        atom, bond = self.under(event)
        if event.button not in (LEFT, RIGHT) or event.modifiers or not self.edits.do(lambda: None):
            return True
        if event.button == RIGHT:
            self._erase(atom, bond)
        elif atom is not None:
            self._strokes.change(atom)
        elif bond is not None:
            self._strokes.cycle(bond)
        else:
            self._strokes.put_atom(self._in_space(event))
        return True

    def twice(self, event: PointerEvent) -> bool:
        """A quick second click is a click: bonds are cycled, and nothing is fitted to the window."""
        self.click(event)
        return True

    def _erase(self, atom: int | None, bond: tuple[int, int] | None) -> None:
        if atom is not None:
            self._strokes.erase_atom(atom)
        elif bond is not None:
            self._strokes.set_order(bond, 0)

    def _drawn(self, start: int, event: PointerEvent) -> _Line | None:
        """The bond to the pointer, at the usual length; None while the pointer is still on its first atom."""
        over = event.atom
        if over == start:
            return None
        structure = self.edits.document.required().structure
        anchor = self._strokes.anchor(start)
        target = None if over is None else self._strokes.anchor(over)
        if target is not None and target != anchor:
            return _Line(anchor, target, structure.positions[target])
        origin = structure.positions[anchor]
        flat = self.canvas.unproject(event.position, origin) - origin
        if over == anchor or not flat.any():
            return None
        towards = self._like_hydrogen(anchor, flat)
        length = bond_length(int(structure.numbers[anchor]), self._pencil.number, self._pencil.order)
        return _Line(anchor, None, origin + towards * (length / np.linalg.norm(towards)))

    def _like_hydrogen(self, anchor: int, flat: np.ndarray) -> np.ndarray:
        """The direction `[3]` of a hydrogen that gives way and is seen where the pointer goes, else `flat` as it is."""
        toward_viewer = self.canvas.screen_axes()[2]
        for direction in self._strokes.hydrogen_directions(anchor):
            seen = direction - (direction @ toward_viewer) * toward_viewer
            length = np.linalg.norm(seen) * np.linalg.norm(flat)
            if length and seen @ flat > _SNAP * length:
                return direction
        return flat

    def _sketch(self, line: _Line) -> Sketch:
        structure = self.edits.document.required().structure
        number = self._pencil.number if line.end is None else int(structure.numbers[line.end])
        order = self._pencil.order
        if line.end is not None:
            order = min(3, self._strokes.order_of(line.start, line.end) + 1)
        return Sketch(number, line.position, structure.positions[line.start], order)

    def _in_space(self, event: PointerEvent) -> np.ndarray:
        """The point `[3]` under the pointer at the depth of the molecule's middle, or of the picture's."""
        shown = self.edits.stage.structure
        depth = shown.centre if shown else np.asarray(self.canvas.camera.center)
        return self.canvas.unproject(event.position, depth)
