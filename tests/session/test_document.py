"""The document: edits, marks that follow their atoms, locks, gestures and history."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.session.document import Document
from gpff_desktop.session.entry import EditError, LockError, State
from gpff_desktop.structure import Structure

METHANOL = Structure(
    [6, 8, 1, 1, 1, 1],
    [[0, 0, 0], [1.4, 0, 0], [-0.4, 1, 0], [-0.4, -0.5, 0.9], [-0.4, -0.5, -0.9], [1.7, 0.9, 0]],
)
WATER = Structure([8, 1, 1], [[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]], title="water")


@pytest.fixture
def document() -> Document:
    opened = Document()
    opened.add([METHANOL], "methanol")
    return opened


def moved(structure: Structure, shift: float) -> Structure:
    return structure.with_positions(structure.positions + shift)


def without(structure: Structure, atom: int) -> tuple[Structure, np.ndarray]:
    stay = np.delete(np.arange(len(structure)), atom)
    return Structure(structure.numbers[stay], structure.positions[stay]), stay


def test_an_opened_structure_is_on_view_with_bonds_found_from_distances(document: Document) -> None:
    assert document.entry is not None
    assert document.entry.title == "methanol"
    assert len(document.required().structure.bonds) == 5


def test_every_edit_is_one_step_and_undo_brings_back_the_very_same_state(document: Document) -> None:
    states = [document.state]
    for k in range(1, 6):
        document.change(f"Move {k}", moved(METHANOL, k))
        states.append(document.state)
    assert document.history.names == ["Start", "Open methanol", *[f"Move {k}" for k in range(1, 6)]]
    for state in reversed(states):
        assert document.state is state
        document.undo()
    assert document.state == State()
    for _ in range(10):
        document.redo()
    assert document.state is states[-1]


@given(st.lists(st.sampled_from(["edit", "undo", "redo", "select"]), max_size=30))
def test_history_behaves_like_a_list_with_a_cursor(acts: list[str]) -> None:
    document = Document()
    document.add([WATER])
    model, at = [document.required().structure], 0
    for k, act in enumerate(acts):
        if act == "edit":
            document.change("Move", moved(WATER, k + 1))
            model, at = [*model[: at + 1], document.required().structure], at + 1
        elif act == "select":
            document.select([k % 3])
        elif act == "undo" and at:
            document.undo()
            at -= 1
        elif act == "redo":
            document.redo()
            at = min(at + 1, len(model) - 1)
        assert document.required().structure is model[at]


def test_a_new_edit_forgets_what_was_undone(document: Document) -> None:
    document.change("First", moved(METHANOL, 1))
    document.undo()
    document.change("Second", moved(METHANOL, 2))
    document.redo()
    assert document.history.names[-1] == "Second"
    assert document.history.redo_name == ""


def test_any_step_of_the_history_can_be_gone_to(document: Document) -> None:
    for k in range(3):
        document.change(f"Move {k}", moved(METHANOL, k + 1.0))
    document.go_to(1)
    assert np.array_equal(document.required().structure.positions, METHANOL.positions)
    with pytest.raises(IndexError):
        document.go_to(99)


def test_marks_follow_their_atoms_when_atoms_are_removed(document: Document) -> None:
    document.select([1, 5])
    document.lock([0])
    document.measure([0, 1])
    document.measure([1, 2])
    structure, origin = without(document.required().structure, 2)
    document.change("Delete", structure, origin)
    entry = document.required()
    assert entry.selected == {1, 4}
    assert entry.locked == {0}
    assert [m.atoms for m in entry.measurements] == [(0, 1)]
    document.undo()
    assert [m.atoms for m in document.required().measurements] == [(0, 1), (1, 2)]


def test_a_locked_atom_is_neither_moved_nor_removed_by_an_edit(document: Document) -> None:
    document.lock([1])
    before = document.state
    with pytest.raises(LockError, match="atom 2 is locked; unlock it before you move it"):
        document.change("Move", moved(METHANOL, 1e-12))
    with pytest.raises(LockError, match="delete"):
        document.change("Delete", *without(METHANOL, 1))
    assert document.state is before
    document.lock([1], on=False)
    document.change("Move", moved(METHANOL, 1.0))


def test_orders_stay_on_bonds_whose_atoms_move_with_them() -> None:
    document = Document()
    ethene = Structure([6, 6], [[0, 0, 0], [1.33, 0, 0]])
    (key,) = document.add([ethene])
    entry = document.required()
    assert document.set_perceived_bonds(key, entry.structure, entry.structure.with_bonds(np.array([[0, 1, 2]])))
    document.change("Move", moved(document.required().structure, 0.5))
    assert document.required().structure.bonds.tolist() == [[0, 1, 2]]
    document.change("Tear", document.required().structure.with_positions(np.array([[0, 0, 0], [9.0, 0, 0]])))
    assert not len(document.required().structure.bonds)


def test_bonds_perceived_for_an_older_structure_are_not_taken(document: Document) -> None:
    old = document.required()
    document.change("Move", moved(METHANOL, 1.0))
    assert not document.set_perceived_bonds(old.key, old.structure, old.structure)


def test_bonds_of_a_file_stay_until_they_are_given_up() -> None:
    document = Document()
    document.add([WATER.with_bonds(np.array([[1, 2, 1]]))])
    document.change("Move", moved(document.required().structure, 1.0))
    assert document.required().structure.bonds.tolist() == [[1, 2, 1]]
    document.keep_bonds(False)
    assert document.required().structure.bonds.tolist() == [[0, 1, 1], [0, 2, 1]]


def test_a_gesture_is_one_step_however_many_edits_it_makes(document: Document) -> None:
    document.begin("Drag")
    for k in range(20):
        document.change("Move", moved(METHANOL, k / 10))
    assert document.history.names[-1] == "Open methanol"
    document.commit()
    assert document.history.names[-2:] == ["Open methanol", "Drag"]
    document.undo()
    assert np.array_equal(document.required().structure.positions, METHANOL.positions)


def test_an_abandoned_gesture_leaves_nothing(document: Document) -> None:
    before = document.state
    with pytest.raises(ZeroDivisionError), document.gesture("Move"):  # noqa: PT012
        document.change("Move", moved(METHANOL, 1))
        raise ZeroDivisionError
    assert document.state is before
    assert document.history.names == ["Start", "Open methanol"]


def test_a_gesture_that_only_selects_is_no_step(document: Document) -> None:
    steps = list(document.history.names)
    with document.gesture("Select"):
        document.select([1, 2])
    assert list(document.history.names) == steps
    assert document.required().selected == {1, 2}
    document.undo()
    assert document.entry is None


def test_a_gesture_without_a_change_is_no_step(document: Document) -> None:
    with document.gesture("Nothing"):
        pass
    assert document.history.names == ["Start", "Open methanol"]


def test_selecting_is_not_a_step_and_is_told(document: Document) -> None:
    told = []
    document.changed.connect(lambda before, after: told.append((before.entry.selected, after.entry.selected)))
    document.select([2, 3])
    document.select([2, 3])
    assert told == [(frozenset(), {2, 3})]
    assert document.history.names == ["Start", "Open methanol"]
    with pytest.raises(EditError, match="no atom 100"):
        document.select([99])


def test_closing_shows_the_neighbour_and_can_be_undone(document: Document) -> None:
    keys = [document.entries[0].key, *document.add([WATER, moved(WATER, 3.0)])]
    document.show(keys[1])
    document.close([keys[1]])
    assert document.required().key == keys[2]
    document.close([keys[2]])
    assert document.required().key == keys[0]
    document.undo()
    document.undo()
    assert [entry.key for entry in document.entries] == keys


def test_modified_tells_whether_something_is_not_saved(document: Document) -> None:
    document.mark_saved()
    assert not document.modified
    document.change("Move", moved(METHANOL, 1))
    assert document.modified
    document.undo()
    assert not document.modified
    document.select([1])
    assert not document.modified, "a selection is nothing to save"


def test_a_measurement_says_what_is_wrong_with_its_atoms(document: Document) -> None:
    for atoms, message in (([0], "choose 2, 3 or 4"), ([0, 0], "twice"), ([0, 77], "no atom 78")):
        with pytest.raises(EditError, match=message):
            document.measure(atoms)


def test_measured_values_are_those_of_the_geometry() -> None:
    document = Document()
    document.add([Structure([6] * 4, [[1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 1, 1]])])
    positions = document.required().structure.positions
    assert document.measure([0, 3]).value(positions) == pytest.approx(3**0.5)
    assert document.measure([0, 1, 2]).text(positions) == "90.0°"
    assert document.measure([0, 1, 2, 3]).text(positions) == "-90.0°"


def test_nothing_can_be_edited_when_nothing_is_open() -> None:
    with pytest.raises(EditError, match="open a file"):
        Document().change("Move", WATER)
    Document().undo()


def test_an_edited_structure_no_longer_claims_to_come_from_a_run() -> None:
    document = Document()
    document.add([WATER.with_properties(GPFF_run="{}", source="here")])
    document.lock([0])
    assert "GPFF_run" in document.required().structure.properties, "nothing has moved"
    moved_hydrogen = WATER.positions + np.array([[0.0, 0, 0], [0.1, 0, 0], [0, 0, 0]])
    document.change("Move", document.required().structure.with_positions(moved_hydrogen))
    assert dict(document.required().structure.properties) == {"source": "here"}
    document.change("Relax", WATER.with_properties(GPFF_run="new"))
    assert document.required().structure.properties["GPFF_run"] == "new"


def test_an_angle_in_a_straight_line_has_no_torsion() -> None:
    document = Document()
    document.add([Structure([6] * 4, [[0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 1, 0]])])
    assert document.measure([0, 1, 2, 3]).text(document.required().structure.positions) == "undefined"
