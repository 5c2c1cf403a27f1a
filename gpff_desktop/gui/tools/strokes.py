"""What is drawn: each stroke is one step of the history, with the hydrogens that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from gpff_desktop import elements
from gpff_desktop.chemistry.building.directions import bond_length
from gpff_desktop.chemistry.building.edit import name
from gpff_desktop.chemistry.building.orders import bonds_of_skeleton
from gpff_desktop.chemistry.building.topology import between, neighbours
from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.pencil import Pencil
from gpff_desktop.session.document import atom_count
from gpff_desktop.structure import Structure

_HIGHEST = 3
_NO_BONDS = np.empty((0, 3), dtype=np.int64)


class Strokes:
    """Draws with a pencil on the structure on view. Bonds of what is drawn on are kept from then on.

    Parameters
    ----------
    edits
        Where it is drawn.
    pencil
        What is drawn.
    """

    def __init__(self, edits: Edits, pencil: Pencil) -> None:
        self.edits, self.pencil = edits, pencil
        self._document, self._editor = edits.document, edits.editor
        self._typed: int | None = None

    def put_atom(self, position: np.ndarray) -> bool:
        """Place an atom on its own at `[3]` in Å."""

        def draw() -> None:
            self._hold_bonds()
            self._fill([self._editor.add_atom(self.pencil.symbol, position)])

        return self._stroke(f"Draw {self.pencil.symbol}", draw)

    def grow(self, atom: int, position: np.ndarray) -> bool:
        """Bond a new atom at `[3]` in Å to an atom; the hydrogen that is most in its way gives room."""

        def draw() -> None:
            self._hold_bonds()
            (anchor,) = self._remove(self._hydrogen_towards(atom, position), [atom])
            self._fill([anchor, self._editor.add_bonded(anchor, self.pencil.symbol, position, self.pencil.order)])

        return self._stroke(f"Draw {self.pencil.symbol}", draw)

    def connect(self, first: int, second: int) -> bool:
        """Bond two atoms, or raise the order of the bond they have."""

        def draw() -> None:
            self._hold_bonds()
            where, present = self._structure.positions, self.order_of(first, second)
            in_the_way = self._hydrogen_towards(first, where[second]) + self._hydrogen_towards(second, where[first])
            start, end = self._remove([] if present else in_the_way, [first, second])
            self._editor.set_bond(start, end, min(present + 1, _HIGHEST) if present else self.pencil.order)
            self._fill([start, end])

        return self._stroke("Draw bond", draw)

    def cycle(self, bond: tuple[int, int]) -> bool:
        """Make a single bond double, a double bond triple and a triple bond single."""
        return self.set_order(bond, self.order_of(*bond) % _HIGHEST + 1)

    def set_order(self, bond: tuple[int, int], order: int) -> bool:
        """Give a bond an order; 0 removes it."""

        def draw() -> None:
            self._hold_bonds()
            self._editor.set_bond(*bond, order)
            self._fill(bond)

        return self._stroke("Delete bond" if not order else f"Set bond order {order}", draw)

    def change(self, atom: int) -> bool:
        """Make an atom the pencil's element."""
        return self.set_elements([atom], self.pencil.symbol)

    def set_elements(self, atoms: Iterable[int], symbol: str) -> bool:
        """Make atoms another element, ends of bonds at the length that suits it."""
        chosen, number = sorted(atoms), elements.number(symbol)

        def draw() -> None:
            self._hold_bonds()
            for atom in chosen:
                self._settle(atom, number)
            self._editor.set_element(symbol, atoms=chosen)
            self._fill(chosen)

        if all(self._structure.numbers[atom] == number for atom in chosen):
            return True
        return self._stroke(f"Make {atom_count(len(chosen))} {symbol}", draw)

    def set_selected(self, symbol: str, again: bool = False) -> None:
        """Make the selected atoms another element; `again` replaces what the last call did."""
        history = self._document.history
        if again and self._typed == history.serial:
            self._document.undo()
        if self.edits.selected:
            self.set_elements(self.edits.selected, symbol)
        self._typed = history.serial

    def erase_atom(self, atom: int) -> bool:
        """Delete an atom and its hydrogens; what it was bonded to gets hydrogens instead."""
        structure = self._structure

        def draw() -> None:
            self._hold_bonds()
            gone = [atom, *(self._hydrogens_of(atom) if self.pencil.fills else [])]
            bonded = self._remove(gone, [a for a in self._neighbours(atom) if a not in gone])
            if structure.numbers[atom] > 1:
                self._fill(bonded)

        return self._stroke(f"Delete {name(structure, atom)}", draw)

    def order_of(self, first: int, second: int) -> int:
        """Order of the bond between two atoms, 0 if there is none."""
        bonds = self._bonds
        there = bonds[between(first, second, bonds)]
        return int(there[0, 2]) if len(there) else 0

    def anchor(self, atom: int) -> int:
        """Where a bond drawn from an atom begins: a hydrogen gives way, so it begins at what that is bonded to."""
        bonded = self._neighbours(atom)
        gives_way = self.pencil.fills and self._structure.numbers[atom] == 1 and len(bonded) == 1
        return bonded[0] if gives_way else atom

    def hydrogen_directions(self, atom: int) -> np.ndarray:
        """Vectors `[n, 3]` in Å from an atom to its hydrogens, if they give way to what is drawn."""
        hydrogens = self._hydrogens_of(atom) if self.pencil.fills else []
        return self._structure.positions[hydrogens] - self._structure.positions[atom]

    # Parts of strokes

    @property
    def _structure(self) -> Structure:
        return self._document.required().structure

    @property
    def _bonds(self) -> np.ndarray:
        bonds = self._structure.bonds
        return _NO_BONDS if bonds is None else bonds

    def _stroke(self, title: str, draw: Callable[[], None]) -> bool:
        def act() -> None:
            with self.edits.stage.steady(), self._document.gesture(title):
                draw()

        return self.edits.do(act)

    def _hold_bonds(self) -> None:
        """Make the bonds, as they are, the user's: from now on they change by strokes alone."""
        entry = self._document.entry
        if entry is None or entry.keeps_bonds:
            return
        # Those on view may still lack their orders, which are found a moment after atoms come to rest.
        known = entry.structure.with_bonds(bonds_of_skeleton(entry.structure))
        self._document.keep_bonds(True)
        self._document.change("Keep bonds", known)

    def _fill(self, atoms: Iterable[int]) -> None:
        heavy = [atom for atom in atoms if self._structure.numbers[atom] > 1]
        if self.pencil.fills and heavy:
            self._editor.adjust_hydrogens(heavy)

    def _neighbours(self, atom: int) -> list[int]:
        return neighbours(atom, self._bonds).tolist()

    def _hydrogens_of(self, atom: int) -> list[int]:
        """Hydrogens that are bonded to this atom alone."""
        numbers = self._structure.numbers
        return [a for a in self._neighbours(atom) if numbers[a] == 1 and len(self._neighbours(a)) == 1]

    def _hydrogen_towards(self, atom: int, position: np.ndarray) -> list[int]:
        """The hydrogen of an atom that points most toward `[3]`, if hydrogens give way at all."""
        arms = self.hydrogen_directions(atom)
        if not len(arms):
            return []
        towards = arms @ (np.asarray(position) - self._structure.positions[atom]) / np.linalg.norm(arms, axis=1)
        return [self._hydrogens_of(atom)[int(towards.argmax())]]

    def _remove(self, gone: list[int], atoms: list[int]) -> list[int]:
        """Delete some atoms; the indices of others afterwards."""
        if gone:
            self._editor.delete(gone)
        return [atom - sum(g < atom for g in gone) for atom in atoms]

    def _settle(self, atom: int, number: int) -> None:
        """Move the end of a bond, with its hydrogens, to the length that suits its element to be."""
        structure, hydrogens = self._structure, self._hydrogens_of(atom)
        bonded = [a for a in self._neighbours(atom) if a not in hydrogens]
        if not self.pencil.fills or len(bonded) != 1 or self._document.required().locked & {atom, *hydrogens}:
            return
        other = bonded[0]
        line = structure.positions[atom] - structure.positions[other]
        length = bond_length(int(structure.numbers[other]), number, self.order_of(atom, other))
        if now := float(np.linalg.norm(line)):
            self._editor.translate(line * (length / now - 1), atoms=[atom, *hydrogens])
