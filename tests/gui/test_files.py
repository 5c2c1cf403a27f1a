"""Opening, saving and exporting, as the window promises it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QThread, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.gui import files, opening
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.notices import Notice
from gpff_desktop.gui.problems import ProblemsDialog
from gpff_desktop.gui.session_view import SessionView
from gpff_desktop.resources_path import resources

from .conftest import METHANE, WATER

LONG = 60_000
EXAMPLES = resources() / "examples"
GOOD = (EXAMPLES / "ethanol.sdf").read_text().rstrip() + "\n"
HELD = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
BAD = "bad\n\n\n  1  0  0 nonsense\n$$$$\n"


def titles(window: MainWindow) -> list[str]:
    return [entry.title for entry in window.document.entries]


def told(window: MainWindow) -> str:
    return window.statusBar().currentMessage()


def wait_until_opened(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.files.opener.busy, timeout=LONG)


def notice(window: MainWindow, words: str) -> Notice:
    return next(one for one in window.notices.waiting if words in one.text)


def drop(window: MainWindow, data: QMimeData) -> None:
    """Drag something over the middle of the window and let it go there."""
    at, copy = window.rect().center(), Qt.DropAction.CopyAction
    QApplication.sendEvent(window, QDragEnterEvent(at, copy, data, *HELD))
    QApplication.sendEvent(window, QDropEvent(QPointF(at), copy, data, *HELD))


def urls(paths: Iterable[Path]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def test_files_chosen_in_the_dialogue_open_dropped_ones_too_and_all_are_remembered(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = [EXAMPLES / "ethanol.sdf", EXAMPLES / "caffeine.sdf"]
    monkeypatch.setattr(files, "ask_open", lambda _: chosen)
    window.commands.run("file.open")
    assert titles(window) == ["ethanol", "caffeine"]
    assert not window.unsaved
    write_structures(tmp_path / "gas.xyz", [METHANE])
    drop(window, urls([tmp_path / "gas.xyz"]))
    assert titles(window)[2:] == ["gas"]
    assert window.files.recent.paths == [tmp_path / "gas.xyz", chosen[1], chosen[0]]
    (tmp_path / "gas.xyz").unlink()
    window.files.recent.refresh()
    actions = window.files.recent.actions()
    assert "is gone" in actions[0].text()
    assert not actions[0].isEnabled()
    actions[2].trigger()
    assert titles(window)[3:] == ["ethanol"]
    window.files.recent.forget()
    assert window.files.recent.paths == []


def test_a_hint_shows_while_something_of_use_hovers(window: MainWindow, tmp_path: Path) -> None:
    file, nothing = urls([tmp_path / "a.sdf"]), QMimeData()  # an event does not keep its data alive
    entering = [
        QDragEnterEvent(window.rect().center(), Qt.DropAction.CopyAction, data, *HELD) for data in (file, nothing)
    ]
    for event in entering:
        event.ignore()
        QApplication.sendEvent(window, event)
        if event is entering[0]:
            assert window.drops.hint.isVisible()
            assert "a.sdf" in window.drops.hint.text()
            QApplication.sendEvent(window, QDragLeaveEvent())
    assert [event.isAccepted() for event in entering] == [True, False]
    assert not window.drops.hint.isVisible()


def test_text_opens_from_the_clipboard_and_by_dropping_and_rubbish_is_refused_in_one_line(
    window: MainWindow, qtbot: QtBot
) -> None:
    QGuiApplication.clipboard().setText(GOOD)
    window.commands.run("file.open-clipboard")
    wait_until_opened(window, qtbot)
    data = QMimeData()
    data.setText("CCO ethanol\nC methane\n")
    drop(window, data)
    wait_until_opened(window, qtbot)
    assert titles(window) == ["Ethanol", "ethanol", "methane"]
    assert window.unsaved
    QGuiApplication.clipboard().setText("once upon a time\nthere was")
    window.commands.run("file.open-clipboard")
    wait_until_opened(window, qtbot)
    assert "'once upon a time" in told(window)
    assert "\n" not in told(window)
    assert len(titles(window)) == 3


def test_a_large_file_opens_in_the_background_with_progress_and_can_be_cancelled(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(opening, "read")  # it is read by another process
    path = tmp_path / "large.sdf"
    path.write_text(GOOD * 1500)
    turns: list[float] = []
    timer = QTimer(window, interval=0)
    timer.timeout.connect(lambda: turns.append(window.files.opener.busy))
    timer.start()
    bar = window.opening_bar
    window.files.open(path)
    assert window.files.opener.busy
    qtbot.waitUntil(lambda: bar.isVisible() and 0 < bar.bar.value() < bar.bar.maximum(), timeout=LONG)
    assert "large.sdf" in bar.label.text()
    bar.cancel.click()
    wait_until_opened(window, qtbot)
    assert window.document.entries == ()
    assert not bar.isVisible()
    turns.clear()
    window.files.open(path)
    wait_until_opened(window, qtbot)
    assert turns.count(True) > 10  # the window went on
    assert len(window.document.entries) == 1500
    assert window.document.history.names == ["Start", "Open 1500 structures"]
    assert not window.unsaved


def test_what_was_given_up_does_not_open_even_if_it_was_read_by_then(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "large.sdf"
    path.write_text(GOOD * 200)
    opener = window.files.opener
    window.files.open(path)
    reader = opener.findChild(QThread)
    assert reader.wait(LONG)  # its result waits for the event loop
    opener.cancel()
    wait_until_opened(window, qtbot)
    assert window.document.entries == ()


def test_of_a_file_with_bad_records_the_good_ones_open_and_the_bad_ones_are_listed(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "mixed.sdf").write_text(GOOD + BAD + GOOD + BAD)
    window.files.open(tmp_path / "mixed.sdf")
    assert titles(window) == ["Ethanol", "Ethanol"]
    one = notice(window, "2 records of 'mixed.sdf' could not be read")
    one.buttons["Details"].click()
    listed = window.findChild(ProblemsDialog)
    rows = listed.table.model()
    shown = [[rows.index(row, column).data() for column in (0, 1)] for row in range(rows.rowCount())]
    assert [record for record, _ in shown] == ["2", "4"]
    lines = (tmp_path / "mixed.sdf").read_text().splitlines()
    assert all(GOOD.count("\n") < int(line) <= len(lines) for _, line in shown)
    listed.copy()
    assert QGuiApplication.clipboard().text().startswith("record 2, line ")
    listed.close()
    assert window.notices.waiting == []


def test_frames_open_as_one_trajectory_or_as_structures(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    frames = [WATER.with_positions(WATER.positions + 0.1 * step) for step in range(5)]
    write_structures(tmp_path / "walk.xyz", frames)
    window.files.open(tmp_path / "walk.xyz")
    entry = window.document.required()
    assert titles(window) == ["walk"]
    assert entry.trajectory is not None
    assert len(entry.trajectory) == 5
    np.testing.assert_allclose(entry.structure.positions, WATER.positions)
    notice(window, "5 frames").buttons["Open frames as structures"].click()
    assert len(titles(window)) == 6
    assert all(other.trajectory is None for other in window.document.entries[1:])
    np.testing.assert_allclose(window.document.entries[5].structure.positions, frames[4].positions)


@pytest.mark.parametrize(("choice", "order"), [("file", 3), ("perceive", 1)])
def test_bonds_come_from_the_file_or_from_distances_as_chosen(
    window: MainWindow, tmp_path: Path, choice: str, order: int
) -> None:
    write_structures(tmp_path / "odd.sdf", [WATER.with_bonds(np.array([[0, 1, 3], [0, 2, 3]]))])
    window.workbench.settings.update(bonds=choice)
    window.files.open(tmp_path / "odd.sdf")
    entry = window.document.required()
    assert entry.keeps_bonds == (choice == "file")
    assert entry.structure.bonds is not None
    assert set(entry.structure.bonds[:, 2]) == {order}


def test_a_saved_session_comes_back_as_it_was(window: MainWindow, tmp_path: Path) -> None:
    window.files.open(EXAMPLES / "caffeine.sdf")
    window.document.lock([2, 3])
    window.document.measure([0, 1])
    keys = window.workbench.candidates.add([METHANE, WATER])
    window.workbench.candidates.star(keys[1])
    window.appearance.set_style("licorice")
    window.view.canvas.camera.turn(30, 20)
    assert window.isWindowModified()
    assert window.sessions.save_as(tmp_path / "work")
    assert not window.isWindowModified()
    assert "work" in window.windowTitle()
    orientation = window.view.canvas.camera.orientation.copy()
    window.document.lock([2], on=False)
    assert window.isWindowModified()
    window.commands.run("file.new")
    assert window.document.entries == ()
    assert len(window.workbench.candidates) == 0
    window.appearance.set_style("ball-and-stick")
    window.files.open(tmp_path / "work.gpff")
    entry = window.document.required()
    assert (entry.title, entry.locked, len(entry.measurements)) == ("caffeine", {2, 3}, 1)
    assert [candidate.starred for candidate in window.workbench.candidates] == [False, True]
    assert window.appearance.style == "licorice"
    np.testing.assert_allclose(window.view.canvas.camera.orientation, orientation, atol=1e-6)
    assert not window.unsaved
    window.document.rename(entry.key, "coffee")
    window.commands.run("file.save")
    assert not window.isWindowModified()
    assert window.files.recent.paths[0] == tmp_path / "work.gpff"


def test_a_view_that_makes_no_sense_is_left_as_it_is(window: MainWindow) -> None:
    view = SessionView(window.view.canvas, window.appearance)
    before = view.values()
    bent = {"orientation": [[1, 0, 0], [0, 2, 0], [0, 0, 1]], "centre": [0, 0, 0], "scale": 1.0}
    for odd in ({}, {"camera": 3}, {"camera": bent}, {"camera": {**bent, "orientation": "x"}}, {"palette": ["cpk"]}):
        view.restore(odd)
        assert view.values() == before


def test_closing_asks_about_what_is_in_no_file_and_about_nothing_else(window: MainWindow, tmp_path: Path) -> None:
    asked: list[str] = []
    answers = iter([files.CANCEL, files.SAVE, files.SAVE])
    places = iter([None, tmp_path / "kept.gpff"])

    def ask(what: str) -> str:
        asked.append(what)
        return next(answers)

    window.sessions.ask = ask
    window.sessions.ask_path = lambda _: next(places)
    window.files.open(EXAMPLES / "ethanol.sdf")
    assert window.sessions.may_go()
    window.document.lock([0])
    window.commands.run("file.new")
    assert titles(window) == ["ethanol"]
    window.commands.run("file.new")  # to be saved, but the dialogue is cancelled
    assert titles(window) == ["ethanol"]
    assert window.close()
    assert asked == ["“ethanol” is"] * 3
    assert (tmp_path / "kept.gpff").is_file()
