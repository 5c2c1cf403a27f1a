"""Operations that go through text: copy, cut and paste."""

from __future__ import annotations

from collections.abc import Iterable

from gpff_desktop.chemistry import clipboard
from gpff_desktop.chemistry.building.atoms import delete_atoms
from gpff_desktop.chemistry.selecting import invert
from gpff_desktop.session.document import atom_count
from gpff_desktop.session.editor_base import recorded
from gpff_desktop.session.editor_building import BuildingEditor
from gpff_desktop.structure import Structure


class ExchangeEditor(BuildingEditor):
    """Structures as text, and back."""

    @recorded
    def copy(self, kind: clipboard.Kind = "sdf", atoms: Iterable[int] | None = None) -> str:
        """Atoms, else the selected ones, else all, as the text of an `sdf`, `xyz` or `smiles` file."""
        entry = self.document.required()
        everything = atoms is None and not entry.selected
        return clipboard.to_text([entry.structure if everything else self._part(self._chosen(atoms))], kind)

    @recorded
    def cut(self, kind: clipboard.Kind = "sdf", atoms: Iterable[int] | None = None) -> str:
        """Delete atoms and return their text."""
        chosen = self._chosen(atoms)
        text = clipboard.to_text([self._part(chosen)], kind)
        edit = delete_atoms(self.document.required().structure, chosen)
        self._apply(f"Cut {atom_count(len(chosen))}", edit)
        return text

    @recorded
    def paste(self, text: str) -> None:
        """Put one structure beside what is there, its atoms selected; several, or the first, open as entries."""
        structures = clipboard.from_text(text).structures
        if len(structures) == 1 and self.document.entry is not None:
            self._insert(structures[0], "Paste")
        else:
            self.document.add(structures)

    def _part(self, atoms: list[int]) -> Structure:
        structure = self.document.required().structure
        return delete_atoms(structure, invert(structure, atoms)).structure
