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

from gpff_desktop.chemistry.formats import read_structures, write_structures
from gpff_desktop.gui.candidates import COLUMNS, SMILES, UNIQUE, VALID
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.messages import Frame
from gpff_desktop.resources_path import resources
from gpff_desktop.structure import Structure

from .conftest import METHANE, TORN_WATER, WATER, ScriptedBackend

LONG = 60_000


def generate(window: MainWindow, qtbot: QtBot) -> None:
    """Generate and wait until everything is judged."""
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()


def column(window: MainWindow, index: int) -> list[str]:
    model = window.candidates_panel.model
    return [str(model.index(row, index).data()) for row in range(model.rowCount())]


def test_generating_shows_steps_and_lists_judged_candidates(window: MainWindow, qtbot: QtBot) -> None:
    generate(window, qtbot)
    assert column(window, SMILES) == ["C", "O", "", "O"]
    assert [text.split()[0] for text in column(window, VALID)] == ["✓", "✓", "✗", "✓"]
    assert column(window, UNIQUE) == ["unique", "unique", "", "same as 2"]
    assert "4 candidates · 3 valid (75 %) · 2 unique" in window.candidates_panel.model.summary()
    assert len(window.candidates_panel.model.index(0, COLUMNS.index("Formula")).data()) > 0


def test_the_first_valid_candidate_is_shown(window: MainWindow, qtbot: QtBot, backend: ScriptedBackend) -> None:
    backend.candidates = (TORN_WATER, TORN_WATER, METHANE, WATER)
    generate(window, qtbot)
    assert window.candidates_panel.current == 2


def test_a_row_chosen_by_the_user_stays_chosen(window: MainWindow, qtbot: QtBot, backend: ScriptedBackend) -> None:
    backend.candidates = (TORN_WATER, TORN_WATER, METHANE)
    window.runs.generate()
    qtbot.waitUntil(lambda: bool(window.candidates_panel.model.rows), timeout=LONG)
    window.candidates_panel.choose(1)
    qtbot.waitUntil(lambda: window.candidates_panel.model.rows[2].judgement is not None, timeout=LONG)
    assert window.candidates_panel.current == 1


def test_pointing_at_and_clicking_an_atom_names_and_selects_it(window: MainWindow) -> None:
    window.document.add([WATER])
    window.view.canvas.atom_hovered.emit(0)
    assert "O1" in window.findChild(QLabel, "hint").text()
    window.view.canvas.atom_clicked.emit(0)
    assert window.document.required().selected == window.view.canvas.selection == {0}
    window.view.canvas.atom_clicked.emit(None)
    assert window.document.required().selected == window.view.canvas.selection == frozenset()


def test_clicking_an_atom_of_a_candidate_opens_it_for_editing(window: MainWindow, qtbot: QtBot) -> None:
    generate(window, qtbot)
    assert window.document.entries == ()
    window.view.canvas.atom_clicked.emit(2)
    entry = window.document.required()
    assert entry.structure.formula == "CH4"
    assert entry.selected == window.view.canvas.selection == {2}
    assert window.document.history.undo_name == "Open CH4"


def test_accepting_a_candidate_is_one_step(window: MainWindow, qtbot: QtBot) -> None:
    generate(window, qtbot)
    window.candidates_panel.choose(1)
    window.commands.actions["run.accept"].trigger()
    assert window.document.required().structure.formula == "H2O"
    assert not window.commands.actions["run.accept"].isEnabled()
    window.commands.actions["edit.undo"].trigger()
    assert window.document.entries == ()


