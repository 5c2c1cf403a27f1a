"""The `gpff-desktop` command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from gpff_desktop.gui import app, background, models
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.plugins import Plugins

from .conftest import METHANE, LastingPool, ScriptedBackend


def test_the_command_generates_at_once_and_saves_a_picture_of_the_window(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, backend: ScriptedBackend, tmp_path: Path
) -> None:
    loaded: list[str | None] = []
    plugins: list[bool] = []
    monkeypatch.setattr(models, "load_model", lambda name: loaded.append(name) or backend)
    monkeypatch.setattr(Plugins, "load", lambda _, safe: plugins.append(safe))
    assert app.main(["--model", "mine", "--no-plugins", "--screenshot", str(tmp_path / "window.png")]) == 0
    assert plugins == [True]
    picture = QImage(str(tmp_path / "window.png"))
    assert picture.width() > 800
    assert loaded == ["mine"]
    assert len(backend.asked) == 1


def test_help_names_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        app.main(["--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert "--model" in shown
    assert "--screenshot" in shown


def test_choices_are_remembered_from_one_start_to_the_next(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, lasting_pool: LastingPool, backend: ScriptedBackend
) -> None:
    monkeypatch.setattr(background, "new_pool", lambda: lasting_pool)
    first = MainWindow(lambda: backend, generate_at_start=False)
    looks, panel = first.appearance, first.generate_panel
    looks.set_look("dark")
    looks.set_style("wire")
    looks.set_palette("colour-blind-safe")
    looks.set_parallel(True)
    looks.set_font_scale(1.3)
    panel.set_values(formula="C2H6O", count=5, nfe=20)
    next(b for b in panel.findChildren(QAbstractButton) if b.text() == "Diffusion").click()
    first.candidates_dock.hide()
    first.close()
    second = MainWindow(lambda: backend, generate_at_start=False)
    second.show()
    qtbot.waitUntil(second.runs.can_generate, timeout=60_000)
    looks = second.appearance
    assert (looks.look_name, looks.style, looks.palette) == ("dark", "wire", "colour-blind-safe")
    assert looks.parallel
    assert looks.font_scale == 1.3
    settings = second.generate_panel.settings()
    assert (len(settings.numbers), settings.count, settings.nfe, settings.mode) == (9, 5, 20, "diffusion")
    assert second.candidates_dock.isHidden()
    looks.set_font_scale(1.0)
    looks.set_look("system")
    second.close()


def test_choices_of_the_command_line_are_for_one_time(window: MainWindow) -> None:
    window.appearance.set_look("dark")
    window.memory.take_as_given()
    window.appearance.set_style("wire")
    window.memory.save()
    kept = window.workbench.settings.load()
    assert (kept.theme, kept.representation) == ("system", "wire")
    window.appearance.set_look("system")


def test_changes_are_written_without_closing(window: MainWindow, qtbot: QtBot) -> None:
    window.appearance.set_style("licorice")
    qtbot.waitUntil(lambda: window.workbench.settings.load().representation == "licorice", timeout=10_000)


def test_settings_that_cannot_be_written_are_told_and_nothing_else_happens(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.workbench.settings.path.parent.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    window.appearance.set_style("wire")
    window.memory.save()
    assert "settings cannot be saved" in window.statusBar().currentMessage()
    assert window.appearance.style == "wire"


def test_the_preferences_and_the_view_menu_follow_each_other(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.run("edit.preferences")
    dialog = window.preferences.dialog
    assert dialog is not None
    assert not dialog.isModal()
    fields = {w.accessibleName(): w for w in dialog.findChildren(QComboBox)}
    pick(fields["Drawn as"], "wire")
    assert window.appearance.style == "wire"
    assert window.commands.actions["style.wire"].isChecked()
    window.commands.run("style.licorice")
    assert fields["Drawn as"].currentData() == "licorice"
    pick(fields["Text size"], "1.5")
    assert window.appearance.font_scale == 1.5
    pick(fields["Text size"], "1.0")
    pick(fields["Bonds of files"], "perceive")
    assert window.workbench.settings.load().bonds == "perceive"
    qtbot.waitUntil(lambda: fields["Model at the next start"].findData("qm9") > 0, timeout=60_000)


def pick(combo: QComboBox, name: str) -> None:
    combo.setCurrentIndex(combo.findData(name))
    combo.activated.emit(combo.currentIndex())


def test_text_size_changes_the_whole_window(window: MainWindow) -> None:
    label, before = window.generate_panel.findChild(QLabel), window.font().pointSizeF()
    for _ in range(3):
        window.commands.run("view.larger-text")
    assert window.appearance.font_scale == 1.5
    assert label.font().pointSizeF() == window.font().pointSizeF() == pytest.approx(1.5 * before)
    assert window.commands.tool_bar.iconSize().width() == 30
    window.commands.run("view.smaller-text")
    assert window.appearance.font_scale == 1.3
    window.commands.run("view.usual-text")
    assert window.font().pointSizeF() == pytest.approx(before)


def test_the_guide_points_around_blocks_nothing_and_is_remembered(window: MainWindow, qtbot: QtBot) -> None:
    guide = window.help.guide
    guide.start_once(window.memory)
    for number in range(4):
        assert guide.isVisible()
        assert f"{number + 1} of 4" in [label.text() for label in guide.findChildren(QLabel)]
        assert window.rect().contains(guide.geometry())
        window.document.add([METHANE])
        assert len(window.document.entries) == number + 1
        guide.next_button.click()
    assert not guide.isVisible()
    assert window.workbench.settings.load().guide_seen
    guide.start_once(window.memory)
    assert not guide.isVisible()
    window.commands.run("help.guide")
    assert guide.isVisible()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=60_000)
    qtbot.waitUntil(guide.next_button.hasFocus, timeout=60_000)
    qtbot.keyClick(guide.next_button, Qt.Key.Key_Escape)
    assert not guide.isVisible()


def test_about_names_versions_and_the_cards_of_models(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.run("help.about")
    about = window.help.about
    assert about is not None
    for part in ("Python", "PyTorch", "SchNetPack", "RDKit", "Qt for Python", "vispy"):
        assert part in about.text.toPlainText()
    qtbot.waitUntil(lambda: "SHA-256" in about.text.toPlainText(), timeout=60_000)
    for fact in ("qm9", "CC0", "up to 29 atoms", "Valid molecules"):
        assert fact in about.text.toPlainText()


def test_the_window_comes_up_before_torch_is_loaded() -> None:
    code = "import gpff_desktop.gui.main_window, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
