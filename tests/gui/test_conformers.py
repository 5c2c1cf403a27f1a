"""Conformers and clean-up from the real window."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.gui.main_window import MainWindow

from .conftest import METHANE

LONG = 60_000


def test_conformers_that_differ_are_listed_and_the_others_are_counted(window: MainWindow, qtbot: QtBot) -> None:
    said: list[str] = []
    window.workbench.noted.connect(said.append)
    window.workbench.warned.connect(said.append)
    window.document.add([from_smiles("CCCCCO")], "pentanol")
    window.commands.run("run.conformers")
    dialog = window.conformers.dialog
    assert dialog is not None
    assert dialog.isVisible()
    dialog.set_values(count=12, apart=0.3)
    found = window.workbench.candidates
    with qtbot.waitSignal(window.review.judged_all, timeout=LONG):
        dialog.find_button.click()
    told = next(text for text in said if text.startswith("pentanol:"))
    assert f"{len(found)} conformers of 12 starts" in told
    assert f"{12 - len(found)} were like another" in told
    assert 1 < len(found) < 12
    assert {one.judgement.smiles for one in found if one.judgement} == {"CCCCCO"}
    assert all(one.run == "Conformers of pentanol" and one.rmsd_to_start is not None for one in found)

    dialog.set_values(count=3, noise=3.0)
    window.commands.run("run.conformers")
    with qtbot.waitSignal(window.runs.ended, timeout=LONG):
        dialog.find_button.click()
    qtbot.waitUntil(lambda: "0 conformers of 3 starts; 3 changed bonds or stereo" in said[-1], timeout=LONG)


def test_conformers_of_atoms_without_bonds_are_refused_in_one_line(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([METHANE.with_positions(METHANE.positions * 5)], "atoms")
    window.commands.run("run.conformers")
    assert window.conformers.dialog is not None
    window.conformers.dialog.find_button.click()
    qtbot.waitUntil(lambda: "draw the bonds first" in window.statusBar().currentMessage(), timeout=LONG)
    assert not window.runs.is_running()


def test_clean_up_says_how_far_atoms_moved_and_is_one_step(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([METHANE], "methane")
    with qtbot.waitSignal(window.runs.ended, timeout=LONG):
        window.commands.run("run.clean-up")
    told = window._last_action.text()
    assert told.startswith("Cleaned up: atoms moved 0.00 Å (RMSD), ")
    assert told.endswith("bonds and stereo are as drawn")
    assert window.document.history.names[-1] == "Clean up (moved 0.00 Å)"
    with qtbot.waitSignal(window.runs.ended, timeout=LONG):
        window.commands.run("run.relax")
    assert window.document.history.names[-1] == "Relax (moved 0.00 Å)"
    assert np.array_equal(window.document.required().structure.numbers, METHANE.numbers)
