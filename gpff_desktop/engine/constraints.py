"""What a run must respect. Locks are exact: a locked atom keeps its coordinates bit for bit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gpff_desktop.engine.batch import Batch, centred, molecule_mean


@dataclass(frozen=True, eq=False)
class Locks:
    """Which atoms of a batch may not move.

    A molecule without locks keeps its centre of geometry; with locks, the frame is the locked atoms'.

    Parameters
    ----------
    locked
        `[n_total]` of bool.
    home
        Coordinates `[n_total, 3]` in Å that locked atoms keep (others are ignored).
    """

    locked: Tensor
    home: Tensor

    @classmethod
    def none(cls, batch: Batch) -> Locks:
        """No locks at all."""
        return cls(torch.zeros_like(batch.numbers, dtype=torch.bool), batch.positions)

    @classmethod
    def of_atoms(cls, batch: Batch, atoms: Sequence[Iterable[int]]) -> Locks:
        """Lock atoms where they are: one list of indices (from 0) for each molecule.

        Raises
        ------
        ValueError
            If an index names no atom, or a molecule would have no free atom left.
        """
        locked = torch.zeros(len(batch.numbers), dtype=torch.bool)
        for first, size, chosen in zip(batch.offsets.tolist(), batch.n_atoms.tolist(), atoms, strict=False):
            indices = sorted(set(chosen))
            if indices and not 0 <= indices[0] <= indices[-1] < size:
                raise ValueError(f"cannot lock atom {indices[-1] + 1}: there are {size} atoms")
            if len(indices) == size:
                raise ValueError("all atoms are locked; leave at least one free")
            locked[[first + k for k in indices]] = True
        return cls(locked.to(batch.positions.device), batch.positions)

    @property
    def free(self) -> Tensor:
        """`[n_total]` of bool: atoms that may move."""
        return ~self.locked

    def apply(self, positions: Tensor) -> Tensor:
        """Put locked atoms back, exactly."""
        return torch.where(self.locked[:, None], self.home, positions)

    def subset(self, atoms: Tensor) -> Locks:
        """The locks of some atoms `[n_total]` of bool."""
        return Locks(self.locked[atoms], self.home[atoms])

    def settle(self, displacement: Tensor, batch: Batch) -> Tensor:
        """A displacement `[n_total, 3]` as it may act: none on locked atoms, no drift of unlocked molecules."""
        has_locks = molecule_mean(self.locked[:, None].to(displacement.dtype), batch) > 0
        drift_free = torch.where(has_locks[batch.molecule], displacement, centred(displacement, batch))
        return drift_free * self.free[:, None]
