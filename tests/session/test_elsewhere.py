"""Reading in another process gives what reading here gives, and ends when nobody wants it any more."""

from __future__ import annotations

import multiprocessing
import pickle
from pathlib import Path

import numpy as np
import pytest

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.session.candidates import CandidateList
from gpff_desktop.session.document import Document
from gpff_desktop.session.elsewhere import read_elsewhere
from gpff_desktop.session.entry import Entry
from gpff_desktop.session.opening import Opening
from gpff_desktop.session.plain import from_candidate, from_entry
from gpff_desktop.session.session_file import save_session
from gpff_desktop.session.source import OpeningError, Ready, Source, read
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import Structure

WATER = Structure([8, 1, 1], [[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]], title="water")
FRAMES = [WATER.with_positions(WATER.positions + step) for step in range(4)]


def a_file(folder: Path, name: str) -> Path:
    path = folder / name
    if path.suffix == ".gpff":
        document, candidates = Document(), CandidateList()
        document.add([WATER] * 3)
        document.lock([1])
        candidates.add([WATER, WATER], "run", [Trajectory.of_structures(FRAMES), None])
        save_session(path, document.state, candidates, {"zoom": 2.0})
    else:
        write_structures(path, FRAMES * 60 if path.suffix == ".sdf" else FRAMES)
    return path


def plain(ready: Ready) -> list[object]:
    session = ready.opened.session
    entries: tuple[Entry, ...] = session.state.entries if session else ready.entries
    found: list[object] = [from_entry(entry) for entry in entries]
    if session:
        found += [*map(from_candidate, session.candidates), session.view, session.state.current]
    return found


@pytest.mark.parametrize("name", ["many.sdf", "walk.xyz", "work.gpff"])
def test_another_process_reads_what_this_one_would(tmp_path: Path, name: str) -> None:
    source = Source.file(a_file(tmp_path, name))
    before = set(multiprocessing.active_children())
    *_, here = read(source)
    *steps, there = read_elsewhere(source)
    assert isinstance(here, Ready)
    assert isinstance(there, Ready)
    assert all(isinstance(step, Opening) for step in steps)
    assert len(plain(here)) > 0
    assert plain(there) == plain(here)
    assert set(multiprocessing.active_children()) <= before


def test_giving_up_ends_the_process_at_once(tmp_path: Path) -> None:
    before = set(multiprocessing.active_children())
    steps = read_elsewhere(Source.text("CCCCCCCCCCCCCCCCCC\n" * 999, "long work"))
    assert isinstance(next(steps), Opening)
    (child,) = set(multiprocessing.active_children()) - before
    steps.close()
    assert not child.is_alive()
    assert set(multiprocessing.active_children()) <= before


def test_a_process_that_is_killed_is_told_in_one_line() -> None:
    before = set(multiprocessing.active_children())
    steps = read_elsewhere(Source.text("CCCCCCCCCCCCCCCCCC\n" * 999, "long work"))
    next(steps)
    (child,) = set(multiprocessing.active_children()) - before
    child.kill()
    with pytest.raises(OpeningError, match=r"^reading 'long work' was cut off; .*memory"):
        list(steps)


def test_what_cannot_be_read_is_told_as_it_is_told_here(tmp_path: Path) -> None:
    source = Source.file(tmp_path / "missing.sdf")
    with pytest.raises(ValueError, match="there is no file") as here:
        list(read(source))
    with pytest.raises(OpeningError) as there:
        list(read_elsewhere(source))
    assert str(there.value) == str(here.value)


def test_structures_and_trajectories_come_back_from_pickling_read_only() -> None:
    drawn = WATER.with_bonds(np.array([[0, 1, 1]])).with_properties(kind="ice")
    structure: Structure = pickle.loads(pickle.dumps(drawn))
    assert structure.properties == drawn.properties
    assert structure.title == "water"
    trajectory: Trajectory = pickle.loads(pickle.dumps(Trajectory.of_structures(FRAMES)))
    assert len(trajectory) == len(FRAMES)
    for array in (structure.numbers, structure.positions, structure.bonds, trajectory.positions):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
