"""Training batches that live on the device: same-size molecules, fresh noise, labels drawn with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.noise import NoiseLevels

_NOISE_STREAM = 2_000_003
_NEVER_SWAPPED = 0.2


@dataclass(frozen=True, eq=False)
class NoisedBatch:
    """What a training step sees: `m` molecules of `n` atoms, noised, and the pseudo-forces that lead home.

    Parameters
    ----------
    numbers
        Atomic numbers `[m, n]`.
    positions
        Noised coordinates `[m, n, 3]` in Å, centred.
    forces
        Pseudo-forces `2 (X0 - X)` `[m, n, 3]` in Å.
    sigma
        Noise levels `[m]` in Å.
    kept
        Atoms `[m, n]` of bool that noise has left in place, but for the centring of the whole; `None` for none.
    """

    numbers: Tensor
    positions: Tensor
    forces: Tensor
    sigma: Tensor
    kept: Tensor | None = None


class DeviceData:
    """A data set on the training device, drawn from in batches of one size.

    Batch k depends on the seed and on k alone, so a resumed run needs no generator state to go on exactly.

    Parameters
    ----------
    dataset
        The molecules.
    batch_size
        Molecules a batch.
    seed
        Seed of order and noise.
    device
        Where everything is kept and drawn.
    """

    def __init__(self, dataset: PackedDataset, batch_size: int, seed: int, device: torch.device) -> None:
        self.device = device
        self.batch_size = batch_size
        self.seed = seed
        self.numbers = torch.from_numpy(dataset.numbers.astype(np.int64)).to(device)
        self.positions = torch.from_numpy(dataset.positions.copy()).to(device)
        self.starts = dataset.offsets[:-1]
        self.sizes = {size: np.asarray(index) for size, index in dataset.by_size().items() if size > 1}
        if not self.sizes:
            raise ValueError("the data set holds no molecule of two atoms or more")
        self._epoch: tuple[int, list[tuple[int, np.ndarray]]] = (-1, [])
        self.batches_per_epoch = len(self._order(0))

    def noised(self, step: int, noise: NoiseLevels, align_below: float = 0.0, kept_share: float = 0.0) -> NoisedBatch:
        """The batch of training step `step`, with noise drawn for it; see `aligned` and `kept_parts`."""
        epoch, position = divmod(step, self.batches_per_epoch)
        size, molecules = self._order(epoch)[position]
        numbers, home = self.gather(size, molecules)
        generator = torch.Generator(self.device).manual_seed(self.seed * _NOISE_STREAM + step)
        sigma = noise.sample(len(home), generator).float()
        kept = kept_parts(numbers, home, kept_share, generator) if kept_share else None
        return aligned(add_noise(numbers, home, sigma, generator, kept), align_below)

    def gather(self, size: int, molecules: np.ndarray) -> tuple[Tensor, Tensor]:
        """Atomic numbers `[m, size]` and centred coordinates `[m, size, 3]` of molecules of one size."""
        atoms = torch.from_numpy(self.starts[molecules][:, None] + np.arange(size)).to(self.device)
        home = self.positions[atoms]
        return self.numbers[atoms], home - home.mean(1, keepdim=True)

    def in_order(self) -> Iterator[tuple[int, np.ndarray]]:
        """Size and molecules of every batch, each molecule once, in a fixed order."""
        for size, index in sorted(self.sizes.items()):
            for first in range(0, len(index), self.batch_size):
                yield size, index[first : first + self.batch_size]

    def _order(self, epoch: int) -> list[tuple[int, np.ndarray]]:
        if self._epoch[0] != epoch:
            self._epoch = (epoch, self._shuffled(np.random.default_rng([self.seed, epoch])))
        return self._epoch[1]

    def _shuffled(self, rng: np.random.Generator) -> list[tuple[int, np.ndarray]]:
        batches = []
        for size, index in sorted(self.sizes.items()):
            index = rng.permutation(index)
            short = -len(index) % self.batch_size if len(index) > self.batch_size else 0
            index = np.concatenate([index, index[:short]])
            batches += [(size, index[k : k + self.batch_size]) for k in range(0, len(index), self.batch_size)]
        return [batches[k] for k in rng.permutation(len(batches))]


def kept_parts(numbers: Tensor, home: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Parts of molecules that stay as they are while noise takes the rest, as in a run around a locked scaffold.

    A part is compact: an atom and those nearest to it, as many as chance will have; of every second one the hydrogens
    are given up, as they are where something is to grow.

    Parameters
    ----------
    numbers, home
        Atomic numbers `[m, n]` and coordinates `[m, n, 3]` in Å.
    share
        Share of the molecules that keep a part.
    generator
        Decides which.

    Returns
    -------
    `[m, n]` of bool; at least two atoms of every molecule are left to be noised.
    """
    n_molecules, n_atoms = numbers.shape
    options: dict[str, Any] = {"generator": generator, "device": home.device}
    seed = torch.randint(n_atoms, (n_molecules,), **options)
    distance = (home - home[torch.arange(n_molecules, device=home.device), seed][:, None]).norm(dim=-1)
    rank = distance.argsort(1).argsort(1)
    count = 1 + (torch.rand(n_molecules, **options) * (n_atoms - 2)).long().clamp_max(n_atoms - 3)
    chosen = torch.rand(n_molecules, **options) < (share if n_atoms > 2 else 0.0)
    bare = torch.rand(n_molecules, **options) < 0.5
    return (rank < count[:, None]) & chosen[:, None] & ((numbers != 1) | ~bare[:, None])


