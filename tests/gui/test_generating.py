"""A run as the window shows it: frames, stopping, relaxing, errors, settings and locked scaffolds."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from gpff_desktop.gui.candidates import Column
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.messages import Frame
from gpff_desktop.resources_path import resources
from gpff_desktop.structure import Structure

from .conftest import METHANE, WATER, ScriptedBackend, column, generate, rows

LONG = 60_000


def test_the_last_frame_of_a_run_is_drawn(window: MainWindow, qtbot: QtBot, backend: ScriptedBackend) -> None:
    frames: list[Frame] = []
    animated: list[bool] = []
    window.runs.framed.connect(frames.append)
    window.runs.framed.connect(lambda _: animated.append(window.view.canvas.animating))
    window.document.add([WATER])
    with qtbot.waitSignal(window.runs.ended, timeout=LONG):
        window.runs.generate()
    assert all(animated)
    assert not window.view.canvas.animating
    assert frames[-1].progress.evaluations == frames[-1].progress.budget


def test_any_candidate_of_a_run_can_be_watched(window: MainWindow, qtbot: QtBot, backend: ScriptedBackend) -> None:
    frames: list[Frame] = []
    window.runs.framed.connect(frames.append)
    backend.pause = 0.05
    window.runs.generate()
    qtbot.waitUntil(lambda: window.view.run_overlay.isVisible(), timeout=LONG)
    onward = next(b for b in window.view.run_overlay.findChildren(QAbstractButton) if b.text() == "▶")
    back = next(b for b in window.view.run_overlay.findChildren(QAbstractButton) if b.text() == "◀")
    onward.click()
    assert frames[-1].watched == 1, "what is known already is shown at once"
    back.click()
    back.click()
    count = len(frames)
    qtbot.waitUntil(lambda: len(frames) > count, timeout=LONG)
    assert frames[-1].watched == 3
    np.testing.assert_array_equal(frames[-1].structure.positions, frames[-1].progress.positions[3])
    assert any("<b>4</b> of 4" in label.text() for label in window.view.run_overlay.findChildren(QLabel))
    window.runs.stop()
    qtbot.waitUntil(lambda: not window.runs.is_running(), timeout=LONG)
    assert not window.view.run_overlay.isVisible()


def test_stop_ends_a_run_within_one_evaluation_and_keeps_what_there_is(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    backend.go_on.clear()
    window.generate_panel.set_values(nfe=512)
    window.runs.generate()
    qtbot.waitUntil(lambda: backend.begun == 1, timeout=LONG)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    backend.go_on.set()
    qtbot.waitUntil(lambda: not window.runs.is_running(), timeout=LONG)
    assert backend.begun == 1
    assert backend.closed_early
    assert [candidate.run for candidate in rows(window)] == ["Run 1, stopped at 1 of 512"] * 4
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()
    assert rows(window)[-1].run == "Run 2"


def test_a_run_given_up_for_a_newer_one_leaves_nothing(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    from gpff_desktop.gui.worker import generate_job

    backend.pause = 0.01
    window.generate_panel.set_values(nfe=512)
    window.runs.generate()
    qtbot.waitUntil(lambda: backend.steps > 3, timeout=LONG)
    window.generate_panel.set_values(nfe=3)
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.worker.submit(generate_job(window.generate_panel.settings()))
    assert [candidate.run for candidate in rows(window)] == ["Run 1"] * 4


def test_closing_the_window_in_the_middle_of_a_run_ends_the_thread(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    backend.pause = 0.02
    window.generate_panel.set_values(nfe=512)
    window.runs.generate()
    qtbot.waitUntil(lambda: backend.steps > 3, timeout=LONG)
    window.close()
    assert window.runs.worker.isFinished()
    assert backend.steps < 512
    assert rows(window) == []


def test_relaxing_is_one_step_also_when_it_is_stopped(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    window.files.open(resources() / "examples" / "ethanol.sdf")
    qtbot.waitUntil(lambda: bool(window.document.entries), timeout=LONG)
    before = window.document.required().structure
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.relax()
    assert len(window.document.entries) == 1
    assert window.document.history.names[-1] == "Relax (moved 0.00 Å)"
    backend.go_on.clear()
    window.runs.relax()
    qtbot.waitUntil(lambda: backend.begun == 5, timeout=LONG)
    window.runs.stop()
    backend.go_on.set()
    qtbot.waitUntil(lambda: not window.runs.is_running(), timeout=LONG)
    assert window.document.history.names[-1] == "Relax (stopped at 1 of 4, moved 0.00 Å)"
    window.document.undo()
    window.document.undo()
    np.testing.assert_array_equal(window.document.required().structure.positions, before.positions)


def test_an_error_of_the_run_is_reported_and_nothing_is_lost(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    generate(window, qtbot)
    backend.error = "out of memory; choose fewer candidates\nTraceback"
    window.runs.generate()
    qtbot.waitUntil(lambda: "fewer candidates" in window.statusBar().currentMessage(), timeout=LONG)
    assert "Traceback" not in window.statusBar().currentMessage()
    assert len(rows(window)) == 4
    assert window.runs.can_generate()


# The panel that starts them


def test_the_settings_reach_the_backend_as_chosen(window: MainWindow, qtbot: QtBot, backend: ScriptedBackend) -> None:
    panel = window.generate_panel
    panel.formula.set_formula("CH4")
    panel.set_values(count=3, nfe=17, seed=99)
    next(b for b in panel.findChildren(QAbstractButton) if b.text() == "Diffusion").click()
    combo = panel.findChild(QComboBox)
    assert [combo.itemText(i) for i in range(combo.count())] == ["Automatic", "Ancestral"]
    combo.setCurrentIndex(1)
    generate(window, qtbot)
    asked = backend.asked[-1]
    assert (asked.count, asked.nfe, asked.seed, asked.mode, asked.sampler) == (3, 17, 99, "diffusion", "ancestral")
    assert asked.numbers.tolist() == [6, 1, 1, 1, 1]
    assert asked.scaffold is None


def test_a_new_seed_is_drawn_for_each_run_unless_one_is_kept(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    backend.candidates = ()
    for _ in range(2):
        generate(window, qtbot)
    assert backend.asked[0].seed != backend.asked[1].seed


def test_the_expected_time_grows_with_the_work(window: MainWindow) -> None:
    panel = window.generate_panel
    panel.set_values(formula="C4H10", count=1, nfe=10)
    panel.settings()
    panel.learn_speed(5.0)
    for change, expected in (
        ({"nfe": 40}, "20 s"),
        ({"count": 6}, "2 min"),
        ({"formula": "CH4", "nfe": 1}, "a second"),
    ):
        panel.set_values(**change)  # type: ignore[arg-type]
        assert any(f"about {expected} " in label.text() for label in panel.findChildren(QLabel)), change


def test_locked_atoms_are_kept_as_a_scaffold_that_the_formula_must_hold(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    panel = window.generate_panel
    assert not panel.keep_locked.isVisible()
    window.document.add([WATER], name="water")
    window.document.lock([0, 2])
    assert panel.keep_locked.isVisible()
    assert panel.keep_locked.isChecked()
    assert any(label.isVisible() and "water" in label.text() for label in panel.findChildren(QLabel))
    panel.formula.set_formula("CH4")
    assert "O" in panel.error
    assert "\n" not in panel.error
    assert not window.runs.can_generate()
    panel.formula.set_formula("OH")
    assert panel.error
    panel.formula.set_formula("CH4O")
    assert window.runs.can_generate()
    backend.candidates = (
        Structure([8, 1, 6, 1, 1, 1], np.vstack([WATER.positions[[0, 2]], 3 + METHANE.positions[:4]])),
    )
    generate(window, qtbot)
    scaffold = backend.asked[-1].scaffold
    assert scaffold is not None
    np.testing.assert_array_equal(scaffold.atoms.positions, WATER.positions[[0, 2]])
    assert column(window, Column.DRIFT) == ["0.000"]
    panel.keep_locked.setChecked(False)
    panel.formula.set_formula("CH4")
    assert window.runs.can_generate()
