"""What is opened and played comes into view, beside what lies over the picture."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import Structure

from .conftest import METHANE, WATER


def in_view(window: MainWindow) -> bool:
    """Whether all atoms are in the picture and take up a good part of it."""
    canvas = window.view.canvas
    seen = canvas.project_points(canvas.molecule.positions)
    inside = bool(((seen >= 0) & (seen <= canvas.size)).all())
    return inside and float(((seen.max(axis=0) - seen.min(axis=0)) / canvas.size).max()) > 0.3


def test_a_trajectory_that_is_opened_and_its_frames_come_into_view(window: MainWindow, qtbot: QtBot) -> None:
    window.document.add([METHANE], name="methane")
    qtbot.waitUntil(lambda: not window.view.turning)
    window.view.canvas.camera.zoom(3.0)  # the user looks closer; what is opened next is another matter
    scale = np.linspace(12.0, 1.0, 5)
    trajectory = Trajectory(WATER.numbers, scale[:, None, None] * WATER.positions, scale)
    (key,) = window.document.add([trajectory.structure(4)], name="water")
    window.document.set_trajectory(key, trajectory)
    for command in ("last", "first", "on"):
        window.commands.actions[f"trajectory.{command}"].trigger()
        qtbot.waitUntil(lambda: not window.view.turning)
        assert in_view(window), command
    window.view.canvas.camera.zoom(3.0)
    window.commands.actions["trajectory.on"].trigger()
    assert not window.view.turning, "the user's own view is left alone"


def test_no_atom_is_fitted_under_the_words_over_the_picture(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1280, 820)
    x, y = np.meshgrid(np.arange(9.0), np.arange(6.0))
    sheet = Structure(np.full(54, 6), 1.5 * np.stack([x.ravel(), y.ravel(), np.zeros(54)], axis=1))
    window.document.add([sheet], name="sheet")
    qtbot.waitUntil(lambda: not window.view.turning)
    view = window.view
    view.run_overlay.show()
    qtbot.waitUntil(lambda: view.run_overlay.height() > 10)
    view.fit()
    seen = view.canvas.project_points(view.canvas.molecule.positions)
    for overlay in (view._title, view.run_overlay):
        left, top, width, height = overlay.geometry().getRect()
        under = (seen > [left, top]) & (seen < [left + width, top + height])
        assert not under.all(axis=1).any()
    view.run_overlay.hide()
