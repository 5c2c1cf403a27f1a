"""What constrains a run on an open structure, in terms of the atoms of its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gpff_desktop.session.entry import Entry

if TYPE_CHECKING:  # It loads torch, for which a window does not wait.
    from gpff_desktop.engine.steering import Constraint


def constraints_on(entry: Entry) -> tuple[Constraint, ...]:
    """The constraints that are switched on: those of a relaxation, whose result has the atoms of the structure."""
    return tuple(held.constraint for held in entry.constraints if held.on)


def known_atoms(entry: Entry, locked: Sequence[int]) -> tuple[int, ...]:
    """The atoms (from 0) that a generation takes over, in the order of its result: `locked` ones, then those drawn.

    It gives all others up and places atoms of any element anywhere instead, unless it starts from the structure.
    """
    if entry.prior is None or entry.prior.kind != "drawn":
        return tuple(locked)
    return (*locked, *(atom for atom in range(len(entry.structure)) if atom not in set(locked)))


def generation_constraints(entry: Entry, locked: Sequence[int]) -> tuple[Constraint, ...]:
    """The constraints of a generation, atoms counted as in its result.

    A constraint on an atom that is given up would be about nothing: it is left out, see `left_out`. The others, and
    those on all atoms, hold.

    Parameters
    ----------
    entry
        The structure with its constraints and its prior.
    locked
        Its atoms (from 0) that are kept, in the order in which they begin the result.
    """
    new_index = {atom: k for k, atom in enumerate(known_atoms(entry, locked))}
    carried = (one.carried(new_index) for one in constraints_on(entry) if _has(one, new_index))
    return tuple(one for one in carried if one)


def left_out(entry: Entry, locked: Sequence[int]) -> tuple[str, ...]:
    """The constraints that a generation cannot have, in words; parameters as of `generation_constraints`."""
    known = known_atoms(entry, locked)
    return tuple(one.describe() for one in constraints_on(entry) if not _has(one, known))


def check_generation(entry: Entry, locked: Sequence[int]) -> None:
    """Refuse constraints that contradict each other or the locks, named by the atoms of the structure.

    What depends on the atoms that are new is left to the run. The parameters are those of `generation_constraints`.

    Raises
    ------
    SteeringError
        With one line that says which and what to change.
    """
    known = known_atoms(entry, locked)
    checked = [_narrowed(one, known) for one in constraints_on(entry) if _has(one, known)]
    if not known or not checked:
        return
    from gpff_desktop.engine.steering import check_constraints

    check_constraints(checked, entry.structure.numbers, locked, known, entry.structure.positions)


def _has(constraint: Constraint, atoms: Sequence[int] | dict[int, int]) -> bool:
    return all(atom in atoms for atom in constraint.named())


def _narrowed(constraint: Constraint, atoms: tuple[int, ...]) -> Constraint:
    """A wall around everything as one around these atoms."""
    return replace(constraint, atoms=atoms) if constraint.kind == "wall" and not constraint.named() else constraint  # type: ignore[call-arg, type-var]
