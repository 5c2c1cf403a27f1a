"""The one thread that owns the network: it loads the model, runs samplers and reports what happens."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QObject, QThread, Signal

from gpff_desktop.engine.interventions import Intervention
from gpff_desktop.gui.live_job import LiveJob, ModelLiveRun
from gpff_desktop.gui.messages import Frame, GenerateSettings, LoadedModel, Progress, RunResult
from gpff_desktop.session.recording import Recorder
from gpff_desktop.structure import Structure

if TYPE_CHECKING:
    from gpff_desktop.engine.steering import Constraint

_REPORT_SECONDS = 1 / 40


class ModelRun(Protocol):
    """A run that goes on as its steps are drawn, and can be ended after any of them."""

    @property
    def steps(self) -> Generator[Progress, None, None]:
        """A `Progress` for each network evaluation; closing it ends the run."""

    def starts(self) -> tuple[Structure, ...]:
        """What each molecule starts from."""

    def results(self) -> tuple[Structure, ...]:
        """The molecules as of the last step drawn; none before the first."""

    def intervene(self, intervention: Intervention) -> None:
        """Change a molecule before the next evaluation, from any thread; `ValueError` in one line if it cannot be."""


class Backend(Protocol):
    """A loaded model and what can be done with it; used in the worker's thread only."""

    @property
    def model(self) -> LoadedModel:
        """What the window needs to know of the model."""

    def generate(self, settings: GenerateSettings) -> ModelRun:
        """Generate candidates; `ValueError` in one line if the model cannot."""

    def relax(
        self, structure: Structure, locked: tuple[int, ...] = (), constraints: tuple[Constraint, ...] = ()
    ) -> ModelRun:
        """Relax a structure, its locked atoms aside; `ValueError` in one line if the model cannot."""

    def relax_all(
        self, structures: tuple[Structure, ...], locked: tuple[int, ...] = (), constraints: tuple[Constraint, ...] = ()
    ) -> ModelRun:
        """Relax copies of one structure together, as `relax` does."""

    def forces(self, structure: Structure) -> np.ndarray:
        """Pseudo-forces `[n_atoms, 3]` in Å; `ValueError` in one line if the model cannot."""

    def live(self) -> ModelLiveRun:
        """A run that waits for its first scene."""


@dataclass(frozen=True)
class Job:
    """A run to do; `cancelled` may be set in any thread to end it early, `unwanted` to keep nothing of it."""

    begin: Callable[[Backend], ModelRun]
    cancelled: threading.Event = field(default_factory=threading.Event)
    unwanted: threading.Event = field(default_factory=threading.Event)

    def end(self) -> None:
        """End it and keep nothing of it."""
        self.unwanted.set()
        self.cancelled.set()


@dataclass(frozen=True, eq=False)
class Question:
    """A structure whose pseudo-forces are wanted."""

    structure: Structure


@dataclass(frozen=True, eq=False)
class ModelChange:
    """Another model to load in place of the one at hand."""

    load: Callable[[], Backend]


def generate_job(settings: GenerateSettings) -> Job:
    """Generate candidates."""
    return Job(lambda backend: backend.generate(settings))


def relax_job(structure: Structure, locked: tuple[int, ...] = (), constraints: tuple[Constraint, ...] = ()) -> Job:
    """Relax a structure; atoms with these indices stay where they are, and constraints hold."""
    return Job(lambda backend: backend.relax(structure, locked, constraints))


def relax_all_job(
    structures: tuple[Structure, ...], locked: tuple[int, ...] = (), constraints: tuple[Constraint, ...] = ()
) -> Job:
    """Relax copies of one structure with other coordinates."""
    return Job(lambda backend: backend.relax_all(structures, locked, constraints))