def add_noise(
    numbers: Tensor, home: Tensor, sigma: Tensor, generator: torch.Generator, kept: Tensor | None = None
) -> NoisedBatch:
    """One step of variance-exploding noise on centred molecules `[m, n, 3]` at levels `[m]` (Å), with its label.

    Atoms that are `kept` `[m, n]` only move with the centring, which the label takes back as well: a network knows
    home up to a translation.
    """
    noise = torch.randn(home.shape, generator=generator, device=home.device, dtype=home.dtype)
    if kept is not None:
        noise = noise * ~kept[..., None]
    displacement = sigma[:, None, None] * (noise - noise.mean(1, keepdim=True))
    return NoisedBatch(numbers, home + displacement, -2.0 * displacement, sigma, kept)


def aligned(batch: NoisedBatch, below: float) -> NoisedBatch:
    """Targets in which atoms of one element are exchanged so that home is as near as can be.

    Atoms of one element have no names, so the exchanged molecule is the same molecule; the shorter way there is
    the less ambiguous label.

    Parameters
    ----------
    batch
        Noised molecules and the way back to where each atom came from.
    below
        Only noise levels below this one (Å) are aligned; 0 for none. Beneath 0.2 Å nothing would change.
    """
    chosen = torch.nonzero((batch.sigma < below) & (batch.sigma > _NEVER_SWAPPED)).flatten()
    if not len(chosen):
        return batch
    positions, numbers = batch.positions[chosen], batch.numbers[chosen]
    home = positions + batch.forces[chosen] / 2
    # Atoms of different elements are never exchanged: no real square distance comes near the penalty.
    barred = numbers[:, :, None] != numbers[:, None]
    if batch.kept is not None:
        home, barred = _in_frame(home, batch.forces[chosen] / 2, batch.kept[chosen], barred)
    cost = torch.cdist(positions, home).square() + 1e6 * barred
    order = np.stack([linear_sum_assignment(square)[1] for square in cost.cpu().numpy()])
    nearest = torch.gather(home, 1, torch.from_numpy(order).to(home.device)[..., None].expand(-1, -1, 3))
    forces = batch.forces.clone()
    forces[chosen] = 2 * (nearest - nearest.mean(1, keepdim=True) - positions)
    return NoisedBatch(batch.numbers, batch.positions, forces, batch.sigma, batch.kept)


def _in_frame(home: Tensor, way: Tensor, kept: Tensor, barred: Tensor) -> tuple[Tensor, Tensor]:
    """Homes `[m, n, 3]` in the frame of what is kept `[m, n]`, and the exchanges `[m, n, n]` that leave it alone."""
    count = kept.sum(1)[:, None, None]
    shift = (way * kept[..., None]).sum(1, keepdim=True) / count.clamp_min(1)
    others = ~torch.eye(kept.shape[1], dtype=torch.bool, device=kept.device)
    return home - shift, barred | ((kept[:, :, None] | kept[:, None]) & others)
