"""Operations that select, lock and measure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise, permutations

from gpff_desktop.chemistry import selecting
from gpff_desktop.session.document import atom_count
from gpff_desktop.session.editor_base import EditorBase, atomic_number, recorded
from gpff_desktop.session.entry import EditError
from gpff_desktop.session.measurements import KINDS
from gpff_desktop.structure import Structure


class MarkingEditor(EditorBase):
    """The selection, locks and measurements of the structure on view."""

    @recorded
    def select(self, atoms: Iterable[int]) -> None:
        """Select these atoms and no others."""
        self.document.required()
        self.document.select(atoms)

    @recorded
    def select_all(self) -> None:
        """Select all atoms."""
        self.document.select(range(len(self.document.required().structure)))

    @recorded
    def select_none(self) -> None:
        """Select nothing."""
        self.document.select(())

    @recorded
    def invert_selection(self) -> None:
        """Select what is not selected."""
        entry = self.document.required()
        self.document.select(selecting.invert(entry.structure, entry.selected))

    @recorded
    def grow_selection(self) -> None:
        """Select also what is bonded to the selected atoms."""
        chosen = self._chosen(None)
        self.document.select(selecting.grow(self.document.required().structure, chosen))

    @recorded
    def shrink_selection(self) -> None:
        """Leave out the selected atoms that are bonded to others."""
        chosen = self._chosen(None)
        self.document.select(selecting.shrink(self.document.required().structure, chosen))

    @recorded
    def select_fragment(self, atom: int | None = None) -> None:
        """Select all that bonds connect to an atom, or to the one that is selected."""
        where = self._one(atom, "start from")
        self.document.select(selecting.fragment_of(self.document.required().structure, where))

    @recorded
    def select_smarts(self, smarts: str) -> None:
        """Select all atoms of all matches of a SMARTS pattern."""
        try:
            found = selecting.by_smarts(self._drawn(), smarts)
        except ValueError as error:
            raise EditError(str(error)) from None
        self.document.select(found)

    @recorded
    def select_element(self, symbol: str) -> None:
        """Select all atoms of an element."""
        self.document.select(selecting.by_element(self.document.required().structure, atomic_number(symbol)))

    @recorded
    def select_hydrogens(self) -> None:
        """Select all hydrogens."""
        self.document.select(selecting.hydrogens(self.document.required().structure))

    @recorded
    def select_scaffold(self) -> None:
        """Select rings and what links them."""
        self.document.select(selecting.scaffold(self._drawn()))

    @recorded
    def select_rings(self) -> None:
        """Select all atoms in rings."""
        self.document.select(selecting.ring_atoms(self.document.required().structure))

    @recorded
    def lock(self, atoms: Iterable[int] | None = None) -> None:
        """Lock atoms: nothing moves or deletes them."""
        self.document.lock(self._chosen(atoms))

    @recorded
    def unlock(self, atoms: Iterable[int] | None = None) -> None:
        """Unlock atoms."""
        self.document.lock(self._chosen(atoms), on=False)

    @recorded
    def toggle_lock(self, atoms: Iterable[int] | None = None) -> None:
        """Unlock atoms if all of them are locked, else lock them."""
        chosen = self._chosen(atoms)
        self.document.lock(chosen, on=not self.document.required().locked.issuperset(chosen))

    @recorded
    def lock_all_but(self, atoms: Iterable[int] | None = None) -> None:
        """Unlock atoms and lock all others."""
        chosen = self._chosen(atoms)
        with self.document.gesture(f"Lock all but {atom_count(len(chosen))}"):
            self.document.lock(chosen, on=False)
            self.document.lock(selecting.invert(self.document.required().structure, chosen))

    @recorded
    def measure(self, atoms: Iterable[int] | None = None) -> None:
        """Measure between two to four atoms in their order; selected ones are taken along their bonds."""
        order = self._along_bonds() if atoms is None else [int(atom) for atom in atoms]
        self.document.measure(order)

    @recorded
    def clear_measurements(self) -> None:
        """Remove all measurements."""
        self.document.clear_measurements()

    def _along_bonds(self) -> list[int]:
        """The selected atoms in the order in which most of them are bonded to the next."""
        chosen = self._chosen(None)
        if len(chosen) not in KINDS:
            raise EditError(f"{atom_count(len(chosen))} make no distance, angle or torsion; select 2, 3 or 4")
        bonded = _bonded_pairs(self.document.required().structure)
        return list(max(permutations(chosen), key=lambda row: sum(pair in bonded for pair in pairwise(row))))


def _bonded_pairs(structure: Structure) -> set[tuple[int, int]]:
    pairs = [] if structure.bonds is None else structure.bonds[:, :2].tolist()
    return {(i, j) for i, j in pairs} | {(j, i) for i, j in pairs}
