"""`gpff train`: a model from a data set, in a run directory that survives interruption."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from gpff_desktop.cli.errors import notice, user_errors
from gpff_desktop.cli.options import Device, Json
from gpff_desktop.cli.output import print_json, progress_bar
from gpff_desktop.cli.training_data import TrainingData, load_training_data

if TYPE_CHECKING:
    from gpff_desktop.training.monitor import Monitor
    from gpff_desktop.training.run import RunDirectory
    from gpff_desktop.training.settings import TrainSettings
    from gpff_desktop.training.trainer import Hardware, Report, Trainer

TRAIN_EXAMPLES = """
Examples:

    gpff train qm9.db --out runs/mine --hours 8

    gpff train qm9.db --out runs/mine --resume

    gpff train mine.db --out runs/tuned --init qm9 --learning-rate 1e-4 --hours 2

    gpff train qm9.db --out runs/try --preset small --steps 2000 --schedule exponential

    tensorboard --logdir runs
"""
DEFAULT_HOURS = 1.0
_LINE_EVERY = 60.0

Data = Annotated[Path, typer.Argument(metavar="DATA", help="A data set, .db or .npz (see gpff data import).")]
Out = Annotated[Path, typer.Option("--out", "-o", help="The run's folder; the model comes to lie in its model/.")]
Preset = Annotated[str | None, typer.Option(help="small, medium or large.", show_default="medium")]
Hours = Annotated[float | None, typer.Option(help="Budget in hours.", show_default="1")]
Steps = Annotated[int | None, typer.Option(help="Budget in steps, instead of hours.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in that folder, with its settings.")]
BatchSize = Annotated[int | None, typer.Option(help="Molecules a step.", show_default="64")]
Rate = Annotated[float | None, typer.Option(help="Highest learning rate.", show_default="0.001")]
Schedule = Annotated[str | None, typer.Option(help="How the rate falls: cosine or exponential.", show_default="cosine")]
Seed = Annotated[int | None, typer.Option(help="Decides split, order and noise.", show_default="0")]
Name = Annotated[str | None, typer.Option(help="Name of the model.", show_default="that of the folder")]
Init = Annotated[str | None, typer.Option(metavar="MODEL", help="Begin with the weights of this model.")]
Representation = Annotated[str | None, typer.Option(help="painn or so3net.", show_default="painn")]
Validation = Annotated[Path | None, typer.Option(help="Held-out data; by default 5 % of DATA, by composition.")]
SamplesEvery = Annotated[float, typer.Option(metavar="MIN", help="Minutes between sampled molecules; 0 for never.")]
Compiled = Annotated[bool | None, typer.Option("--compile/--no-compile", help="Compile it first.", show_default="ask")]
Bfloat16 = Annotated[bool | None, typer.Option("--bfloat16/--float32", help="Precision.", show_default="auto")]


def train_command(
    data: Data,
    out: Out,
    preset: Preset = None,
    hours: Hours = None,
    steps: Steps = None,
    device: Device = "auto",
    resume: Resume = False,
    batch_size: BatchSize = None,
    learning_rate: Rate = None,
    schedule: Schedule = None,
    seed: Seed = None,
    name: Name = None,
    init: Init = None,
    representation: Representation = None,
    validation: Validation = None,
    samples_every: SamplesEvery = 10.0,
    compiled: Compiled = None,
    bfloat16: Bfloat16 = None,
    as_json: Json = False,
) -> None:
    """Train a model. Ctrl-C saves and ends; --resume goes on as if nothing had been."""
    budget = {"hours": hours, "steps": steps, "batch_size": batch_size, "learning_rate": learning_rate}
    asked = {**budget, "schedule": schedule, "seed": seed, "preset": preset, "representation": representation}
    asked = {key: value for key, value in {**asked, "init": init, "name": name}.items() if value is not None}
    with user_errors():
        hardware = _hardware(device, bfloat16, compiled)
        start = _resumed if resume else _begun
        trainer, sources = start(data, validation, out, asked, hardware)
    report, monitor = _train(trainer, sources, samples_every)
    if trainer.progress < 1.0:
        notice(f"stopped and saved; go on with: gpff train {data} --out {out} --resume")
    if as_json:
        print_json(_document(trainer, report, monitor))
    elif report:
        print(f"{trainer.run.model_folder}: {report.molecules:,} molecules seen in {report.step:,} steps")
    else:
        print(f"{trainer.run.model_folder}: there was nothing left to do")


def _hardware(device: str, bfloat16: bool | None, compiled: bool | None) -> Hardware:
    from gpff_desktop.engine.precision import pick_device
    from gpff_desktop.training.memory import keep_large_blocks
    from gpff_desktop.training.trainer import Hardware

    keep_large_blocks()
    return Hardware(pick_device(device), bfloat16, compiled)


def _begun(
    data: Path, validation: Path | None, out: Path, asked: dict[str, Any], hardware: Hardware
) -> tuple[Trainer, TrainingData]:
    """A fresh run."""
    from gpff_desktop.session.models import find_model
    from gpff_desktop.training.run import RunDirectory

    name = asked.pop("name", None) or out.resolve().name
    initial = find_model(asked.pop("init")).resolve() if "init" in asked else None
    settings = _settings(asked, initial)
    sources = load_training_data(data, validation, settings)
    record = {"card": sources.card, "name": name, "init": initial and str(initial)}
    run = RunDirectory.create(out, settings, record)
    return _trainer(run, settings, sources, hardware, name, initial), sources


def _settings(asked: dict[str, Any], initial: Path | None) -> TrainSettings:
    from gpff_desktop.engine.checkpoint import load_model
    from gpff_desktop.training.settings import PRESETS, TrainSettings

    network_options = {key: asked.pop(key) for key in ("preset", "representation") if key in asked}
    if "hours" not in asked and "steps" not in asked:
        asked["hours"] = DEFAULT_HOURS
    if initial:
        if network_options:
            raise ValueError(f"--init brings its own network; leave out --{' and --'.join(network_options)}")
        return TrainSettings(network=load_model(initial)[0].settings, **asked)
    preset = network_options.pop("preset", "medium")
    if preset not in PRESETS:
        raise ValueError(f"unknown preset '{preset}'; there are {', '.join(PRESETS)}")
    return TrainSettings(network=replace(PRESETS[preset], **network_options), **asked)


def _resumed(
    data: Path, validation: Path | None, out: Path, asked: dict[str, Any], hardware: Hardware
) -> tuple[Trainer, TrainingData]:
    """An earlier run, with its own settings and the same data."""
    from gpff_desktop.training.run import STATE, RunDirectory, RunError

    if asked:
        names = ", ".join("--" + key.replace("_", "-") for key in asked)
        raise RunError(f"--resume takes its settings from the run; leave out {names}")
    run, settings, record = RunDirectory.open(out)
    if not {"card", "name", "init"} <= record.keys():
        raise RunError(f"run '{out}' does not say what it was trained on; start a new one")
    sources = load_training_data(data, validation, settings)
    if sources.card != record["card"]:
        raise RunError(f"run '{out}' was started with other data ({record['card'].get('file')}); name the same files")
    fresh = not (run.path / STATE).exists()
    initial = Path(record["init"]) if record["init"] and fresh else None
    return _trainer(run, settings, sources, hardware, record["name"], initial), sources


def _trainer(
    run: RunDirectory,
    settings: TrainSettings,
    sources: TrainingData,
    hardware: Hardware,
    name: str,
    initial: Path | None,
) -> Trainer:
    from gpff_desktop.training.trainer import Trainer

    return Trainer(run, settings, sources.card, sources.training, sources.validation, hardware, name, initial)


def _train(trainer: Trainer, sources: TrainingData, samples_every: float) -> tuple[Report | None, Monitor]:
    """Train until the budget is spent or a signal says to stop; saves either way."""
    from gpff_desktop.training.monitor import Monitor

    report = None
    with (
        Monitor(trainer, sources.validation, samples_every) as monitor,
        stop_signals() as stop,
        _progress(trainer.progress) as show,
        closing(cast("Generator[Report, None, None]", trainer.steps())) as reports,
    ):
        for report in reports:
            show(report)
            if monitor.follow(report):
                notice(f"step {report.step:,}: {monitor.samples['valid_percent']:.0f} % of sampled molecules valid")
            if stop.is_set():
                break
    return report, monitor


@contextmanager
def _progress(done: float) -> Iterator[Callable[[Report], None]]:
    """What shows reports on stderr: a bar, or a line a minute where that is no terminal."""
    said_at = time.monotonic()

    def show(report: Report) -> None:
        nonlocal said_at
        figures: dict[str, Any] = {"step": f"{report.step:,}", "loss": f"{report.loss:.3f}"}
        figures["speed"] = f"{report.speed:.0f}"
        bar.update(task, completed=report.progress, **figures)
        if bar.disable and time.monotonic() - said_at >= _LINE_EVERY:
            notice(f"{report.progress:.1%}, " + ", ".join(f"{key} {value}" for key, value in figures.items()))
            said_at = time.monotonic()

    with progress_bar(
        "step {task.fields[step]}", "loss {task.fields[loss]}", "{task.fields[speed]} molecules/s"
    ) as bar:
        task = bar.add_task("Training", total=1.0, step="", loss="", speed="")
        bar.update(task, completed=done)
        yield show


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set instead of ending the process."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _document(trainer: Trainer, report: Report | None, monitor: Monitor) -> dict[str, Any]:
    return {
        "run": str(trainer.run.path),
        "model": str(trainer.run.model_folder),
        "finished": trainer.progress >= 1.0,
        "step": trainer.optimisation.step_count,
        "molecules": trainer.molecules,
        "seconds": round(trainer.elapsed, 3),
        "loss": report.loss if report else None,
        "samples": monitor.samples or None,
    }
