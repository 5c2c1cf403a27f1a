"""Nothing is lost: bad files, full disks, closed folders and a program that is killed."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from gpff_desktop import atomic_file
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.resources_path import resources
from gpff_desktop.session.autosave import Autosave
from gpff_desktop.session.candidates import CandidateList
from gpff_desktop.session.document import Document

from .conftest import METHANE, WATER

LONG = 60_000
ETHANOL = resources() / "examples" / "ethanol.sdf"
OFTEN = 0.05

WORKING_PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from gpff_desktop.gui import app, main_window
from gpff_desktop.session import autosave

class Working(main_window.MainWindow):
    def show(self):
        super().show()
        QTimer.singleShot(0, self.work)

    def work(self):
        self.document.lock([0, 1])
        self.document.rename(self.document.required().key, "my work")
        self.recovery.autosave.save_now()
        self.recovery.autosave.settle()
        print("saved", flush=True)

def load(name):
    raise ValueError("there is no model here")

app._load = load
main_window.MainWindow = Working
app.main(sys.argv[1:])
"""


def told(window: MainWindow) -> str:
    return window.statusBar().currentMessage()


def full_disk(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def leave_behind(folder: Path) -> Path:
    """A session of a program that died; its file."""
    document = Document()
    document.add([METHANE, WATER], "left")
    candidates = CandidateList()
    candidates.add([WATER])
    dead = Autosave(folder, document, candidates)
    dead.save_now()
    dead.settle()
    dead._lock.release()
    return dead.path


def wait_for_offer(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(window.notices.waiting), timeout=LONG)


def test_a_killed_program_offers_its_last_saving_at_the_next_start(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    arguments = [sys.executable, "-c", WORKING_PROGRAM, str(ETHANOL)]
    with subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "saved\n"
        program.send_signal(signal.SIGKILL)
    folder = tmp_path / "gpff-desktop" / "autosave"
    window.recovery.start(folder, OFTEN)
    wait_for_offer(window, qtbot)
    window.notices.waiting[0].buttons["Recover"].click()
    entry = window.document.required()
    assert (entry.title, entry.structure.formula, entry.locked) == ("my work", "C2H6O", {0, 1})
    assert window.unsaved
    assert len(list(folder.glob("*.gpff"))) == 1  # its own: what was left is saved again


def test_what_was_left_can_be_recovered_beside_what_is_open_or_discarded(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    left = leave_behind(tmp_path)
    window.document.add([WATER], "open already")
    window.recovery.start(tmp_path, OFTEN)
    wait_for_offer(window, qtbot)
    assert "Recover 2 structures and 1 candidate" in window.notices.waiting[0].text
    window.notices.waiting[0].buttons["Recover"].click()
    assert [entry.title for entry in window.document.entries] == ["open already", "left", "left"]
    assert len(window.workbench.candidates) == 1
    assert not left.exists()
    window.recovery.close()
    assert list(tmp_path.glob("*.gpff")) == []
    left = leave_behind(tmp_path)
    window.recovery.start(tmp_path, OFTEN)
    wait_for_offer(window, qtbot)
    window.notices.waiting[0].buttons["Discard"].click()
    assert not left.exists()
    assert window.notices.waiting == []


def test_the_end_of_a_run_is_saved_and_a_clean_end_leaves_nothing(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.recovery.start(tmp_path, every=3600.0)
    qtbot.waitUntil(lambda: window.recovery.autosave is not None)
    with qtbot.waitSignal(window.runs.ended, timeout=LONG):
        window.runs.generate()
    qtbot.waitUntil(lambda: len(list(tmp_path.glob("[!.]*.gpff"))) == 1, timeout=LONG)
    window.close()
    assert list(tmp_path.glob("*.gpff")) == []


def test_a_disk_that_is_full_stops_nothing_and_is_told_once(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    window.workbench.warned.connect(warnings.append)
    with monkeypatch.context() as patch:
        patch.setattr(atomic_file, "_flush", full_disk)
        window.recovery.start(tmp_path, OFTEN)
        window.document.add([WATER])
        qtbot.waitUntil(lambda: bool(warnings), timeout=LONG)
        window.document.lock([0])
        qtbot.wait(round(3000 * OFTEN))
    assert len(warnings) == 1
    assert "No space left on device" in warnings[0]
    assert window.document.required().locked == {0}
    qtbot.waitUntil(lambda: len(list(tmp_path.glob("[!.]*.gpff"))) == 1, timeout=LONG)


def test_what_cannot_be_written_leaves_the_old_file_and_says_so_in_one_line(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.document.add([WATER])
    session, molecule, picture = tmp_path / "a.gpff", tmp_path / "a.sdf", tmp_path / "a.png"
    window.sessions.save_as(session)
    window.files.export(molecule)
    window.files.export_picture(picture)
    before = [path.read_bytes() for path in (session, molecule, picture)]
    window.document.lock([0])
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full_disk)
        patch.setattr(Path, "replace", full_disk)
        for write in (
            lambda: window.sessions.save(),
            lambda: window.files.export(molecule),
            lambda: window.files.export_picture(picture),
        ):
            window.statusBar().clearMessage()
            write()
            assert "No space left on device" in told(window)
            assert "\n" not in told(window)
    assert [path.read_bytes() for path in (session, molecule, picture)] == before
    assert window.unsaved
    np.asarray(Image.open(picture))
    for closed in (session / "b.gpff", tmp_path / "missing" / "b.gpff"):
        assert not window.sessions.save_as(closed)
        assert "cannot write" in told(window)
    assert window.document.path == session


BAD_FILES: list[tuple[str, bytes | None, str]] = [
    ("missing.sdf", None, "there is no file"),
    ("empty.xyz", b"", "is empty"),
    ("binary.pdb", b"\x00\xff" * 40, "not a text file"),
    ("none.xyz", b"0\nnothing\n", "no atoms"),
    ("wrong.xyz", ETHANOL.read_bytes(), "rename it to .sdf"),
    ("letter.doc", b"Dear Sir", "known suffixes"),
    ("cut.gpff", b'{"format": "GPFF Desktop session", "ver', "cut short"),
    ("foreign.gpff", b"GIF89a", "not a session"),
]


def test_files_that_cannot_be_opened_are_told_in_one_line_each_and_change_nothing(
    window: MainWindow, tmp_path: Path
) -> None:
    window.document.add([WATER])
    before = window.document.state
    (tmp_path / "folder.sdf").mkdir()
    for name, content, words in (*BAD_FILES, ("folder.sdf", None, "is a folder")):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        window.statusBar().clearMessage()
        window.files.open(tmp_path / name)
        assert words in told(window), name
        assert "\n" not in told(window), name
    assert window.document.state is before
    assert window.files.recent.paths == []
