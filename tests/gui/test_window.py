"""What the window promises its user."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollBar,
    QTableView,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.resources_path import resources
from gpff_desktop.structure import Structure

from .conftest import WATER

LONG = 60_000


def generate(window: MainWindow, qtbot: QtBot) -> None:
    """Generate and wait until everything is judged."""
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()


def column(window: MainWindow, index: int) -> list[str]:
    model = window.candidates_panel.model
    return [str(model.index(row, index).data()) for row in range(model.rowCount())]


def test_bond_orders_are_found_in_the_background(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([Structure([6, 8, 1, 1], [[0, 0, 0], [1.21, 0, 0], [-0.55, 0.94, 0], [-0.55, -0.94, 0]])])
    qtbot.waitUntil(lambda: 2 in window.document.required().structure.bonds[:, 2], timeout=LONG)
    assert window.view.structure is window.document.required().structure
    assert window.document.history.names == ["Start", "Open CH2O"]


@pytest.mark.parametrize(
    ("formula", "word"),
    [
        ("", "formula"),
        ("C7X", "element 'X'"),
        ("Qq2", "element 'Qq'"),
        ("CCl4", "Cl"),
        ("C60", "60 atoms"),
        ("c6", "formula"),
    ],
)
def test_a_wrong_formula_is_explained_in_one_line_and_cannot_be_generated(
    window: MainWindow, formula: str, word: str
) -> None:
    panel = window.generate_panel
    panel.formula.set_formula(formula)
    assert word in panel.error
    assert "\n" not in panel.error
    assert not panel.generate_button.isEnabled()
    assert not window.commands.actions["run.generate"].isEnabled()
    panel.formula.set_formula("C2H6O")
    assert panel.generate_button.isEnabled()
    assert window.commands.actions["run.generate"].isEnabled()


def test_files_that_cannot_be_read_or_written_are_reported_in_one_line(window: MainWindow, tmp_path: Path) -> None:
    bad = tmp_path / "bad.sdf"
    bad.write_text("not a molecule")
    window.files.open(bad)
    assert window.statusBar().currentMessage()
    window.files.open(resources() / "examples" / "ethanol.sdf")
    window.files.export(tmp_path / "missing" / "out.sdf")
    assert "\n" not in window.statusBar().currentMessage()
    assert window.statusBar().currentMessage()


def test_opening_a_file_shows_it(window: MainWindow) -> None:
    window.files.open(resources() / "examples" / "caffeine.sdf")
    assert window.view.structure is not None
    assert window.view.structure.formula == "C8H10N4O2"
    assert window.runs.can_relax()


def test_bonds_of_an_opened_file_are_kept(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    bonds = np.array([[0, 1, 1], [0, 2, 1], [1, 2, 3]])  # not what anything would perceive
    write_structures(tmp_path / "odd.sdf", [WATER.with_bonds(bonds)])
    window.files.open(tmp_path / "odd.sdf")
    qtbot.wait(300)
    shown = window.view.structure
    assert shown is not None
    np.testing.assert_array_equal(shown.bonds, bonds)


def test_a_picture_of_the_view_is_written(window: MainWindow, tmp_path: Path) -> None:
    from PIL import Image

    window.files.open(resources() / "examples" / "ethanol.sdf")
    window.files.export_picture(tmp_path / "ethanol.png")
    image = np.asarray(Image.open(tmp_path / "ethanol.png"))
    assert image.shape[2] == 4
    assert image[0, 0, 3] == 0
    assert image[..., 3].max() == 255


def test_only_a_model_that_cannot_be_loaded_is_called_missing(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    (label,) = (label for label in window.statusBar().findChildren(QLabel) if label.accessibleName() == "Model")
    monkeypatch.setattr(window.runs, "model", None)
    window.workbench.warned.emit("the settings cannot be written")
    assert label.text() == "Model scripted"
    window.runs.worker.model_failed.emit("there is no model; download one")
    assert label.text() == "No model"
    assert "download one" in window.statusBar().currentMessage()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_both_looks_colour_window_and_view_alike(window: MainWindow, look: str) -> None:
    window.appearance.set_look(look)
    dark_widgets = window.palette().window().color().lightness() < 128
    dark_view = sum(window.view.canvas.bgcolor.rgb) < 1.5
    assert (dark_widgets, dark_view) == (look == "dark", look == "dark")


def test_every_control_has_a_name_a_tooltip_and_takes_the_keyboard(window: MainWindow) -> None:
    kinds = (QLineEdit, QComboBox, QAbstractSpinBox, QAbstractSlider, QAbstractButton, QTableView)
    panels = (window.generate_panel, window.candidates_panel)
    controls = [w for panel in panels for kind in kinds for w in panel.findChildren(kind) if is_own(w)]
    assert len(controls) > 12
    for control in controls:
        assert control.accessibleName(), control
        assert control.toolTip(), control.accessibleName()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control.accessibleName()


def is_own(widget: QWidget) -> bool:
    """Not a part that Qt made, such as a spin box's inner line or a table's corner."""
    parent = widget.parent()
    inner = isinstance(parent, QAbstractSpinBox | QComboBox | QTableView) or isinstance(
        widget, QScrollBar | QToolButton
    )
    return not inner


def test_commands_have_unique_ids_and_shortcuts_that_their_tooltips_name(window: MainWindow) -> None:
    commands = list(window.commands.commands.values())
    shortcuts = [command.shortcut for command in commands if command.shortcut]
    assert len(set(shortcuts)) == len(shortcuts)
    assert {"Ctrl+G", "Ctrl+R", "Ctrl+E", "Ctrl+O", "Esc"} <= set(shortcuts)
    for command in commands:
        assert not command.shortcut or command.shortcut in window.commands.actions[command.id].toolTip()


def test_every_command_of_the_view_menu_takes_effect_and_is_ticked(window: MainWindow) -> None:
    for name, command in window.commands.commands.items():
        if command.checked_when and command.exclusive and command.menu.startswith("View"):
            window.commands.actions[name].trigger()
            assert command.checked_when(), name
            assert window.commands.actions[name].isChecked(), name
    window.appearance.set_look("system")


def test_a_closed_panel_comes_back_from_the_menu(window: MainWindow) -> None:
    window.candidates_dock.close()
    action = window.commands.actions["panel.candidates"]
    assert not action.isChecked()
    action.trigger()
    assert window.candidates_dock.isVisible()
    assert action.isChecked()


def test_the_slider_and_the_number_of_evaluations_follow_each_other(window: MainWindow, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QSlider, QSpinBox

    slider = window.generate_panel.findChild(QSlider)
    spin = next(s for s in window.generate_panel.findChildren(QSpinBox) if s.accessibleName() == "Network evaluations")
    slider.setValue(slider.maximum())
    assert spin.value() == 512
    slider.setValue(slider.minimum())
    assert spin.value() == 1
    for value in (2, 7, 100, 511):
        spin.setValue(value)
        assert spin.value() == value
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert spin.value() < 511
