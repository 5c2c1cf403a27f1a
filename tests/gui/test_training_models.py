"""From a data set to a model that generates, in the real window with the real trainer; and models as files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot

from gpff_desktop.engine.checkpoint import ModelCard, save_model
from gpff_desktop.engine.network import ForceNetwork, NetworkSettings
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.session.model_folders import model_folders, user_models_folder

from .test_training import molecules

LONG = 240_000


def install_tiny(name: str) -> None:
    torch.manual_seed(0)
    network = ForceNetwork(NetworkSettings(features=16, interactions=2, radial=16))
    save_model(user_models_folder() / name, network, ModelCard(name, network.settings, (1, 6, 7, 8), 29))


def test_a_model_is_chosen_exported_removed_and_imported_while_the_window_is_open(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    install_tiny("tiny")
    models, panel = window.models, window.generate_panel
    models.choose()
    listed = {action.text(): action for action in models.menu.actions()}
    assert {"qm9", "tiny", "Import model…"} <= set(listed)
    models.menu.close()
    listed["tiny"].trigger()
    assert not window.runs.can_generate()
    qtbot.waitUntil(lambda: panel.model_button.text().strip() == "tiny", timeout=LONG)
    assert window.runs.can_generate()
    window.models.export(tmp_path / "tiny.gpffmodel")
    qtbot.waitUntil((tmp_path / "tiny.gpffmodel").exists, timeout=LONG)
    models.use("nowhere")
    qtbot.waitUntil(window.runs.can_generate, timeout=LONG)
    assert "there is no model 'nowhere'" in window._last_action.text()
    assert window.runs.model is not None
    assert window.runs.model.name == "tiny"
    models.sure = lambda _: True  # type: ignore[method-assign]
    window.commands.run("model.remove")
    qtbot.waitUntil(lambda: panel.model_button.text().strip() == "qm9", timeout=LONG)
    assert [model.name for model in model_folders()] == ["qm9"]
    assert not window.commands.actions["model.remove"].isEnabled()
    with qtbot.waitSignal(models.changed, timeout=LONG):
        models.import_file(tmp_path / "tiny.gpffmodel")
    assert [model.name for model in model_folders()] == ["qm9", "tiny"]
    (tmp_path / "bad.gpffmodel").write_bytes(b"no model")
    models.import_file(tmp_path / "bad.gpffmodel")
    qtbot.waitUntil(lambda: "is not the file of a model" in window._last_action.text(), timeout=LONG)


@pytest.mark.slow
def test_two_hundred_molecules_are_imported_trained_on_and_their_model_generates(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    from gpff_desktop.chemistry.formats import write_structures

    write_structures(tmp_path / "mine.sdf", molecules(200))
    training = window.training
    training.check(tmp_path / "mine.sdf")
    panel = training.open()
    qtbot.waitUntil(lambda: panel.data.report.report is not None and not panel.data.following.busy, timeout=LONG)
    panel.data.report.import_button.click()
    qtbot.waitUntil(lambda: not panel.data.following.busy and panel.data.chosen is not None, timeout=LONG)
    panel.setup.model.setCurrentIndex(0)
    panel.setup.amount.setValue(0.1)
    panel.setup.measure_button.click()
    qtbot.waitUntil(lambda: "molecules/s on cpu" in panel.setup.speed.text(), timeout=LONG)
    panel.start_button.click()
    qtbot.waitUntil(lambda: training.infos[0].state in ("finished", "failed"), timeout=LONG)
    (run,) = training.infos
    assert run.state == "finished", run.log()
    panel.runs.use_button.click()
    qtbot.waitUntil(lambda: window.generate_panel.model_button.text().strip() == "mine", timeout=LONG)
    window.generate_panel.set_values(count=2, nfe=5)
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()
    assert len(window.workbench.candidates) == 2
    assert os.environ["GPFF_MODELS"] in str(user_models_folder())
