"""Autosave: what a killed program leaves behind, and what a program that ends well does not."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from gpff_desktop.session import autosave
from gpff_desktop.session.autosave import Autosave, Leftover, discard, leftovers, recover
from gpff_desktop.session.candidates import CandidateList
from gpff_desktop.session.document import Document
from gpff_desktop.session.session_file import load_session, save_session
from gpff_desktop.structure import Structure

WATER = Structure([8, 1, 1], [[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]], title="water")

CHILD = """
import sys
from pathlib import Path
from gpff_desktop.session.autosave import Autosave
from gpff_desktop.session.candidates import CandidateList
from gpff_desktop.session.document import Document
from gpff_desktop.structure import Structure

document, candidates = Document(), CandidateList()
saving = Autosave(Path(sys.argv[1]), document, candidates)
document.add([Structure([8], [[0.0, 0.0, 0.0]])])
candidates.add([Structure([8], [[0.0, 0.0, 0.0]])])
for step in range(1, 1_000_000):
    document.change("Move", document.required().structure.with_positions([[float(step), 0.0, 0.0]]))
    saving.tick(now=30.0 * step)
    saving.settle()
    print(step, flush=True)
"""


class Scene:
    """A document with candidates, saved by itself every 30 s."""

    def __init__(self, folder: Path) -> None:
        self.document, self.candidates = Document(), CandidateList()
        self.saving = Autosave(folder, self.document, self.candidates, view=lambda: {"zoom": 2.0})
        self.told: list[str] = []
        self.saving.failed.connect(self.told.append)

    def tick(self, now: float) -> None:
        self.saving.tick(now)
        self.saving.settle()

    def kept(self) -> int:
        """How many structures the file holds now."""
        return len(load_session(self.saving.path)) if self.saving.path.exists() else 0


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path / "state")
    yield made
    made.saving.close()


def left_behind(folder: Path, name: str, count: int) -> Path:
    folder.mkdir(exist_ok=True)
    document = Document()
    document.add([WATER] * count)
    save_session(folder / name, document.state)
    return folder / name


def test_a_program_killed_at_any_moment_loses_at_most_what_came_after_the_last_tick(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, tmp_path], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    with child.stdout:
        saved = [int(child.stdout.readline()) for _ in range(25)]
        assert leftovers(tmp_path) == [], "the program is alive"
        child.kill()
        child.wait()
        saved += [int(line) for line in child.stdout.read().splitlines()]
    (found,) = leftovers(tmp_path)
    session = recover(found)
    assert session.state.entries[0].structure.positions[0, 0] >= saved[-1]
    assert (found.structures, found.candidates) == (1, 1)
    discard(found)
    assert leftovers(tmp_path) == []
    assert all(path.name.startswith(".") for path in tmp_path.iterdir()), "at most a half-written file remains"


def test_it_saves_when_something_changed_and_not_more_often_than_it_should(scene: Scene) -> None:
    scene.tick(0.0)
    assert not scene.saving.path.exists(), "there is nothing to save"
    scene.document.add([WATER])
    scene.tick(1.0)
    assert scene.kept() == 1
    scene.document.add([WATER])
    scene.tick(30.0)
    assert scene.kept() == 1, "it is not time yet"
    scene.tick(31.0)
    assert scene.kept() == 2
    written = scene.saving.path.stat().st_mtime_ns
    scene.tick(100.0)
    assert scene.saving.path.stat().st_mtime_ns == written, "nothing has changed"


def test_candidates_stars_and_the_view_are_saved_too(scene: Scene) -> None:
    (key,) = scene.candidates.add([WATER])
    scene.tick(0.0)
    scene.candidates.star(key)
    scene.tick(30.0)
    session = load_session(scene.saving.path)
    assert session.candidates[0].starred
    assert session.view == {"zoom": 2.0}


def test_the_end_of_a_run_is_saved_at_once(scene: Scene) -> None:
    scene.tick(0.0)
    scene.candidates.add([WATER] * 5)
    scene.saving.save_now()
    scene.saving.settle()
    assert scene.kept() == 5


def test_what_changes_while_a_saving_is_under_way_is_saved_by_the_next_tick(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(*arguments: object) -> None:
        assert go_on.wait(60)
        save_session(*arguments)

    monkeypatch.setattr(autosave, "save_session", slow)
    scene.document.add([WATER])
    scene.saving.tick(0.0)
    scene.document.add([WATER])
    scene.saving.save_now()
    scene.saving.tick(0.1)
    go_on.set()
    scene.saving.settle()
    assert scene.kept() == 1
    scene.tick(0.2)
    assert scene.kept() == 2


def test_nothing_is_kept_of_a_session_that_was_emptied(scene: Scene) -> None:
    (key,) = scene.document.add([WATER])
    scene.tick(0.0)
    scene.document.close([key])
    scene.tick(30.0)
    assert not scene.saving.path.exists()


def test_a_program_that_ends_well_leaves_nothing(scene: Scene) -> None:
    threads = threading.active_count()
    scene.document.add([WATER])
    scene.saving.tick(0.0)
    scene.saving.close()
    scene.saving.close()
    assert list(scene.saving.path.parent.iterdir()) == []
    assert threading.active_count() <= threads
    scene.document.add([WATER])
    scene.tick(99.0)
    assert list(scene.saving.path.parent.iterdir()) == []


def test_a_full_disk_is_told_once_and_saving_goes_on_when_there_is_room(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    scene.document.add([WATER])
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        for round_ in range(3):
            scene.tick(30.0 * round_)
    expected = "changes cannot be saved for recovery (No space left on device); save the session yourself"
    assert scene.told == [expected]
    scene.tick(90.0)
    assert scene.kept() == 1
    assert scene.told == [expected]


def test_a_folder_that_cannot_be_made_disturbs_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    scene = Scene(tmp_path / "file" / "state")
    scene.document.add([WATER])
    scene.tick(0.0)
    assert len(scene.told) == 1
    scene.saving.close()
    assert leftovers(tmp_path / "file" / "state") == []


def test_sessions_of_the_dead_are_listed_newest_first_and_damaged_ones_left_alone(tmp_path: Path) -> None:
    old, new = left_behind(tmp_path, "7-a.gpff", 1), left_behind(tmp_path, "8-b.gpff", 2)
    os.utime(old, (1_000, 1_000))
    (tmp_path / "9-c.gpff").write_text("{")
    found = leftovers(tmp_path)
    assert [(item.path, item.structures) for item in found] == [(new, 2), (old, 1)]
    assert (tmp_path / "9-c.gpff").exists()


def test_a_recovered_session_is_as_it_was_and_stays_until_it_is_discarded(scene: Scene) -> None:
    scene.document.add([WATER])
    scene.document.lock([1])
    scene.tick(0.0)
    leftover = Leftover(scene.saving.path, datetime.now(UTC), 1, 0)
    document = Document()
    document.load(recover(leftover).state)
    assert document.required().locked == {1}
    assert np.array_equal(document.required().structure.positions, WATER.positions)
    assert leftover.path.exists()
    discard(leftover)
    discard(leftover)
    assert not leftover.path.exists()


def test_old_remains_of_dead_programs_are_swept_and_young_ones_are_not(tmp_path: Path) -> None:
    remains = [tmp_path / name for name in (".7-a.0f.partial.gpff", "7-a.lock")]
    young = tmp_path / ".8-b.0f.partial.gpff"
    for path in (*remains, young):
        path.touch()
    for path in remains:
        os.utime(path, (1_000, 1_000))
    assert leftovers(tmp_path) == []
    assert list(tmp_path.iterdir()) == [young]


def test_a_running_session_is_not_offered_however_long_it_has_run(scene: Scene) -> None:
    scene.document.add([WATER])
    scene.tick(0.0)
    for path in scene.saving.path.parent.iterdir():
        os.utime(path, (1_000, 1_000))
    assert leftovers(scene.saving.path.parent) == []
    assert scene.kept() == 1
