"""The steps of a run as trajectories."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.chemistry.formats import read_structures
from gpff_desktop.session.overlay import laid_onto
from gpff_desktop.session.recording import Recorder
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.session.trajectory_file import write_trajectory
from gpff_desktop.structure import Structure

WATER = Structure([8, 1, 1], [[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]])


def recorded(n_steps: int, most: int) -> tuple[Trajectory, ...]:
    """Two waters; in step k all their coordinates are k and -k, and 1/k Å of noise is left."""
    recorder, shape = Recorder(most), (3, 3)
    for step in range(1, n_steps + 1):
        positions = np.stack([np.full(shape, step), np.full(shape, -step)])
        recorder.add(step, positions, np.array([1.0, 2.0]) / step)
    return recorder.trajectories(WATER.numbers)


@given(st.integers(1, 700), st.integers(3, 60))
def test_a_recording_is_short_evenly_thinned_and_ends_with_the_last_step(n_steps: int, most: int) -> None:
    first, second = recorded(n_steps, most)
    steps = first.evaluations.tolist()
    assert len(first) <= most
    assert len(first) == n_steps or len(first) > most // 2
    assert steps[0] == 1
    assert steps[-1] == n_steps
    gaps = set(np.diff(steps[:-1]).tolist())
    assert len(gaps) <= 1
    np.testing.assert_array_equal(first.positions[:, 0, 0], steps)
    np.testing.assert_array_equal(second.positions[:, 0, 0], -first.positions[:, 0, 0])
    np.testing.assert_allclose(second.sigma, 2.0 / np.array(steps), rtol=1e-6)


def test_a_run_without_steps_has_no_trajectories() -> None:
    assert Recorder().trajectories(WATER.numbers) == ()


def test_a_trajectory_file_holds_every_frame_with_its_noise(tmp_path: Path) -> None:
    (trajectory, _) = recorded(4, 60)
    path = tmp_path / "run.xyz"
    assert write_trajectory(path, trajectory) == 4
    frames = read_structures(path).structures
    assert [frame.properties["GPFF_nfe"] for frame in frames] == ["1", "2", "3", "4"]
    assert [float(frame.properties["GPFF_sigma"]) for frame in frames] == [1.0, 0.5, 0.3333, 0.25]
    np.testing.assert_allclose(frames[-1].positions, trajectory.positions[-1], atol=1e-5)


@given(st.integers(0, 2**32 - 1))
def test_a_turned_and_shifted_copy_is_laid_onto_its_original(seed: int) -> None:
    rng = np.random.default_rng(seed)
    structure = Structure([6, 6, 8, 1, 1], rng.normal(0, 1.5, (5, 3)))
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    moved = structure.with_positions(structure.positions @ turn.T + rng.normal(0, 5, 3))
    np.testing.assert_allclose(laid_onto(moved, structure).positions, structure.positions, atol=1e-6)


def test_other_atoms_are_only_brought_to_the_same_centre() -> None:
    other = Structure([6, 6], [[5.0, 0, 0], [6.0, 0, 0]])
    laid = laid_onto(other, WATER)
    np.testing.assert_allclose(laid.centre, WATER.centre, atol=1e-12)
    np.testing.assert_allclose(laid.positions[1] - laid.positions[0], [1, 0, 0])
