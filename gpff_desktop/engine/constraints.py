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
            If an index names no atom, a molecule would have no free atom left, or there is not one list a molecule.
        """
        if len(atoms) != len(batch):
            raise ValueError(f"there are {len(batch)} molecules but locks for {len(atoms)}")
        locked = torch.zeros(len(batch.numbers), dtype=torch.bool)
        for first, size, chosen in zip(batch.offsets[:-1].tolist(), batch.n_atoms.tolist(), atoms, strict=True):
            indices = set(chosen)
            if strange := [k for k in indices if not 0 <= k < size]:
                raise ValueError(f"cannot lock atom {strange[0] + 1}: there are {size} atoms")
            if len(indices) == size:
                raise ValueError("all atoms are locked; unlock those that may move")
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

    def in_frame(self, forces: Tensor, batch: Batch) -> Tensor:
        """Pseudo-forces `[n_total, 3]` towards the home that leaves the locked atoms' centre where it is.

        A network knows home up to a translation and gives forces without a net force. Were those of locked atoms
        just dropped, free atoms would come home only by the share of locked atoms at every step.
        """
        locked = self.locked[:, None].to(forces.dtype)
        share = molecule_mean(locked, batch)
        shift = molecule_mean(forces * locked, batch) / share.clamp_min(torch.finfo(forces.dtype).tiny)
        return self.settle(forces - shift[batch.molecule], batch)
