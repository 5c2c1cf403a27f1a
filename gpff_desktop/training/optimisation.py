"""One optimisation step: loss, Adam, learning rate, average of the weights."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gpff_desktop.engine.network import ForceNetwork
from gpff_desktop.engine.noise import loss_weight
from gpff_desktop.training.batches import NoisedBatch
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.team import Team

Forward = Callable[[Tensor, Tensor, Tensor | None], Tensor]


def pseudo_force_loss(forces: Tensor, batch: NoisedBatch, ceiling: float) -> Tensor:
    """Weighted squared error of the pseudo-forces, one value a molecule `[m]` (dimensionless)."""
    error = (forces.float() - batch.forces).square().mean((1, 2))
    return loss_weight(batch.sigma, ceiling) * error


def learning_rate(settings: TrainSettings, step: int, progress: float) -> float:
    """Learning rate at a step, `progress` (0 to 1) through the budget: warm-up, then decay."""
    top, bottom = settings.learning_rate, settings.final_learning_rate
    progress = min(max(progress, 0.0), 1.0)
    if settings.schedule == "cosine":
        rate = bottom + (top - bottom) * 0.5 * (1 + math.cos(math.pi * progress))
    else:
        rate = top * (bottom / top) ** progress
    return rate * min(1.0, (step + 1) / max(1, settings.warmup))


class Optimisation:
    """A network in training, its optimiser and the running average of its weights.

    Parameters
    ----------
    network
        The network, already on its device.
    settings
        The run's settings.
    forward
        What evaluates the network; the network itself, or a compiled form of it.
    autocast
        Run matrix products in bfloat16.
    team
        The processes whose gradients are averaged.
    """

    def __init__(
        self,
        network: ForceNetwork,
        settings: TrainSettings,
        forward: Forward | None = None,
        autocast: bool = False,
        team: Team | None = None,
    ) -> None:
        self.network = network
        self.settings = settings
        self.forward: Forward = network if forward is None else forward
        self.autocast = autocast
        self.team = team or Team()
        self.average = copy.deepcopy(network).requires_grad_(False).eval()
        self.step_count = 0
        self.adam = torch.optim.Adam(network.parameters(), lr=settings.learning_rate, fused=True)

    @property
    def device_type(self) -> str:
        return next(self.network.parameters()).device.type

    def step(self, batch: NoisedBatch, progress: float) -> float:
        """Take one step on a batch and return its loss; a loss that is not finite is not followed."""
        rate = learning_rate(self.settings, self.step_count, progress)
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.zero_grad()
        with torch.autocast(self.device_type, torch.bfloat16, enabled=self.autocast):
            forces = self.forward(batch.numbers, batch.positions, batch.kept)
        loss = pseudo_force_loss(forces, batch, self.settings.weight_ceiling).mean()
        loss.backward()
        self.team.average([p.grad for p in self.network.parameters() if p.grad is not None])
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.gradient_clip)
        if torch.isfinite(norm):
            self.adam.step()
            self._update_average()
        self.step_count += 1
        return float(loss.detach())

    def _update_average(self) -> None:
        decay = min(self.settings.ema_decay, (1 + self.step_count) / (10 + self.step_count))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - decay)

    def tensors(self) -> dict[str, Tensor]:
        """All tensors of the state, flat and named, to be written with safetensors."""
        state = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        state |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for index, values in self.adam.state_dict()["state"].items():
            state |= {f"adam.{index}.{k}": torch.as_tensor(v) for k, v in values.items()}
        return {k: v.detach().cpu().contiguous().clone() for k, v in state.items()}

    def load_tensors(self, state: dict[str, Tensor]) -> None:
        """Restore what `tensors` gave."""
        self.network.load_state_dict(_under(state, "network."))
        self.average.load_state_dict(_under(state, "average."))
        adam = self.adam.state_dict()
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in _under(state, "adam.").items():
            index, key = name.split(".", 1)
            moments.setdefault(int(index), {})[key] = value
        self.adam.load_state_dict({**adam, "state": moments})


def _under(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
