"""The `gpff-desktop` command."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from gpff_desktop.gui import app

from .conftest import ScriptedBackend


def test_the_command_generates_at_once_and_saves_a_picture_of_the_window(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, backend: ScriptedBackend, tmp_path: Path
) -> None:
    loaded: list[str | None] = []
    monkeypatch.setattr(app, "_load", lambda name: loaded.append(name) or backend)
    assert app.main(["--model", "mine", "--screenshot", str(tmp_path / "window.png")]) == 0
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
