"""`gpff train`: a model from a data set, in a run directory that survives interruption."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gpff_desktop.cli.errors import WRONG_INPUT, notice, user_errors
from gpff_desktop.cli.options import Device, Json
from gpff_desktop.cli.output import print_json, progress_bar
from gpff_desktop.cli.training_data import TrainingData
from gpff_desktop.cli.training_measure import measured, print_measured
from gpff_desktop.cli.training_start import Start, begun, resumed
from gpff_desktop.session.file_lock import FileLock
from gpff_desktop.training.status import CONFIG, LOCK, ORDER, RunError, mark_failed

if TYPE_CHECKING:
    from gpff_desktop.training.sitting import Sitting
    from gpff_desktop.training.team import Team
    from gpff_desktop.training.trainer import Hardware, Report, Trainer

TRAIN_EXAMPLES = """
Examples:

    gpff train qm9.db --out runs/mine --hours 8

    gpff train qm9.db --out runs/mine --resume

    gpff train mine.db --out runs/tuned --init qm9 --epochs 50 --patience 10 --install

    gpff train mine.db --measure

    gpff train qm9.db --out runs/four --devices 4

    gpff train qm9.db --out runs/try --preset small --steps 2000 --schedule exponential

    tensorboard --logdir runs
"""
_LINE_EVERY = 60.0
_PATIENCE = 5.0
_NICE = 10

Data = Annotated[Path, typer.Argument(metavar="DATA", help="A data set, .db or .npz (see gpff data import).")]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="The run's folder; the model comes to lie in its model/.")
]
Preset = Annotated[str | None, typer.Option(help="small, medium or large.", show_default="medium")]
Hours = Annotated[float | None, typer.Option(help="Budget in hours.", show_default="1")]
Steps = Annotated[int | None, typer.Option(help="Budget in steps, instead of hours.")]
Epochs = Annotated[int | None, typer.Option(help="Budget in passes over the data, instead of hours.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in that folder, with its settings.")]
BatchSize = Annotated[int | None, typer.Option(help="Molecules a step.", show_default="64")]
Rate = Annotated[float | None, typer.Option(help="Highest learning rate.", show_default="0.001; 0.0003 with --init")]
Schedule = Annotated[str | None, typer.Option(help="How the rate falls: cosine or exponential.", show_default="cosine")]
Seed = Annotated[int | None, typer.Option(help="Decides split, order and noise.", show_default="0")]
Name = Annotated[str | None, typer.Option(help="Name of the model.", show_default="that of the folder")]
Init = Annotated[str | None, typer.Option(metavar="MODEL", help="Begin with the weights of this model.")]
Representation = Annotated[str | None, typer.Option(help="painn or so3net.", show_default="painn")]
Validation = Annotated[Path | None, typer.Option(help="Held-out data; by default 5 % of DATA, by composition.")]
Fraction = Annotated[float | None, typer.Option(help="Share of DATA held out.", show_default="0.05")]
Patience = Annotated[int | None, typer.Option(help="End after so many validations without a new best.")]
Source = Annotated[str | None, typer.Option(help="Who made the data, for the card.", show_default="unknown")]
Licence = Annotated[str | None, typer.Option(help="Licence of data and weights, for the card.", show_default="unknown")]
Install = Annotated[bool, typer.Option("--install", help="Install the finished model under its name.")]
Devices = Annotated[int, typer.Option(min=1, help="Processes on each machine, one a graphics card.")]
Nodes = Annotated[int, typer.Option(min=1, help="Machines, started by torchrun or SLURM.")]
Measure = Annotated[bool, typer.Option("--measure", help="Only measure how fast this machine would train, and end.")]
Background = Annotated[bool, typer.Option("--background", hidden=True, help="Low priority; starts the next in line.")]
SamplesEvery = Annotated[float, typer.Option(metavar="MIN", help="Minutes between sampled molecules; 0 for never.")]
Compiled = Annotated[
    bool | None, typer.Option("--compile/--no-compile", help="Compile first.", show_default="if it pays")
]
Bfloat16 = Annotated[bool | None, typer.Option("--bfloat16/--float32", help="Precision.", show_default="auto")]


def train_command(
    data: Data,
    out: Out = None,
    preset: Preset = None,
    hours: Hours = None,
    steps: Steps = None,
    epochs: Epochs = None,
    device: Device = "auto",
    resume: Resume = False,
    batch_size: BatchSize = None,
    learning_rate: Rate = None,
    schedule: Schedule = None,
    seed: Seed = None,
    name: Name = None,
    source: Source = None,
    licence: Licence = None,
    init: Init = None,
    representation: Representation = None,
    validation: Validation = None,
    validation_fraction: Fraction = None,
    patience: Patience = None,
    samples_every: SamplesEvery = 10.0,
    install: Install = False,
    devices: Devices = 1,
    nodes: Nodes = 1,
    compiled: Compiled = None,
    bfloat16: Bfloat16 = None,
    measure: Measure = False,
    background: Background = False,
    as_json: Json = False,
) -> None:
    """Train a model. Ctrl-C saves and ends; --resume goes on as if nothing had been."""
    asked = {"hours": hours, "steps": steps, "epochs": epochs, "batch_size": batch_size, "seed": seed, "name": name}
    asked |= {"learning_rate": learning_rate, "schedule": schedule, "preset": preset, "representation": representation}
    asked |= {"validation_fraction": validation_fraction, "patience": patience, "init": init}
    asked |= {"source": source, "licence": licence}
    asked = {key: value for key, value in asked.items() if value is not None}
    with user_errors():
        if measure:
            print_measured(measured(data, asked, _hardware(device, bfloat16, False)), as_json)
            return
        with _place(out, background) as folder:
            hardware = _hardware(device, bfloat16, compiled)
            team, hardware = _team(hardware, devices, nodes)
            start = Start(data, validation, folder, asked, hardware, team)
            try:
                sitting = _run(start, resume, samples_every, install)
            finally:
                team.leave()
    if sitting is not None:
        _say_how_it_ended(sitting, data, as_json)


def _hardware(device: str, bfloat16: bool | None, compiled: bool | None) -> Hardware:
    from gpff_desktop.engine.precision import pick_device
    from gpff_desktop.training.memory import keep_large_blocks
    from gpff_desktop.training.trainer import Hardware

    keep_large_blocks()
    return Hardware(pick_device(device), bfloat16, compiled)


def _team(hardware: Hardware, devices: int, nodes: int) -> tuple[Team, Hardware]:
    from gpff_desktop.training.team import assemble

    team, device = assemble(hardware.device, devices, nodes)
    return team, replace(hardware, device=device)


@contextmanager
def _place(out: Path | None, background: bool) -> Iterator[Path]:
    """The run's folder; in the background, politely, and afterwards it is the turn of the next run there."""
    from gpff_desktop.session.training_runs import TrainingRuns

    if out is None:
        raise ValueError("name the run's folder with --out")
    if background and hasattr(os, "nice"):
        os.nice(_NICE)
    try:
        yield out
    finally:
        if background:
            TrainingRuns(out.resolve().parent).poll()


