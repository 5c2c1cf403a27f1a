"""The steps of a run, kept for looking at afterwards: evenly thinned, however long the run is."""

from __future__ import annotations

import numpy as np

from gpff_desktop.session.trajectory import Trajectory

MOST_FRAMES = 200


class Recorder:
    """Takes every step of a run and keeps few enough of them, the last one always.

    Parameters
    ----------
    most
        Most frames to keep, at least 3.
    """

    def __init__(self, most: int = MOST_FRAMES) -> None:
        self._most = most
        self._stride = 1
        self._seen = 0
        self._frames: list[_Frame] = []
        self._last: _Frame | None = None

    def add(self, evaluations: int, positions: np.ndarray, sigma: np.ndarray) -> None:
        """Take a step.

        Parameters
        ----------
        evaluations
            Network evaluations made so far.
        positions
            Coordinates `[n_molecules, n_atoms, 3]` in Å.
        sigma
            Noise left in each molecule, `[n_molecules]` in Å.
        """
        self._last = (evaluations, positions.astype(np.float32), sigma.astype(np.float32))
        if self._seen % self._stride == 0:
            if len(self._frames) == self._most - 1:  # room for the last step stays
                del self._frames[1::2]
                self._stride *= 2
            if self._seen % self._stride == 0:
                self._frames.append(self._last)
        self._seen += 1

    def trajectories(self, numbers: np.ndarray) -> tuple[Trajectory, ...]:
        """What became of each molecule; none if there was no step.

        Parameters
        ----------
        numbers
            Atomic numbers `[n_atoms]`, or `[n_molecules, n_atoms]` where they differ.
        """
        if self._last is None:
            return ()
        frames = self._frames if self._frames[-1] is self._last else [*self._frames, self._last]
        evaluations = np.array([frame[0] for frame in frames])
        positions = np.stack([frame[1] for frame in frames], axis=1)
        sigma = np.stack([frame[2] for frame in frames], axis=1)
        rows = zip(np.broadcast_to(numbers, (len(positions), positions.shape[2])), positions, sigma, strict=True)
        return tuple(Trajectory(z, x, noise, evaluations=evaluations) for z, x, noise in rows)


_Frame = tuple[int, np.ndarray, np.ndarray]
