"""Operations that move atoms."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gpff_desktop.chemistry.building import geometry
from gpff_desktop.session.document import atom_count
from gpff_desktop.session.editor_base import EditorBase, recorded, vector
from gpff_desktop.session.entry import LockError
from gpff_desktop.structure import Structure


class MovingEditor(EditorBase):
    """Shifts, rotations, and distances, angles and torsions by value. Locked atoms never move."""

    @recorded
    def translate(self, shift: Iterable[float], atoms: Iterable[int] | None = None) -> None:
        """Move atoms by `[3]` in Å."""
        self._shift("Move", shift, atoms)

    @recorded
    def nudge(self, shift: Iterable[float], atoms: Iterable[int] | None = None) -> None:
        """Move atoms by a small step `[3]` in Å, as the keys do."""
        self._shift("Nudge", shift, atoms)

    def _shift(self, verb: str, shift: Iterable[float], atoms: Iterable[int] | None) -> None:
        chosen = self._unlocked(self._chosen(atoms))
        structure = geometry.translate(self._structure, chosen, vector(shift))
        self.document.change(f"{verb} {atom_count(len(chosen))}", structure)

    @recorded
    def rotate(
        self, axis: Iterable[float], degrees: float,
        centre: Iterable[float] | None = None, atoms: Iterable[int] | None = None,
    ) -> None:  # fmt: skip
        """Rotate atoms about an axis `[3]` through a point `[3]` in Å, by default through their middle."""
        chosen = self._unlocked(self._chosen(atoms))
        turn = geometry.about_axis(vector(axis), degrees)
        middle = None if centre is None else vector(centre)
        structure = geometry.rotate(self._structure, chosen, turn, middle)
        self.document.change(f"Rotate {atom_count(len(chosen))} by {degrees:.1f}°", structure)

    @recorded
    def rotate_about_bond(self, i: int, j: int, degrees: float) -> None:
        """Rotate one side of a bond; torsions about it grow by the angle."""
        name = f"Rotate about {self._named(i, j)} by {degrees:.1f}°"
        self._by_value(name, geometry.rotate_about_bond, i, j, degrees)

    @recorded
    def set_distance(self, i: int, j: int, value: float) -> None:
        """Bring two atoms to a distance in Å, each with what hangs on it."""
        name = f"Set distance {self._named(i, j)} to {value:.3f} Å"
        self._by_value(name, geometry.set_distance, i, j, value)

    @recorded
    def set_angle(self, i: int, j: int, k: int, value: float) -> None:
        """Bring the angle at `j` to a value in degrees."""
        name = f"Set angle {self._named(i, j, k)} to {value:.1f}°"
        self._by_value(name, geometry.set_angle, i, j, k, value)

    @recorded
    def set_torsion(self, i: int, j: int, k: int, m: int, value: float) -> None:
        """Bring the torsion about j–k to a value in degrees."""
        name = f"Set torsion {self._named(i, j, k, m)} to {value:.1f}°"
        self._by_value(name, geometry.set_torsion, i, j, k, m, value)

    def _by_value(self, name: str, operation: Callable[..., Structure], *numbers: float) -> None:
        entry = self.document.required()
        changed = operation(entry.structure, *numbers, bonds=entry.structure.bonds, fixed=entry.locked)
        self.document.change(name, changed)

    @recorded
    def set_position(self, atom: int, position: Iterable[float]) -> None:
        """Put an atom at `[3]` in Å."""
        self._unlocked(self._chosen([atom]))
        point = vector(position)
        positions = self._structure.positions.copy()
        positions[atom] = point
        self.document.change(f"Move {self._named(atom)}", self._structure.with_positions(positions))

    @recorded
    def centre(self) -> None:
        """Bring the centre of geometry to the origin."""
        everything = range(len(self._structure))
        self._unlocked(list(everything))
        structure = geometry.translate(self._structure, everything, -self._structure.centre)
        self.document.change("Centre", structure)

    @property
    def _structure(self) -> Structure:
        return self.document.required().structure

    def _unlocked(self, atoms: list[int]) -> list[int]:
        if held := sorted(self.document.required().locked & set(atoms)):
            raise LockError(f"{self._named(held[0])} is locked; unlock it or leave it out of the selection")
        return atoms
