"""What all tools have in common: clicks told from drags, Esc, and typed element symbols."""

from __future__ import annotations

from psygnal import Signal

from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.tools.symbols import SymbolTyping, TypedSymbol
from gpff_desktop.viewer.tools import RIGHT, KeyEvent, PointerEvent


class Hand:
    """A tool of the view; the base changes nothing and leaves the camera to the pointer.

    Parameters
    ----------
    edits
        Carries out what the tool is used for.

    Attributes
    ----------
    name, title, icon, shortcut
        How commands know it.
    hint
        How it is used, in one line.
    hinted
        psygnal signal with another hint, as the tool is used; empty for the usual one.
    escaped
        psygnal signal: Esc was pressed and nothing was under way.
    asked
        psygnal signal with a right click that the tool has no use for.
    """

    name, title, icon, shortcut, hint = "", "", "", "", ""
    cursor = "arrow"
    hinted = Signal(str)
    escaped = Signal()
    asked = Signal(PointerEvent)

    def __init__(self, edits: Edits) -> None:
        self.edits, self.canvas = edits, edits.canvas
        self.typing = SymbolTyping()
        self._down: PointerEvent | None = None
        self._held = False

    # What a tool does

    def grasp(self, event: PointerEvent) -> bool:
        """A button went down; whether a drag from here is the tool's and not the camera's."""
        return False

    def pull(self, down: PointerEvent, event: PointerEvent) -> None:
        """The pointer was moved with a grasped button."""

    def drop(self, down: PointerEvent, event: PointerEvent) -> None:
        """A grasped button was released after a drag."""

    def click(self, event: PointerEvent) -> bool:
        """A button was pressed and released in one place; whether that was for the tool."""
        return False

    def twice(self, event: PointerEvent) -> bool:
        """A double click; whether that was for the tool."""
        return False

    def cancel(self) -> bool:
        """Take back what is under way; whether there was anything."""
        return False

    def press_key(self, event: KeyEvent) -> bool:
        """A key that neither cancels nor types a symbol; whether it was for the tool."""
        return False

    def take_symbol(self, typed: TypedSymbol) -> None:
        """An element symbol was typed."""

    def put_away(self) -> None:
        """Another tool is taken."""
        self.cancel()

    @property
    def types(self) -> bool:
        """Whether letters are element symbols now."""
        return bool(self.edits.selected)

    def under(self, event: PointerEvent) -> tuple[int | None, tuple[int, int] | None]:
        """The atom or the bond under the pointer; neither where what is drawn is only a picture."""
        if self.edits.stage.structure is None:
            return None, None
        return (event.atom, None) if event.atom is not None else (None, event.bond)

    # What the view tells

    def press(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`."""
        self._down, self._held = event, self.grasp(event)
        return self._held

    def move(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`."""
        if self._down is not None and self._held and event.dragged:
            self.pull(self._down, event)
        return self._held

    def release(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`."""
        down, self._down = self._down, None
        held, self._held = self._held, False
        if down is None:
            return True
        if not event.dragged:
            return self._click(event)
        if held:
            # Moves in quick succession are left out, so the last one may not have been here.
            self.pull(down, event)
            self.drop(down, event)
        return held

    def double_click(self, event: PointerEvent) -> bool:
        """See `viewer.tools.Tool`."""
        self._down, self._held = None, False
        return self.twice(event)

    def key(self, event: KeyEvent) -> bool:
        """See `viewer.tools.Tool`."""
        if event.name == "Escape":
            self._escape()
            return True
        if is_letter(event) and self.types:
            typed = self.typing.type(event.text)
            if typed is not None:
                self.take_symbol(typed)
            return True
        if event.name == "Backspace" and self.edits.has_selection():
            self.edits.do(self.edits.editor.delete)
            return True
        return self.press_key(event)

    def _click(self, event: PointerEvent) -> bool:
        used = self.click(event)
        if not used and event.button == RIGHT:
            self.asked.emit(event)
        return used

    def _escape(self) -> None:
        self._down, self._held = None, False
        if not self.cancel():
            self.escaped.emit()


def is_letter(event: KeyEvent) -> bool:
    """Whether a key types a letter and nothing else."""
    return len(event.text) == 1 and event.text.isascii() and event.text.isalpha() and not event.modifiers - {"shift"}
