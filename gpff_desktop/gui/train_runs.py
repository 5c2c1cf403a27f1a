"""The page of training runs: their list, what can be done with them, and their curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gpff_desktop.gui.theme import Look
from gpff_desktop.gui.train_list import RunsModel, RunsTable, state_of
from gpff_desktop.gui.train_plots import COLORS, Line, Plot
from gpff_desktop.gui.train_widgets import STEPS, bar, button, hint, rounded_time, row, say
from gpff_desktop.session.training_metrics import Curve, Curves
from gpff_desktop.session.training_runs import RunInfo

_FIGURES = {
    "Loss": (("train/loss", "training"), ("validation/mean", "held out, dashed")),
    "Samples, %": (("samples/valid_percent", "valid"), ("samples/novel_percent", "new, dashed")),
    "Learning rate": (("train/learning_rate", ""),),
    "Molecules per second": (("train/molecules_per_s", ""),),
}
_BANDS, _BAND = "Held-out loss by noise", "validation/sigma_"
_MINUTE = 60.0


class RunsPage(QWidget):
    """Runs, the one chosen, and the curves of those that are checked.

    Attributes
    ----------
    pause_clicked, stop_clicked, remove_clicked, samples_clicked, use_clicked
        Signals without arguments, about the run chosen; pause resumes what does not run.
    chosen_changed
        Signal without arguments: another run is chosen, or none.
    """

    pause_clicked = Signal()
    stop_clicked = Signal()
    remove_clicked = Signal()
    samples_clicked = Signal()
    use_clicked = Signal()
    chosen_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RunsModel(self)
        self.table = RunsTable(self.model)
        self.pause_button = button("Pause", "Save and end; it can be resumed")
        self.stop_button = button("Stop", "End now and make a model of what it has learnt")
        self.remove_button = button("Remove", "Delete the run and its files; a model it made stays")
        self.samples_button = button("Samples", "Show the molecules it generated last")
        self.use_button = button("Use model", "Generate with the model that it made", "primary")
        self.message = hint("How the run stands")
        self.progress = bar("Part of the budget that is used")
        self.plots = {name: Plot(name, "minutes") for name in (*_FIGURES, _BANDS)}
        self._drawn: object = None
        self._lay_out()
        self._connect()
        self._show_chosen()

    @property
    def chosen(self) -> RunInfo | None:
        """The run chosen."""
        return self.table.chosen

    def set_runs(self, runs: Sequence[RunInfo]) -> None:
        """Show runs as they stand, the oldest given first."""
        self.model.set_runs(runs)
        self._show_chosen()

    def choose(self, name: str) -> None:
        """Choose a run by its name, and draw its curves."""
        self.table.choose(name)

    def set_look(self, look: Look) -> None:
        """Draw in the colours of a theme."""
        for plot in self.plots.values():
            plot.set_look(look)

    def draw(self) -> None:
        """Draw the curves as they are now, if anything is new."""
        shown = self._shown()
        curves = {run.name: run.metrics() for run in shown}
        state = [(name, {key: len(curve) for key, curve in one.items()}) for name, one in curves.items()]
        chosen = self.chosen.name if self.chosen else ""
        if (chosen, state) == self._drawn:
            return
        self._drawn = (chosen, state)
        for figure, parts in _FIGURES.items():
            self._draw_figure(figure, parts, curves)
        self._draw_bands(curves.get(chosen, {}))

    def _shown(self) -> list[RunInfo]:
        chosen = self.chosen
        return [run for run in self.model.runs if run.name in self.model.compared or run is chosen]

    def _draw_figure(self, figure: str, parts: tuple[tuple[str, str], ...], curves: dict[str, Curves]) -> None:
        lines = [
            Line(_minutes(curve), curve.values, self.model.color(name), dashed=index > 0)
            for name, one in curves.items()
            for index, (key, _) in enumerate(parts)
            if (curve := one.get(key)) is not None
        ]
        words = [(name, self.model.color(name)) for name in curves]
        self.plots[figure].draw(lines, words, "; ".join(text for _, text in parts if text))

    def _draw_bands(self, curves: Curves) -> None:
        names = sorted((name for name in curves if name.startswith(_BAND)), key=_noise)
        colors = [COLORS[index % len(COLORS)] for index in range(len(names))]
        lines = [Line(_minutes(curves[n]), curves[n].values, c) for n, c in zip(names, colors, strict=True)]
        self.plots[_BANDS].draw(lines, [(f"{_noise(n):g} Å", c) for n, c in zip(names, colors, strict=True)])

    def _show_chosen(self) -> None:
        run = self.chosen
        for part in (self.pause_button, self.stop_button, self.remove_button, self.samples_button):
            part.setEnabled(run is not None)
        self.use_button.setVisible(bool(run and run.status.model))
        self.progress.setVisible(bool(run and run.status.active))
        if run is None:
            say(self.message, "No runs yet. Start one on the page New run.")
            return
        status = run.status
        resume = run.resumable
        self.pause_button.setText("Resume" if resume else "Pause")
        self.pause_button.setAccessibleName("Resume" if resume else "Pause")
        self.pause_button.setToolTip("Go on where it was saved" if resume else "Save and end; it can be resumed")
        self.pause_button.setEnabled(resume or status.active or run.state == "queued")
        self.stop_button.setEnabled(run.state in ("running", "paused", "failed"))
        self.remove_button.setEnabled(not status.active)
        self.progress.setMaximum(0 if status.message else STEPS)  # busy with something else than training
        self.progress.setValue(round(STEPS * status.progress))
        say(self.message, _told(run), wrong=run.state == "failed")

    def _on_chosen(self) -> None:
        self._show_chosen()
        self.draw()
        self.chosen_changed.emit()

    def _connect(self) -> None:
        self.table.chosen_changed.connect(self._on_chosen)
        self.model.compared_changed.connect(self.draw)
        self.pause_button.clicked.connect(self.pause_clicked)
        self.stop_button.clicked.connect(self.stop_clicked)
        self.remove_button.clicked.connect(self.remove_clicked)
        self.samples_button.clicked.connect(self.samples_clicked)
        self.use_button.clicked.connect(self.use_clicked)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.table)
        layout.addWidget(self.message)
        layout.addWidget(self.progress)
        layout.addLayout(row(self.pause_button, self.stop_button, self.remove_button, stretch=(1, 1, 1)))
        layout.addLayout(row(self.samples_button, self.use_button, stretch=(1, 1)))
        for plot in self.plots.values():
            layout.addWidget(plot)
        layout.addStretch(1)


def _minutes(curve: Curve) -> np.ndarray:
    return curve.seconds / _MINUTE


def _noise(name: str) -> float:
    return float(name.removeprefix(_BAND))


def _told(run: RunInfo) -> str:
    """How a run stands, in words."""
    status = run.status
    words = [status.message[:1].upper() + status.message[1:] if status.message else state_of(run)]
    if run.state == "running" and not status.message:
        left = f", {rounded_time(status.seconds_left)} left" if status.seconds_left is not None else ""
        loss = f", loss {status.loss:.3g}" if status.loss is not None else ""
        words = [f"Step {status.step:,}{loss}, {status.molecules_per_s:,.0f} molecules/s{left}"]
    elif status.step:
        words.append(f"{status.step:,} steps in {rounded_time(status.elapsed)}")
    return ". ".join(words)
