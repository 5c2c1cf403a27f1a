"""The frames of one molecule in time: the steps of a run, or a file of many frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gpff_desktop.structure import Structure


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Frames of the same atoms. Arrays are read-only.

    Parameters
    ----------
    numbers
        Atomic numbers `[n_atoms]`.
    positions
        Coordinates `[n_frames, n_atoms, 3]` in Å, at least one frame.
    sigma
        Noise left in each frame, `[n_frames]` in Å; empty if it is not known.
    title
        One line of text.
    evaluations
        Network evaluations made until each frame, `[n_frames]`; empty if the frames are no steps of a run.

    Raises
    ------
    ValueError
        If the arrays do not fit together.
    """

    numbers: np.ndarray
    positions: np.ndarray
    sigma: np.ndarray = field(default_factory=lambda: np.empty(0))
    title: str = ""
    evaluations: np.ndarray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        dtypes = {"numbers": np.int64, "positions": np.float32, "sigma": np.float32, "evaluations": np.int64}
        for name, dtype in dtypes.items():
            object.__setattr__(self, name, _frozen(getattr(self, name), dtype))
        if self.positions.ndim != 3 or self.positions.shape[1:] != (len(self.numbers), 3) or not len(self.positions):
            raise ValueError(f"frames of shape {self.positions.shape} do not fit {len(self.numbers)} atoms")
        if len(self.sigma) not in (0, len(self)):
            raise ValueError(f"{len(self.sigma)} noise levels for {len(self)} frames")
        if len(self.evaluations) not in (0, len(self)):
            raise ValueError(f"{len(self.evaluations)} counts of evaluations for {len(self)} frames")

    def __reduce__(self) -> tuple[type[Trajectory], tuple[Any, ...]]:
        # Made anew, since the arrays' read-only flags do not outlast pickling.
        return Trajectory, (self.numbers, self.positions, self.sigma, self.title, self.evaluations)

    def __len__(self) -> int:
        return len(self.positions)

    def structure(self, frame: int) -> Structure:
        """One frame, without bonds."""
        return Structure(self.numbers, self.positions[frame], title=f"{self.title} frame {frame + 1}".strip())

    @classmethod
    def of_structures(cls, structures: Sequence[Structure], title: str = "") -> Trajectory:
        """The trajectory of structures with the same atoms in the same order.

        Raises
        ------
        ValueError
            If there is none, or their atoms differ.
        """
        if not structures:
            raise ValueError("a trajectory needs at least one frame")
        numbers = structures[0].numbers
        if any(not np.array_equal(numbers, other.numbers) for other in structures):
            raise ValueError("the frames do not have the same atoms")
        return cls(numbers, np.stack([s.positions for s in structures]), title=title or structures[0].title)


def _frozen(values: Any, dtype: type) -> np.ndarray:
    array: np.ndarray = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array
