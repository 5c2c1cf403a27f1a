"""Packed batches: molecules of any size one after another, without padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from gpff_desktop.structure import Structure


@dataclass(frozen=True, eq=False)
class Batch:
    """Molecules packed one after another; every molecule is a fully connected graph of its own.

    Parameters
    ----------
    numbers
        Atomic numbers `[n_total]` (int64).
    positions
        Coordinates `[n_total, 3]` in Å; float64, so that what a run must not touch stays bit for bit.
    n_atoms
        Atoms of each molecule `[n_molecules]` (int64).
    """

    numbers: Tensor
    positions: Tensor
    n_atoms: Tensor

    @classmethod
    def from_structures(cls, structures: Sequence[Structure], device: torch.device | str = "cpu") -> Batch:
        """Pack structures, keeping their coordinates as they are."""
        if not structures:
            raise ValueError("there are no structures to pack")
        return cls(
            torch.from_numpy(np.concatenate([s.numbers for s in structures])).to(device),
            torch.from_numpy(np.concatenate([s.positions for s in structures])).to(device),
            torch.tensor([len(s) for s in structures], device=device),
        )

    def __len__(self) -> int:
        return len(self.n_atoms)

    @property
    def molecule(self) -> Tensor:
        """Index of each atom's molecule `[n_total]`."""
        return torch.repeat_interleave(torch.arange(len(self), device=self.n_atoms.device), self.n_atoms)

    @property
    def offsets(self) -> Tensor:
        """Where each molecule begins, and the end of the last one `[n_molecules + 1]`."""
        return torch.nn.functional.pad(self.n_atoms.cumsum(0), (1, 0))

    def with_positions(self, positions: Tensor) -> Batch:
        """The same molecules at other coordinates `[n_total, 3]` in Å."""
        return replace(self, positions=positions)

    def split(self, values: Tensor) -> list[np.ndarray]:
        """Per-atom values `[n_total, ...]` as one array `[n_atoms, ...]` a molecule."""
        return [part.numpy() for part in values.detach().cpu().split(self.n_atoms.tolist())]

    def same_size_groups(self, max_pairs: int) -> Iterator[Tensor]:
        """Atom indices `[n_group, n_atoms]` of molecules of one size, at most `max_pairs` atom pairs a group.

        A single molecule with more pairs than that makes a group by itself.
        """
        starts = self.offsets[:-1]
        for size in torch.unique(self.n_atoms).tolist():
            atoms = starts[self.n_atoms == size, None] + torch.arange(size, device=starts.device)
            yield from atoms.split(max(1, max_pairs // (size * size)))


def molecule_sum(values: Tensor, batch: Batch) -> Tensor:
    """Sum over each molecule's atoms of per-atom values `[n_total, ...]`, as `[n_molecules, ...]`."""
    total = values.new_zeros(len(batch), *values.shape[1:])
    if values.device.type == "cuda":
        # There `index_add_` adds in any order: the same seed would not give the same molecule.
        return total.index_put_((batch.molecule,), values, accumulate=True)
    return total.index_add_(0, batch.molecule, values)


def molecule_mean(values: Tensor, batch: Batch) -> Tensor:
    """Mean over each molecule's atoms of per-atom values `[n_total, k]`, as `[n_molecules, k]`."""
    return molecule_sum(values, batch) / batch.n_atoms[:, None]


def centred(values: Tensor, batch: Batch) -> Tensor:
    """Per-atom values `[n_total, 3]` less their molecule's mean: no centre of geometry, no net force."""
    return values - molecule_mean(values, batch)[batch.molecule]
