"""The window with a real network: untrained and tiny, but evaluated like any other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
import vispy
from PySide6.QtCore import Qt, QTimer
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.chemistry.formats import read_structures
from gpff_desktop.engine.checkpoint import CheckpointError, ModelCard, save_model
from gpff_desktop.engine.network import ForceNetwork, NetworkSettings
from gpff_desktop.gui import backend as backends
from gpff_desktop.gui import background
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.messages import Frame, Progress
from gpff_desktop.session.constraint_values import reading
from gpff_desktop.session.generation import RUN_KEY
from gpff_desktop.structure import Structure

from .conftest import DISCARD, LastingPool

LONG = 60_000


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = ForceNetwork(NetworkSettings(features=16, interactions=2, radial=16))
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_model(folder, network, ModelCard("tiny", network.settings, (1, 6, 7, 8), 29))
    return folder


@pytest.fixture
def window(
    qtbot: QtBot, model_folder: Path, lasting_pool: LastingPool, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    vispy.use(app="pyside6")
    monkeypatch.setattr(background, "new_pool", lambda: lasting_pool)
    opened = MainWindow(lambda: backends.load_backend(str(model_folder)))
    opened.sessions.ask = lambda _: DISCARD
    opened.generate_panel.set_values(count=4, nfe=25, seed=5)
    opened.resize(opened.minimumSize())
    opened.show()
    yield opened
    opened.close()
    opened.deleteLater()


def wait_until_idle(window: MainWindow, qtbot: QtBot) -> None:
    """Wait for the run that the window starts with."""
    found = window.workbench.candidates
    qtbot.waitUntil(lambda: len(found) > 0 and all(one.judgement for one in found), timeout=LONG)


def test_the_window_opens_with_a_molecule_being_generated(window: MainWindow, qtbot: QtBot) -> None:
    assert window.view.structure, "something is on view before the model is loaded"
    wait_until_idle(window, qtbot)
    found = list(window.workbench.candidates)
    assert [one.structure.formula for one in found] == ["C7H10N2O2"] * 4
    for one in found:
        assert one.sigma is not None
        assert one.energy == pytest.approx(3 * 20 * one.sigma**2, rel=0.01, abs=1e-3)
        assert one.trajectory is not None
        assert one.trajectory.evaluations.tolist() == list(range(1, 26))
        np.testing.assert_allclose(one.trajectory.positions[-1], one.structure.positions, atol=1e-4)


def test_exported_candidates_say_where_they_come_from(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    wait_until_idle(window, qtbot)
    window.files.export(tmp_path / "candidates.sdf")
    properties = read_structures(tmp_path / "candidates.sdf").structures[0].properties
    assert properties["GPFF_model"] == "tiny"
    assert properties["GPFF_seed"] == "5"
    assert RUN_KEY in properties


def test_a_hundred_thousand_atoms_are_shown_and_a_run_on_them_is_refused_by_name(
    window: MainWindow, qtbot: QtBot
) -> None:
    """Over the limit of the model, which is 58 atoms."""
    warnings: list[str] = []
    window.workbench.warned.connect(warnings.append)
    wait_until_idle(window, qtbot)
    grid = 4.0 * np.argwhere(np.ones((100, 100, 10)))
    window.document.add([Structure(np.full(len(grid), 6), grid)], "crystal")
    before = window.document.state
    window.commands.run("run.relax")
    qtbot.waitUntil(lambda: bool(warnings), timeout=LONG)
    assert warnings == [
        "C100000 has 100000 atoms; model 'tiny' was trained on up to 29 and is trusted up to 58: "
        "take a part of the structure or choose another model"
    ]
    assert window.document.state is before
    window.generate_panel.formula.set_formula("C100000")
    assert "100000 atoms" in window.generate_panel.error.replace(",", "")
    assert not window.commands.actions["run.generate"].isEnabled()
    turned = window.view.canvas.camera.orientation.copy()
    window.view.canvas.camera.turn(30, 0)
    assert not np.array_equal(window.view.canvas.camera.orientation, turned)
    window.workbench.editor.select([7])
    window.workbench.editor.lock()
    assert window.view.structure is window.document.required().structure
    assert window.document.required().locked == {7}
    assert window.runs.can_relax()


def test_the_event_loop_turns_while_the_network_works(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in evaluations, not in seconds, so that a slow machine passes and a blocked window does not."""
    evaluated: list[int] = [0]
    seen: list[int] = []
    draw = backends.FieldRun._draw

    def counted(self: backends.FieldRun) -> Iterator[Progress]:
        for step in draw(self):
            evaluated[0] += 1
            time.sleep(0.02)  # the tiny network is faster than any real one
            yield step

    wait_until_idle(window, qtbot)
    monkeypatch.setattr(backends.FieldRun, "_draw", counted)
    heart = QTimer(window, interval=5, timerType=Qt.TimerType.PreciseTimer)
    heart.timeout.connect(lambda: seen.append(evaluated[0]))
    window.generate_panel.set_values(nfe=100)
    heart.start()
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()
    gaps = [later - earlier for earlier, later in pairwise(seen)]
    assert evaluated[0] == 100
    assert max(gaps) <= 25
    assert len(set(seen)) > 30, "the window came to its turn between most evaluations"