def _run(start: Start, resume: bool, samples_every: float, install: bool) -> Sitting | None:
    """One sitting of a run; `None` in processes that only help."""
    with _held(start) as lock, _failures_told(start):
        trainer, sources = (resumed if resume else begun)(start)
        if not start.team.leads:
            _help(trainer)
            return None
        _take(lock)
        sitting = _train(trainer, sources, samples_every)
        _end(sitting, install)
        return sitting


@contextmanager
def _held(start: Start) -> Iterator[FileLock]:
    """The lock of a run's folder, taken if it is a run already."""
    lock = FileLock(start.out / LOCK)
    if start.team.leads and any((start.out / name).exists() for name in (CONFIG, ORDER)):
        _take(lock)
    try:
        yield lock
    finally:
        lock.release()


def _take(lock: FileLock) -> None:
    end = time.monotonic() + _PATIENCE
    while not lock.acquire():  # whoever lists the runs holds it for a moment
        if time.monotonic() > end:
            raise RunError(f"run '{lock.path.parent}' is being trained by another process; pause that first")
        time.sleep(0.02)


@contextmanager
def _failures_told(start: Start) -> Iterator[None]:
    """Write what goes wrong into the run's status, in words, before it is told here."""
    from gpff_desktop.training.failures import in_words

    try:
        yield
    except Exception as error:
        words = in_words(error)
        if not start.team.leads:
            raise typer.Exit(WRONG_INPUT) from error
        fault = f"the training met a fault of the program ({type(error).__name__}); its log says more"
        mark_failed(start.out, words or fault)
        if words is None:
            raise
        raise RunError(words) from error


