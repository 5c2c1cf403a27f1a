"""The tool that selects."""

from __future__ import annotations

from collections.abc import Iterable

from gpff_desktop.gui.tools.hand import Hand
from gpff_desktop.gui.tools.strokes import Strokes
from gpff_desktop.gui.tools.symbols import TypedSymbol
from gpff_desktop.viewer.tools import LEFT, PointerEvent


class Pointing(Hand):
    """Clicks select: an atom, with Ctrl or Shift more of them, beside the molecule none, twice a whole piece.

    Parameters
    ----------
    strokes
        Makes the selected atoms another element when one is typed.
    """

    def __init__(self, strokes: Strokes) -> None:
        super().__init__(strokes.edits)
        self.strokes = strokes

    def click(self, event: PointerEvent) -> bool:
        """Select what was clicked."""
        if event.button != LEFT or self.edits.stage.running:
            return False
        atoms = hit(event)
        if not atoms and (self.edits.stage.preview is not None or event.modifiers & {"ctrl", "shift"}):
            return False
        if self.edits.stage.structure is not None:
            self.select(combined(self.edits.selected, atoms, event.modifiers))
        return False

    def twice(self, event: PointerEvent) -> bool:
        """Select the connected piece."""
        atom = event.atom
        if event.button != LEFT or atom is None:
            return False
        return self.edits.do(lambda: self.edits.editor.select_fragment(atom))

    def take_symbol(self, typed: TypedSymbol) -> None:
        """Make the selected atoms this element."""
        self.strokes.set_selected(typed.symbol, again=typed.replaces)

    def select(self, atoms: Iterable[int]) -> None:
        """Select these atoms of what is on view, which is opened first."""
        chosen = sorted(atoms)
        self.edits.do(lambda: self.edits.editor.select(chosen))


class SelectTool(Pointing):
    """Selects by clicks and with a rubber band; the camera has all other drags."""

    name, title, icon, shortcut = "select", "Select", "mdi6.cursor-default-outline", "F5"
    hint = "Click selects · Ctrl toggles · Shift adds · Ctrl+drag: band, with Shift to take away · double-click: piece"

    def __init__(self, strokes: Strokes) -> None:
        super().__init__(strokes)
        self._stretched = False

    def grasp(self, event: PointerEvent) -> bool:
        """Begin a rubber band with Ctrl."""
        return event.button == LEFT and "ctrl" in event.modifiers and self.edits.can_edit()

    def pull(self, down: PointerEvent, event: PointerEvent) -> None:
        """Stretch the band."""
        self._stretched = True
        self.canvas.set_band((down.position, event.position))

    def drop(self, down: PointerEvent, event: PointerEvent) -> None:
        """Select what is in the band, or take it out of the selection."""
        self.cancel()
        inside = frozenset(self.canvas.atoms_in((down.position, event.position)))
        selected = self.edits.selected
        self.select(selected - inside if "shift" in event.modifiers else selected | inside)

    def cancel(self) -> bool:
        """Let the band go."""
        stretched, self._stretched = self._stretched, False
        self.canvas.set_band(None)
        return stretched


def hit(event: PointerEvent) -> frozenset[int]:
    """The atom under the pointer, or both ends of the bond there."""
    if event.atom is not None:
        return frozenset([event.atom])
    return frozenset(event.bond or ())


def combined(selected: frozenset[int], atoms: frozenset[int], modifiers: frozenset[str]) -> frozenset[int]:
    """The selection after a click on atoms: toggled with Ctrl, added with Shift, else these alone."""
    if "ctrl" in modifiers:
        return selected - atoms if atoms <= selected else selected | atoms
    return selected | atoms if "shift" in modifiers else atoms
