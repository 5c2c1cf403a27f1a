"""Trajectories as files of many frames."""

from __future__ import annotations

from pathlib import Path

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.session.candidates import SIGMA_KEY
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import Structure

NFE_KEY = "GPFF_nfe"


def frames_of(trajectory: Trajectory) -> list[Structure]:
    """All frames as structures that say how many evaluations they took and what noise they have left, if known."""
    return [_frame(trajectory, index) for index in range(len(trajectory))]


def write_trajectory(path: Path, trajectory: Trajectory) -> int:
    """Write a multi-frame file such as an XYZ, in place of one of that name. Returns the number of frames.

    Raises
    ------
    ValueError, OSError
        If it cannot be written; the message is one line, and the file is as it was.
    """
    return write_structures(path, frames_of(trajectory), overwrite=True)


def _frame(trajectory: Trajectory, index: int) -> Structure:
    known = {}
    if len(trajectory.sigma):
        known[SIGMA_KEY] = f"{trajectory.sigma[index]:.4f}"
    if len(trajectory.evaluations):
        known[NFE_KEY] = str(int(trajectory.evaluations[index]))
    return trajectory.structure(index).with_properties(**known)