def _help(trainer: Trainer) -> None:
    with stop_signals() as stop:
        for _ in trainer.steps():
            if stop.is_set():
                trainer.stop()


def _train(trainer: Trainer, sources: TrainingData, samples_every: float) -> Sitting:
    """Train until the budget is spent, a signal says to stop or the run's folder asks for it; saves either way."""
    from gpff_desktop.training.sitting import Sitting

    with (
        Sitting(trainer, sources.validation, samples_every) as sitting,
        stop_signals() as stop,
        _progress(trainer) as show,
    ):
        for report in sitting.train(stop.is_set):
            show(report)
        if sitting.finished:
            sitting.conclude()
    return sitting


def _end(sitting: Sitting, install: bool) -> None:
    from gpff_desktop.session.model_files import install_folder

    trainer = sitting.trainer
    if not sitting.finished:
        sitting.end("paused", f"paused; saved up to step {trainer.optimisation.step_count:,}")
    elif install:
        model = install_folder(trainer.run.model_folder, trainer.description.name)
        sitting.end("finished", f"finished; the model is installed as {model.name}", model.name)
    else:
        sitting.end("finished", "finished")


def _say_how_it_ended(sitting: Sitting, data: Path, as_json: bool) -> None:
    trainer, report = sitting.trainer, sitting.last
    if not sitting.finished:
        notice(f"stopped and saved; go on with: gpff train {data} --out {trainer.run.path} --resume")
    if "valid_percent" in sitting.monitor.samples:
        notice(f"{sitting.monitor.samples['valid_percent']:.0f} % of sampled molecules valid")
    if as_json:
        print_json(_document(sitting))
    elif report:
        print(f"{trainer.run.model_folder}: {report.molecules:,} molecules seen in {report.step:,} steps")
    else:
        print(f"{trainer.run.model_folder}: there was nothing left to do")


@contextmanager
def _progress(trainer: Trainer) -> Iterator[Callable[[Report], None]]:
    """What shows reports on stderr: a bar, or a line a minute where that is no terminal."""
    from gpff_desktop.training.sitting import COMPILING

    said_at = time.monotonic()

    def show(report: Report) -> None:
        nonlocal said_at
        figures: dict[str, Any] = {"step": f"{report.step:,}", "loss": f"{report.loss:.3f}"}
        figures["speed"] = f"{report.speed:.0f}"
        bar.update(task, description="Training", completed=report.progress, total=1.0, **figures)
        if bar.disable and time.monotonic() - said_at >= _LINE_EVERY:
            notice(f"{report.progress:.1%}, " + ", ".join(f"{key} {value}" for key, value in figures.items()))
            said_at = time.monotonic()

    with progress_bar(
        "step {task.fields[step]}", "loss {task.fields[loss]}", "{task.fields[speed]} molecules/s"
    ) as bar:
        if trainer.compiles and bar.disable:
            notice(COMPILING)
        first, total = ("Compiling", None) if trainer.compiles else ("Training", 1.0)
        task = bar.add_task(first, total=total, step="", loss="", speed="")
        bar.update(task, completed=trainer.progress)
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


def _document(sitting: Sitting) -> dict[str, Any]:
    trainer = sitting.trainer
    return {
        "run": str(trainer.run.path),
        "model": str(trainer.run.model_folder),
        "finished": sitting.finished,
        "step": trainer.optimisation.step_count,
        "molecules": trainer.molecules,
        "seconds": round(trainer.elapsed, 3),
        "loss": sitting.last.loss if sitting.last else None,
        "samples": sitting.monitor.samples or None,
    }
