"""The Train panel in the real window: from files to a data set, runs as they are followed, models that are chosen."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.data.packed import PackedDataset, load_dataset
from gpff_desktop.data.rules import Fault
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.problems import ProblemsDialog
from gpff_desktop.gui.train_panel import TrainPanel
from gpff_desktop.resources_path import resources
from gpff_desktop.session import training_runs
from gpff_desktop.session.data_sets import Summary, data_sets
from gpff_desktop.session.training_request import RunRequest
from gpff_desktop.session.training_runs import TrainingRuns
from gpff_desktop.structure import Structure

LONG = 240_000
SAMPLE = resources() / "datasets" / "qm9_sample.npz"
TRAINER = """
import sys, time
from pathlib import Path
from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.session.file_lock import FileLock
from gpff_desktop.structure import Structure
from gpff_desktop.training.status import LOCK, METRICS, SAMPLES, STATE, RunStatus
from gpff_desktop.training.status import forget_wish, read_status, wish_of, write_status
run = Path(sys.argv[1])
lock = FileLock(run / LOCK)
assert lock.acquire()
status = read_status(run).now("running", "compiling the network", at=time.time())
write_status(run, status)
while (run.parent / "compiling").exists() and not wish_of(run):
    time.sleep(0.02)
water = Structure([8, 1, 1], [[0, 0, 0.12], [0, 0.76, -0.47], [0, -0.76, -0.47]])
write_structures(run / SAMPLES, [water.with_properties(step="7", valid="yes")], overwrite=True)
with open(run / METRICS, "a") as metrics:
    while not (wish := wish_of(run)):
        step = status.step + 1
        figures = {"step": step, "progress": min(0.9, step / 100), "seconds_left": 80.0, "message": ""}
        status = RunStatus(**{**vars(status), **figures})
        write_status(run, status)
        metrics.write(f"{step},{step},train,loss,{1 / step}\\n{step},{step},validation,sigma_0.1,{2 / step}\\n")
        metrics.flush()
        (run / STATE).touch()
        time.sleep(0.05)
