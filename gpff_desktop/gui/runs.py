"""Runs: what starts them, what they show while they go, and where their results end up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from gpff_desktop.engine.interventions import Intervention
from gpff_desktop.gui.generate_panel import GeneratePanel
from gpff_desktop.gui.live import Live
from gpff_desktop.gui.messages import Frame, GenerateSettings, LoadedModel, NewCandidates, RunResult, SamplerChoice
from gpff_desktop.gui.stage import Stage
from gpff_desktop.gui.worker import Backend, FieldWorker, Job, generate_job, relax_job
from gpff_desktop.session.cleaning import Moved
from gpff_desktop.session.entry import EditError, Entry
from gpff_desktop.session.scaffold import Scaffold
from gpff_desktop.session.steering_of_entry import constraints_on, left_out
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure

LOADING = "The model is being loaded"


class Runs(QObject):
    """Generating, relaxing and live in the worker's thread.

    Parameters
    ----------
    load
        Loads the model; called in the worker's thread.
    workbench, stage, panel
        What is worked on, where it is shown, and how runs are to be done.
    generate_at_start
        Generate the panel's formula as soon as the model is there.

    Attributes
    ----------
    live
        The structure on view following the field; a run ends it.
    changed
        Signal without arguments: a run has begun or ended, or a model is there.
    generated
        Signal with the `NewCandidates` of a generation.
    framed
        Signal with each `Frame` that is shown.
    ended
        Signal without arguments: a run has ended and its results are where they belong.
    """

    changed = Signal()
    generated = Signal(object)
    framed = Signal(object)
    ended = Signal()

    def __init__(
        self,
        load: Callable[[], Backend],
        workbench: Workbench,
        stage: Stage,
        panel: GeneratePanel,
        generate_at_start: bool = True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workbench, self._stage, self._panel = workbench, stage, panel
        self._generate_at_start = generate_at_start
        self.model: LoadedModel | None = None
        self._no_model = LOADING
        self._running = False
        self._relaxing: Entry | None = None
        self._cleaning = False
        self._take: Callable[[RunResult], object] | None = None
        self._settings: GenerateSettings | None = None
        self._frame: Frame | None = None
        self._count = 0
        self._offered: object = None
        self.worker = FieldWorker(load, self)
        self.live = Live(self.worker, workbench, stage, self)
        self._connect()

    # What the user can do

    def generate(self) -> None:
        """Generate candidates with the panel's settings."""
        if self.can_generate():
            self.generate_as(self._panel.settings())

    def generate_as(self, settings: GenerateSettings) -> None:
        """Generate candidates with settings of one's own; nothing happens without a model or during a run."""
        if self.is_ready():
            self._begin(None)
            self._settings = replace(settings, entry=self._workbench.document.entry)
            self.worker.submit(generate_job(self._settings))
            self._tell_left_out(self._settings)

    def relax(self) -> None:
        """Relax the structure on view; its locked atoms stay."""
        if self.can_relax():
            entry = self._stage.accept()
            self._begin(entry)
            self.worker.submit(relax_job(entry.structure, tuple(sorted(entry.locked)), constraints_on(entry)))

    def clean_up(self) -> None:
        """Relax the structure on view, and say what became of the drawing."""
        self.relax()
        self._cleaning = self._relaxing is not None

    def run(self, job: Job, take: Callable[[RunResult], object]) -> None:
        """Do another job; `take` gets what it ends with. Nothing happens without a model or during a run."""
        if self.is_ready():
            self._begin(None)
            self._take = take
            self.worker.submit(job)

    def toggle_live(self) -> None:
        """Let the structure on view follow the field, or leave it where it is."""
        if self.live.on:
            self.live.end()
        elif self.can_relax():
            self.live.start()

    def stop(self) -> None:
        """End the run after the network evaluation in progress, or live; what it has reached is kept."""
        self.live.end()
        self.worker.stop()

    def watch(self, index: int) -> None:
        """Show another molecule of the run, counted from 0."""
        self.worker.watched = index
        if self._running and self._frame is not None:
            self._on_frame(self._frame)

    def change_model(self, load: Callable[[], Backend]) -> None:
        """Load another model in the worker's thread; where it fails, the one at hand stays."""
        self.live.end()
        self._no_model = LOADING
        self.worker.change_model(load)
        self._refresh()

    @property
    def watched(self) -> int:
        """Which molecule of the run is on view."""
        return self._frame.watched if self._frame else 0

    @property
    def kept(self) -> int:
        """How many atoms of a generation, the first ones, stay where they were before."""
        scaffold = self._settings.scaffold if self._settings else None
        return len(scaffold.kept) if scaffold else 0

    def can_steer(self) -> bool:
        """Whether a generation is running, which takes changes by hand."""
        return self._running and self._relaxing is None

    def intervene(self, intervention: Intervention) -> bool:
        """Change a molecule of the run before its next evaluation; False, and a line for the user, if it cannot be."""
        try:
            self.worker.intervene(intervention)
        except ValueError as error:
            self._workbench.warned.emit(str(error))
            return False
        return True

    def can_generate(self) -> bool:
        """Whether there is a model, a formula, and no run."""
        return self.is_ready() and not self._panel.error

    def can_relax(self) -> bool:
        """Whether there is a model, a structure to relax, and no run."""
        return self.is_ready() and bool(self._stage.structure)

    def is_ready(self) -> bool:
        """Whether there is a model, none is being loaded, and no run is on."""
        return bool(self.model) and not self._no_model and not self._running

    def is_running(self) -> bool:
        """Whether the worker is at a run."""
        return self._running

    def is_loading(self) -> bool:
        """Whether a model is being loaded."""
        return self._no_model == LOADING

    def can_stop(self) -> bool:
        """Whether the worker is at a run, or live is on."""
        return self._running or self.live.on

    def start(self) -> None:
        """Load the model."""
        self.worker.start()
        self._refresh()

    def close(self) -> None:
        """End the thread and wait for it."""
        self.worker.close()

    # What happens

    def _tell_left_out(self, settings: GenerateSettings) -> None:
        without = left_out(settings.entry, settings.locked) if settings.entry else ()
        if without:
            self._workbench.warned.emit(f"Left out, as it names atoms that are not locked: {'; '.join(without)}")

    def _begin(self, relaxing: Entry | None) -> None:
        self.live.end()
        self._cleaning, self._take = False, None
        self._relaxing, self._running = relaxing, True  # from now on, not from when the worker gets to it
        self._frame, self.worker.watched = None, 0

    def _on_model(self, model: LoadedModel) -> None:
        first = self.model is None
        self.model, self._no_model = model, ""
        self._panel.set_model(model)
        self._workbench.noted.emit("Model loaded")
        self._refresh()
        if first and self._generate_at_start:
            self.generate()

    def offer(self, samplers: Iterable[SamplerChoice]) -> None:
        """Offer other samplers than the model came with; it has to be loaded."""
        assert self.model is not None
        self.model = replace(self.model, samplers=tuple(samplers))
        self._panel.set_model(self.model)
        self._refresh()

    def _on_model_failed(self, message: str) -> None:
        self._no_model = "" if self.model else message
        self._workbench.warned.emit(message)
        self._refresh()

    def _on_started(self) -> None:
        self._running = True
        self._stage.start_run(self._relaxing)
        self._panel.set_progress(0, 0, "")
        self._workbench.noted.emit("Relaxing" if self._relaxing or self._take else "Generating")
        self._refresh()

    def _on_frame(self, frame: Frame) -> None:
        if frame.watched != min(self.worker.watched, len(frame.progress) - 1):  # chosen while the frame was on its way
            frame = Frame.of(frame.progress, self.worker.watched, frame.rate)
        self._frame = frame
        self._stage.play(frame)
        self.framed.emit(frame)
        step = frame.progress
        of = f" of {step.budget}" if step.budget else ""
        self._panel.set_progress(
            step.evaluations, step.budget, f"{step.evaluations}{of} evaluations, {frame.rate:.0f}/s"
        )

    def _on_ended(self, result: RunResult) -> None:
        relaxed, self._relaxing = self._relaxing, None
        self._running = False
        self._stage.end_run(back=bool(relaxed or self._take))
        if relaxed:
            self._workbench.noted.emit(self._take_relaxed(relaxed, result))
        elif self._take:
            self._take(result)
        else:
            self._take_generated(result)
        self._refresh()
        self.ended.emit()

    def _take_generated(self, result: RunResult) -> None:
        found = _counted(len(result.structures), "candidate")
        if not result.stopped:
            self._panel.learn_speed(result.seconds)
        if not result.structures:
            self._workbench.noted.emit("Stopped before the first evaluation; nothing was generated")
            return
        self._count += 1
        ending = f"; {result.ending}" if result.stopped else ""
        self._workbench.noted.emit(f"Generated {found} in {result.seconds:.1f} s{ending}")
        name = f" · {self._settings.name}" if self._settings and self._settings.name else ""
        title = f"Run {self._count}{name}" + (f", {result.ending}" if result.stopped else "")
        scaffold = self._settings.scaffold if self._settings else None
        starts = tuple(_held(start, scaffold) for start in result.starts)
        locked = tuple(range(len(scaffold.kept))) if scaffold else ()
        self.generated.emit(NewCandidates(result.structures, title, result.trajectories, starts, locked, scaffold))

    def _take_relaxed(self, entry: Entry, result: RunResult) -> str:
        if not result.structures:
            return "Stopped before the first evaluation; nothing has moved"
        relaxed, document = result.structures[0], self._workbench.document
        report = Moved.between(entry.structure, relaxed, align=not entry.locked)
        now = document.find_or_none(entry.key)
        if now is None or not _still(now.structure, entry.structure):
            document.add([relaxed.with_title(f"{entry.title}, relaxed")], keep_bonds=False)
            return "The structure was edited meanwhile; the relaxed one stands beside it"
        ending = f"{result.ending}, " if result.stopped else ""
        try:
            changed = replace(now.with_structure(relaxed), trajectory=result.trajectories[0])
            step = "Clean up" if self._cleaning else "Relax"
            document.edit_entry(f"{step} ({ending}moved {report.rmsd:.2f} Å)", changed)
        except EditError as error:
            return str(error)
        if self._cleaning:
            return f"Cleaned up: {ending}{report.text}"
        return f"Relaxed in {result.seconds:.1f} s; {ending}atoms moved {report.rmsd:.2f} Å (RMSD)"

    def _on_failed(self, message: str) -> None:
        relaxing, self._relaxing = self._relaxing, None
        self._running = False
        self._stage.end_run(back=bool(relaxing))
        self._workbench.warned.emit(message)
        self._refresh()

    def _on_stage(self) -> None:
        self._panel.set_live(self.live.on, self.live.on or self.can_relax())

    def _offer_locked(self, *_: object) -> None:
        entry = self._workbench.document.entry
        kept = sorted(entry.locked) if entry else []
        known = (entry.key, entry.title, entry.structure, tuple(kept)) if entry and kept else None
        if known == self._offered:
            return
        self._offered = known
        if entry is None or not kept:
            self._panel.set_scaffold(None)
            return
        self._panel.set_scaffold(Scaffold(entry.structure, tuple(kept)), entry.title)

    def _refresh(self) -> None:
        self._panel.set_running(self._running, self._no_model)
        self._panel.set_live(self.live.on, self.live.on or self.can_relax())
        self.changed.emit()

    def _connect(self) -> None:
        worker, panel = self.worker, self._panel
        worker.model_loaded.connect(self._on_model)
        worker.model_failed.connect(self._on_model_failed)
        worker.run_started.connect(self._on_started)
        worker.frame.connect(self._on_frame)
        worker.run_ended.connect(self._on_ended)
        worker.run_failed.connect(self._on_failed)
        self.live.changed.connect(self._refresh)
        self._stage.changed.connect(self._on_stage)
        panel.live_clicked.connect(self.toggle_live)
        panel.generate_clicked.connect(self.generate)
        panel.stop_clicked.connect(self.stop)
        panel.changed.connect(self._refresh)
        self._workbench.document.changed.connect(self._offer_locked)
        self._stage.view.run_overlay.watch_requested.connect(self.watch)


def _still(now: Structure, then: Structure) -> bool:
    return np.array_equal(now.numbers, then.numbers) and np.array_equal(now.positions, then.positions)


def _held(start: Structure, scaffold: Scaffold | None) -> Structure:
    """A start with its first atoms where the user locked them, so that what is compared with it tells their drift."""
    if scaffold is None:
        return start
    return start.with_positions(np.concatenate([scaffold.atoms.positions, start.positions[len(scaffold.kept) :]]))


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