def test_bond_orders_are_found_in_the_background(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([Structure([6, 8, 1, 1], [[0, 0, 0], [1.21, 0, 0], [-0.55, 0.94, 0], [-0.55, -0.94, 0]])])
    qtbot.waitUntil(lambda: 2 in window.document.required().structure.bonds[:, 2], timeout=LONG)
    assert window.view.structure is window.document.required().structure
    assert window.document.history.names == ["Start", "Open CH2O"]


def test_the_reason_why_a_candidate_is_not_valid_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    generate(window, qtbot)
    assert len(column(window, VALID)[2]) > len("✗ ")


def test_the_last_frame_of_a_run_is_drawn(window: MainWindow, qtbot: QtBot, backend: ScriptedBackend) -> None:
    frames: list[Frame] = []
    animated: list[bool] = []
    window.runs.worker.frame.connect(frames.append)
    window.runs.worker.frame.connect(lambda _: animated.append(window.view.canvas.animating))
    backend.candidates = ()
    generate(window, qtbot)
    assert all(animated)
    assert not window.view.canvas.animating
    assert frames[-1].progress.evaluations == frames[-1].progress.budget
    np.testing.assert_allclose(window.view.canvas.molecule.positions, frames[-1].progress.positions, atol=1e-5)


def test_choosing_a_row_shows_its_structure_with_bonds(window: MainWindow, qtbot: QtBot) -> None:
    generate(window, qtbot)
    for row, expected in ((1, WATER), (0, METHANE)):
        window.candidates_panel.choose(row)
        shown = window.view.structure
        assert shown is not None
        np.testing.assert_array_equal(shown.numbers, expected.numbers)
        assert shown.bonds is not None
        assert len(shown.bonds) == len(expected) - 1


def test_stop_ends_a_run_within_one_evaluation(window: MainWindow, qtbot: QtBot, backend: ScriptedBackend) -> None:
    backend.go_on.clear()
    window.generate_panel.set_values(nfe=512)
    window.runs.generate()
    qtbot.waitUntil(window.runs.is_running, timeout=LONG)
    begun = backend.steps
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    backend.go_on.set()
    qtbot.waitUntil(lambda: not window.runs.is_running(), timeout=LONG)
    assert backend.steps <= begun + 1
    assert backend.closed_early
    assert window.candidates_panel.model.rows == []


def test_a_run_can_follow_a_stopped_one(window: MainWindow, qtbot: QtBot, backend: ScriptedBackend) -> None:
    backend.go_on.clear()
    window.runs.generate()
    qtbot.waitUntil(window.runs.is_running, timeout=LONG)
    window.runs.stop()
    backend.go_on.set()
    qtbot.waitUntil(window.runs.can_generate, timeout=LONG)
    generate(window, qtbot)
    assert len(window.candidates_panel.model.rows) == len(backend.candidates)


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


def test_an_error_of_the_run_is_reported_and_nothing_is_lost(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    generate(window, qtbot)
    backend.error = "out of memory; choose fewer candidates\nTraceback"
    window.runs.generate()
    qtbot.waitUntil(lambda: "fewer candidates" in window.statusBar().currentMessage(), timeout=LONG)
    assert "Traceback" not in window.statusBar().currentMessage()
    assert len(window.candidates_panel.model.rows) == 4
    assert window.runs.can_generate()


def test_relaxing_is_one_step_on_the_structure_on_view(window: MainWindow, qtbot: QtBot) -> None:
    window.files.open(resources() / "examples" / "ethanol.sdf")
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.relax()
    assert len(window.document.entries) == 1
    assert window.document.history.names[-1] == "Relax (moved 0.00 Å)"


@pytest.mark.parametrize("suffix", [".sdf", ".xyz"])
def test_export_writes_the_selected_candidates_or_all(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, suffix: str
) -> None:
    generate(window, qtbot)
    window.candidates_panel.choose(1)
    window.files.export(tmp_path / f"one{suffix}")
    window.candidates_panel.table.clearSelection()
    window.files.export(tmp_path / f"all{suffix}")
    one = read_structures(tmp_path / f"one{suffix}").structures
    assert [structure.formula for structure in one] == ["H2O"]
    np.testing.assert_allclose(one[0].positions, WATER.positions, atol=1e-4)
    assert len(read_structures(tmp_path / f"all{suffix}").structures) == 4


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


def test_clearing_candidates_while_they_are_judged_keeps_late_verdicts_away(window: MainWindow, qtbot: QtBot) -> None:
    window.runs.generate()
    qtbot.waitUntil(lambda: bool(window.candidates_panel.model.rows), timeout=LONG)
    window.candidates_panel.clear()
    generate(window, qtbot)
    assert column(window, SMILES) == ["C", "O", "", "O"]


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
        if command.checked_when and command.exclusive:
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
