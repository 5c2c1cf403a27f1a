"""The one thread that owns the network: it loads the model, runs samplers and reports what happens."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from PySide6.QtCore import QObject, QThread, Signal

from gpff_desktop.chemistry.bonds import connectivity
from gpff_desktop.gui.messages import Frame, GenerateSettings, LoadedModel, Progress, RunResult
from gpff_desktop.structure import Structure

_REPORT_SECONDS = 1 / 40


class Backend(Protocol):
    """A loaded model and what can be done with it; used in the worker's thread only.

    Runs yield a `Progress` after each network evaluation and a `Structure` for each finished candidate, and must end
    cleanly when they are closed early.
    """

    @property
    def model(self) -> LoadedModel:
        """What the window needs to know of the model."""

    def generate(self, settings: GenerateSettings) -> Iterator[Progress | Structure]:
        """Generate candidates; `ValueError` in one line if the model cannot."""

    def relax(self, structure: Structure, locked: tuple[int, ...] = ()) -> Iterator[Progress | Structure]:
        """Relax a structure, its locked atoms aside; `ValueError` in one line if the model cannot."""


@dataclass(frozen=True)
class Job:
    """A run to do; `cancelled` may be set in any thread to end it early."""

    begin: Callable[[Backend], Iterator[Progress | Structure]]
    cancelled: threading.Event = field(default_factory=threading.Event)


def generate_job(settings: GenerateSettings) -> Job:
    """Generate candidates."""
    return Job(lambda backend: backend.generate(settings))


def relax_job(structure: Structure, locked: tuple[int, ...] = ()) -> Job:
    """Relax a structure; atoms with these indices stay where they are."""
    return Job(lambda backend: backend.relax(structure, locked))


class FieldWorker(QThread):
    """Takes one job at a time; a new job ends the one in progress.

    Signals arrive in the window's thread. They carry the frozen records of `messages`.

    Attributes
    ----------
    model_loaded
        With a `LoadedModel`.
    model_failed, run_failed
        With one line on what is wrong and what to do.
    run_started
        Without arguments.
    frame
        With a `Frame`, not more often than it can be drawn.
    run_ended
        With a `RunResult`.
    """

    model_loaded = Signal(object)
    model_failed = Signal(str)
    run_started = Signal()
    frame = Signal(object)
    run_ended = Signal(object)
    run_failed = Signal(str)

    def __init__(self, load: Callable[[], Backend], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load = load
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._newest: Job | None = None

    def submit(self, job: Job) -> None:
        """Do this next; a job in progress or waiting is given up."""
        self.stop()
        self._newest = job
        self._jobs.put(job)

    def stop(self) -> None:
        """End the job in progress after the network evaluation it is in."""
        if self._newest is not None:
            self._newest.cancelled.set()

    def close(self) -> None:
        """End the thread and wait for it."""
        self.stop()
        self._jobs.put(None)
        self.wait()

    def run(self) -> None:
        """Qt's hook: the body of the thread."""
        try:
            backend = self._load()
            self.model_loaded.emit(backend.model)
        except Exception as error:
            self.model_failed.emit(one_line(error))
            return
        while (job := self._jobs.get()) is not None:
            self._do(job, backend)

    def _do(self, job: Job, backend: Backend) -> None:
        self.run_started.emit()
        start = time.monotonic()
        try:
            structures = self._follow(job, job.begin(backend), start)
        except Exception as error:
            self.run_failed.emit(one_line(error))
            return
        self.run_ended.emit(RunResult(tuple(structures), job.cancelled.is_set(), time.monotonic() - start))

    def _follow(self, job: Job, steps: Iterator[Progress | Structure], start: float) -> list[Structure]:
        structures: list[Structure] = []
        reported = 0.0
        if job.cancelled.is_set():
            return structures
        with closing(steps):  # type: ignore[type-var]
            for step in steps:
                if isinstance(step, Structure):
                    structures.append(step)
                elif time.monotonic() - reported > _REPORT_SECONDS or step.evaluations == step.budget:
                    reported = time.monotonic()
                    self.frame.emit(_frame(step, reported - start))
                if job.cancelled.is_set():
                    break
        return structures


def one_line(error: Exception) -> str:
    """What an exception says, in one line fit for the user."""
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__


def _frame(step: Progress, seconds: float) -> Frame:
    bonds = connectivity(Structure(step.numbers, step.positions))
    return Frame(step, bonds, step.evaluations / max(seconds, 1e-6))
