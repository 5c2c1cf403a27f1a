"""Live in the real window: the hand and the field move the same molecule, and every gesture is one step."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from gpff_desktop.gui.atom_model import X
from gpff_desktop.gui.live_job import LiveJob
from gpff_desktop.gui.live_meter import LiveMeter
from gpff_desktop.session.scene import LiveStep, Scene
from tests.gui.conftest import METHANE, WATER, ScriptedLive
from tests.gui.hands import CTRL, Hands

ENDLESS = 10**9
LONG = 30_000


@pytest.fixture
def live(window):
    window.document.add([METHANE], keep_bonds=False)
    return window.runs.live


def positions(window):
    return window.document.entry.structure.positions


def names(window):
    return window.document.history.names[2:]


def test_live_moves_free_atoms_rests_and_leaves_one_step_with_locked_atoms_where_they_were(window, live, qtbot):
    window.document.lock([0, 2])
    hands = Hands(window)
    hands.key(Qt.Key.Key_L, CTRL)
    assert live.on
    assert window.generate_panel.live_button.isChecked()
    assert window.live_bar.isVisibleTo(window)
    qtbot.waitUntil(lambda: live.resting, timeout=LONG)
    assert not window.view.canvas.animating
    moved = METHANE.positions + 5 * ScriptedLive.SHIFT
    np.testing.assert_allclose(positions(window)[[1, 3, 4]], moved[[1, 3, 4]], atol=1e-12)
    np.testing.assert_array_equal(positions(window)[[0, 2]], METHANE.positions[[0, 2]])
    hands.key(Qt.Key.Key_Escape)
    assert not live.on
    assert not window.generate_panel.live_button.isChecked()
    assert not window.live_bar.isVisibleTo(window)
    assert names(window)[-1] == "Live"
    window.commands.run("edit.undo")
    np.testing.assert_array_equal(positions(window), METHANE.positions)


def test_live_that_moved_nothing_leaves_no_step(window, live, backend):
    backend.live_steps = 0
    window.commands.run("run.live")
    window.commands.run("run.live")
    assert not live.on
    assert window.document.history.undo_name != "Live"


def test_a_drag_holds_its_atom_while_others_move_and_undo_goes_back_to_where_it_began(window, live, backend, qtbot):
    backend.live_steps = ENDLESS
    window.commands.run("run.live")
    hands = Hands(window).face()
    hands.take("move")
    qtbot.waitUntil(lambda: live.meter.frames > 2, timeout=LONG)
    start = hands.atom(2)
    there = [(start[0] + 8 * k, start[1]) for k in range(6)]
    hands.drag(there, release=False)
    held = positions(window)[2].copy()
    others, frames = positions(window)[[0, 1]].copy(), live.meter.frames
    qtbot.waitUntil(lambda: live.meter.frames > frames + 3, timeout=LONG)
    np.testing.assert_array_equal(positions(window)[2], held)
    assert (positions(window)[[0, 1]] - others)[:, 2].min() > 0.02
    assert backend.scenes[-1].held == {2}
    assert not backend.scenes[-1].anew
    before_release = positions(window)
    hands.release(there[-1])
    assert names(window) == ["Live", "Move 1 atom"]
    np.testing.assert_allclose(positions(window), before_release, atol=0.05)
    qtbot.waitUntil(lambda: not backend.scenes[-1].held, timeout=LONG)
    began = window.document.history._steps[-2].state.entry.structure.positions
    window.commands.run("edit.undo")
    np.testing.assert_array_equal(positions(window), began)
    assert np.linalg.norm(held - began[2]) > 0.1
    assert live.on
    assert not live.paused
    qtbot.waitUntil(lambda: positions(window)[2, 2] > began[2, 2] + 0.02, timeout=LONG)
    assert names(window) == ["Live", "Move 1 atom"]
    assert window.document.history.redo_name


def test_an_atom_stays_while_something_is_typed_for_it_and_goes_on_from_there(window, live, backend, qtbot):
    backend.live_steps = ENDLESS
    window.commands.run("run.live")
    window.commands.run("panel.atoms")
    qtbot.waitUntil(lambda: live.meter.frames > 2, timeout=LONG)
    table = window.structures.panel.atoms
    table.edit(table.atoms.index(1, X))
    line = table.findChild(QLineEdit)
    held, others, frames = positions(window)[1].copy(), positions(window)[[0, 2]].copy(), live.meter.frames
    qtbot.keyClicks(line, "2.5")
    qtbot.waitUntil(lambda: live.meter.frames > frames + 3, timeout=LONG)
    np.testing.assert_array_equal(positions(window)[1], held)
    assert (positions(window)[[0, 2]] - others)[:, 2].min() > 0.02
    assert backend.scenes[-1].held == {1}
    assert line.text() == "2.5"
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: positions(window)[1, 2] > held[2] + 0.02, timeout=LONG)
    assert positions(window)[1, 0] == 2.5
    typed = next(scene for scene in backend.scenes if scene.structure.positions[1, 0] == 2.5)
    # A frame may have been under way to the view when the cell was opened.
    np.testing.assert_allclose(typed.structure.positions[1], [2.5, *held[1:]], atol=0.1)
    assert not backend.scenes[-1].held


def test_a_step_from_before_live_is_left_as_it_was_until_the_user_goes_on(window, live, backend, qtbot):
    backend.live_steps = ENDLESS
    window.commands.run("run.live")
    qtbot.waitUntil(lambda: live.meter.frames > 2, timeout=LONG)
    window.commands.run("edit.undo")
    assert live.paused
    np.testing.assert_array_equal(positions(window), METHANE.positions)
    frames = live.meter.frames
    Hands(window).key(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: live.meter.frames > frames + 1, timeout=LONG)
    assert names(window) == ["Live"]
    assert not live.paused
    window.commands.run("run.live")
    window.commands.run("edit.undo")
    np.testing.assert_array_equal(positions(window), METHANE.positions)


def test_atoms_are_locked_deleted_and_retyped_while_live_goes_on(window, live, backend, qtbot):
    backend.live_steps = ENDLESS
    window.commands.run("run.live")
    qtbot.waitUntil(lambda: live.meter.frames > 1, timeout=LONG)
    editor = window.workbench.editor
    editor.lock([0])
    locked = positions(window)[0].copy()
    editor.set_element("F", [1])
    editor.delete([4])
    frames = live.meter.frames
    qtbot.waitUntil(lambda: live.meter.frames > frames + 2, timeout=LONG)
    assert positions(window).shape == (4, 3)
    np.testing.assert_array_equal(positions(window)[0], locked)
    assert backend.scenes[-1].structure.numbers.tolist() == [6, 9, 1, 1]
    assert len(names(window)) == 4
    live.set_temperature(0.1)
    qtbot.waitUntil(lambda: backend.scenes[-1].temperature == 0.1, timeout=LONG)
    window.live_bar.temperature.setValue(0)


def test_what_the_model_refuses_is_said_and_live_goes_on_after_the_next_edit(window, live, backend, qtbot):
    said = []
    window.workbench.warned.connect(said.append)
    backend.error = "the model does not know F"
    window.commands.run("run.live")
    qtbot.waitUntil(lambda: said == [backend.error], timeout=LONG)
    window.live_bar.refresh()
    assert backend.error in window.live_bar._words.text()
    backend.error = ""
    window.workbench.editor.lock([0])
    qtbot.waitUntil(lambda: live.resting, timeout=LONG)
    assert not live.trouble


def test_another_structure_or_a_run_ends_live_and_a_candidate_looked_at_holds_it(window, live, backend, qtbot):
    backend.live_steps = ENDLESS
    window.commands.run("run.live")
    window.stage.show_preview(WATER)
    qtbot.waitUntil(lambda: bool(backend.scenes) and backend.scenes[-1].paused, timeout=LONG)
    window.stage.end_preview()
    qtbot.waitUntil(lambda: live.meter.frames > 1, timeout=LONG)
    window.document.add([WATER])
    assert not live.on
    window.commands.run("run.live")
    assert live.on
    window.commands.run("run.generate")
    assert not live.on
    qtbot.waitUntil(lambda: not window.runs.is_running(), timeout=LONG)


def test_of_several_scenes_the_newest_is_taken_with_all_that_the_others_had_set():
    job, taken = LiveJob(), []

    class Run:
        def take(self, scene):
            taken.append(scene)

        def step(self):
            job.end()

    for scene in (Scene(WATER), Scene(WATER, anew=False, serial=1), Scene(METHANE, anew=False, serial=2)):
        job.show(scene)
    job.follow(Run(), lambda: None, lambda _: None)
    assert [(scene.serial, scene.anew, len(scene.structure)) for scene in taken] == [(2, True, 5)]


def test_the_worker_is_no_more_than_one_step_ahead_of_what_was_taken():
    job, told = LiveJob(), threading.Semaphore(0)
    made = []

    class Run:
        def take(self, scene):
            pass

        def step(self):
            made.append(len(made))
            return LiveStep(WATER.positions, WATER.positions, 0.0, len(made), 0, False)

    job.show(Scene(WATER))
    thread = threading.Thread(target=job.follow, args=(Run(), told.release, lambda _: None))
    thread.start()
    for count in range(1, 4):
        assert told.acquire(timeout=30)
        assert count <= len(made) <= count + 1
        assert job.newest().evaluations == count
    assert told.acquire(timeout=30)
    job.end()
    thread.join(30)
    assert not thread.is_alive()
    assert 4 <= len(made) <= 5


def test_the_meter_counts_frames_while_atoms_move_and_the_time_from_an_edit_to_its_frame():
    now = [0.0]
    meter = LiveMeter(lambda: now[0])
    for serial, edited, drawn in ((1, 0.0, 0.1), (2, 0.12, 0.15), (3, 0.17, 0.2), (4, 9.0, 9.03)):
        now[0] = edited
        meter.asked(serial)
        meter.applied(serial)
        now[0] = drawn
        meter.drawn()
        meter.drawn()
    assert meter.frames == 4
    assert meter.rate == pytest.approx(20)
    assert meter.latency == pytest.approx(0.03)
