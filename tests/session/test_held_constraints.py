"""Constraints as part of the document: they follow their atoms through edits, and are told of when they go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpff_desktop.engine.steering import (
    Angle,
    Constraint,
    Distance,
    Isotropic,
    Mixture,
    NearAtom,
    Plane,
    Prior,
    RigidGroup,
    Shape,
    Sphere,
    Wall,
)
from gpff_desktop.session.document import Document
from gpff_desktop.session.editor import Editor
from gpff_desktop.session.entry import HeldConstraint
from gpff_desktop.structure import Structure

CHAIN = Structure([6, 6, 6, 6, 6, 8], [[1.5 * k, 0.1 * k * k, 0] for k in range(6)], title="chain")


@pytest.fixture
def editor() -> Editor:
    document = Document()
    document.add([CHAIN])
    return Editor(document)


def hold(editor: Editor, *constraints: Constraint, prior: Prior | None = None) -> None:
    held = tuple(HeldConstraint(constraint, on=k % 2 == 0) for k, constraint in enumerate(constraints))
    entry = replace(editor.document.required(), constraints=held, prior=prior)
    editor.document.edit_entry("Hold", entry)


def test_constraints_stay_on_their_atoms_as_others_are_deleted(editor: Editor) -> None:
    wall = Wall(Sphere((0, 0, 0), 9), (1, 2, 5))
    hold(editor, Distance((5, 3), 2.5), Plane((1, 2, 3, 4, 5)), RigidGroup((0, 2, 3)), wall, Shape((4, 4, 1)))
    editor.delete([2])
    held = editor.document.required().constraints
    assert [one.constraint for one in held] == [
        Distance((4, 2), 2.5),
        Plane((1, 2, 3, 4)),
        RigidGroup((0, 2)),
        Wall(Sphere((0, 0, 0), 9), (1, 4)),
        Shape((4, 4, 1)),
    ]
    assert [one.on for one in held] == [True, False, True, False, True]


def test_a_constraint_goes_with_its_atoms_with_a_word_and_undo_brings_it_back(editor: Editor) -> None:
    told: list[str] = []
    editor.document.dropped.connect(told.append)
    hold(editor, Angle((0, 1, 2), 109.5), RigidGroup((1, 2)), prior=NearAtom(1, 1.0))
    before = editor.document.required()
    editor.delete([1])
    assert editor.document.required().constraints == ()
    assert editor.document.required().prior is None
    assert told == [
        "Removed with the atoms: angle 1-2-3 = 109.5°, rigid group 2-3, the start of runs; undo brings it all back"
    ]
    editor.document.undo()
    assert editor.document.required() == before


def test_a_prior_follows_the_atoms_it_names(editor: Editor) -> None:
    hold(editor, prior=Mixture((((3, 4), NearAtom(5, 1.0)), ((0,), Isotropic(2.0))), Isotropic(1.0)))
    editor.delete([0, 3])
    assert editor.document.required().prior == Mixture((((2,), NearAtom(3, 1.0)),), Isotropic(1.0))


def test_merged_and_duplicated_structures_bring_their_constraints(editor: Editor) -> None:
    document = editor.document
    hold(editor, Distance((0, 1), 1.5))
    key = editor.duplicate_entry()
    assert document.required().constraints == (HeldConstraint(Distance((0, 1), 1.5)),)
    editor.merge([entry.key for entry in document.entries])
    both = [held.constraint for held in document.required().constraints]
    assert both == [Distance((0, 1), 1.5), Distance((6, 7), 1.5)]
    assert document.find_or_none(key) is None
