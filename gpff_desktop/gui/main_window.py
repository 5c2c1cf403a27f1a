"""The main window: the molecule in the middle, what to generate on the right, what came of it below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QMessageBox, QWidget

from gpff_desktop.gui import files
from gpff_desktop.gui.actions import CommandSet
from gpff_desktop.gui.appearance import Appearance
from gpff_desktop.gui.candidates_panel import CandidatesPanel
from gpff_desktop.gui.commands import window_commands
from gpff_desktop.gui.generate_panel import GeneratePanel
from gpff_desktop.gui.judgement import Judgement
from gpff_desktop.gui.judging import CandidateJudge
from gpff_desktop.gui.messages import Frame, LoadedModel, RunResult
from gpff_desktop.gui.theme import Look
from gpff_desktop.gui.view import MoleculeView
from gpff_desktop.gui.worker import Backend, FieldWorker, generate_job, relax_job
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.export import save_png

_CLOUD_WIDTH = 1.5
_PICTURE_SCALE = 2


class MainWindow(QMainWindow):
    """Everything the user sees.

    Parameters
    ----------
    load
        Loads the model; called in the worker's thread.
    generate_at_start
        Generate the panel's formula as soon as the model is there.

    Attributes
    ----------
    idle
        Signal without arguments: a run has ended and all its candidates are judged.
    """

    idle = Signal()

    def __init__(self, load: Callable[[], Backend], generate_at_start: bool = True) -> None:
        super().__init__()
        self.setWindowTitle("GPFF Desktop")
        self.resize(1280, 820)
        self._model: LoadedModel | None = None
        self._no_model = "The model is being loaded"
        self._running = self._generating = False
        self._generate_at_start = generate_at_start
        self._to_judge: set[int] = set()
        self._chosen_for_user: int | None = None
        self.view = MoleculeView(self)
        self.appearance = Appearance(self.view.canvas, self)
        self.generate_panel = GeneratePanel()
        self.candidates_panel = CandidatesPanel()
        self.worker = FieldWorker(load, self)
        self.judge = CandidateJudge(self)
        self._lay_out()
        self.commands = CommandSet(self, window_commands(self))
        self._connect()
        self.appearance.set_look("system")
        self._show_cloud()
        self._refresh()
        self.worker.start()

    # Runs

    def generate(self) -> None:
        """Generate candidates with the panel's settings."""
        if not self.can_generate():
            return
        self._generating = self._running = True  # from now on, not from when the worker gets to it
        self.judge.start()
        self.worker.submit(generate_job(self.generate_panel.settings()))

    def relax(self) -> None:
        """Relax the structure shown."""
        structure = self.view.structure
        if structure is not None and self.can_relax():
            self._generating, self._running = False, True
            self.worker.submit(relax_job(structure))

    def stop(self) -> None:
        """End the run after the network evaluation in progress."""
        self.worker.stop()

    def can_generate(self) -> bool:
        """Whether there is a model, a formula, and no run."""
        return bool(self._model) and not self._running and not self.generate_panel.error

    def can_relax(self) -> bool:
        """Whether there is a model, a structure to relax, and no run."""
        return bool(self._model) and not self._running and self.has_structure()

    def is_running(self) -> bool:
        """Whether the worker is at a run."""
        return self._running

    def has_structure(self) -> bool:
        """Whether there is a structure to write or relax."""
        return self.view.structure is not None and len(self.view.structure) > 0

    # Files

    def open_file(self, path: Path | None = None) -> None:
        """Open a file of structures; asks which if no `path` is given."""
        path = path or files.ask_open(self)
        if path is None:
            return
        try:
            structures, problem = files.read(path)
        except (ValueError, OSError) as error:
            self._complain(str(error))
            return
        self._add_candidates(tuple(structures))
        opened = f"Opened {_count(len(structures), 'structure')} from {path.name}"
        self._note(f"{opened}; {problem}" if problem else opened)

    def export(self, path: Path | None = None) -> None:
        """Write the selected candidates, all if none is selected, or what is shown; asks where without `path`."""
        structures = [candidate.structure for candidate in self.candidates_panel.chosen()]
        if not structures and self.view.structure is not None:
            structures = [self.view.structure]
        path = path or files.ask_export(self, len(structures))
        if path is None or not structures:
            return
        try:
            files.write(path, structures)
        except (ValueError, OSError) as error:
            self._complain(str(error))
            return
        self._note(f"Wrote {_count(len(structures), 'structure')} to {path.name}")

    def export_picture(self, path: Path | None = None) -> None:
        """Write the view as a PNG with a transparent background; asks where without `path`."""
        path = path or files.ask_picture(self)
        if path is None:
            return
        width, height = self.view.canvas.size
        image = self.view.canvas.render_image((_PICTURE_SCALE * width, _PICTURE_SCALE * height), transparent=True)
        try:
            save_png(image, path)
        except OSError as error:
            self._complain(str(error))
            return
        self._note(f"Wrote {path.name}")

    # Help

    def show_shortcuts(self) -> None:
        """List the commands that have shortcuts."""
        rows = "".join(
            f"<tr><td>{command.title.replace('…', '')}&nbsp;&nbsp;</td><td><b>{command.shortcut}</b></td></tr>"
            for command in self.commands.commands.values()
            if command.shortcut
        )
        QMessageBox.information(self, "Keyboard shortcuts", f"<table>{rows}</table>")

    def show_about(self) -> None:
        """Say what this is."""
        text = "<b>GPFF Desktop</b><br>A molecule editor that drives a local generative model."
        QMessageBox.about(self, "About GPFF Desktop", text)

    # Qt's hooks

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """End the thread and the process before the window goes."""
        self.hide()  # the thread may be loading the model, and cannot be interrupted in it
        self.worker.close()
        self.judge.close()
        self.view.canvas.close()
        super().closeEvent(event)

    # What happens

    def _on_model(self, model: LoadedModel) -> None:
        self._model, self._no_model = model, ""
        self._model_label.setText(f"Model {model.name}")
        self._device_label.setText(f"on {model.device}")
        self.generate_panel.set_model(model)
        self._note("Model loaded")
        self._refresh()
        if self._generate_at_start:
            self.generate()

    def _on_model_failed(self, message: str) -> None:
        self._no_model = message
        self._model_label.setText("No model")
        self._complain(message)
        self._refresh()

    def _on_run_started(self) -> None:
        self._running = True
        self.view.start_run()
        self.generate_panel.set_progress(0, 0, "")
        self._note("Generating" if self._generating else "Relaxing")
        self._refresh()

    def _on_frame(self, frame: Frame) -> None:
        self.view.play(frame)
        step = frame.progress
        of = f" of {step.budget}" if step.budget else ""
        text = f"{step.evaluations}{of} evaluations, {frame.rate:.0f}/s"
        self.generate_panel.set_progress(step.evaluations, step.budget, text)

    def _on_run_ended(self, result: RunResult) -> None:
        self._running = False
        self.view.end_run()
        self._note(_outcome(result, self._generating))
        if self._generating and not result.stopped:
            self.generate_panel.learn_speed(result.seconds)
        self._add_candidates(result.structures)
        self._refresh()
        self._tell_if_idle()

    def _on_run_failed(self, message: str) -> None:
        self._running = False
        self.view.end_run()
        self._complain(message)
        self._refresh()

    def _add_candidates(self, structures: tuple[Structure, ...]) -> None:
        if not structures:
            return
        keys = self.candidates_panel.add(structures)
        for key, structure in zip(keys, structures, strict=True):
            self._to_judge.add(key)
            self.judge.submit(key, structure)
        self._chosen_for_user = len(self.candidates_panel.model.rows) - len(structures)
        self.candidates_panel.choose(self._chosen_for_user)

    def _on_judged(self, key: int, judgement: Judgement) -> None:
        self._to_judge.discard(key)
        row = self.candidates_panel.set_judgement(key, judgement)
        if row is not None and row == self.candidates_panel.current and not self._running:
            self._show_candidate(row, fit=False)
        elif row is not None and judgement.valid:
            self._offer_valid(row)
        self._tell_if_idle()

    def _offer_valid(self, row: int) -> None:
        """Show the first valid candidate of a run instead of a first one that is not, unless the user chose a row."""
        current = self.candidates_panel.current
        if current is None or current != self._chosen_for_user or row < current:
            return
        shown = self.candidates_panel.model.rows[current].judgement
        if shown is not None and not shown.valid:
            self._chosen_for_user = None
            self.candidates_panel.choose(row)

    def _on_judging_failed(self, key: int, message: str) -> None:
        self._on_judged(key, Judgement(False, "", message, np.empty((0, 3), dtype=np.int64), b""))

    def _tell_if_idle(self) -> None:
        if not self._running and not self._to_judge:
            self.idle.emit()

    def _show_candidate(self, row: int, fit: bool = True) -> None:
        if self._running:
            return
        candidate = self.candidates_panel.model.rows[row]
        self.view.show_structure(candidate.structure, f"Candidate {row + 1}: {candidate.validity}", fit)
        self.commands.refresh()

    def _on_look(self, look: Look) -> None:
        self.generate_panel.set_icon_colors(look.accent_text, look.text, look.muted)
        self.candidates_panel.model.set_colors(look.good, look.bad)
        self.commands.color_icons(look.text, look.muted)

    def _show_cloud(self) -> None:
        """Show what the first run will start from: atoms anywhere, as from the prior."""
        numbers = self.generate_panel.formula.numbers
        if numbers is not None:
            positions = np.random.default_rng(0).normal(0.0, _CLOUD_WIDTH, (len(numbers), 3))
            self.view.show_structure(Structure(numbers, positions), "Loading the model…")

    def _refresh(self) -> None:
        self.generate_panel.set_running(self._running, self._no_model)
        self.commands.refresh()

    def _note(self, message: str) -> None:
        self._last_action.setText(message)

    def _complain(self, message: str) -> None:
        self._last_action.setText(message)
        self.statusBar().showMessage(message, 8000)

    # Construction

    def _connect(self) -> None:
        worker, panel = self.worker, self.generate_panel
        worker.model_loaded.connect(self._on_model)
        worker.model_failed.connect(self._on_model_failed)
        worker.run_started.connect(self._on_run_started)
        worker.frame.connect(self._on_frame)
        worker.run_ended.connect(self._on_run_ended)
        worker.run_failed.connect(self._on_run_failed)
        self.judge.judged.connect(self._on_judged)
        self.judge.failed.connect(self._on_judging_failed)
        panel.generate_clicked.connect(self.generate)
        panel.stop_clicked.connect(self.stop)
        panel.changed.connect(self._refresh)
        self.candidates_panel.shown.connect(self._show_candidate)
        for dock in (self.generate_dock, self.candidates_dock):
            dock.visibilityChanged.connect(self.commands.refresh)
        self.view.hinted.connect(self._hint_label.setText)
        self.candidates_panel.selection_changed.connect(self.commands.refresh)
        self.candidates_panel.export_clicked.connect(self.export)
        self.appearance.changed.connect(self.commands.refresh)
        self.appearance.look_changed.connect(self._on_look)

    def _lay_out(self) -> None:
        self.setCentralWidget(self.view)
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        right = self.generate_dock = self._dock("Generate", self.generate_panel, Qt.DockWidgetArea.RightDockWidgetArea)
        below = self.candidates_dock = self._dock(
            "Candidates", self.candidates_panel, Qt.DockWidgetArea.BottomDockWidgetArea
        )
        self.resizeDocks([right], [310], Qt.Orientation.Horizontal)
        self.resizeDocks([below], [270], Qt.Orientation.Vertical)
        self._model_label, self._device_label, self._last_action = QLabel("Loading the model…"), QLabel(), QLabel()
        self._hint_label = QLabel()
        self._hint_label.setObjectName("hint")
        for label, name in (
            (self._hint_label, "Atom under the pointer"),
            (self._model_label, "Model"),
            (self._device_label, "Device"),
            (self._last_action, "Last action"),
        ):
            label.setAccessibleName(name)
        self.statusBar().addWidget(self._last_action, 1)
        self.statusBar().addPermanentWidget(self._hint_label)
        self.statusBar().addPermanentWidget(self._model_label)
        self.statusBar().addPermanentWidget(self._device_label)
        self.setMinimumSize(QSize(860, 560))

    def _dock(self, title: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(title.lower())
        dock.setWidget(content)
        dock.setAccessibleName(title)
        self.addDockWidget(area, dock)
        return dock


def _outcome(result: RunResult, generating: bool) -> str:
    if result.stopped:
        return f"Stopped after {result.seconds:.1f} s"
    what = f"Generated {_count(len(result.structures), 'candidate')}" if generating else "Relaxed"
    return f"{what} in {result.seconds:.1f} s"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
