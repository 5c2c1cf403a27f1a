"""Training from the window: runs are processes of their own, which are followed here and found again."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.messages import NewCandidates
from gpff_desktop.gui.theme import Look
from gpff_desktop.session.training_runs import RunInfo, TrainingRuns
from gpff_desktop.structure import Structure
from gpff_desktop.training.status import State

if TYPE_CHECKING:
    from gpff_desktop.gui.main_window import MainWindow
    from gpff_desktop.gui.train_panel import TrainPanel

_LOOK_MS = 1000
_JUST_NOW = 10.0
_MENU = "Run/Training"


class Training(QObject):
    """Holds the place of the Train panel until it is wanted, and keeps an eye on the runs.

    Parameters
    ----------
    window
        Where it belongs.

    Attributes
    ----------
    changed
        Signal without arguments: runs, or which of them is chosen, are different.
    host
        The widget for the dock.
    panel
        The panel, once it has been opened.
    infos
        All runs as they stood at the last look, the oldest first.
    """

    changed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._look: Look | None = None
        self.runs = TrainingRuns()
        self.infos: list[RunInfo] = []
        self._states: dict[str, State] | None = None
        self.host = QWidget()
        self.panel: TrainPanel | None = None
        QVBoxLayout(self.host).setContentsMargins(0, 0, 0, 0)
        self.host.installEventFilter(self)
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)
        QTimer.singleShot(0, self, self.begin)

    def commands(self) -> list[Command]:
        """The menu Run › Training."""
        none = "Choose a run on the page Runs of the Train panel first"
        return [
            Command(
                "train.new",
                "Train a model…",
                _MENU,
                partial(self.show, 0),
                "Ctrl+Shift+T",
                "mdi6.school-outline",
                "Train a model on your own structures",
            ),
            Command(
                "train.check",
                "Check training data…",
                _MENU,
                self.ask_data,
                icon="mdi6.folder-search-outline",
                hint="Check files of structures, and import them as a data set",
            ),
            Command(
                "train.runs",
                "Training runs",
                _MENU,
                partial(self.show, 1),
                icon="mdi6.chart-line",
                hint="Show the runs, how they stand and their curves",
            ),
            Command(
                "train.pause",
                "Pause or resume training",
                _MENU,
                self.pause_or_resume,
                icon="mdi6.pause",
                hint="Save the chosen run and end it, or go on with it",
                enabled_when=lambda: bool(self.chosen and self.chosen.state != "finished"),
                needs=none,
            ),
            Command(
                "train.stop",
                "Stop training",
                _MENU,
                self.stop,
                icon="mdi6.stop-circle-outline",
                hint="End the chosen run now and make a model of what it has learnt",
                enabled_when=lambda: bool(self.chosen and self.chosen.state in ("running", "paused", "failed")),
                needs=none,
            ),
            Command(
                "train.samples",
                "Show samples of the training",
                _MENU,
                self.show_samples,
                icon="mdi6.molecule",
                hint="List the molecules that the chosen run generated last as candidates",
                enabled_when=lambda: self.chosen is not None,
                needs=none,
            ),
        ]

    @property
    def chosen(self) -> RunInfo | None:
        """The run that is chosen in the panel."""
        return self.panel.runs.chosen if self.panel else None

    # What the user can do

    def show(self, page: int) -> None:
        """Bring the panel to the front with one of its pages."""
        dock = self._window.train_dock
        dock.show()
        dock.raise_()
        self.open().show_page(page)
        self.host.setFocus()

    def ask_data(self) -> None:
        """Ask for files and check them."""
        self.show(0)
        self.open().data.ask_files()

    def check(self, *paths: Path) -> None:
        """Check files and folders to train on."""
        self.show(0)
        self.open().data.check(paths)

    def start(self) -> None:
        """Train what the panel asks for."""
        panel = self.open()
        try:
            run = self.runs.start(panel.setup.request())
        except (ValueError, OSError) as error:
            panel.set_problem(str(error))
            return
        self._window.workbench.noted.emit(f"Training {run.name}")
        self.look()
        panel.runs.choose(run.name)
        panel.show_page(1)

    def pause_or_resume(self) -> None:
        """Pause the run chosen, or go on with it."""
        run = self.chosen
        if run is not None:
            self._do(partial(self.runs.resume if run.resumable else self.runs.pause, run.name))

    def stop(self) -> None:
        """End the run chosen and make its model."""
        if self.chosen is not None:
            self._do(partial(self.runs.stop, self.chosen.name))

    def remove(self) -> None:
        """Delete the run chosen, if the user is sure."""
        run = self.chosen
        if run is not None and self._window.models.sure(f"Delete the run {run.name} and its files?"):
            self._do(partial(self.runs.remove, run.name))

    def show_samples(self) -> None:
        """List the molecules that the run chosen generated last as candidates, and show the first."""
        run = self.chosen
        samples = run.samples() if run else []
        if run is None or not samples:
            self._window.workbench.warned.emit("The run has not generated molecules yet; wait some minutes")
            return
        name = f"{run.name}, step {samples[0].properties.get('step', '')}"
        self._window.review.add(NewCandidates(tuple(samples), name))
        self._window.candidates_dock.show()
        self._window.candidates_dock.raise_()

    def use_model(self, name: str = "") -> None:
        """Generate with the model that a run made; by default the run chosen."""
        name = name or (self.chosen.status.model if self.chosen else "")
        if name:
            self._window.models.use(name)
            self._window.generate_dock.raise_()

    # What happens

    def begin(self) -> None:
        """Look for runs of earlier windows, and go on looking."""
        self.look()
        self._timer.start()

    def look(self) -> None:
        """See how the runs stand; the next in the queue starts when its turn has come."""
        changed = self.runs.poll()
        self.infos = self.runs.known()
        gone = self._states is not None and len(self.infos) != len(self._states)
        for run in changed:
            self._tell(run, self._states.get(run.name) if self._states is not None else None)
        self._states = {run.name: run.state for run in self.infos}
        if changed or gone:
            self._show_runs()

    def close(self) -> None:
        """Stop looking; the runs go on."""
        self._timer.stop()
        if self.panel is not None:
            self.panel.close_work()

    def set_look(self, look: Look) -> None:
        """Draw in the colours of a theme."""
        self._look = look
        if self.panel is not None:
            self.panel.set_look(look)

    def _tell(self, run: RunInfo, before: State | None) -> None:
        """Tell of a run that has ended, or that goes on from an earlier window."""
        if before is None and run.status.active and self._states is None:
            self._window.workbench.noted.emit(f"Training {run.name} goes on")
        if run.state == before or (before is None and time.time() - run.status.since > _JUST_NOW):
            return
        see = ("Show", partial(self._show_run, run.name))
        if run.state == "failed":
            self._window.notices.tell(f"Training {run.name} failed: {run.status.message}", see)
        elif run.state == "finished":
            self._window.models.changed.emit()
            use = [("Use model", partial(self.use_model, run.status.model))] if run.status.model else []
            self._window.notices.tell(f"Training {run.name} is finished", *use, see)

    def _show_run(self, name: str) -> None:
        self.show(1)
        self.open().runs.choose(name)

    def _show_runs(self) -> None:
        if self.panel is not None:
            self.panel.runs.set_runs(self.infos)
            if self.panel.page == 1 and self.panel.isVisible():
                self.panel.runs.draw()
        self.changed.emit()

    def _do(self, act: Callable[[], object]) -> None:
        try:
            act()
        except (ValueError, OSError) as error:
            self._window.workbench.warned.emit(str(error))
        self.look()

    # The panel

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: the first look at the dock makes the panel."""
        if event.type() == QEvent.Type.Show:
            self.open()
            self._show_runs()
        return super().eventFilter(watched, event)

    def open(self) -> TrainPanel:
        """The panel, made now if it is not there yet: its plots take a moment to load."""
        if self.panel is None:
            from gpff_desktop.gui.train_panel import TrainPanel

            panel = self.panel = TrainPanel()
            panel.set_look(self._look or self._window.appearance.look)
            layout = self.host.layout()
            assert layout is not None
            layout.addWidget(panel)
            self.host.setFocusProxy(panel)
            self._connect(panel)
            self._show_runs()
        return self.panel

    def _connect(self, panel: TrainPanel) -> None:
        panel.start_clicked.connect(self.start)
        panel.page_changed.connect(self._show_runs)
        panel.data.picture_clicked.connect(self._show_picture)
        panel.runs.pause_clicked.connect(self.pause_or_resume)
        panel.runs.stop_clicked.connect(self.stop)
        panel.runs.remove_clicked.connect(self.remove)
        panel.runs.samples_clicked.connect(self.show_samples)
        panel.runs.use_clicked.connect(lambda: self.use_model())
        panel.runs.chosen_changed.connect(self.changed)
        self._window.models.changed.connect(panel.setup.refresh_models)

    def _show_picture(self, structure: Structure) -> None:
        self._window.stage.show_preview(structure, structure.formula)
