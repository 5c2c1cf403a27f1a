"""The Select menu."""

from __future__ import annotations

from collections.abc import Callable

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.ask_bar import AskBar
from gpff_desktop.gui.edits import Edits
from gpff_desktop.session.document import atom_count

_SMARTS_EXAMPLE = "[OX2H] or c1ccccc1"
_NO_ATOMS = "Open a structure with atoms first"
_NOTHING_SELECTED = "Select atoms first"


class Selecting:
    """Selects by what atoms are and by what they are bonded to.

    Parameters
    ----------
    edits
        Where atoms are selected.
    bar
        Asks for patterns and elements.
    """

    def __init__(self, edits: Edits, bar: AskBar) -> None:
        self._edits, self._editor, self._bar = edits, edits.editor, bar

    def commands(self) -> list[Command]:
        """The Select menu."""
        editor = self._editor
        return [
            self._among_atoms("all", "All", editor.select_all, "Ctrl+A", "select-all", "Select all atoms"),
            self._from_selection("none", "None", editor.select_none, "Ctrl+Shift+A", "select-off", "Select nothing"),
            self._among_atoms(
                "invert", "Invert", editor.invert_selection, "Ctrl+I", "select-inverse", "Select what is not selected"
            ),
            self._from_selection(
                "grow",
                "Grow",
                editor.grow_selection,
                "Ctrl+]",
                "arrow-expand-all",
                "Add what is bonded to the selection",
            ),
            self._from_selection(
                "shrink", "Shrink", editor.shrink_selection, "Ctrl+[", "arrow-collapse-all", "Leave out its outer atoms"
            ),
            self._from_selection(
                "piece", "Connected piece", self._select_pieces, "", "graph-outline", "Select all that hangs together"
            ),
            self._asking(
                "smarts", "By SMARTS…", self.ask_smarts, "Ctrl+F", "regex", "Select matches of a SMARTS pattern"
            ),
            self._asking(
                "element", "By element…", self.ask_element, "", "alpha-c-box-outline", "Select all atoms of an element"
            ),
            self._among_atoms("hydrogens", "Hydrogens", editor.select_hydrogens, "", "alpha-h", "Select all hydrogens"),
            self._among_atoms(
                "rings", "Rings", editor.select_rings, "", "hexagon-outline", "Select all atoms in rings"
            ),
            self._among_atoms(
                "scaffold", "Scaffold", editor.select_scaffold, "", "hexagon-multiple-outline", "Select rings and links"
            ),
            self._among_atoms(
                "locked", "Locked atoms", self._select_locked, "", "lock-check-outline", "Select the locked atoms"
            ),
        ]

    def ask_smarts(self) -> None:
        """Ask for a SMARTS pattern and select its matches."""
        self._bar.ask("SMARTS", _SMARTS_EXAMPLE, "Select", self._then(self._editor.select_smarts))

    def ask_element(self) -> None:
        """Ask for an element and select its atoms."""
        self._bar.ask("Element", "N", "Select", self._then(self._editor.select_element))

    def _then(self, select: Callable[[str], None]) -> Callable[[str], None]:
        def answer(text: str) -> None:
            self._edits.open()
            select(text)
            self._tell()

        return answer

    def _select_pieces(self) -> None:
        entry = self._edits.document.required()
        grown, before = entry.selected, frozenset[int]()
        while grown != before:
            self._editor.grow_selection()
            before, grown = grown, self._edits.document.required().selected

    def _select_locked(self) -> None:
        self._editor.select(self._edits.document.required().locked)

    def _run(self, select: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            if self._edits.do(select):
                self._tell()

        return run

    def _tell(self) -> None:
        count = len(self._edits.selected)
        self._edits.workbench.noted.emit(f"Selected {atom_count(count)}" if count else "Nothing is selected")

    def _among_atoms(
        self, name: str, title: str, select: Callable[[], None], keys: str, icon: str, hint: str
    ) -> Command:
        return self._command(name, title, self._run(select), keys, icon, hint, self._edits.can_edit, _NO_ATOMS)

    def _from_selection(
        self, name: str, title: str, select: Callable[[], None], keys: str, icon: str, hint: str
    ) -> Command:
        wanted = self._edits.has_selection
        return self._command(name, title, self._run(select), keys, icon, hint, wanted, _NOTHING_SELECTED)

    def _asking(self, name: str, title: str, ask: Callable[[], None], keys: str, icon: str, hint: str) -> Command:
        return self._command(name, title, ask, keys, icon, hint, self._edits.can_edit, _NO_ATOMS)

    def _command(
        self, name: str, title: str, act: Callable[[], None], keys: str, icon: str, hint: str,
        enabled: Callable[[], bool], needs: str,
    ) -> Command:  # fmt: skip
        return Command(
            f"select.{name}", title, "Select", act, keys, f"mdi6.{icon}", hint, enabled_when=enabled, needs=needs
        )
