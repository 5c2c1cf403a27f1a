"""SchNetPack as it comes: its PaiNN on pair lists, its database, its loader with labels made in a transform.

The yardstick that our dense layout and our training loop are measured against.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

import gpff_desktop.engine.compat  # noqa: F401  (before schnetpack)

import schnetpack.nn as snn  # isort: skip
import schnetpack.transform as trn  # isort: skip
from schnetpack import properties  # isort: skip
from schnetpack.atomistic import PairwiseDistances  # isort: skip
from schnetpack.data import ASEAtomsData, AtomsLoader  # isort: skip
from schnetpack.representation import PaiNN  # isort: skip

from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.network import AsinhGaussians, DensePaiNN, NetworkSettings, NoCutoff
from gpff_desktop.engine.noise import NoiseLevels, loss_weight

LABEL, SIGMA = "gpff_label", "gpff_sigma"


def plain(settings: NetworkSettings) -> NetworkSettings:
    """Settings that make our network the stock PaiNN: unit directions, plain sums, no extent."""
    return NetworkSettings(
        features=settings.features, interactions=settings.interactions, radial=settings.radial,
        radial_range=settings.radial_range, softening=0.0, mean_messages=False, extent=False, bounded=False,
    )  # fmt: skip


def stock_painn(settings: NetworkSettings) -> PaiNN:
    """SchNetPack's PaiNN of the same size."""
    return PaiNN(
        settings.features,
        settings.interactions,
        AsinhGaussians(settings.radial, settings.radial_range),
        NoCutoff(settings.radial_range),
    )


def with_weights_of(dense: DensePaiNN) -> PaiNN:
    """SchNetPack's PaiNN with the weights of ours."""
    stock = stock_painn(dense.settings)
    stock.load_state_dict(dense.state_dict(), strict=False)
    return stock.eval()


def all_pairs(batch: Batch) -> tuple[Tensor, Tensor]:
    """Every ordered pair of atoms of one molecule `[n_pairs]`: the pair list, which need not be made at each step."""
    first, firsts, seconds = 0, [], []
    for size in batch.n_atoms.tolist():
        i, j = torch.nonzero(1 - torch.eye(size)).T
        firsts.append(i + first)
        seconds.append(j + first)
        first += size
    return torch.cat(firsts).to(batch.positions.device), torch.cat(seconds).to(batch.positions.device)


def pair_inputs(batch: Batch, pairs: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
    """SchNetPack's inputs for a batch and its pair list."""
    i, j = pairs
    positions = batch.positions.float()
    return {
        properties.Z: batch.numbers,
        properties.Rij: positions[j] - positions[i],
        properties.idx_i: i,
        properties.idx_j: j,
    }


class NoiseTransform(trn.Transform):
    """Noise and label of one molecule, made in the data loader."""

    is_preprocessor = True
    is_postprocessor = False

    def __init__(self, levels: NoiseLevels) -> None:
        super().__init__()
        self.levels = levels
        self.generator = torch.Generator().manual_seed(0)

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Replace the coordinates by noised ones and add label and level."""
        sigma = self.levels.sample(1, self.generator).float()
        noise = torch.randn(inputs[properties.R].shape, generator=self.generator)
        displacement = sigma * (noise - noise.mean(0, keepdim=True))
        inputs[properties.R] = inputs[properties.R] + displacement
        inputs[LABEL] = -2 * displacement
        inputs[SIGMA] = sigma.expand(len(noise))
        return inputs


class StockTraining:
    """SchNetPack's way of training the same network: database, loader, pair lists, scatter."""

    def __init__(
        self, database: Path, settings: NetworkSettings, batch_size: int, workers: int, device: torch.device
    ) -> None:
        dataset = ASEAtomsData(
            str(database),
            transforms=[
                trn.SubtractCenterOfGeometry(),
                trn.CastTo32(),
                NoiseTransform(NoiseLevels()),
                trn.TorchNeighborList(cutoff=1000.0),
            ],
        )
        self.batch_size = batch_size
        self.loader = AtomsLoader(
            dataset, batch_size, shuffle=True, num_workers=workers, persistent_workers=workers > 0, drop_last=True
        )
        self.distances = PairwiseDistances()
        self.device = device
        self.representation = stock_painn(settings).to(device)
        self.head = snn.build_gated_equivariant_mlp(settings.features, 1, n_layers=2).to(device)
        self.parameters = [*self.representation.parameters(), *self.head.parameters()]
        self.adam = torch.optim.Adam(self.parameters, lr=1e-3)
        self._batches = iter(())

    def step(self) -> int:
        """One optimisation step; returns the number of molecules."""
        inputs = self.distances({name: value.to(self.device) for name, value in self._next().items()})
        result = self.representation(inputs)
        _, vectors = self.head((result["scalar_representation"], result["vector_representation"]))
        error = (vectors.squeeze(-1) - inputs[LABEL]).square().mean(-1)
        loss = (loss_weight(inputs[SIGMA]) * error).mean()
        self.adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 5.0)
        self.adam.step()
        return self.batch_size

    def _next(self) -> dict[str, Tensor]:
        try:
            return next(self._batches)
        except StopIteration:
            self._batches = iter(self.loader)
            return next(self._batches)
