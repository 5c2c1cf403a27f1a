"""How well a network finds home, by how far from home it starts."""

from __future__ import annotations

import torch

from gpff_desktop.engine.network import ForceNetwork
from gpff_desktop.training.batches import DeviceData, add_noise
from gpff_desktop.training.optimisation import pseudo_force_loss
from gpff_desktop.training.settings import TrainSettings

BANDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 10.0)


@torch.no_grad()
def validation_losses(network: ForceNetwork, data: DeviceData, settings: TrainSettings) -> dict[str, float]:
    """Weighted loss at fixed noise levels, on fixed molecules with fixed noise.

    Parameters
    ----------
    network
        The network to judge (usually the average).
    data
        Held-out molecules; a share of them is used at each level.
    settings
        The run's settings, for the loss weight.

    Returns
    -------
    The mean loss by `"sigma_<level in Å>"`, and over all levels as `"mean"`.
    """
    generator = torch.Generator(data.device).manual_seed(settings.seed)
    total = dict.fromkeys(BANDS, 0.0)
    count = dict.fromkeys(BANDS, 0)
    for index, (size, molecules) in enumerate(data.in_order()):
        level = BANDS[index % len(BANDS)]
        numbers, home = data.gather(size, molecules)
        sigma = torch.full((len(home),), level, device=data.device)
        batch = add_noise(numbers, home, sigma, generator)
        losses = pseudo_force_loss(network(batch.numbers, batch.positions), batch, settings.weight_ceiling)
        total[level] += float(losses.sum())
        count[level] += len(losses)
    means = {level: total[level] / count[level] for level in BANDS if count[level]}
    return {**{f"sigma_{level:g}": value for level, value in means.items()}, "mean": sum(means.values()) / len(means)}
