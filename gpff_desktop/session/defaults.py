"""Sampler settings chosen for a budget: those of the model's card, or the ones that suit most models."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gpff_desktop.engine.checkpoint import ModelCard
from gpff_desktop.engine.samplers import SAMPLERS, Mode, SamplerSettings

AUTOMATIC: dict[Mode, str] = {"relaxation": "direct", "diffusion": "heun"}
_START_WIDTH: dict[Mode, float] = {"relaxation": 1.5, "diffusion": 10.0}
_NOISE = 0.4


@dataclass(frozen=True)
class Defaults:
    """Start width (Å) and sampler settings for one sampler at one budget."""

    start_width: float
    settings: SamplerSettings


def default_sampler(card: ModelCard, mode: Mode) -> str:
    """The sampler that `automatic` stands for with this model."""
    return str(card.defaults.get("automatic", {}).get(mode, AUTOMATIC[mode]))


def defaults_for(card: ModelCard, name: str, nfe: int) -> Defaults:
    """Settings that the recorded scan found best for a sampler, at the scanned budget nearest to `nfe`.

    Parameters
    ----------
    card
        The model's card; `defaults["samplers"][name]` lists rows of `nfe`, `start_width` and settings.
    name
        Sampler.
    nfe
        Budget of network evaluations.
    """
    mode = SAMPLERS[name].mode
    row: Mapping[str, Any] = {}
    rows = card.defaults.get("samplers", {}).get(name, ())
    if rows:
        row = min(rows, key=lambda r: abs(math.log(r["nfe"] / nfe)))
    width = float(row.get("start_width", _START_WIDTH[mode]))
    known = {k: float(v) for k, v in row.items() if k in SamplerSettings.__dataclass_fields__}
    if mode == "diffusion":
        known.setdefault("sigma_max", width)
    elif not row and name == "direct":
        known["noise"] = _NOISE if nfe >= 30 else 0.0
    return Defaults(width, SamplerSettings(**known))
