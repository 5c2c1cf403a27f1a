"""What steers a run on an open structure: its constraints and its start, in terms of the atoms of the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gpff_desktop.session.entry import EditError, Entry

if TYPE_CHECKING:  # These load torch, for which a window does not wait.
    from gpff_desktop.engine.steering import Constraint, Prior


@dataclass(frozen=True)
class EntrySteering:
    """What steers a generation.

    Parameters
    ----------
    constraints
        Atoms counted as in the result.
    prior
        Where atoms start; `None` leaves it to the model.
    left_out
        Constraints that cannot be had, in words, with atoms counted as in the structure.
    """

    constraints: tuple[Constraint, ...] = ()
    prior: Prior | None = None
    left_out: tuple[str, ...] = ()


def constraints_on(entry: Entry) -> tuple[Constraint, ...]:
    """The constraints that are switched on: those of a relaxation, whose result has the atoms of the structure."""
    return tuple(held.constraint for held in entry.constraints if held.on)


def generation_steering(entry: Entry, locked: Sequence[int], placed: Sequence[int] = ()) -> EntrySteering:
    """What steers a generation on a structure.

    A generation gives atoms up and places others of any element anywhere. A constraint on one that is given up is
    about nothing then: it is left out and named. The others, and those on all atoms, hold.

    Parameters
    ----------
    entry
        The structure with its constraints and its prior.
    locked
        Its atoms (from 0) that are kept, in the order in which they begin the result.
    placed
        Its atoms that follow them in the result, where the prior starts from a known structure.

    Raises
    ------
    EditError
        If the prior is around an atom that is given up.
    """
    new_index = {atom: k for k, atom in enumerate((*locked, *placed))}
    on = constraints_on(entry)
    prior = entry.prior and entry.prior.carried(new_index)
    if entry.prior is not None and prior is None:
        raise EditError("runs start around an atom that is not kept; lock that atom or choose another start")
    return EntrySteering(
        tuple(carried for one in on if _has(one, new_index) and (carried := one.carried(new_index))),
        prior,
        tuple(one.describe() for one in on if not _has(one, new_index)),
    )


def check_generation(entry: Entry, locked: Sequence[int], placed: Sequence[int] = ()) -> None:
    """Refuse constraints that contradict each other or the locks, named by the atoms of the structure.

    What depends on the atoms that are new is left to the run. The parameters are those of `generation_steering`.

    Raises
    ------
    SteeringError
        With one line that says which and what to change.
    """
    kept = (*locked, *placed)
    checked = [_narrowed(one, kept) for one in constraints_on(entry) if _has(one, kept)]
    if not kept or not checked:
        return
    from gpff_desktop.engine.steering import check_constraints

    check_constraints(checked, entry.structure.numbers, locked, kept, entry.structure.positions)


def _has(constraint: Constraint, atoms: Sequence[int] | dict[int, int]) -> bool:
    return all(atom in atoms for atom in constraint.named())


def _narrowed(constraint: Constraint, atoms: tuple[int, ...]) -> Constraint:
    """A wall around everything as one around these atoms."""
    return replace(constraint, atoms=atoms) if constraint.kind == "wall" and not constraint.named() else constraint  # type: ignore[call-arg, type-var]
