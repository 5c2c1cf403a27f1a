"""Operations that make, change and remove atoms and bonds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from gpff_desktop import elements
from gpff_desktop.chemistry.building import Edit, hydrogens
from gpff_desktop.chemistry.building import atoms as building
from gpff_desktop.chemistry.building import fragments as library
from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.session.document import atom_count
from gpff_desktop.session.editor_base import EditorBase, atomic_number, recorded, vector
from gpff_desktop.session.entry import EditError, Entry
from gpff_desktop.structure import Structure

NEW_NAME = "New molecule"
_NO_BONDS = np.empty((0, 3), dtype=np.int64)
_EMPTY = Structure(np.empty(0), np.empty((0, 3)), _NO_BONDS)


class BuildingEditor(EditorBase):
    """Atoms, bonds, hydrogens, fragments and whole entries."""

    @recorded
    def new_molecule(self) -> int:
        """Open an empty entry to draw in; returns its key."""
        with self.document.gesture(NEW_NAME):
            (key,) = self.document.add([_EMPTY], NEW_NAME)
        return key

    @recorded
    def add_atom(self, symbol: str, position: Iterable[float]) -> int:
        """Place a lone atom at `[3]` in Å, in a new entry if none is open; returns its index."""
        number, name = atomic_number(symbol), f"Add {elements.symbol(atomic_number(symbol))}"
        with self.document.gesture(name):
            if self.document.entry is None:
                self.new_molecule()
            edit = building.add_atom(self.document.required().structure, number, vector(position))
            self._apply(name, edit)
        return len(edit.structure) - 1

    @recorded
    def add_bonded(self, atom: int, symbol: str, position: Iterable[float] | None = None, order: int = 1) -> int:
        """Bond a new atom to another, at `[3]` in Å or where there is room for it; returns its index."""
        number = atomic_number(symbol)
        before = self._drawn()
        self._check([atom])
        if position is None:
            edit = building.add_bonded(before, atom, number, order)
        else:
            # The direction does not matter: the atom goes to where it was put.
            edit = building.add_bonded(before, atom, number, order, direction=np.array([1.0, 0, 0]))
            edit = _last_at(edit, building.add_atom(before, number, vector(position)).structure.positions[-1])
        self._apply_bonds(f"Add {elements.symbol(number)} to {self._named(atom)}", edit)
        return len(edit.structure) - 1

    @recorded
    def delete(self, atoms: Iterable[int] | None = None) -> None:
        """Delete atoms."""
        chosen = self._chosen(atoms)
        edit = building.delete_atoms(self.document.required().structure, chosen)
        self._apply(f"Delete {atom_count(len(chosen))}", edit)

    @recorded
    def set_element(self, symbol: str, atoms: Iterable[int] | None = None) -> None:
        """Make atoms another element; they stay where they are."""
        number, chosen = atomic_number(symbol), self._chosen(atoms)
        what = self._named(*chosen) if len(chosen) == 1 else atom_count(len(chosen))
        structure = building.set_elements(self.document.required().structure, chosen, number)
        self.document.change(f"Change {what} to {elements.symbol(number)}", structure)

    @recorded
    def set_bond(self, i: int, j: int, order: int) -> None:
        """Make, change or (order 0) remove the bond between two atoms; bonds are kept from then on."""
        name = f"Set bond {self._named(i, j)} to order {order}" if order else f"Remove bond {self._named(i, j)}"
        structure = building.set_bond(self._drawn(), i, j, order)
        self._apply_bonds(name, Edit(structure, np.arange(len(structure))))

    @recorded
    def adjust_hydrogens(self, atoms: Iterable[int] | None = None) -> None:
        """Add and remove hydrogens until valences are filled: at some atoms, else the selected ones, else all."""
        entry = self.document.required()
        chosen = self._chosen(atoms) if atoms is not None or entry.selected else None
        self._apply_bonds("Adjust hydrogens", hydrogens.adjust_hydrogens(self._drawn(), chosen))

    @recorded
    def remove_hydrogens(self) -> None:
        """Delete all hydrogens."""
        self._apply_bonds("Remove hydrogens", hydrogens.remove_hydrogens(self._drawn()))

    @recorded
    def attach(self, fragment: str, atom: int | None = None) -> None:
        """Attach a fragment of the library to an atom, or to the one that is selected; its atoms are then selected."""
        group = library.fragment(fragment)
        where = self._one(atom, "attach the fragment to")
        name = f"Attach {group.title} to {self._named(where)}"
        self._apply_bonds(name, library.attach(self._drawn(), where, group), select=True)

    @recorded
    def attach_smiles(self, text: str, atom: int | None = None) -> None:
        """Attach a molecule by its first atom to an atom, or to the one that is selected."""
        where = self._one(atom, "attach the fragment to")
        edit = library.attach(self._drawn(), where, library.fragment_of_smiles(text))
        self._apply_bonds(f"Attach {text} to {self._named(where)}", edit, select=True)

    @recorded
    def insert(self, what: str | Structure) -> None:
        """Put a fragment of the library or a structure beside what is there; its atoms are then selected."""
        if isinstance(what, str):
            self._insert(library.fragment(what).structure)
        else:
            self._insert(what)

    @recorded
    def insert_smiles(self, text: str) -> None:
        """Put a molecule beside what is there; its atoms are then selected."""
        self._insert(from_smiles(text))

    def _insert(self, structure: Structure, verb: str = "Insert") -> None:
        name = f"{verb} {structure.title or structure.formula}"
        if not len(structure):
            raise EditError("there are no atoms to insert; choose another molecule")
        with self.document.gesture(name):
            if self.document.entry is None:
                self.document.add([structure])
                self.document.select(range(len(structure)))
                return
            here = self.document.required().structure
            shifted = structure.with_positions(structure.positions + building.beside(here, structure))
            self._apply(name, building.merge(here, shifted), select=True)

    @recorded
    def duplicate(self, atoms: Iterable[int] | None = None) -> None:
        """Copy atoms beside the others; the copy is then selected."""
        chosen = self._chosen(atoms)
        edit = building.duplicate(self.document.required().structure, chosen)
        self._apply(f"Duplicate {atom_count(len(chosen))}", edit, select=True)

    @recorded
    def duplicate_entry(self) -> int:
        """Open a copy of the structure on view, with what is marked on it; returns its key."""
        entry = self.document.required()
        name = f"Duplicate {entry.title}"
        with self.document.gesture(name):
            (key,) = self.document.add([entry.structure], f"{entry.title} copy", keep_bonds=entry.keeps_bonds)
            copy = self.document.find(key)
            self.document.edit_entry(name, replace(entry, key=copy.key, name=copy.name, source=None, trajectory=None))
        return key

    @recorded
    def merge(self, keys: Iterable[int]) -> None:
        """Join entries into the first of them, where their atoms are; the others are closed, what they hold stays."""
        entries = [self._entry(key) for key in dict.fromkeys(keys)]
        if len(entries) < 2:
            raise EditError("choose at least two structures to merge")
        name = f"Merge {len(entries)} structures"
        structure, locked = entries[0].structure, set(entries[0].locked)
        constraints = list(entries[0].constraints)
        for entry in entries[1:]:
            new_index = {atom: len(structure) + atom for atom in range(len(entry.structure))}
            locked |= {new_index[atom] for atom in entry.locked}
            constraints += [moved for held in entry.constraints if (moved := held.carried(new_index))]
            structure = building.merge(structure, entry.structure).structure
        origin = np.where(np.arange(len(structure)) < len(entries[0].structure), np.arange(len(structure)), -1)
        with self.document.gesture(name):
            merged = replace(entries[0], keeps_bonds=any(entry.keeps_bonds for entry in entries))
            whole = merged.with_structure(structure, origin)
            whole = replace(whole, locked=frozenset(locked), constraints=tuple(constraints))
            self.document.edit_entry(name, whole)
            self.document.show(entries[0].key)
            self.document.close(entry.key for entry in entries[1:])

    def _entry(self, key: int) -> Entry:
        entry = self.document.find_or_none(key)
        if entry is None:
            raise EditError(f"no structure with the key {key} is open; choose among the open ones")
        return entry


def _last_at(edit: Edit, position: np.ndarray) -> Edit:
    positions = edit.structure.positions.copy()
    positions[-1] = position
    return Edit(edit.structure.with_positions(positions), edit.origin)
