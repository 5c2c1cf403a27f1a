"""The Build menu."""

from __future__ import annotations

from collections.abc import Callable

from gpff_desktop.chemistry.building.smiles import is_large
from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.ask_bar import AskBar
from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.geometry_bar import ORDERS
from gpff_desktop.gui.opening import FileOpener
from gpff_desktop.gui.tools.strokes import Strokes
from gpff_desktop.session.measurements import KINDS
from gpff_desktop.session.source import Ready, Source

COMMON = ("H", "C", "N", "O", "F", "P", "S", "Cl", "Br", "I")
_ORDER_ICONS = ("link-variant-off", "minus", "equal", "menu")
_NO_ATOMS = "Open a structure with atoms first"


class Building:
    """Elements, bonds, hydrogens, fragments and measurements.

    Parameters
    ----------
    edits, strokes
        What is built, and with what hand.
    bar
        Asks for SMILES.
    opener
        Embeds large molecules in the background.
    """

    def __init__(self, edits: Edits, strokes: Strokes, bar: AskBar, opener: FileOpener) -> None:
        self._edits, self._strokes, self._editor, self._bar = edits, strokes, edits.editor, bar
        self._opener = opener
        opener.ready.connect(self._on_embedded)

    def commands(self) -> list[Command]:
        """The Build menu."""
        return [
            *self._hydrogens(),
            Command(
                "build.smiles", "Insert SMILES…", "Build", self.ask_smiles, "Ctrl+Shift+I",
                "mdi6.text-box-plus-outline", "Add a molecule written as SMILES",
                self._edits.can_build, needs="Stop the run first",
            ),
            *(self._element(symbol) for symbol in COMMON),
            *(self._order(order) for order in (1, 2, 3, 0)),
            *self._bond_choices(),
            *self._measurements(),
            Command(
                "build.centre", "Move to origin", "Build", lambda: self._edits.do(self._editor.centre), "",
                "mdi6.image-filter-center-focus", "Bring the centre of geometry to the origin",
                self._edits.can_edit, needs=_NO_ATOMS,
            ),
        ]  # fmt: skip

    def ask_smiles(self) -> None:
        """Ask for a SMILES and add its molecule."""
        self._bar.ask("SMILES", "CCO", "Insert", self.insert_smiles)

    def insert_smiles(self, text: str) -> None:
        """Add a molecule beside what is there; a large one when it is embedded.

        Raises
        ------
        ValueError
            If the text is not a SMILES.
        """
        self._edits.open()
        if is_large(text):
            self._opener.open(Source.smiles(text))
        else:
            self._editor.insert_smiles(text)

    def _on_embedded(self, ready: Ready) -> None:
        if not ready.source.inserted:
            return
        log, molecule = self._edits.workbench.log, ready.entries[0].structure
        with log.silent():
            done = self._edits.do(lambda: self._editor.insert(molecule))
        if done:
            log.add(f"editor.insert_smiles({ready.source.content!r})")

    def perceives(self) -> bool:
        """Whether the bonds of what is seen follow the coordinates."""
        entry = self._edits.entry
        return entry is not None and not entry.keeps_bonds

    def keeps(self) -> bool:
        """Whether the bonds of what is seen stay as they are."""
        entry = self._edits.entry
        return entry is not None and entry.keeps_bonds

    def _hydrogens(self) -> list[Command]:
        return [
            Command(
                "build.hydrogens", "Adjust hydrogens", "Build", lambda: self._edits.do(self._editor.adjust_hydrogens),
                "Ctrl+H", "mdi6.alpha-h-box-outline",
                "Add and remove hydrogens as valences ask, at the selection or all",
                self._edits.can_edit, needs=_NO_ATOMS,
            ),
            Command(
                "build.no-hydrogens", "Remove hydrogens", "Build",
                lambda: self._edits.do(self._editor.remove_hydrogens), "", "mdi6.minus-box-outline",
                "Delete all hydrogens", self._edits.can_edit, needs=_NO_ATOMS,
            ),
        ]  # fmt: skip

    def _element(self, symbol: str) -> Command:
        return Command(
            f"element.{symbol.lower()}",
            symbol,
            "Build/Element of selection",
            lambda: self._edits.do(lambda: self._strokes.set_selected(symbol)),
            icon=f"mdi6.alpha-{symbol[0].lower()}-circle-outline",
            hint=f"Make the selected atoms {symbol} (type {symbol} in the view)",
            enabled_when=self._edits.has_selection,
            needs="Select atoms first",
        )

    def _order(self, order: int) -> Command:
        return Command(
            f"bond.{order}",
            ORDERS[order],
            "Build/Bond of two atoms",
            lambda: self._strokes.set_order(self._pair(), order),
            icon=f"mdi6.{_ORDER_ICONS[order]}",
            hint=f"{ORDERS[order]}{' bond' if order else ''} between the two selected atoms",
            enabled_when=lambda: len(self._edits.selected) == 2,
            needs="Select two atoms first",
        )

    def _pair(self) -> tuple[int, int]:
        first, second = sorted(self._edits.selected)
        return first, second

    def _bond_choices(self) -> list[Command]:
        def choice(name: str, title: str, keeps: bool, icon: str, hint: str, on: Callable[[], bool]) -> Command:
            return Command(
                f"bonds.{name}", title, "Build/Bonds",
                lambda: self._edits.do(lambda: self._edits.document.keep_bonds(keeps)),
                icon=f"mdi6.{icon}", hint=hint, enabled_when=self._edits.can_edit, checked_when=on, exclusive=True,
                needs=_NO_ATOMS,
            )  # fmt: skip

        return [
            choice("perceive", "Perceive", False, "auto-fix", "Find bonds from the coordinates as atoms move",
                   self.perceives),
            choice("keep", "Keep", True, "link-lock", "Keep the bonds as they are, whatever moves", self.keeps),
        ]  # fmt: skip

    def _measurements(self) -> list[Command]:
        return [
            Command(
                "build.measure", "Measure selection", "Build", lambda: self._edits.do(self._editor.measure), "Ctrl+M",
                "mdi6.ruler-square", "Keep the distance, angle or torsion of 2, 3 or 4 selected atoms in view",
                lambda: len(self._edits.selected) in KINDS, needs="Select 2, 3 or 4 atoms first",
            ),
            Command(
                "build.clear-measurements", "Clear measurements", "Build",
                lambda: self._edits.do(self._editor.clear_measurements), "", "mdi6.eraser",
                "Remove all measurements", lambda: bool(self._edits.entry and self._edits.entry.measurements),
                needs="Nothing is measured",
            ),
        ]  # fmt: skip
