"""Session files: everything comes back, to the last bit, and whatever is wrong with one is told in one line."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gpff_desktop.engine.steering import (
    Box,
    Constraint,
    Distance,
    InRegion,
    Isotropic,
    NearAtom,
    Painted,
    Position,
    RigidGroup,
    Shape,
    Wall,
)
from gpff_desktop.session import session_file
from gpff_desktop.session.candidates import Candidate
from gpff_desktop.session.document import Document
from gpff_desktop.session.entry import Entry, HeldConstraint, State
from gpff_desktop.session.judgement import Judgement, judge_structure
from gpff_desktop.session.measurements import Measurement
from gpff_desktop.session.plain import from_entry
from gpff_desktop.session.session_file import SessionFileError, load_session, save_session
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import FARTHEST, Structure

WATER = Structure([8, 1, 1], [[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]], title="water")
FINITE = st.floats(allow_nan=False, allow_infinity=False)
NUMBER = st.none() | FINITE
TEXT = st.text(st.characters(), max_size=12)
PICTURES = st.binary(max_size=8).map(lambda tail: b"\x89PNG\r\n\x1a\n" + tail) | st.just(b"")


def rows(count: int, first: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    return st.lists(st.tuples(first, first, st.integers(1, 3)), max_size=4) if count else st.just([])


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    numbers = draw(st.lists(st.integers(1, 118), max_size=5))
    bonds = draw(st.none() | rows(len(numbers), st.integers(0, len(numbers) - 1)))
    return Structure(
        numbers,
        draw(arrays(np.float64, (len(numbers), 3), elements=st.floats(-FARTHEST, FARTHEST))),
        None if bonds is None else np.array(bonds, dtype=np.int64).reshape(-1, 3),
        draw(TEXT),
        draw(st.dictionaries(TEXT, TEXT, max_size=3)),
    )


@st.composite
def trajectories(draw: st.DrawFn) -> Trajectory:
    numbers, n_frames = draw(st.lists(st.integers(1, 118), max_size=4)), draw(st.integers(1, 3))
    anything = st.floats(width=32)
    return Trajectory(
        numbers,
        draw(arrays(np.float32, (n_frames, len(numbers), 3), elements=anything)),
        draw(arrays(np.float32, st.sampled_from([0, n_frames]), elements=anything)),
        draw(TEXT),
    )


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    structure = draw(structures())
    n_atoms = len(structure)
    atoms = st.frozensets(st.integers(0, n_atoms - 1)) if n_atoms else st.just(frozenset())
    taken = st.lists(st.integers(0, n_atoms - 1), min_size=2, max_size=min(4, n_atoms), unique=True).map(tuple)
    return Entry(
        0,
        structure,
        draw(TEXT),
        selected=draw(atoms),
        locked=draw(atoms),
        measurements=tuple(map(Measurement, draw(st.lists(taken, max_size=2)) if n_atoms > 1 else [])),
        keeps_bonds=draw(st.booleans()),
        trajectory=draw(st.none() | trajectories()),
        source=draw(st.none() | st.sampled_from([Path("a folder/ü.sdf"), Path("x.xyz")])),
        constraints=tuple(draw(st.lists(held_constraints(n_atoms), max_size=2))),
        prior=draw(
            st.sampled_from([None, Isotropic(1.25), InRegion(Painted(((0.1, 0.2, 0.3, 1.5),))), NearAtom(0, 1)])
        ),
    )


def held_constraints(n_atoms: int) -> st.SearchStrategy[HeldConstraint]:
    kinds: list[Constraint] = [Wall(Box((0, 0.1, 0), (4, 5, 6))), Shape((8, 1, 1))]
    if n_atoms > 1:
        kinds += [Distance((1, 0), 1.23456789012345678, 2.5), RigidGroup((0, 1)), Position((1,), (0.1, 2, 3))]
    return st.builds(HeldConstraint, st.sampled_from(kinds), st.booleans())


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    structure = draw(structures())
    judgement = Judgement(
        draw(st.booleans()), draw(TEXT), draw(TEXT),
        np.array(draw(rows(len(structure), st.integers(0, len(structure) - 1))), dtype=np.int64).reshape(-1, 3),
        draw(PICTURES), draw(NUMBER), draw(st.none() | st.booleans()), draw(st.none() | TEXT),
    )  # fmt: skip
    return Candidate(
        0, structure, draw(st.none() | st.just(judgement)), draw(st.booleans()), draw(NUMBER), draw(NUMBER),
        draw(st.none() | trajectories()), draw(TEXT),
    )  # fmt: skip


@st.composite
def states(draw: st.DrawFn) -> State:
    drawn = draw(st.lists(entries(), max_size=3))
    keys = draw(st.lists(st.integers(1, 99), min_size=len(drawn), max_size=len(drawn), unique=True))
    keyed = tuple(Entry(**{**vars(entry), "key": key}) for entry, key in zip(drawn, keys, strict=True))
    return State(keyed, draw(st.sampled_from(keys)) if keys else None)


VIEWS = st.dictionaries(
    st.text(max_size=5), st.recursive(NUMBER | st.booleans() | st.text(), lambda inner: st.lists(inner, max_size=3))
)


def alike(first: Any, second: Any) -> bool:
    """Whether two values are the same down to the bits of every array; keys do not count."""
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and first.shape == second.shape and first.tobytes() == second.tobytes()
    if hasattr(first, "__dataclass_fields__"):
        names = set(first.__dataclass_fields__) - {"key"}
        return type(first) is type(second) and all(alike(getattr(first, n), getattr(second, n)) for n in names)
    if isinstance(first, tuple | list):
        return len(first) == len(second) and all(map(alike, first, second))
    return first == second and type(first) is type(second)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states(), st.lists(candidates(), max_size=3), VIEWS)
def test_everything_comes_back_to_the_last_bit(
    tmp_path: Path, state: State, listed: list[Candidate], view: dict[str, Any]
) -> None:
    path = tmp_path / "s.gpff"
    save_session(path, state, listed, view)
    session = load_session(path)
    assert alike(session.state.entries, state.entries)
    assert (session.state.entry is None) == (state.entry is None)
    assert state.entry is None or alike(session.state.entry, state.entry)
    assert alike(session.candidates, tuple(listed))
    assert session.view == view
    assert len(session) == len(state.entries) + len(listed)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    document = Document()
    document.add([WATER, WATER.with_bonds(np.array([[0, 1, 1]]))], source=tmp_path / "water.sdf")
    document.lock([0])
    document.measure([0, 1])
    document.set_trajectory(1, Trajectory.of_structures([WATER, WATER]))
    path = tmp_path / "water.gpff"
    save_session(path, document.state, [Candidate(7, WATER, judge_structure(WATER), True)], {"zoom": 2.0})
    return path


def test_a_loaded_session_opens_as_a_document_as_it_was(saved: Path) -> None:
    session = load_session(saved)
    document = Document()
    document.load(session.state, saved)
    assert [entry.keeps_bonds for entry in document.entries] == [False, True]
    assert document.required().locked == {0}
    assert document.required().measurements == (Measurement((0, 1)),)
    assert not document.modified
    assert [candidate.key for candidate in session.candidates] == [1]


def test_a_view_of_arrays_and_tuples_becomes_plain_and_what_is_no_number_null(tmp_path: Path) -> None:
    path = tmp_path / "s.gpff"
    save_session(path, State(), view={"centre": np.zeros(3), "size": (1, np.int64(2)), "zoom": float("nan")})
    assert load_session(path).view == {"centre": [0.0, 0.0, 0.0], "size": [1, 2], "zoom": None}


def test_a_hundred_thousand_atoms_come_back(tmp_path: Path) -> None:
    large = Structure(np.full(100_000, 6), np.random.default_rng(0).normal(size=(100_000, 3)))
    save_session(tmp_path / "s.gpff", State((Entry(1, large),), 1))
    assert np.array_equal(load_session(tmp_path / "s.gpff").state.entries[0].structure.positions, large.positions)


def test_a_file_cut_short_anywhere_is_refused_in_one_line(saved: Path) -> None:
    whole = saved.read_bytes()
    for length in range(0, len(whole) - 3, max(1, len(whole) // 60)):
        saved.write_bytes(whole[:length])
        with pytest.raises(SessionFileError) as caught:
            load_session(saved)
        assert "\n" not in str(caught.value)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_in_which_any_one_value_is_wrong_loads_or_is_refused_in_one_line(
    saved: Path, data: st.DataObject
) -> None:
    values = json.loads(saved.read_text())
    place: Any = values
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not place[key] or not isinstance(place[key], dict | list) or data.draw(st.integers(0, 5)) == 0:
            break
        place = place[key]
    place[key] = data.draw(
        st.sampled_from([None, True, -1, 7, 1.5, 10**30, 1e999, "x", "[]", [], [[]], [1, "x"], {}, {"a": 1}])
    )
    damaged = saved.with_name("damaged.gpff")
    damaged.write_text(json.dumps(values))
    told = ""
    try:
        session = load_session(damaged)
        save_session(damaged, session.state, session.candidates, session.view)
    except SessionFileError as error:
        told = str(error)
    assert "\n" not in told
    assert len(told) < 200


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"version": 1', '"version": 2', r"newer version of this program \(.*\); update"),
        ('"format": "GPFF Desktop session"', '"format": "other"', "is not a session of GPFF Desktop; choose another"),
        ("0.76", "NaN", "NaN is not a number"),
        ("0.76", "1e999", "structure 1: atom 2 has a coordinate that is not a number"),
        ('"selected": []', '"selected": [3]', "structure 1: a mark is on an atom"),
        ('"locked": [0]', '"locked": [-1]', "structure 1: a mark is on an atom"),
        ('"measurements": [[0, 1]]', '"measurements": [[0, 0]]', "an atom comes twice"),
        ('"bonds": [[0, 1, 1]', '"bonds": [[0, 9, 1]', "a bond names an atom that is not there"),
        ('"numbers": [8, 1, 1]', '"numbers": [8, 1, 999]', "outside 1 to 118"),
        ('"numbers": [8, 1, 1]', '"numbers": ["8", "1", "1"]', "'numbers' does not hold"),
        ('"numbers": [8, 1, 1]', '"numbers": [8, 1]', "2 atomic numbers but 3 positions"),
        ('"keeps_bonds": false', '"keeps_bonds": 0', "'keeps_bonds' is missing or of the wrong kind"),
        ('"frames": 2', '"frames": 3', "frames of a trajectory are incomplete"),
        ('"current": 0', '"current": 9', "the structure on view is not there"),
        ('"entries"', '"entrees"', "'entries' is missing"),
    ],
)
def test_what_is_wrong_is_named(saved: Path, old: str, new: str, message: str) -> None:
    text = saved.read_text()
    assert old in text
    saved.write_text(text.replace(old, new, 1))
    with pytest.raises(SessionFileError, match=message):
        load_session(saved)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04" + bytes(99), b"[1, 2]", b"{}", b"{" * 5000, b'{"a": ' + b"[" * 99999]
)
def test_foreign_content_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.gpff"
    path.write_bytes(content)
    with pytest.raises(SessionFileError, match=r"s\.gpff"):
        load_session(path)


def test_a_picture_that_is_not_a_png_is_refused(saved: Path) -> None:
    values = json.loads(saved.read_text())
    values["candidates"][0]["judgement"]["picture"] = "PHN2Zz4="
    saved.write_text(json.dumps(values))
    with pytest.raises(SessionFileError, match="not a PNG"):
        load_session(saved)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match="check its name"):
        load_session(tmp_path / "nothing.gpff")
    with pytest.raises(SessionFileError, match="cannot be read"):
        load_session(tmp_path)
    with pytest.raises(SessionFileError, match="add a file name"):
        save_session(tmp_path, State())
    with pytest.raises(SessionFileError, match="choose another folder"):
        save_session(tmp_path / "no such folder" / "s.gpff", State())


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    saved: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    before = saved.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(SessionFileError, match="No space left on device"):
        save_session(saved, State())
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


@pytest.mark.skipif(os.name == "nt", reason="links and permissions are those of POSIX")
def test_a_link_stays_a_link_and_a_private_file_stays_private(saved: Path) -> None:
    saved.chmod(0o600)
    link = saved.with_name("link.gpff")
    link.symlink_to(saved)
    save_session(link, State())
    assert link.is_symlink()
    assert load_session(saved).state == State()
    assert saved.stat().st_mode & 0o777 == 0o600


def test_a_name_as_long_as_names_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 125 + ".gpff")
    save_session(path, State())
    assert load_session(path).state == State()


def test_two_programs_that_write_one_file_at_once_leave_one_whole_session(tmp_path: Path) -> None:
    path = tmp_path / "s.gpff"
    states = [State(tuple(Entry(key, WATER) for key in range(1, count + 1))) for count in (20, 40)]
    threads = [threading.Thread(target=save_session, args=(path, state)) for state in states * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load_session(path)) in (20, 40)
    assert list(tmp_path.iterdir()) == [path]


def test_a_large_structure_is_written_in_portions_small_enough_to_wait_for(tmp_path: Path) -> None:
    """A thread that writes lets go of Python's lock between two of them only."""
    large = Structure(np.full(20_000, 6), np.random.default_rng(0).normal(size=(20_000, 3)))
    document = Document()
    document.add([large])
    portions = list(session_file._pieces(document.state, (), {}))
    assert max(map(len, portions)) < len("".join(portions)) / 20
    assert json.loads("".join(portions))["entries"] == [from_entry(document.required())]