forget_wish(run)
write_status(run, status.now("paused" if wish == "pause" else "finished", at=time.time()))
"""
"""Says what the real trainer would say, without learning anything."""


def molecules(number: int) -> list[Structure]:
    data = PackedDataset.from_npz(SAMPLE)
    return [data.structure(int(index)) for index in np.linspace(0, len(data) - 1, number)]


@pytest.fixture
def panel(window: MainWindow) -> TrainPanel:
    """The panel in front, its plots loaded."""
    window.commands.run("train.new")
    assert window.training.panel is not None
    return window.training.panel


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainingRuns]:
    """Runs by a trainer that only pretends; in the end none is left behind."""
    monkeypatch.setattr(training_runs, "_command", lambda _, path: [sys.executable, "-c", TRAINER, str(path)])
    runs = TrainingRuns()
    yield runs
    for info in reversed(runs.runs()):  # first those that wait, so that none begins
        runs.pause(info.name)


def drop(target: TrainPanel, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    button, key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    target.data.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, button, key))


def test_a_dropped_folder_is_checked_looked_through_and_imported_by_the_rules_chosen(
    window: MainWindow, panel: TrainPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    some = molecules(30)
    write_structures(folder / "good.sdf", [*some, *some[:3]])
    (folder / "bad.xyz").write_text("2\nno numbers\nC 0 0 0\nX a b c\n")
    data = panel.data
    assert not panel.start_button.isEnabled()
    drop(panel, folder)
    assert data.cancel_button.isVisible()
    qtbot.waitUntil(lambda: data.report.report is not None and not data.following.busy, timeout=LONG)
    report = data.report.report
    assert report is not None
    assert (report.n_records, report.faults[Fault.DUPLICATE], report.faults[Fault.UNREADABLE]) == (34, 3, 1)
    assert data.report.verdict.text() == "Keeps 30 of 34; leaves out 1 unreadable, 3 duplicate"
    assert data.report.molecules.text() == "31 of 33 looked at are valid: 28 different molecules by SMILES"
    data.report.rules.boxes[Fault.DUPLICATE].click()
    assert data.report.verdict.text() == "Keeps 33 of 34; leaves out 1 unreadable"
    data.report.rules.elements[8].setChecked(False)
    assert "element not allowed" in data.report.verdict.text()
    for element in data.report.rules.elements.values():
        element.setChecked(False)
    assert "no element is allowed" in data.report.verdict.text()
    assert not data.report.import_button.isEnabled()
    for element in data.report.rules.elements.values():
        element.setChecked(True)
    data.report.rules.boxes[Fault.DUPLICATE].click()
    assert_pictures_and_problems_are_shown(window, panel)
    data.report.name.setText("chosen")
    data.report.import_button.click()
    qtbot.waitUntil(lambda: not data.following.busy, timeout=LONG)
    (made,) = data_sets()
    assert (made.name, made.summary) == ("chosen", Summary.of(report, report.rules))
    assert len(load_dataset(made.path)) == 30
    assert data.chosen == made
    assert panel.setup.name.text() == "chosen"
    assert panel.start_button.isEnabled()


def assert_pictures_and_problems_are_shown(window: MainWindow, panel: TrainPanel) -> None:
    report = panel.data.report
    assert len(report._pictures) == 12
    report._pictures[0].click()
    assert window.stage.preview is not None
    for index in range(report.figure.count()):
        report.figure.setCurrentIndex(index)
        assert report.plot.axes.getPlotItem().items
    report.problems.click()
    listed = window.findChild(ProblemsDialog)
    assert isinstance(listed, ProblemsDialog)
    table = listed.table.model()
    assert {table.index(row, 2).data() for row in range(table.rowCount())} == {"duplicate", "unreadable"}
    listed.close()


def test_a_check_can_be_given_up_and_what_cannot_be_trained_on_is_told(
    window: MainWindow, panel: TrainPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    write_structures(tmp_path / "many.xyz", molecules(400) * 20)
    data = panel.data
    window.training.check(tmp_path / "many.xyz")
    qtbot.waitUntil(lambda: data.progress.value() > 0, timeout=LONG)
    QTest.keyClick(data.cancel_button, Qt.Key.Key_Space)
    assert not data.following.busy
    assert data.report.report is None
    assert data.choice.isVisible()
    window.training.check(tmp_path / "nowhere")
    qtbot.waitUntil(lambda: data.message.property("role") == "error", timeout=LONG)
    assert "nowhere" in data.message.text()
    write_structures(tmp_path / "one.xyz", molecules(1))
    window.training.check(tmp_path / "one.xyz")
    qtbot.waitUntil(lambda: data.report.report is not None and not data.following.busy, timeout=LONG)
    assert "a training needs" in data.report.verdict.text()
    assert not data.report.import_button.isEnabled()
    data.report.discard_button.click()
    assert data.choice.isVisible()


def test_a_killed_trainer_is_told_in_words_and_resumed_and_its_samples_are_shown(
    window: MainWindow, panel: TrainPanel, stand_in: TrainingRuns, qtbot: QtBot
) -> None:
    training = window.training
    training.runs.start(RunRequest(SAMPLE, "mine", epochs=1))
    training.runs.start(RunRequest(SAMPLE, "next", epochs=1))
    (training.runs.folder / "compiling").touch()
    training.look()
    panel.show_page(1)
    panel.runs.choose("mine")
    qtbot.waitUntil(at(panel, "running"), timeout=LONG)
    qtbot.waitUntil(lambda: panel.runs.message.text() == "Compiling the network", timeout=LONG)
    assert panel.runs.progress.maximum() == 0
    (training.runs.folder / "compiling").unlink()
    qtbot.waitUntil(lambda: "Step" in panel.runs.message.text(), timeout=LONG)
    assert panel.runs.progress.maximum() > 0
    panel.runs.samples_button.click()
    (sample,) = window.workbench.candidates
    assert sample.run == "mine, step 7"
    os.kill(training.runs._children[training.runs.folder / "mine"].pid, signal.SIGKILL)
    qtbot.waitUntil(at(panel, "failed"), timeout=LONG)
    assert any("ended from outside" in notice.text for notice in window.notices.waiting)
    assert panel.runs.message.property("role") == "error"
    qtbot.waitUntil(lambda: training.runs.run("next").state == "running", timeout=LONG)
    panel.runs.pause_button.click()
    assert training.runs.run("mine").state == "queued"
    training.runs.stop("next")
    qtbot.waitUntil(at(panel, "running"), timeout=LONG)
    step = training.runs.run("mine").status.step
    window.commands.run("train.pause")
    qtbot.waitUntil(at(panel, "paused"), timeout=LONG)
    window.models.sure = lambda _: True  # type: ignore[method-assign]
    panel.runs.remove_button.click()
    assert step > 0
    assert [info.name for info in training.infos] == ["next"]


def at(panel: TrainPanel, state: str) -> Callable[[], bool]:
    return lambda: panel.runs.chosen is not None and panel.runs.chosen.state == state


def test_a_run_of_an_earlier_window_is_found_and_its_curves_are_drawn_beside_others(
    stand_in: TrainingRuns, request: pytest.FixtureRequest, qtbot: QtBot
) -> None:
    stand_in.start(RunRequest(SAMPLE, "theirs", epochs=1))
    qtbot.waitUntil(lambda: stand_in.run("theirs").state == "running", timeout=LONG)
    window: MainWindow = request.getfixturevalue("window")
    assert [info.name for info in window.training.infos] == ["theirs"]
    window.commands.run("train.runs")
    panel = window.training.open()
    assert panel.runs.chosen is not None
    loss, bands = (panel.runs.plots[name].axes.getPlotItem() for name in ("Loss", "Held-out loss by noise"))
    qtbot.waitUntil(lambda: bool(loss.listDataItems() and bands.listDataItems()), timeout=LONG)
    drawn = len(loss.listDataItems()[0].getData()[0])
    qtbot.waitUntil(lambda: len(loss.listDataItems()[0].getData()[0]) > drawn, timeout=LONG)
    window.training.runs.start(RunRequest(SAMPLE, "second", epochs=1))
    stand_in.stop("theirs")
    qtbot.waitUntil(lambda: stand_in.run("second").state == "running", timeout=LONG)
    panel.runs.choose("second")
    index = panel.runs.model.index(1, 0)
    assert panel.runs.model.setData(index, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    qtbot.waitUntil(lambda: len(loss.listDataItems()) == 2, timeout=LONG)
    assert len({item.opts["pen"].color().name() for item in loss.listDataItems()}) == 2
    assert "theirs is finished" in " ".join(notice.text for notice in window.notices.waiting)


def test_what_is_asked_for_becomes_the_request_and_what_is_wrong_is_told(
    window: MainWindow, panel: TrainPanel, stand_in: TrainingRuns
) -> None:
    folder = Path(os.environ["GPFF_DATA"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sulfur.db").touch()
    (folder / "sulfur.summary.json").write_text('{"molecules": 30, "elements": [1, 6, 16], "largest": 9}')
    panel.data.refresh("sulfur")
    setup = panel.setup
    assert panel.data.message.text() == "30 structures of H, C, S with up to 9 atoms"
    setup.model.setCurrentIndex(setup.model.findText("Fine-tune qm9"))
    assert setup.model_note.text() == "Adds S, which qm9 has never seen"
    setup.amount.setValue(6)
    setup.held_out.setValue(20)
    setup.patience.click()
    asked = RunRequest(folder / "sulfur.db", "sulfur", None, "qm9", hours=0.1, validation_fraction=0.2, patience=10)
    assert setup.request() == asked
    QTest.keyClicks(setup.source, "A. Nobody")
    QTest.keyClicks(setup.licence, "MIT")
    QTest.keyClick(setup.licence, Qt.Key.Key_Return)
    assert setup.request() == replace(asked, source="A. Nobody", licence="MIT")
    (known,) = data_sets()
    assert known.summary is not None
    assert (known.summary.source, known.summary.licence) == ("A. Nobody", "MIT")
    panel.data.choice.addItem("another", None)
    panel.data.choice.setCurrentIndex(1)
    assert not setup.licence.text()
    panel.data.choice.setCurrentIndex(0)
    assert (setup.source.text(), setup.licence.text()) == ("A. Nobody", "MIT")
    setup.unit.setCurrentText("epochs")
    setup.model.setCurrentIndex(0)
    request = setup.request()
    assert (request.preset, request.init, request.hours, request.epochs) == ("small", None, None, 6)
    setup.name.setText("../up")
    panel.start_button.click()
    assert "cannot be the name" in panel.problem.text()
    assert stand_in.runs() == []
    setup.name.setText("good")
    assert not panel.problem.text()
    panel.start_button.click()
    assert panel.page == 1
    assert [info.name for info in stand_in.runs()] == ["good"]
