"""The variance-exploding process: noise levels, the kernel that adds noise, and grids of levels.

`X = X0 + σ ε` with `ε ~ N(0, I)` less its centre of geometry. All levels are in Å.
Sources: Song et al. (arXiv:2011.13456), Karras et al. (arXiv:2206.00364).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gpff_desktop.engine.batch import Batch, centred

SIGMA_MIN = 0.05
SIGMA_MAX = 30.0


@dataclass(frozen=True)
class NoiseLevels:
    """Training noise levels: `ln σ ~ N(mean, std)`, truncated to `[minimum, maximum]` (Å)."""

    mean: float = -0.7
    std: float = 1.2
    minimum: float = SIGMA_MIN
    maximum: float = SIGMA_MAX

    def __post_init__(self) -> None:
        if not (0 < self.minimum < self.maximum and self.std > 0):
            raise ValueError("noise levels need 0 < minimum < maximum and a positive std")

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw levels `[count]` in Å, by inverting the truncated distribution (no rejection)."""
        low, high = (self._cdf(math.log(bound)) for bound in (self.minimum, self.maximum))
        uniform = torch.rand(count, generator=generator, device=generator.device, dtype=torch.float64)
        quantile = torch.special.ndtri(low + (high - low) * uniform)
        return torch.exp(self.mean + self.std * quantile).clamp(self.minimum, self.maximum)

    def _cdf(self, log_sigma: float) -> float:
        return 0.5 * (1 + math.erf((log_sigma - self.mean) / (self.std * math.sqrt(2))))


def loss_weight(sigma: Tensor, ceiling: float = 100.0) -> Tensor:
    """Weight of the squared error of the pseudo-forces at noise level σ: `min(1/σ², ceiling)`, in 1/Å²."""
    return sigma.square().reciprocal().clamp_max(ceiling)


def normal_noise(batch: Batch, generator: torch.Generator) -> Tensor:
    """Standard normal noise `[n_total, 3]` of the batch's type, less each molecule's centre of geometry."""
    like = batch.positions
    noise = torch.randn(like.shape, generator=generator, device=like.device, dtype=like.dtype)
    return centred(noise, batch)


def geometric_levels(sigma_max: float, sigma_min: float, count: int) -> list[float]:
    """`count` levels from `sigma_max` down to `sigma_min`, in equal ratios (Å)."""
    if count == 1:
        return [sigma_max]
    ratio = sigma_min / sigma_max
    return [sigma_max * ratio ** (k / (count - 1)) for k in range(count)]


def karras_levels(sigma_max: float, sigma_min: float, count: int, rho: float = 7.0) -> list[float]:
    """`count` levels from `sigma_max` down to `sigma_min`, equally spaced in `σ^(1/ρ)` (Karras et al., eq. 5)."""
    if count == 1:
        return [sigma_max]
    high, low = sigma_max ** (1 / rho), sigma_min ** (1 / rho)
    return [(high + k / (count - 1) * (low - high)) ** rho for k in range(count)]