def test_frames_carry_the_noise_read_off_the_forces(window: MainWindow, qtbot: QtBot) -> None:
    wait_until_idle(window, qtbot)
    frames: list[Frame] = []
    window.runs.worker.frame.connect(frames.append)
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()
    assert frames[-1].progress.evaluations == 25
    assert all(frame.sigma > 0 and frame.rate > 0 for frame in frames)


def test_the_network_runs_in_one_thread_that_is_not_the_window_s(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[int] = set()
    draw = backends.FieldRun._draw

    def noted(self: backends.FieldRun) -> Iterator[Progress]:
        for step in draw(self):
            threads.add(threading.get_ident())
            yield step

    wait_until_idle(window, qtbot)
    monkeypatch.setattr(backends.FieldRun, "_draw", noted)
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_relaxing_a_generated_candidate_keeps_its_atoms(window: MainWindow, qtbot: QtBot) -> None:
    wait_until_idle(window, qtbot)
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.relax()
    assert window.document.required().structure.formula == "C7H10N2O2"
    assert window.document.history.names[-1].startswith("Relax (moved ")


def test_a_missing_model_is_explained_and_generate_is_off(qtbot: QtBot) -> None:
    vispy.use(app="pyside6")
    opened = MainWindow(lambda: backends.load_backend("no-such-model"))
    opened.show()
    qtbot.waitUntil(lambda: "no-such-model" in opened.statusBar().currentMessage(), timeout=LONG)
    assert not opened.runs.can_generate()
    assert "no-such-model" in opened.generate_panel.generate_button.toolTip()
    opened.close()
    opened.deleteLater()


def test_no_model_at_all_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends.models, "installed_models", lambda: [])
    with pytest.raises(CheckpointError, match="gpff train"):
        backends.load_backend(None)


def test_constraints_hold_in_runs_from_the_window(window: MainWindow, qtbot: QtBot) -> None:
    """To 1e-3 Å and 0.1°, with and without locks, which else would let the frame turn."""
    wait_until_idle(window, qtbot)
    document, editor, found = window.document, window.workbench.editor, window.workbench.candidates
    document.add([from_smiles("CCCO")])
    before = document.required().structure
    editor.constrain("rigid", [0, 4, 5, 6])
    editor.constrain("distance", [1, 3], 2.8)
    editor.constrain("torsion", [0, 1, 2, 3], 100.0)
    for locked in ([], [2, 3]):
        if locked:
            editor.lock(locked)
        with qtbot.waitSignal(window.runs.ended, timeout=LONG):
            window.commands.run("run.relax")
        entry = document.required()
        after = entry.structure
        assert all(reading(one.constraint, after.positions).met for one in entry.constraints[1:])
        for i, j in ((0, 4), (0, 5), (4, 5), (5, 6)):
            apart = [np.linalg.norm(s.positions[i] - s.positions[j]) for s in (before, after)]
            assert apart[0] == pytest.approx(apart[1], abs=1e-3)
    assert not np.array_equal(before.positions, after.positions)
    editor.lock([1])
    window.generate_panel.set_values(formula="C4H8O", count=2, nfe=3)
    with qtbot.waitSignal(window.runs.ended, timeout=LONG):
        window.commands.run("run.generate")
    for candidate in list(found)[-2:]:
        assert candidate.lock_drift == 0
        assert float(candidate.deviation.split(" ")[0]) <= 1e-3
        assert np.linalg.norm(candidate.structure.positions[0] - candidate.structure.positions[2]) == pytest.approx(2.8)


def test_what_a_run_cannot_respect_is_said_in_one_line_and_nothing_is_lost(window: MainWindow, qtbot: QtBot) -> None:
    wait_until_idle(window, qtbot)
    document, editor = window.document, window.workbench.editor
    document.add([from_smiles("CCCO")])
    everything = range(len(document.required().structure))
    cases = [
        ("relax", lambda: editor.constrain("distance", [0, 1], 99.0), lambda: editor.add_wall(atoms=[], size=4),
         "distance 1-2 = 99 Å contradicts wall (sphere) around all atoms; leave one out"),
        ("relax", lambda: editor.lock([0, 1]), lambda: editor.constrain("distance", [0, 1], 3.0),
         "distance 1-2 = 3 Å cannot be met (1.478 Å off); unlock one of its atoms or change its value"),
        ("relax", lambda: editor.lock(everything), lambda: None, "all atoms are locked; unlock those that may move"),
        ("relax", lambda: editor.lock(everything[1:]), lambda: None,
         "a single atom is free to move; a run needs at least two, so unlock another"),
        ("relax", lambda: editor.add_wall("sphere", atoms=[], size=0.5), lambda: None,
         "the sphere is too small for 12 atoms, which take about 69 Å³; make it larger"),
        ("generate", lambda: editor.lock([0, 3]), lambda: editor.constrain("distance", [0, 3], 9.0),
         "distance 1-4 = 9 Å cannot be met (5.3 Å off); unlock one of its atoms or change its value"),
    ]  # fmt: skip
    for run, first, second, message in cases:
        steps = document.history.index
        first()
        second()
        before = document.required()
        with qtbot.waitSignal(window.runs.worker.run_failed, timeout=LONG) as failed:
            window.commands.run(f"run.{run}")
        assert failed.args is not None
        words, said = message.split("("), failed.args[0]
        assert said.startswith(words[0]), said
        assert said.endswith(message.split(")")[-1]), said
        assert "\n" not in said
        assert document.required() is before
        document.go_to(steps)
