"""From a document's constraints to those of a run: atoms of the result, and refusals by the atoms of the structure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gpff_desktop.engine.steering import (
    AsDrawn,
    Constraint,
    Distance,
    Prior,
    RigidGroup,
    Shape,
    Sphere,
    SteeringError,
    Torsion,
    Wall,
)
from gpff_desktop.session.entry import Entry, HeldConstraint
from gpff_desktop.session.steering_of_entry import (
    check_generation,
    constraints_on,
    generation_constraints,
    known_atoms,
    left_out,
)
from gpff_desktop.structure import Structure

PLACES = np.random.default_rng(0).normal(0, 2, (8, 3))
CHAIN = Structure([6] * 8, PLACES)


def entry(*constraints: Constraint, locked: tuple[int, ...] = (), prior: Prior | None = None) -> Entry:
    held = tuple(HeldConstraint(constraint) for constraint in constraints)
    return Entry(1, CHAIN, locked=frozenset(locked), constraints=held, prior=prior)


def apart(i: int, j: int) -> float:
    return float(np.linalg.norm(PLACES[i] - PLACES[j]))


def test_constraints_count_the_atoms_of_the_result() -> None:
    held = entry(Torsion((7, 2, 4, 5), 60), RigidGroup((2, 7)))
    assert generation_constraints(held, (2, 4, 5, 7)) == (Torsion((3, 0, 1, 2), 60), RigidGroup((0, 3)))


def test_a_run_that_starts_from_the_structure_knows_all_its_atoms() -> None:
    held = entry(Distance((7, 0), 2.0), RigidGroup((3, 1)), prior=AsDrawn(0.1))
    assert known_atoms(held, (2, 7)) == (2, 7, 0, 1, 3, 4, 5, 6)
    assert generation_constraints(held, (2, 7)) == (Distance((1, 2), 2.0), RigidGroup((4, 3)))
    assert left_out(held, (2, 7)) == ()


def test_what_names_an_atom_that_is_given_up_is_left_out_and_told_in_the_atoms_of_the_structure() -> None:
    wall, shape = Wall(Sphere((0, 0, 0), 8)), Shape((4, 4, 1))
    held = entry(Distance((2, 6), 1.5), wall, shape, RigidGroup((2, 4, 6)))
    assert generation_constraints(held, (2, 4)) == (wall, shape)
    assert left_out(held, (2, 4)) == ("distance 3-7 = 1.5 Å", "rigid group 3-5-7")


def test_what_is_switched_off_steers_nothing() -> None:
    off = replace(entry(), constraints=(HeldConstraint(Distance((0, 1), 9.0), on=False),))
    assert constraints_on(off) == ()
    assert left_out(off, ()) == ()
    check_generation(off, (0, 1))


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ([Distance((5, 7), 30.0)], r"distance 6-8 = 30 Å cannot be met .* off\); unlock one of its atoms or change"),
        ([Distance((5, 7), apart(5, 7)), Distance((7, 5), 1.0)], r"distance 6-8 = \S+ Å contradicts distance 8-6 = 1"),
        ([Wall(Sphere((50, 0, 0), 6))], r"wall \(sphere\) around atoms 3-6-8 cannot be kept .*; unlock atoms or move"),
    ],
    ids=["locks", "each other", "wall"],
)
def test_a_contradiction_is_refused_before_the_run_by_the_atoms_of_the_structure(
    constraints: list[Constraint], message: str
) -> None:
    with pytest.raises(SteeringError, match=f"^{message}") as refused:
        check_generation(entry(*constraints, locked=(2, 5, 7)), (2, 5, 7))
    assert "\n" not in str(refused.value)


def test_what_can_hold_is_not_refused() -> None:
    check_generation(entry(Distance((5, 7), apart(5, 7)), Wall(Sphere((0, 0, 0), 20)), Distance((0, 5), 99)), (2, 5, 7))
