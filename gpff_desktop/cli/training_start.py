"""How `gpff train` begins a run, or goes on with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpff_desktop.cli.training_data import TrainingData, load_training_data

if TYPE_CHECKING:
    from gpff_desktop.training.settings import TrainSettings
    from gpff_desktop.training.team import Team
    from gpff_desktop.training.trainer import Hardware, Trainer

DEFAULT_HOURS = 1.0
FINE_TUNING_RATE = 3e-4
ORIGIN = ("source", "licence")
"""What is asked for the card alone."""
_BUDGETS = ("hours", "steps", "epochs")


@dataclass(frozen=True)
class Start:
    """What a run is started from: its files, what was asked for, and where it is computed."""

    data: Path
    validation: Path | None
    out: Path
    asked: dict[str, Any]
    hardware: Hardware
    team: Team


def begun(start: Start) -> tuple[Trainer, TrainingData]:
    """A fresh run.

    Raises
    ------
    ValueError, OSError
        If it cannot be begun as asked; nothing is left behind.
    """
    from gpff_desktop.engine.checkpoint import load_card
    from gpff_desktop.session.models import find_model
    from gpff_desktop.training.description import Description
    from gpff_desktop.training.run import RunDirectory
    from gpff_desktop.training.speed import decided
    from gpff_desktop.training.trainer import Trainer

    asked = dict(start.asked)
    name = asked.pop("name", None) or start.out.resolve().name
    origin = {key: asked.pop(key, "") for key in ORIGIN}
    initial = find_model(asked.pop("init")).resolve() if "init" in asked else None
    parent = load_card(initial) if initial else None
    settings = settings_for(asked, initial)
    sources = load_training_data(start.data, start.validation, settings)
    record = {"card": sources.card, "name": name, **origin, "init": initial and str(initial)}
    record["parent"] = parent and parent.as_dict()
    hardware = decided(start.hardware, settings, sources.training, start.team)
    record["compiled"] = hardware.compiled
    run = RunDirectory(start.out)
    if start.team.leads:
        run = RunDirectory.create(start.out, settings, record)
    start.team.wait()
    description = Description(name, sources.card, **origin, parent=parent, parent_folder=initial)
    parts = (sources.training, sources.validation)
    return Trainer(run, settings, description, *parts, hardware, initial, start.team), sources


def settings_for(asked: dict[str, Any], initial: Path | None) -> TrainSettings:
    """Settings of a fresh run from what was asked for; a model to begin from brings its own network."""
    from gpff_desktop.engine.checkpoint import load_card
    from gpff_desktop.training.settings import PRESETS, TrainSettings

    asked = dict(asked)
    network_options = {key: asked.pop(key) for key in ("preset", "representation") if key in asked}
    if not any(budget in asked for budget in _BUDGETS):
        asked["hours"] = DEFAULT_HOURS
    if initial:
        if network_options:
            raise ValueError(f"--init brings its own network; leave out --{' and --'.join(network_options)}")
        settings = TrainSettings(network=load_card(initial).network, **{"learning_rate": FINE_TUNING_RATE, **asked})
        return settings if not settings.kept_share else replace(settings, network=replace(settings.network, kept=True))
    preset = network_options.pop("preset", "medium")
    if preset not in PRESETS:
        raise ValueError(f"unknown preset '{preset}'; there are {', '.join(PRESETS)}")
    return TrainSettings(network=replace(PRESETS[preset], **network_options), **asked)


def resumed(start: Start) -> tuple[Trainer, TrainingData]:
    """An earlier run, with its own settings and the same data.

    Raises
    ------
    ValueError, OSError
        If there is no such run, it cannot be gone on with, or other data or settings are named.
    """
    from gpff_desktop.engine.checkpoint import ModelCard
    from gpff_desktop.training.description import Description
    from gpff_desktop.training.run import STATE, RunDirectory, RunError
    from gpff_desktop.training.speed import decided
    from gpff_desktop.training.trainer import Trainer

    out = start.out
    if start.asked:
        names = ", ".join("--" + key.replace("_", "-") for key in start.asked)
        raise RunError(f"--resume takes its settings from the run; leave out {names}")
    run, settings, record = RunDirectory.open(out)
    if not {"card", "name", "init"} <= record.keys():
        raise RunError(f"run '{out}' does not say what it was trained on; start a new one")
    sources = load_training_data(start.data, start.validation, settings)
    if sources.card != record["card"]:
        raise RunError(f"run '{out}' was started with other data ({record['card'].get('file')}); name the same files")
    folder = Path(record["init"]) if record["init"] else None
    origin = {key: record.get(key, "") for key in ORIGIN}
    parent = ModelCard.from_dict(record["parent"]) if record.get("parent") else None
    description = Description(record["name"], sources.card, **origin, parent=parent, parent_folder=folder)
    initial = None if (run.path / STATE).exists() else folder
    parts = (sources.training, sources.validation)
    before = _as_before(start.hardware, record)
    hardware = decided(before, settings, sources.training, start.team)
    return Trainer(run, settings, description, *parts, hardware, initial, start.team), sources


def _as_before(hardware: Hardware, record: Mapping[str, Any]) -> Hardware:
    """Hardware that compiles the network if the run has done so before, as that rounds otherwise."""
    if hardware.compiled is None and "compiled" in record:
        return replace(hardware, compiled=bool(record["compiled"]) and hardware.use_compiled())
    return hardware
