"""The editor: every operation is one step, can be taken back, respects locks and tells how to repeat it."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpff_desktop.chemistry.building.measuring import angle, distance, torsion
from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.chemistry.judge import judge
from gpff_desktop.session.document import Document
from gpff_desktop.session.editor import Editor
from gpff_desktop.session.entry import EditError, LockError
from gpff_desktop.structure import Structure

PROPANOL = from_smiles("CCCO")
WATER = from_smiles("O")
TWO_PIECES = "O\nCC\n"

# Operation, arguments, name of its step (None: it makes none). C1, C2, C3 and the oxygen are 0 to 3, hydrogens 4 to 11.
OPERATIONS = [
    ("new_molecule", (), {}, "New molecule"),
    ("add_atom", ("n", [9, 0, 0]), {}, "Add N"),
    ("add_atom", ("Cl", np.array([0.1, 9, 1 / 3])), {}, "Add Cl"),
    ("add_bonded", (0, "C"), {}, "Add C to C1"),
    ("add_bonded", (3, "S", [5, 5, 0.1]), {"order": 2}, "Add S to O4"),
    ("delete", (), {}, "Delete 2 atoms"),
    ("delete", ({11},), {}, "Delete 1 atom"),
    ("set_element", ("N",), {}, "Change 2 atoms to N"),
    ("set_element", ("s", [3]), {}, "Change O4 to S"),
    ("set_bond", (0, 1, 2), {}, "Set bond C1–C2 to order 2"),
    ("set_bond", (np.int64(0), 1, 0), {}, "Remove bond C1–C2"),
    ("adjust_hydrogens", (), {}, "Adjust hydrogens"),
    ("adjust_hydrogens", (range(4),), {}, "Adjust hydrogens"),
    ("remove_hydrogens", (), {}, "Remove hydrogens"),
    ("attach", ("benzene", 0), {}, "Attach Benzene (phenyl) to C1"),
    ("attach_smiles", ("OC", 4), {}, "Attach OC to H5"),
    ("insert", ("furan",), {}, "Insert Furan"),
    ("insert", (WATER,), {}, "Insert O"),
    ("insert_smiles", ("CC#N",), {}, "Insert CC#N"),
    ("duplicate", (), {}, "Duplicate 2 atoms"),
    ("duplicate_entry", (), {}, "Duplicate propanol"),
    ("merge", ([1, 2],), {}, "Merge 2 structures"),
    ("translate", ([1, 0, 0.1],), {}, "Move 2 atoms"),
    ("translate", (np.array([1, 0, 1 / 3]),), {"atoms": frozenset([3, 1])}, "Move 2 atoms"),
    ("nudge", ([0, 0.05, 0],), {}, "Nudge 2 atoms"),
    ("rotate", ([0, 0, 1], 30), {}, "Rotate 2 atoms by 30.0°"),
    ("rotate", ([0, 1, 1], 30.5), {"centre": [0, 0, 0]}, "Rotate 2 atoms by 30.5°"),
    ("rotate_about_bond", (1, 2, 60), {}, "Rotate about C2–C3 by 60.0°"),
    ("set_distance", (0, 1, 1.6), {}, "Set distance C1–C2 to 1.600 Å"),
    ("set_angle", (0, 1, 2, 100), {}, "Set angle C1–C2–C3 to 100.0°"),
    ("set_torsion", (0, 1, 2, 3, -75.5), {}, "Set torsion C1–C2–C3–O4 to -75.5°"),
    ("set_position", (3, [4, 0, 0.1]), {}, "Move O4"),
    ("centre", (), {}, "Centre"),
    ("copy", (), {}, None),
    ("copy", ("smiles", range(12)), {}, None),
    ("cut", (), {"kind": "xyz"}, "Cut 2 atoms"),
    ("paste", ("CC(=O)O",), {}, "Paste CC(=O)O"),
    ("paste", (TWO_PIECES,), {}, "Open 2 structures"),
    ("select", ([1, 2],), {}, None),
    ("select_all", (), {}, None),
    ("select_none", (), {}, None),
    ("invert_selection", (), {}, None),
    ("grow_selection", (), {}, None),
    ("shrink_selection", (), {}, None),
    ("select_fragment", (0,), {}, None),
    ("select_smarts", ("[OX2H]",), {}, None),
    ("select_element", ("O",), {}, None),
    ("select_hydrogens", (), {}, None),
    ("select_scaffold", (), {}, None),
    ("select_rings", (), {}, None),
    ("lock", (), {}, "Lock 2 atoms"),
    ("unlock", ([11],), {}, "Unlock 1 atom"),
    ("toggle_lock", (), {}, "Lock 2 atoms"),
    ("lock_all_but", (), {}, "Lock all but 2 atoms"),
    ("measure", (), {}, "Measure distance"),
    ("measure", ((2, 1, 0),), {}, "Measure angle"),
    ("clear_measurements", (), {}, "Clear measurements"),
    ("constrain", ("distance",), {}, "Constrain distance C1–C2 to 1.522 Å"),
    ("constrain", ("torsion", (0, 1, 2, 3), 60), {"weight": 2.0}, "Pull torsion C1–C2–C3–O4 to 60.0°"),
    ("constrain", ("position", [3], np.array([1, 2, 0.5])), {}, "Constrain position O4 to 1.00, 2.00, 0.50 Å"),
    ("constrain", ("rigid", range(6)), {}, "Constrain rigid group of 6 atoms"),
    ("add_wall", ("box",), {"centre": (0, 0, 1), "size": [8, 8.5, 6]}, "Wall: box of 8 × 8.5 × 6 Å"),
    ("hold_shape", ((8, 1, 1),), {}, "Hold shape 8:1:1"),
    ("set_constraint_value", (0, 110.5), {}, "Constrain angle C1–C2–C3 to 110.5°"),
    ("set_constraint_weight", (0, 1.5), {}, "Pull angle C1–C2–C3 to 120.0°"),
    ("set_wall", (1, [0, 0, 0], 7), {}, "Wall: sphere of 7 Å"),
    ("switch_constraint", (0, False), {}, "Switch off angle C1–C2–C3"),
    ("remove_constraint", (1,), {}, "Remove sphere around C1–C2"),
    ("clear_constraints", (), {}, "Remove all constraints"),
    ("lock_match", ("CO",), {}, "Lock 2 atoms"),
    ("lock_match", ("[CH2]", 2), {}, "Lock 1 atom"),
    ("set_prior", ({"kind": "isotropic", "sigma": 2.0},), {}, "Start: isotropic"),
]
WITHOUT_A_STRUCTURE = {
    "new_molecule", "add_atom", "insert", "insert_smiles", "paste", "select_none", "merge", "add_wall", "hold_shape",
}  # fmt: skip
NAMES = [f"{k}-{operation[0]}" for k, operation in enumerate(OPERATIONS)]


@pytest.fixture
def editor() -> Editor:
    """Water, and propanol on view with C1 and C2 selected, a measurement, an angle to be met and a wall."""
    return prepared()


def prepared() -> Editor:
    document = Document()
    document.add([PROPANOL], "propanol")
    first = document.required().key
    document.add([WATER], "water")
    document.show(first)
    document.measure([0, 3])
    document.select([0, 1])
    editor = Editor(document)
    editor.constrain("angle", [0, 1, 2], 120)
    editor.add_wall("sphere", size=6)
    return editor


def structure(editor: Editor) -> Structure:
    return editor.document.required().structure


def plain(editor: Editor) -> list:
    """All that operations can change, to compare."""
    return [
        (
            entry.structure.numbers.tolist(), entry.structure.positions.tolist(), entry.structure.bonds.tolist(),
            entry.title, entry.selected, entry.locked, entry.measurements, entry.keeps_bonds, entry.constraints,
        )
        for entry in editor.document.entries
    ]  # fmt: skip


def test_the_table_holds_every_operation():
    public = {name for name, _ in inspect.getmembers(Editor, inspect.isfunction) if not name.startswith("_")}
    assert {operation[0] for operation in OPERATIONS} == public


@pytest.mark.parametrize(("name", "args", "kwargs", "step"), OPERATIONS, ids=NAMES)
def test_every_operation_is_one_named_step_and_undo_takes_it_back(editor, name, args, kwargs, step):
    if name == "unlock":
        editor.lock([11])
    before, state = len(editor.document.history.names), editor.document.state
    getattr(editor, name)(*args, **kwargs)
    names = editor.document.history.names
    if step is None:
        assert len(names) == before
        return
    assert len(names) == before + 1
    assert names[-1] == step
    editor.document.undo()
    assert editor.document.state is state


@pytest.mark.parametrize(("name", "args", "kwargs", "step"), OPERATIONS, ids=NAMES)
def test_the_text_of_every_operation_repeats_it_exactly(editor, name, args, kwargs, step):
    told: list[str] = []
    editor.performed.connect(told.append)
    getattr(editor, name)(*args, **kwargs)
    assert len(told) == 1
    assert "\n" not in told[0]
    other = prepared()
    eval(told[0], {"editor": other, "Structure": Structure})
    assert plain(other) == plain(editor)


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if "lock" not in o[0]], ids=lambda o: o[0])
def test_no_operation_moves_or_removes_locked_atoms(editor, operation):
    name, args, kwargs, _ = operation
    editor.lock(range(len(PROPANOL)))
    before = editor.document.state
    refusal = None
    try:
        getattr(editor, name)(*args, **kwargs)
    except EditError as error:
        refusal = str(error)
    kept = editor.document.entries[0].structure
    np.testing.assert_array_equal(kept.positions[: len(PROPANOL)], PROPANOL.positions)
    if refusal is not None:
        assert "lock" in refusal
        assert "\n" not in refusal
        assert editor.document.state is before


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, len(OPERATIONS) - 1), max_size=8))
def test_any_sequence_of_operations_can_be_taken_back_and_repeated_from_its_text(choice):
    editor, other, told = prepared(), prepared(), []
    start, steps = plain(editor), len(editor.document.history.names)
    editor.performed.connect(told.append)
    for k in choice:
        name, args, kwargs, _ = OPERATIONS[k]
        state = editor.document.state
        try:
            getattr(editor, name)(*args, **kwargs)
        except EditError:
            assert editor.document.state is state
    for line in told:
        eval(line, {"editor": other, "Structure": Structure})
    assert plain(other) == plain(editor)
    editor.document.go_to(steps - 1)
    unselected = [entry[:4] + entry[5:] for entry in plain(editor)]
    assert unselected == [entry[:4] + entry[5:] for entry in start]


def test_values_are_what_was_typed(editor):
    editor.set_distance(0, 1, 1.62)
    editor.set_angle(0, 1, 2, 101)
    editor.set_torsion(0, 1, 2, 3, 44)
    now = structure(editor)
    assert distance(now, (0, 1)) == pytest.approx(1.62, abs=1e-6)
    assert angle(now, (0, 1, 2)) == pytest.approx(101, abs=1e-6)
    assert torsion(now, (0, 1, 2, 3)) == pytest.approx(44, abs=1e-6)


def test_a_molecule_is_drawn_from_nothing():
    editor = Editor(Document())
    carbon = editor.add_atom("C", [0, 0, 0])
    other = editor.add_bonded(carbon, "C")
    editor.add_bonded(other, "O", order=2)
    editor.adjust_hydrogens()
    assert judge(structure(editor)).smiles == "CC=O"
    assert editor.document.required().title == "New molecule"
    assert editor.document.history.names == [
        "Start",
        "Add C",
        "Add C to C1",
        "Add O to C2",
        "Adjust hydrogens",
    ]


def test_an_atom_is_drawn_where_it_is_put(editor):
    new = editor.add_bonded(0, "C", [3, 2, 1])
    np.testing.assert_array_equal(structure(editor).positions[new], [3, 2, 1])
    assert [0, new, 1] in structure(editor).bonds.tolist()


def test_drawing_leaves_the_selection_and_fragments_take_it(editor):
    editor.add_bonded(0, "C")
    assert editor.document.required().selected == {0, 1}
    for change in (lambda: editor.attach("methyl", 2), lambda: editor.insert("furan"), lambda: editor.paste("CC"),
                   lambda: editor.duplicate([0])):  # fmt: skip
        before = len(structure(editor))
        change()
        selected = editor.document.required().selected
        assert min(selected) >= before - 1
        assert max(selected) == len(structure(editor)) - 1


def test_locks_and_measurements_follow_their_atoms(editor):
    editor.lock([3])
    editor.delete([0])
    entry = editor.document.required()
    assert (entry.locked, entry.measurements) == ({2}, ())
    editor.measure([0, 2])
    editor.attach("methyl", 0)
    assert editor.document.required().measurements[0].atoms == (0, 2)


def test_bonds_of_a_file_without_bonds_are_kept_once_the_user_sets_one():
    document = Document()
    document.add([from_smiles("C=CC").with_bonds(None)])
    editor = Editor(document)
    assert not document.required().keeps_bonds
    editor.translate([0.1, 0, 0], [0])
    assert not document.required().keeps_bonds
    editor.set_bond(1, 2, 0)
    editor.translate([0.1, 0, 0], [0])
    pairs = [(i, j) for i, j, _ in structure(editor).bonds.tolist()]
    assert (1, 2) not in pairs


def test_hydrogens_are_adjusted_by_orders_that_are_perceived_where_only_distances_were_known():
    document = Document()
    document.add([from_smiles("c1ccccc1").with_bonds(None)])
    editor = Editor(document)
    editor.adjust_hydrogens()
    assert structure(editor).formula == "C6H6"


def test_selected_atoms_are_measured_along_their_bonds(editor):
    editor.select([0, 1, 2, 3])
    editor.set_element("N", [1])
    editor.measure()
    assert editor.document.required().measurements[-1].atoms in {(0, 1, 2, 3), (3, 2, 1, 0)}


def test_what_moves_around_a_lock_is_the_other_side(editor):
    hydrogen = next(j for i, j, _ in PROPANOL.bonds.tolist() if i == 3)
    editor.lock([hydrogen])
    editor.set_distance(3, hydrogen, 1.2)
    np.testing.assert_array_equal(structure(editor).positions[hydrogen], PROPANOL.positions[hydrogen])
    assert distance(structure(editor), (3, hydrogen)) == pytest.approx(1.2)


def test_cut_and_paste_bring_atoms_back(editor):
    editor.select_all()
    text = editor.cut()
    assert len(structure(editor)) == 0
    editor.paste(text)
    np.testing.assert_array_equal(structure(editor).numbers, PROPANOL.numbers)
    np.testing.assert_array_equal(structure(editor).bonds, PROPANOL.bonds)


def test_pasting_into_nothing_opens_a_structure():
    editor = Editor(Document())
    editor.paste("CCO")
    assert structure(editor).formula == "C2H6O"
    editor = Editor(Document())
    editor.insert("furan")
    assert editor.document.required().selected == set(range(9))


def test_merging_closes_the_others_and_keeps_locks(editor):
    water = editor.document.entries[1].key
    editor.document.show(water)
    editor.lock([0])
    editor.merge([editor.document.entries[0].key, water])
    (entry,) = editor.document.entries
    assert entry.structure.formula == "C3H10O2"
    assert entry.locked == {len(PROPANOL)}
    np.testing.assert_array_equal(entry.structure.positions[: len(PROPANOL)], PROPANOL.positions)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda e: (e.select_none(), e.delete()), "nothing is selected; select some atoms first"),
        (lambda e: e.delete([99]), "no atom 100; the structure has 12"),
        (lambda e: e.set_element("Xx"), "no element 'Xx'"),
        (lambda e: e.add_atom("C", [0, 0]), "three numbers"),
        (lambda e: e.add_atom("C", ["a", 0, 0]), "three numbers"),
        (lambda e: e.add_bonded(0, "C", order=5), "no bond order 5"),
        (lambda e: e.attach("benzene"), "select one atom to attach"),
        (lambda e: e.attach("nonsense", 0), "no fragment 'nonsense'"),
        (lambda e: e.insert_smiles("C(("), "is not a SMILES"),
        (lambda e: e.insert(Structure([], [])), "no atoms to insert"),
        (lambda e: e.select_smarts("(("), "is not a SMARTS"),
        (lambda e: e.paste("what is this?!"), "what is this"),
        (lambda e: e.merge([1]), "at least two"),
        (lambda e: e.merge([1, 77]), "key 77"),
        (lambda e: e.rotate([0, 0, 0], 5), "no length"),
        (lambda e: (e.select([0, 1, 2, 3, 4]), e.measure()), "5 atoms make no distance"),
        (lambda e: e.set_distance(0, 3, 2.0), "not bonded"),
        (lambda e: e.set_distance(0, 1, -1), "must be positive"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_changes_nothing(editor, call, words):
    told: list[str] = []
    steps = plain(editor)
    editor.performed.connect(told.append)
    with pytest.raises(EditError, match=words) as error:
        call(editor)
    assert "\n" not in str(error.value)
    assert [entry[:4] for entry in plain(editor)] == [entry[:4] for entry in steps]
    assert all("select" in line for line in told)


def test_a_locked_atom_in_the_selection_is_named(editor):
    editor.lock([1])
    for call in (lambda: editor.translate([1, 0, 0]), lambda: editor.rotate([0, 0, 1], 5), editor.centre,
                 lambda: editor.set_position(1, [0, 0, 0])):  # fmt: skip
        with pytest.raises(LockError, match="C2 is locked"):
            call()
    with pytest.raises(LockError):
        editor.delete()


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o[0] not in WITHOUT_A_STRUCTURE], ids=lambda o: o[0])
def test_without_a_structure_the_line_says_to_open_one(operation):
    name, args, kwargs, _ = operation
    with pytest.raises(EditError, match="no structure is open"):
        getattr(Editor(Document()), name)(*args, **kwargs)


def test_operations_within_a_gesture_are_one_step(editor):
    with editor.document.gesture("Drag"):
        for _ in range(5):
            editor.translate([0.1, 0, 0])
    assert editor.document.history.names[-1] == "Drag"
    np.testing.assert_allclose(structure(editor).positions[0], PROPANOL.positions[0] + [0.5, 0, 0])
