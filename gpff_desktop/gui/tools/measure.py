"""The tool that measures."""

from __future__ import annotations

from gpff_desktop.gui.tools.hand import Hand
from gpff_desktop.session.measurements import Measurement
from gpff_desktop.viewer.tools import LEFT, KeyEvent, PointerEvent

_MOST = 4
_NEXT = {1: "a second one for a distance", 2: "a third one for an angle", 3: "a fourth one for a torsion"}


class MeasureTool(Hand):
    """Measures between two, three or four atoms clicked one after the other."""

    name, title, icon, shortcut = "measure", "Measure", "mdi6.ruler", "F8"
    cursor = "cross"
    hint = "Click 2, 3 or 4 atoms · Enter, or a click beside the molecule, keeps the value · Esc drops it"

    def click(self, event: PointerEvent) -> bool:
        """Add an atom; beside the molecule, or on the last atom again, keep what is measured."""
        if event.button != LEFT:
            return False
        atom, pending = self.under(event)[0], self.edits.stage.pending
        if atom is None or pending[-1:] == (atom,):
            self.keep()
        elif atom not in pending and self.edits.do(lambda: None):
            self._take((*pending, atom))
        return True

    def twice(self, event: PointerEvent) -> bool:
        """A quick second click on an atom keeps what is measured up to it."""
        return self.click(event)

    def press_key(self, event: KeyEvent) -> bool:
        """Enter keeps what is measured."""
        return event.name == "Enter" and self.keep()

    def cancel(self) -> bool:
        """Forget the atoms clicked so far."""
        pending = self.edits.stage.pending
        self._take(())
        return bool(pending)

    def put_away(self) -> None:
        """What is measured stays."""
        self.keep()

    def keep(self) -> bool:
        """Make what is measured so far stay, as one step; whether there was anything."""
        pending = self.edits.stage.pending
        self._take(())
        return len(pending) > 1 and self.edits.do(lambda: self.edits.editor.measure(pending))

    def _take(self, atoms: tuple[int, ...]) -> None:
        self.edits.stage.set_pending(atoms)
        self.hinted.emit(self._progress(atoms))
        if len(atoms) == _MOST:
            self.keep()

    def _progress(self, atoms: tuple[int, ...]) -> str:
        entry = self.edits.document.entry
        if not atoms or entry is None or len(atoms) == _MOST:
            return ""
        value = ""
        if len(atoms) > 1:
            measured = Measurement(atoms)
            value = f"{measured.kind.capitalize()} {measured.text(entry.structure.positions)} · Enter keeps it · "
        return f"{value}click {_NEXT[len(atoms)]} · Esc drops it"
