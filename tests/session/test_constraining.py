"""Constraining by hand: present values as defaults, what is read off a structure, and refusals in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.engine.steering import (
    Angle,
    Constraint,
    Distance,
    Plane,
    Position,
    RigidGroup,
    Shape,
    Sphere,
    Torsion,
    Wall,
)
from gpff_desktop.engine.steering.regions import outside
from gpff_desktop.session.constraint_values import reading, target, title, worst
from gpff_desktop.session.document import Document
from gpff_desktop.session.editor import Editor
from gpff_desktop.session.editor_steering import SeveralMatchesError
from gpff_desktop.session.entry import EditError
from gpff_desktop.structure import Structure

PROPANOL = from_smiles("CCCO")


@pytest.fixture
def editor() -> Editor:
    document = Document()
    document.add([PROPANOL])
    return Editor(document)


def held(editor: Editor) -> list[Constraint]:
    return [one.constraint for one in editor.document.required().constraints]


@pytest.mark.parametrize("atoms", [(0, 1), (0, 1, 2), (0, 1, 2, 3)], ids=["distance", "angle", "torsion"])
def test_a_constraint_asks_for_what_is_there_unless_told_otherwise(editor: Editor, atoms: tuple[int, ...]) -> None:
    kind = {2: "distance", 3: "angle", 4: "torsion"}[len(atoms)]
    editor.select(atoms)
    editor.constrain(kind)
    (constraint,) = held(editor)
    assert constraint.kind == kind
    assert reading(constraint, PROPANOL.positions).off == pytest.approx(0, abs=1e-9)
    assert reading(constraint, PROPANOL.positions).text == "met"
    editor.set_constraint_value(0, 100.0)
    assert held(editor)[0].to_dict()["value"] == 100.0


def test_a_second_constraint_on_the_same_atoms_takes_the_place_of_the_first(editor: Editor) -> None:
    editor.constrain("distance", [0, 3], 3.0)
    editor.constrain("plane", [0, 1, 2, 3])
    editor.constrain("distance", [3, 0], 2.5, weight=1.0)
    editor.constrain("plane", [3, 2, 1, 0])
    assert held(editor) == [Distance((3, 0), 2.5, 1.0), Plane((3, 2, 1, 0))]
    editor.hold_shape([8, 1, 1])
    editor.hold_shape([4, 4, 1], until=1.0)
    assert held(editor)[2:] == [Shape((4, 4, 1), 1.0)]


@pytest.mark.parametrize("shape", ["sphere", "box", "ellipsoid"])
def test_a_new_wall_holds_its_atoms_with_room_to_spare(editor: Editor, shape: str) -> None:
    editor.add_wall(shape)
    editor.select([0, 3])
    editor.add_wall(shape)
    everything, pair = held(editor)
    assert isinstance(everything, Wall)
    assert isinstance(pair, Wall)
    assert (everything.atoms, pair.atoms) == (None, (0, 3))
    import torch

    points = torch.from_numpy(PROPANOL.positions.copy())
    assert float(outside(everything.region, points)[0].max()) == 0
    assert float(outside(everything.region.grown(-1.5), points)[0].max()) == 0
    assert pair.region.volume < everything.region.volume


def test_walls_and_shapes_can_be_put_where_nothing_is_drawn_yet() -> None:
    for act in (lambda e: e.add_wall("box"), lambda e: e.hold_shape([4, 4, 1])):
        editor = Editor(Document())
        act(editor)
        assert len(held(editor)) == 1
        editor.document.undo()
        assert editor.document.entries == ()


def test_readings_say_how_far_a_structure_is_from_what_is_asked() -> None:
    square = Structure([6] * 4, [[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0.5]])
    cases: list[tuple[Constraint, str, str]] = [
        (Distance((0, 1), 1.5), "2.000 Å", "0.500 Å off"),
        (Angle((0, 1, 2), 100), "90.0°", "10.00° off"),
        (Torsion((0, 1, 2, 3), -179.0), "14.0°", "166.96° off"),
        (Position((1,), (2, 3, 4)), "", "5.000 Å off"),
        (Wall(Sphere((0, 0, 0), 1.5), (0, 1)), "", "0.500 Å off"),
        (Wall(Sphere((0, 0, 0), 9)), "inside", "met"),
        (RigidGroup((0, 1)), "", ""),
    ]
    for constraint, now, off in cases:
        found = reading(constraint, square.positions)
        assert (found.now, found.text) == (now, off), constraint
    assert reading(Plane((0, 1, 2, 3)), square.positions).off == pytest.approx(0.45, abs=0.06)
    assert reading(Shape((1, 1, 1)), square.positions).text == ""
    assert worst([case[0] for case in cases], square.positions) == "5.0000 Å, 166.964°"
    assert worst([], square.positions) == ""


def test_torsions_are_compared_the_short_way_round() -> None:
    points = np.array([[1, 0.1, 0], [0, 0, 0], [0, 0, 1], [-1, 0, 1.0]])
    off = reading(Torsion((0, 1, 2, 3), -179.0), points).off
    assert off is not None
    assert off < 10


def test_titles_name_atoms_as_the_window_does() -> None:
    assert title(Angle((0, 1, 3), 90), PROPANOL) == "Angle C1–C2–O4"
    assert title(RigidGroup(tuple(range(6))), PROPANOL) == "Rigid group of 6 atoms"
    assert title(Wall(Sphere((0, 0, 0), 5)), PROPANOL) == "Sphere around all atoms"
    assert target(Wall(Sphere((0, 0, 0), 5.25))) == "5.25 Å"


def test_a_pattern_that_matches_several_places_asks_which(editor: Editor) -> None:
    with pytest.raises(
        SeveralMatchesError, match=r"matches 2 places; choose one from 1 to 2, or 0 for all$"
    ) as several:
        editor.lock_match("[CH2]")
    assert several.value.matches == ((1,), (2,))
    editor.lock_match("[CH2]", 2)
    assert editor.document.required().locked == {2}
    editor.lock_match("[CH2]", 0)
    assert editor.document.required().locked == {1, 2}


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda e: e.constrain("distance", [0, 1, 2]), "a distance needs 2 atoms, but 3 atoms are chosen; select 2"),
        (lambda e: e.constrain("distance"), "nothing is selected; select some atoms first"),
        (lambda e: e.constrain("position"), "select one atom to hold in place"),
        (lambda e: e.constrain("bend", [0, 1]), "there is no constraint 'bend'; use distance, angle"),
        (
            lambda e: e.constrain("plane", [0, 1, 2]),
            "a plane needs at least 4 atoms, but 3 are named; change its value",
        ),
        (lambda e: e.constrain("distance", [0, 1], -1.0), "a distance must be positive; change its value"),
        (lambda e: e.constrain("distance", [0, 99]), "there is no atom 100; the structure has 12"),
        (lambda e: e.add_wall("cone"), "there is no wall 'cone'; use sphere, box or ellipsoid"),
        (lambda e: e.add_wall("sphere", size=-2), "the radius of a sphere must be positive; change its value"),
        (lambda e: e.hold_shape([0, 1, 1]), "the ratio of principal variances must be positive; change"),
        (lambda e: e.remove_constraint(0), "there is no constraint 0; there are 0, counted from 0"),
        (lambda e: (e.constrain("rigid", [0, 1]), e.set_constraint_value(0, 2)), "rigid group C1–C2 has no value"),
        (lambda e: (e.constrain("rigid", [0, 1]), e.set_constraint_weight(0, 2)), "Rigid group C1–C2 cannot be pulled"),
        (lambda e: (e.constrain("distance", [0, 1]), e.set_wall(0, [0, 0, 0], 1)), "Distance C1–C2 is no wall"),
        (lambda e: e.lock_match("[#92]"), r"nothing matches '\[#92\]'; write another pattern"),
        (lambda e: e.lock_match("(("), "is not a SMARTS pattern"),
        (lambda e: e.lock_match("[CH2]", 3), "there is no match 3; choose one from 1 to 2"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_nothing_is_lost(
    editor: Editor, act: Callable[[Editor], Any], message: str
) -> None:
    before = editor.document.required()
    with pytest.raises(EditError, match=f"(?i){message}") as refused:
        act(editor)
    assert "\n" not in str(refused.value)
    assert editor.document.required().structure is before.structure
    assert editor.document.required().locked == before.locked
