"""`gpff train --measure`: how fast this machine would train, from a few steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpff_desktop.cli.output import print_json
from gpff_desktop.cli.training_data import load_training_data
from gpff_desktop.cli.training_start import ORIGIN, settings_for

if TYPE_CHECKING:
    from gpff_desktop.training.trainer import Hardware


def measured(data: Path, asked: dict[str, Any], hardware: Hardware) -> dict[str, Any]:
    """Speed of training as asked for, without compiling the network and without leaving anything behind.

    Raises
    ------
    ValueError, OSError
        If it could not be begun as asked.
    """
    from gpff_desktop.session.models import find_model
    from gpff_desktop.training.speed import measure_speed

    asked = dict(asked)
    for name in ("name", *ORIGIN):
        asked.pop(name, None)
    initial = find_model(asked.pop("init")) if "init" in asked else None
    settings = settings_for(asked, initial)
    sources = load_training_data(data, None, settings)
    speed = measure_speed(settings, sources.training, hardware)
    return {
        "molecules": len(sources.training),
        "molecules_per_s": round(speed, 1),
        "seconds_per_epoch": round(len(sources.training) / speed, 1),
        "device": str(hardware.device),
    }


def print_measured(figures: dict[str, Any], as_json: bool) -> None:
    """Print what was measured, as JSON or in a line."""
    if as_json:
        print_json(figures)
        return
    epoch = f"{figures['seconds_per_epoch']:,.0f} s for one pass over {figures['molecules']:,} molecules"
    print(f"{figures['molecules_per_s']:,.0f} molecules/s on {figures['device']}: {epoch}")
