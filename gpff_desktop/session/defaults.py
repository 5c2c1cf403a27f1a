"""Sampler settings chosen for a budget: those of the model's card, or the ones that suit most models."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gpff_desktop.engine.checkpoint import ModelCard
from gpff_desktop.engine.samplers import Mode, SamplerSettings, sampler
from gpff_desktop.engine.samplers.loop import with_defaults

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


def defaults_for(card: ModelCard, name: str, nfe: int, scaffold: bool = False) -> Defaults:
    """Settings that the recorded scan found best for a sampler, at the scanned budget nearest to `nfe`.

    Parameters
    ----------
    card
        The model's card; `defaults["samplers"][name]` lists rows of `nfe`, `start_width` and settings, and
        `defaults["scaffold"][name]` those that suit runs around locked atoms, if they are others.
    name
        Sampler.
    nfe
        Budget of network evaluations.
    scaffold
        Whether atoms are locked.
    """
    mode = sampler(name).mode
    row: Mapping[str, Any] = {}
    tables = (card.defaults.get(key, {}) for key in (("scaffold", "samplers") if scaffold else ("samplers",)))
    rows = next((table[name] for table in tables if table.get(name)), ())
    if rows:
        row = min(rows, key=lambda r: abs(math.log(r["nfe"] / nfe)))
    width = float(row.get("start_width", _START_WIDTH[mode]))
    known = {k: float(v) for k, v in row.items() if k in SamplerSettings.__dataclass_fields__}
    if mode == "diffusion":
        known.setdefault("sigma_max", width)
    elif not row and name == "direct":
        known["noise"] = _NOISE if nfe >= 30 else 0.0
    return Defaults(width, SamplerSettings(**known))


def chosen(
    card: ModelCard,
    name: str,
    nfe: int,
    *,
    scaffold: bool = False,
    start_width: float | None = None,
    settings: SamplerSettings | None = None,
    **changes: float | None,
) -> Defaults:
    """The defaults for a sampler and budget, around locked atoms or not, with what the user chose in their place.

    In diffusion mode the ladder of noise levels begins at the start width.

    Raises
    ------
    ValueError
        If a value is out of range.
    """
    usual = defaults_for(card, name, nfe, scaffold)
    width = usual.start_width if start_width is None else start_width
    if not width > 0:
        raise ValueError("the start width must be positive")
    settings = settings or usual.settings
    if sampler(name).mode == "diffusion":
        lowest = changes.get("sigma_min") or settings.sigma_min
        if width <= lowest:
            raise ValueError(f"diffusion needs a start width above its last noise level, {lowest:g} Å")
        changes = {**changes, "sigma_max": width}
    return Defaults(width, with_defaults(settings, **changes))
