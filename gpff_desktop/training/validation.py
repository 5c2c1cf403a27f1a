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
    bands = torch.tensor(BANDS, device=data.device)
    total = torch.zeros(len(BANDS), dtype=torch.float64, device=data.device)
    count = torch.zeros_like(total)
    seen = 0
    for size, molecules in data.in_order():
        numbers, home = data.gather(size, molecules)
        # Molecules come in order of size: neighbours get different levels, so that every level sees every size.
        band = torch.arange(seen, seen + len(home), device=data.device) % len(BANDS)
        seen += len(home)
        batch = add_noise(numbers, home, bands[band], generator)
        losses = pseudo_force_loss(network(batch.numbers, batch.positions), batch, settings.weight_ceiling)
        total.index_add_(0, band, losses.double())
        count.index_add_(0, band, torch.ones_like(losses, dtype=torch.float64))
    means = {level: float(t / n) for level, t, n in zip(BANDS, total, count, strict=True) if n}
    return {**{f"sigma_{level:g}": value for level, value in means.items()}, "mean": sum(means.values()) / len(means)}
