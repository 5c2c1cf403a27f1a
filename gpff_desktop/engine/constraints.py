"""What a run must respect. Locks are exact: a locked atom keeps its coordinates bit for bit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gpff_desktop.engine.batch import Batch, centred, molecule_mean, molecule_sum


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
        """Pseudo-forces `[n_total, 3]` towards home, turned and shifted to where the locked atoms are.

        A network knows home up to a rigid motion: far from it, what it predicts need not lie where the locked atoms
        hold the frame. The predicted home is laid over them (Kabsch, Acta Cryst. A 32, 922, 1976), so that free atoms
        go where they belong beside the locked ones.
        """
        if not self.locked.any():
            return self.settle(forces, batch)
        weight = self.locked[:, None].to(forces.dtype)
        home, here = batch.positions + forces / 2, self.apply(batch.positions)
        count = molecule_mean(weight, batch).clamp_min(torch.finfo(forces.dtype).tiny)
        centre = (molecule_mean(home * weight, batch) / count)[batch.molecule]
        goal = (molecule_mean(here * weight, batch) / count)[batch.molecule]
        turned = _turned(home - centre, (here - goal) * weight, batch)
        has_locks = (count > torch.finfo(forces.dtype).tiny)[batch.molecule]
        return self.settle(torch.where(has_locks, 2 * (turned + goal - here), forces), batch)


_STIFFNESS = 1e-4
"""How strongly a fit prefers not to turn, as a share of what it fits; decides where locked atoms leave a turn open."""


def _turned(moving: Tensor, fixed: Tensor, batch: Batch) -> Tensor:
    """`moving` `[n_total, 3]` turned, molecule by molecule, to lie over `fixed`, which is zero where nothing is."""
    products = (moving[:, :, None] * fixed[:, None, :]).flatten(1).double()
    overlap = molecule_sum(products, batch).view(-1, 3, 3)
    overlap = torch.nan_to_num(overlap)
    size = overlap.norm(dim=(1, 2)).clamp_min(1e-12)
    overlap = overlap + _STIFFNESS * size[:, None, None] * torch.eye(3, dtype=overlap.dtype, device=overlap.device)
    u, _, vh = torch.linalg.svd(overlap)
    mirror = torch.ones_like(u[:, 0])
    mirror[:, 2] = torch.linalg.det(u @ vh).sign()
    turn = (u * mirror[:, None]) @ vh
    return (moving[:, None] @ turn[batch.molecule].to(moving.dtype)).squeeze(1)
