"""The trajectory panel, the arrows of the pseudo-force and the badge of validity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QProgressDialog
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.formats import read_structures
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.sparkline import Sparkline
from gpff_desktop.session.trajectory import Trajectory

from .conftest import METHANE, WATER, ScriptedBackend

LONG = 60_000


def stretched(n_frames: int) -> Trajectory:
    """Water coming together; its last frame is `WATER`."""
    scale = np.linspace(3.0, 1.0, n_frames)
    positions = scale[:, None, None] * WATER.positions
    return Trajectory(WATER.numbers, positions, scale, evaluations=np.arange(1, n_frames + 1))


@pytest.fixture
def water(window: MainWindow) -> Trajectory:
    """Five frames that belong to the water on view."""
    trajectory = stretched(5)
    (key,) = window.document.add([WATER], name="water")
    window.document.set_trajectory(key, trajectory)
    return trajectory


def shown_width(window: MainWindow) -> float:
    """Distance of the hydrogens of the water on view, in Å."""
    return float(np.linalg.norm(window.view.canvas.molecule.positions[1] - window.view.canvas.molecule.positions[2]))


def test_the_steps_of_a_candidate_can_be_scrubbed_and_it_comes_back_whole(window: MainWindow, qtbot: QtBot) -> None:
    window.generate_panel.set_values(nfe=12, formula="CH4")
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()
    panel, candidate = window.trajectory_panel, window.workbench.candidates[1]
    trajectory = candidate.trajectory
    assert trajectory is not None
    assert panel.slider.maximum() == len(trajectory) - 1 == 11
    panel.slider.setValue(3)
    np.testing.assert_allclose(window.view.canvas.molecule.positions, trajectory.positions[3], atol=1e-5)
    assert "evaluation 4" in panel.text
    assert f"σ̂ {trajectory.sigma[3]:.3f} Å" in panel.text
    window.candidates_panel.choose(2)
    window.candidates_panel.choose(1)
    assert window.view.structure is window.workbench.candidates[1].structure


def test_moving_through_the_frames_of_an_entry_changes_nothing_in_it(window: MainWindow, water: Trajectory) -> None:
    panel, steps = window.trajectory_panel, window.document.history.names
    entry = window.document.required()
    assert panel.frame == 4, "the frame that the entry is"
    for command, frame in (("first", 0), ("on", 1), ("on", 2), ("back", 1), ("last", 4)):
        window.commands.actions[f"trajectory.{command}"].trigger()
        assert panel.frame == frame
        assert shown_width(window) == pytest.approx(water.sigma[frame] * 1.52, abs=1e-4)
    assert window.stage.preview is None
    assert window.document.required() == entry
    assert window.document.history.names == steps


def test_playing_shows_every_frame_and_stops_or_begins_again(
    window: MainWindow, water: Trajectory, qtbot: QtBot
) -> None:
    widths: list[float] = []
    window.stage.changed.connect(lambda: widths.append(shown_width(window)))
    window.commands.actions["trajectory.play"].trigger()
    assert window.player.playing
    qtbot.waitUntil(lambda: not window.player.playing, timeout=LONG)
    np.testing.assert_allclose(np.unique(np.round(widths, 3)), np.unique(np.round(1.52 * water.sigma, 3)), atol=2e-3)
    assert window.trajectory_panel.frame == 4
    window.trajectory_panel.set_loops(True)
    window.player.toggle()
    seen: list[int] = []
    window.stage.changed.connect(lambda: seen.append(window.trajectory_panel.frame))
    qtbot.waitUntil(lambda: 4 in seen and 0 in seen[seen.index(4) :], timeout=LONG)
    window.player.toggle()
    assert not window.player.playing


def test_a_frame_is_kept_as_one_step_and_the_player_stays(window: MainWindow, water: Trajectory) -> None:
    window.player.show(1)
    window.commands.actions["trajectory.keep"].trigger()
    kept = window.document.required()
    assert len(window.document.entries) == 2
    np.testing.assert_allclose(kept.structure.positions, water.positions[1], atol=1e-5)
    assert kept.title == "water · frame 2"
    assert window.player.can_play()
    assert window.trajectory_panel.frame == 1
    window.document.undo()
    assert len(window.document.entries) == 1


def test_all_frames_are_written_as_xyz_and_gif_and_a_movie_can_be_given_up(
    window: MainWindow, water: Trajectory, qtbot: QtBot, tmp_path: Path
) -> None:
    said: list[str] = []
    window.workbench.noted.connect(said.append)
    window.player.export(tmp_path / "water.xyz")
    qtbot.waitUntil(lambda: "Wrote 5 frames to water.xyz" in said, timeout=LONG)
    frames = read_structures(tmp_path / "water.xyz").structures
    np.testing.assert_allclose([frame.positions for frame in frames], water.positions, atol=1e-4)
    window.player.export(tmp_path / "water.gif")
    assert Image.open(tmp_path / "water.gif").n_frames == 5  # type: ignore[attr-defined]
    assert shown_width(window) == pytest.approx(1.52, abs=1e-3)

    def give_up() -> None:
        window.findChildren(QProgressDialog)[-1].cancel()

    QTimer.singleShot(0, give_up)
    window.player.export(tmp_path / "given_up.gif")
    assert not (tmp_path / "given_up.gif").exists()
    assert said[-1] == "given_up.gif was not written"
    window.player.export(tmp_path / "missing" / "water.gif")
    assert "folder" in window.statusBar().currentMessage()


def test_without_frames_the_panel_says_how_to_get_some(window: MainWindow) -> None:
    window.document.add([METHANE])
    assert not window.trajectory_panel.slider.isEnabled()
    assert "Generate" in window.trajectory_panel.text
    assert not window.commands.actions["trajectory.play"].isEnabled()
    window.player.toggle()
    assert not window.player.playing


def test_a_click_on_the_curve_chooses_the_frame_below(window: MainWindow, water: Trajectory, qtbot: QtBot) -> None:
    window.trajectory_dock.raise_()
    curve = window.trajectory_panel.curve
    qtbot.waitUntil(curve.isVisible, timeout=LONG)
    points = curve.points()
    qtbot.mouseClick(curve, Qt.MouseButton.LeftButton, pos=QPoint(round(points[2].x()), 5))
    assert window.trajectory_panel.frame == 2
    assert shown_width(window) == pytest.approx(water.sigma[2] * 1.52, abs=1e-4)


def test_a_curve_falls_as_the_noise_does_and_bears_what_is_no_number(qtbot: QtBot) -> None:
    curve = Sparkline("Noise")
    qtbot.addWidget(curve)
    curve.resize(100, 40)
    curve.set_values(np.array([4.0, 2.0, np.nan, 1.0, 0.0]))
    heights = [point.y() for point in curve.points()]
    assert heights[0] < heights[1] < heights[3] <= heights[4]
    assert all(0 <= height <= 40 for height in heights)
    curve.set_values(np.empty(0))
    assert curve.points() == []


# Arrows


def test_arrows_follow_what_is_on_view_and_the_frames_of_runs(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    drawn: list[np.ndarray | None] = []
    window.view.canvas.set_arrows = drawn.append  # type: ignore[method-assign]
    window.document.add([WATER])
    window.commands.actions["view.forces"].trigger()
    qtbot.waitUntil(lambda: bool(drawn) and drawn[-1] is not None, timeout=LONG)
    np.testing.assert_allclose(drawn[-1], 0.1 * WATER.positions)
    moved = WATER.positions + 1.0
    window.document.change("Move", WATER.with_positions(moved))
    qtbot.waitUntil(lambda: drawn[-1] is not None and np.allclose(drawn[-1], 0.1 * moved), timeout=LONG)
    backend.error = "unknown element\nTraceback"
    window.document.add([METHANE])
    qtbot.waitUntil(lambda: "no arrows" in window.statusBar().currentMessage(), timeout=LONG)
    assert drawn[-1] is None
    backend.error = ""
    window.generate_panel.set_values(formula="CH4")
    with qtbot.waitSignal(window.runs.ended, timeout=LONG):
        window.runs.generate()
    assert any(vectors is not None and len(vectors) == 5 for vectors in drawn)
    window.commands.actions["view.forces"].trigger()
    assert drawn[-1] is None


# Badge


def test_the_view_says_whether_what_it_shows_is_valid(window: MainWindow, qtbot: QtBot) -> None:
    said: list[str] = []
    set_badge = window.view.set_badge
    window.view.set_badge = lambda markup: (said.append(markup), set_badge(markup))  # type: ignore
    window.document.add([METHANE])
    qtbot.waitUntil(lambda: bool(said) and "✓ valid" in said[-1], timeout=LONG)
    window.document.change("Tear", METHANE.with_positions(METHANE.positions * 4))
    qtbot.waitUntil(lambda: "✗" in said[-1], timeout=LONG)


def test_the_badge_follows_the_colours_of_the_theme(window: MainWindow, qtbot: QtBot) -> None:
    said: list[str] = []
    window.view.set_badge = said.append  # type: ignore[method-assign]
    window.document.add([METHANE])
    qtbot.waitUntil(lambda: bool(said) and "valid" in said[-1], timeout=60_000)
    for look in ("dark", "light"):
        window.appearance.set_look(look)
        assert window.appearance.look.good in said[-1]
