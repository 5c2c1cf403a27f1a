"""Where a run starts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from gpff_desktop.engine.batch import Batch
from gpff_desktop.structure import Structure

_STREAM = 1_000_003


class Noise:
    """Normal noise with one stream a molecule, so that a molecule's run does not depend on its neighbours.

    Parameters
    ----------
    seeds
        One seed a molecule.
    device
        Where the noise is wanted; it is drawn on the CPU, so that a seed means the same everywhere.
    """

    def __init__(self, seeds: Sequence[int], device: torch.device | str = "cpu") -> None:
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.device = torch.device(device)

    def normal(self, n_atoms: Sequence[int], molecules: Sequence[int]) -> Tensor:
        """Standard normal `[sum n_atoms, 3]` (float64) for the named molecules, of these sizes."""
        draws = [
            torch.randn(n, 3, generator=self._generators[m], dtype=torch.float64)
            for n, m in zip(n_atoms, molecules, strict=True)
        ]
        return torch.cat(draws).to(self.device)

    def stream(self, molecule: int) -> torch.Generator:
        """The stream of one molecule, on the CPU."""
        return self._generators[molecule]


def candidate_seeds(seed: int, count: int) -> list[int]:
    """Seeds of `count` candidates of one run: candidate k is the same whether or not others are drawn."""
    return [(seed * _STREAM + k) % 2**63 for k in range(count)]


def gaussian(numbers: Sequence[np.ndarray], width: float, noise: Noise) -> Batch:
    """Clouds of atoms: normal of standard deviation `width` (Å), centred.

    Parameters
    ----------
    numbers
        Atomic numbers `[n_atoms]` of each molecule.
    width
        Standard deviation along each axis in Å.
    noise
        Streams to draw from, one a molecule.

    Raises
    ------
    ValueError
        If the width is not positive.
    """
    if not width > 0:
        raise ValueError("the start width must be positive")
    sizes = [len(z) for z in numbers]
    cloud = width * noise.normal(sizes, range(len(sizes)))
    parts = [part - part.mean(0) for part in cloud.split(sizes)]
    packed = torch.from_numpy(np.concatenate(numbers).astype(np.int64)).to(noise.device)
    return Batch(packed, torch.cat(parts), torch.tensor(sizes, device=noise.device))


def from_structures(structures: Sequence[Structure], sigma: float, noise: Noise) -> Batch:
    """Given structures plus normal noise of standard deviation `sigma` (Å; 0 for none), centres kept."""
    if sigma < 0:
        raise ValueError("the noise on the start must not be negative")
    batch = Batch.from_structures(structures, noise.device)
    if sigma == 0:
        return batch
    sizes = batch.n_atoms.tolist()
    parts = [p - p.mean(0) for p in noise.normal(sizes, range(len(sizes))).split(sizes)]
    return batch.with_positions(batch.positions + sigma * torch.cat(parts))