class FieldWorker(QThread):
    """Takes one job at a time; a new job ends the one in progress and throws away what it has.

    Signals arrive in the window's thread. They carry the frozen records of `messages`.

    Attributes
    ----------
    watched
        Which molecule of a run frames show, counted from 0; may be set at any time.
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
    live_stepped
        Without arguments: the live job that was submitted last may have a step.
    live_refused
        With one line on why a scene cannot be followed; the job waits for another.
    live_failed
        With one line; the job is over.
    forces_known
        With a structure that was asked about and its pseudo-forces `[n_atoms, 3]` in Å, None if the model cannot tell.
    """

    model_loaded = Signal(object)
    model_failed = Signal(str)
    run_started = Signal()
    frame = Signal(object)
    run_ended = Signal(object)
    run_failed = Signal(str)
    live_stepped = Signal()
    live_refused = Signal(str)
    live_failed = Signal(str)
    forces_known = Signal(object, object)

    def __init__(self, load: Callable[[], Backend], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load = load
        self._tasks: queue.SimpleQueue[Job | LiveJob | Question | ModelChange | None] = queue.SimpleQueue()
        self._newest: Job | LiveJob | None = None
        self._question: Question | None = None
        self._run: ModelRun | None = None
        self.watched = 0

    def submit(self, job: Job | LiveJob) -> None:
        """Do this next; a job in progress or waiting is given up. A live job goes on until it is ended."""
        self._give_up()
        self._newest = job
        self._tasks.put(job)

    def intervene(self, intervention: Intervention) -> None:
        """Change a molecule of the run in progress, if there is one, before its next evaluation.

        Raises
        ------
        ValueError
            If it cannot be changed so.
        """
        if (run := self._run) is not None:
            run.intervene(intervention)

    def change_model(self, load: Callable[[], Backend]) -> None:
        """Load another model; a job in progress is given up. Where it fails, the one at hand stays."""
        self._give_up()
        self._tasks.put(ModelChange(load))

    def ask_forces(self, structure: Structure) -> None:
        """Evaluate a structure once, between jobs; of several that wait only the newest is."""
        self._question = Question(structure)
        self._tasks.put(self._question)

    def stop(self) -> None:
        """End the job in progress after the network evaluation it is in; what it has reached is its result."""
        if isinstance(self._newest, Job):
            self._newest.cancelled.set()

    def close(self) -> None:
        """End the thread and wait for it."""
        self._give_up()
        self._tasks.put(None)
        self.wait()

    def _give_up(self) -> None:
        if self._newest is not None:
            self._newest.end()

    def run(self) -> None:
        """Qt's hook: the body of the thread."""
        backend = self._loaded(self._load)
        while (task := self._tasks.get()) is not None:
            if isinstance(task, ModelChange):
                backend = self._loaded(task.load) or backend
            elif backend is not None:
                self._serve(task, backend)

    def _loaded(self, load: Callable[[], Backend]) -> Backend | None:
        try:
            backend = load()
            self.model_loaded.emit(backend.model)
        except Exception as error:
            self.model_failed.emit(one_line(error))
            return None
        return backend

    def _serve(self, task: Job | LiveJob | Question, backend: Backend) -> None:
        if isinstance(task, Question):
            self._answer(task, backend)
        elif isinstance(task, LiveJob):
            self._live(task, backend)
        else:
            self._do(task, backend)

    def _answer(self, question: Question, backend: Backend) -> None:
        if question is not self._question:
            return
        try:
            forces: np.ndarray | None = backend.forces(question.structure)
        except Exception:  # a molecule outside the model's domain, a graphics card without memory
            forces = None
        self.forces_known.emit(question.structure, forces)

    def _live(self, job: LiveJob, backend: Backend) -> None:
        try:
            job.follow(backend.live(), self.live_stepped.emit, lambda error: self.live_refused.emit(one_line(error)))
        except Exception as error:
            self.live_failed.emit(one_line(error))

    def _do(self, job: Job, backend: Backend) -> None:
        self.run_started.emit()
        try:
            result = self._follow(job, backend)
        except Exception as error:
            if not job.unwanted.is_set():
                self.run_failed.emit(one_line(error))
            return
        if not job.unwanted.is_set():
            self.run_ended.emit(result)

    def _follow(self, job: Job, backend: Backend) -> RunResult:
        start = time.monotonic()
        progress: Progress | None = None
        if job.cancelled.is_set():
            return _result(None, Recorder(), progress, True, 0.0)
        run, recorder, reporter = job.begin(backend), Recorder(), _Reporter(self, start)
        self._run = run
        try:
            with closing(run.steps) as steps:
                for progress in steps:
                    recorder.add(progress.evaluations, progress.positions, progress.sigma)
                    reporter.report(progress)
                    if job.cancelled.is_set():
                        break
        finally:
            self._run = None
        reporter.report_last()
        return _result(run, recorder, progress, job.cancelled.is_set(), time.monotonic() - start)


class _Reporter:
    """Sends the steps of a run as frames, no more of them than can be drawn, but the last one always."""

    def __init__(self, worker: FieldWorker, start: float) -> None:
        self._worker, self._start, self._reported = worker, start, 0.0
        self._waiting: Progress | None = None

    def report(self, progress: Progress) -> None:
        """Send a step unless the one before it was sent just now."""
        self._waiting = progress
        if time.monotonic() - self._reported > _REPORT_SECONDS:
            self.report_last()

    def report_last(self) -> None:
        """Send the newest step if it has not been sent."""
        progress, self._waiting = self._waiting, None
        watched = self._worker.watched
        if progress is None or not _can_be_drawn(progress, watched):
            return
        self._reported = time.monotonic()
        rate = progress.evaluations / max(self._reported - self._start, 1e-6)
        self._worker.frame.emit(Frame.of(progress, watched, rate))


def _can_be_drawn(progress: Progress, watched: int) -> bool:
    """Whether a molecule has not diverged, as it can on a bad network while the others go on."""
    return bool(np.isfinite(progress.positions[min(watched, len(progress) - 1)]).all())


def _result(
    run: ModelRun | None, recorder: Recorder, last: Progress | None, cancelled: bool, seconds: float
) -> RunResult:
    if run is None or last is None:
        return RunResult((), (), (), cancelled, 0, 0, seconds)
    return RunResult(
        structures=run.results(),
        starts=run.starts(),
        trajectories=recorder.trajectories(last.numbers),
        stopped=cancelled and last.evaluations != last.budget,
        evaluations=last.evaluations,
        budget=last.budget,
        seconds=seconds,
    )


def one_line(error: Exception) -> str:
    """What an exception says, in one line fit for the user."""
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__
