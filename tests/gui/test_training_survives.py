"""A training begun in a window goes on when the window is killed, and the next window finds it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.session.training_runs import TrainingRuns

from .test_training import molecules

LONG = 240_000
PRESS_START = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from gpff_desktop.gui import app
from gpff_desktop.gui.main_window import MainWindow

def press_start():
    window = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))
    window.commands.run("train.new")
    panel = window.training.open()
    panel.setup.model.setCurrentIndex(0)
    panel.setup.amount.setValue(50)
    panel.start_button.click()

made = app.new_application
def new_application():
    application = made()
    QTimer.singleShot(0, press_start)
    return application
app.new_application = new_application
sys.exit(app.main(["--model", "none"]))
"""
"""The command `gpff-desktop`, with somebody who presses Start as soon as its window is there; it has no model."""


@pytest.fixture
def data_set(user_folders: Path) -> Path:
    """A data set among those of the user."""
    from gpff_desktop.data.importing import import_dataset

    path = Path(os.environ["GPFF_DATA"]) / "mine.db"
    path.parent.mkdir(parents=True)
    write_structures(user_folders / "mine.xyz", molecules(30))
    list(import_dataset([user_folders / "mine.xyz"], path))
    return path


@pytest.mark.slow
def test_a_run_outlives_its_killed_window_and_the_next_window_finds_it_and_shows_its_curves(
    data_set: Path, user_folders: Path, request: pytest.FixtureRequest, qtbot: QtBot
) -> None:
    homes = {f"XDG_{kind}_HOME": str(user_folders / kind.lower()) for kind in ("CONFIG", "STATE", "DATA", "CACHE")}
    runs = TrainingRuns()
    with subprocess.Popen([sys.executable, "-c", PRESS_START], env={**os.environ, **homes}) as killed:
        try:
            wait_until_it_learns(runs, killed)
        finally:
            killed.send_signal(signal.SIGKILL)
    step = runs.run("mine").status.step
    window: MainWindow = request.getfixturevalue("window")
    assert [(run.name, run.state) for run in window.training.infos] == [("mine", "running")]
    window.commands.run("train.runs")
    panel = window.training.open()
    loss = panel.runs.plots["Loss"].axes.getPlotItem()
    qtbot.waitUntil(lambda: bool(loss.listDataItems()), timeout=LONG)
    qtbot.waitUntil(lambda: runs.run("mine").status.step > step, timeout=LONG)
    panel.runs.pause_button.click()
    qtbot.waitUntil(lambda: runs.run("mine").state == "paused", timeout=LONG)


def wait_until_it_learns(runs: TrainingRuns, window: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + LONG / 1000
    while not (found := runs.runs()) or found[0].status.step == 0:
        assert window.poll() is None
        assert time.monotonic() < end, [(run.status, run.log()) for run in found]
        time.sleep(0.05)
