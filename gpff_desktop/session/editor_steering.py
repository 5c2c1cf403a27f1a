"""Operations on the constraints that runs must respect."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gpff_desktop.chemistry.convert import match_smarts
from gpff_desktop.session.constraint_values import GEOMETRIC, target, title
from gpff_desktop.session.document import atom_count
from gpff_desktop.session.editor_base import recorded, vector
from gpff_desktop.session.editor_building import BuildingEditor
from gpff_desktop.session.editor_marking import MarkingEditor
from gpff_desktop.session.entry import EditError, HeldConstraint
from gpff_desktop.session.measurements import KINDS, Measurement
from gpff_desktop.structure import Structure

if TYPE_CHECKING:  # It loads torch, for which a window does not wait.
    from gpff_desktop.engine.steering import Constraint

WALL_MARGIN = 2.0
"""Å between the outermost atoms and a new wall around them."""
_ONE = {"position"}
_MANY = {"plane", "rigid"}


class SeveralMatchesError(EditError):
    """A pattern that matches several places, of which one has to be chosen.

    Parameters
    ----------
    smarts
        The pattern.
    matches
        The atoms (from 0) of each place.
    """

    def __init__(self, smarts: str, matches: Sequence[tuple[int, ...]]) -> None:
        super().__init__(f"'{smarts}' matches {len(matches)} places; choose one from 1 to {len(matches)}, or 0 for all")
        self.smarts, self.matches = smarts, tuple(matches)


class SteeringEditor(BuildingEditor, MarkingEditor):
    """Constraints of the structure on view, numbered from 0 in the order in which they were made."""

    @recorded
    def constrain(
        self, kind: str, atoms: Iterable[int] | None = None, value: Any = None, weight: float | None = None
    ) -> None:
        """Constrain atoms, else the selected ones.

        Parameters
        ----------
        kind
            `distance`, `angle`, `torsion`, `plane`, `position` or `rigid` (a group that moves as one body).
        atoms
            In their order; selected ones are taken along their bonds.
        value
            In Å or degrees, three numbers for a position; by default what it is at present.
        weight
            Pull with this weight instead of meeting it exactly; 1 pulls as strongly as the field does.
        """
        chosen = self._atoms_for(kind, atoms)
        values: dict[str, Any] = {"kind": kind, "atoms": chosen, "weight": weight}
        if kind not in _MANY:
            values["value"] = self._present(kind, chosen) if value is None else value
        constraint = _made(values)
        self._hold(self._step(constraint), constraint)

    @recorded
    def add_wall(
        self, shape: str = "sphere", atoms: Iterable[int] | None = None,
        centre: Iterable[float] | None = None, size: float | Iterable[float] | None = None,
    ) -> None:  # fmt: skip
        """Put a wall around atoms, else the selected ones, else all that there are or will be.

        Parameters
        ----------
        shape
            `sphere`, `box` or `ellipsoid`.
        atoms
            Those that may not leave it.
        centre
            `[3]` in Å; by default the middle of the atoms.
        size
            Radius of a sphere, three edges of a box or semiaxes of an ellipsoid, in Å; by default with room around.
        """
        entry = self.document.entry
        named = sorted(entry.selected if entry and atoms is None else map(int, atoms or ()))
        if named:
            self._check(named)
        inside = entry.structure.positions[named or slice(None)] if entry else np.zeros((0, 3))
        region = _region(shape, vector(centre) if centre is not None else _middle(inside), size, inside)
        constraint = _made({"kind": "wall", "region": region, "atoms": named or None})
        with self.document.gesture(f"Wall: {shape} of {target(constraint)}"):
            if self.document.entry is None:
                self.new_molecule()
            self._hold("Wall", constraint, replaces=False)

    @recorded
    def hold_shape(self, ratio: Iterable[float], until: float = 0.7) -> None:
        """Hold the ratio of principal variances, rod 8:1:1, disc 4:4:1, for a share of the evaluations of a run."""
        constraint = _made({"kind": "shape", "ratio": list(ratio), "until": until})
        with self.document.gesture(f"Hold shape {target(constraint)}"):
            if self.document.entry is None:
                self.new_molecule()
            self._hold("Shape", constraint)

    @recorded
    def set_constraint_value(self, number: int, value: float | Iterable[float]) -> None:
        """Ask for another value in Å or degrees, or three of them for a position."""
        held = self._held(number)
        if not hasattr(held.constraint, "value"):
            raise EditError(f"{title(held.constraint, self._seen)} has no value to set; remove it and make another")
        changed = _made({**held.constraint.to_dict(), "value": value})
        self._put(self._step(changed), number, replace(held, constraint=changed))

    @recorded
    def set_constraint_weight(self, number: int, weight: float | None = None) -> None:
        """Pull with a weight, or meet the constraint exactly."""
        held = self._held(number)
        if held.constraint.kind not in GEOMETRIC:
            raise EditError(f"{title(held.constraint, self._seen)} cannot be pulled at; it is always exact")
        changed = _made({**held.constraint.to_dict(), "weight": weight})
        self._put(self._step(changed), number, replace(held, constraint=changed))

    @recorded
    def set_wall(self, number: int, centre: Iterable[float], size: float | Iterable[float]) -> None:
        """Move and resize a wall; see `add_wall`."""
        held = self._held(number)
        if held.constraint.kind != "wall":
            raise EditError(f"{title(held.constraint, self._seen)} is no wall; choose one that is")
        values = held.constraint.to_dict()
        region = _region(values["region"]["kind"], vector(centre), size, np.zeros((0, 3)))
        changed = _made({**values, "region": region})
        self._put(f"Wall: {region['kind']} of {target(changed)}", number, replace(held, constraint=changed))

    @recorded
    def switch_constraint(self, number: int, on: bool = True) -> None:
        """Have runs respect a constraint, or not for the time being."""
        held = self._held(number)
        verb = "Switch on" if on else "Switch off"
        self._put(f"{verb} {_lower(title(held.constraint, self._seen))}", number, replace(held, on=on))

    @recorded
    def remove_constraint(self, number: int) -> None:
        """Remove a constraint; those after it move up."""
        gone, entry = self._held(number), self.document.required()
        left = (*entry.constraints[:number], *entry.constraints[number + 1 :])
        name = f"Remove {_lower(title(gone.constraint, self._seen))}"
        self.document.edit_entry(name, replace(entry, constraints=left))

    @recorded
    def clear_constraints(self) -> None:
        """Remove all constraints; locks stay."""
        entry = self.document.required()
        if entry.constraints:
            self.document.edit_entry("Remove all constraints", replace(entry, constraints=()))

    @recorded
    def lock_match(self, smarts: str, match: int | None = None) -> None:
        """Lock what a SMARTS pattern matches; where there are several matches, the one numbered from 1, or 0 for all.

        Raises
        ------
        SeveralMatchesError
            If there are several and none was named.
        """
        try:
            found = [tuple(sorted(one)) for one in match_smarts(self._drawn(), smarts)]
        except ValueError as error:
            raise EditError(str(error)) from None
        if not found:
            raise EditError(f"nothing matches '{smarts}'; write another pattern")
        if match is None and len(found) > 1:
            raise SeveralMatchesError(smarts, found)
        if match is not None and not 0 <= match <= len(found):
            raise EditError(f"there is no match {match}; choose one from 1 to {len(found)}, or 0 for all")
        self.lock({atom for one in (found[match - 1 : match] if match else found) for atom in one})

    @property
    def _seen(self) -> Structure:
        return self.document.required().structure

    def _atoms_for(self, kind: str, atoms: Iterable[int] | None) -> list[int]:
        if kind not in (*GEOMETRIC, "rigid"):
            raise EditError(f"there is no constraint '{kind}'; use {', '.join(GEOMETRIC)} or rigid")
        if atoms is not None:
            chosen = [int(atom) for atom in atoms]
            self._check(chosen)
        elif kind in _ONE:
            chosen = [self._one(None, "hold in place")]
        else:
            chosen = self._chosen(None) if kind in _MANY else self._along_bonds()
        wanted = {name: count for count, name in KINDS.items()}.get(kind, len(chosen))
        if len(chosen) != wanted:
            raise EditError(
                f"{_a(kind)} needs {wanted} atoms, but {atom_count(len(chosen))} are chosen; select {wanted}"
            )
        return chosen

    def _present(self, kind: str, atoms: list[int]) -> Any:
        positions = self._seen.positions
        if kind == "position":
            return positions[atoms[0]].tolist()
        value = Measurement(tuple(atoms)).value(positions)
        if not math.isfinite(value):
            raise EditError(f"the {kind} is undefined, as atoms coincide or lie in line; give a value")
        return value

    def _step(self, constraint: Constraint) -> str:
        verb = "Constrain" if getattr(constraint, "weight", None) is None else "Pull"
        wanted = target(constraint)
        return f"{verb} {_lower(title(constraint, self._seen))}" + (f" to {wanted}" if wanted else "")

    def _held(self, number: int) -> HeldConstraint:
        constraints = self.document.required().constraints
        if not 0 <= number < len(constraints):
            raise EditError(f"there is no constraint {number}; there are {len(constraints)}, counted from 0")
        return constraints[number]

    def _hold(self, name: str, constraint: Constraint, replaces: bool = True) -> None:
        """Add a constraint, in the place of one about the same thing."""
        entry = self.document.required()
        about = [_subject(held.constraint) for held in entry.constraints]
        if replaces and _subject(constraint) in about:
            self._put(name, about.index(_subject(constraint)), HeldConstraint(constraint))
        else:
            constraints = (*entry.constraints, HeldConstraint(constraint))
            self.document.edit_entry(name, replace(entry, constraints=constraints))

    def _put(self, name: str, number: int, held: HeldConstraint) -> None:
        entry = self.document.required()
        if held != entry.constraints[number]:
            constraints = (*entry.constraints[:number], held, *entry.constraints[number + 1 :])
            self.document.edit_entry(name, replace(entry, constraints=constraints))


def _made(values: dict[str, Any]) -> Constraint:
    from gpff_desktop.engine.steering import Constraint

    try:
        return Constraint.from_dict({name: value for name, value in values.items() if value is not None})
    except ValueError as error:
        raise EditError(f"{error}; change its value or its atoms") from None


def _subject(constraint: Constraint) -> object:
    atoms = constraint.named()
    ordered = constraint.kind in KINDS.values()
    return constraint.kind, min(atoms, atoms[::-1]) if ordered else frozenset(atoms)


def _region(shape: str, centre: np.ndarray, size: float | Iterable[float] | None, inside: np.ndarray) -> dict[str, Any]:
    """A region as values of its record; its default size leaves room around what is `inside` `[n, 3]` in Å."""
    field = {"sphere": "radius", "box": "edges", "ellipsoid": "semiaxes"}.get(shape)
    if field is None:
        raise EditError(f"there is no wall '{shape}'; use sphere, box or ellipsoid")
    given: float | list[float] | None = list(size) if isinstance(size, Iterable) else size
    if given is None:
        reach = np.abs(inside - centre).max(axis=0) if len(inside) else np.full(3, WALL_MARGIN)
        far = np.linalg.norm(inside - centre, axis=1).max() if len(inside) else WALL_MARGIN
        sizes = {"sphere": far, "box": 2 * reach + WALL_MARGIN, "ellipsoid": math.sqrt(3) * reach}
        given = np.round(sizes[shape] + WALL_MARGIN, 2).tolist()
    return {"kind": shape, "centre": np.round(centre, 3).tolist(), field: given}


def _middle(positions: np.ndarray) -> np.ndarray:
    return (positions.min(axis=0) + positions.max(axis=0)) / 2 if len(positions) else np.zeros(3)


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
