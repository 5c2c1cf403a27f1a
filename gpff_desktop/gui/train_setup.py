"""The second and third step of a training: which model, and how long; with the speed of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QCompleter, QListView, QVBoxLayout, QWidget

from gpff_desktop import elements
from gpff_desktop.gui.following import Following
from gpff_desktop.gui.train_widgets import button, combo, decimal, form, hint, line, rounded_time, row, say, spin, title
from gpff_desktop.session.data_sets import DataSet
from gpff_desktop.session.model_folders import ModelFolder, model_folders
from gpff_desktop.session.stepping import steps_elsewhere
from gpff_desktop.session.training_estimate import Estimate, estimate_steps
from gpff_desktop.session.training_request import Preset, RunRequest

_NEW: dict[Preset, tuple[str, str]] = {
    "small": ("New, small", "64 features: learns fastest, for a try or a few thousand simple molecules"),
    "medium": ("New, medium", "128 features: the usual choice"),
    "large": ("New, large", "256 features: for large data sets and a graphics card"),
}
_UNITS = ("minutes", "hours", "epochs")
_PATIENCE = 10
_MEASURE_CUT_OFF = "the speed could not be measured; close other programs and try again"
_DEVICES = {"auto": "Automatic", "cpu": "Processor", "cuda": "Graphics card"}
_LARGEST_SEED = 999_999
_LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "MIT", "ODbL-1.0", "Own data, not published")


class SetupStep(QWidget):
    """Model, budget, name and what else decides a run.

    Attributes
    ----------
    changed
        Signal without arguments: what would be asked for is different.
    described
        Signal with source and licence of the data, as the user has just typed them.
    """

    changed = Signal()
    described = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: DataSet | None = None
        self._proposed = ""
        self.measuring = Following(self)
        self.estimate: Estimate | None = None
        self.model = combo("Model to train", "A new network, or an installed model to go on from")
        self.model_note = hint("About the model")
        self.amount = decimal("Budget", "How long to train", 9999, 30)
        self.unit = combo("Unit of the budget", "Time, or passes over the data")
        self.unit.addItems(_UNITS)
        self.measure_button = button("Measure speed", "Train for a few seconds to see how fast this machine is")
        self.speed = hint("Speed of training on this machine")
        self.held_out = spin("Held out", "Share kept aside to measure the model, by composition", 1, 50, 5, " %")
        self.seed = spin("Seed of the training", "Decides split, order and noise", 0, _LARGEST_SEED, 0)
        self.device = combo("Device", "Where to train")
        for device, text in _DEVICES.items():
            self.device.addItem(text, device)
        self.patience = QCheckBox("Stop early")
        self.patience.setAccessibleName("Stop early")
        self.patience.setToolTip(f"End when {_PATIENCE} measurements in a row on what is held out bring no new best")
        self.name = line("Name of the model", "What the model will be called in the list of models")
        self.source = line(
            "Source of the data", "Who made the data, or where they were published", "Authors or article"
        )
        self.licence = line("Licence", "Licence of the data, and so of the model that is made of them", "Not known")
        self.licence.setCompleter(_completer(self))
        self._lay_out()
        self._connect()
        self.refresh_models()

    def request(self) -> RunRequest:
        """What is asked for.

        Raises
        ------
        ValueError
            If no data set is chosen.
        """
        if self._data is None:
            raise ValueError("Choose or import data first")
        preset, init = self.model.currentData()
        value = self.amount.value()
        budgets: dict[str, dict[str, Any]] = {
            "minutes": {"hours": value / 60},
            "hours": {"hours": value},
            "epochs": {"epochs": max(1, round(value))},
        }
        return RunRequest(
            data=self._data.path,
            name=self.name.text().strip(),
            preset=preset,
            init=init,
            **budgets[self.unit.currentText()],
            validation_fraction=self.held_out.value() / 100,
            seed=self.seed.value(),
            device=self.device.currentData(),
            patience=_PATIENCE if self.patience.isChecked() else None,
            source=self.source.text().strip(),
            licence=self.licence.text().strip(),
        )

    def set_data(self, data: DataSet | None, name: str) -> None:
        """Train on another data set; `name` is proposed for the model unless the user has typed one."""
        if (data and data.path) == (self._data and self._data.path):
            return
        self._data = data
        known = data.summary if data else None
        self.source.setText(known.source if known else "")
        self.licence.setText(known.licence if known else "")
        self.source.setCursorPosition(0)
        if self.name.text() == self._proposed:
            self.name.setText(name)
        self._proposed = name
        self.measure_button.setEnabled(data is not None)
        self._forget_speed()

    def refresh_models(self) -> None:
        """Offer the models that are installed now."""
        chosen = self.model.currentData()
        self.model.blockSignals(True)
        self.model.clear()
        for preset, (text, _) in _NEW.items():
            self.model.addItem(text, (preset, None))
        for folder in model_folders():
            self.model.addItem(f"Fine-tune {folder.name}", (None, folder.name))
        index = next((i for i in range(self.model.count()) if self.model.itemData(i) == chosen), 1)
        self.model.setCurrentIndex(index)
        self.model.blockSignals(False)
        self._forget_speed()

    def measure(self) -> None:
        """Train a few steps in another process to see how long it would take."""
        try:
            request = self.request()
            request.check()
        except ValueError as error:
            say(self.speed, str(error), wrong=True)
            return
        say(self.speed, "Measuring: a few seconds of training")
        self.measure_button.setEnabled(False)
        self.measuring.start(partial(steps_elsewhere, estimate_steps, request, cut_off=_MEASURE_CUT_OFF))

    def _on_measured(self, estimate: Estimate) -> None:
        self.estimate = estimate
        self._tell_speed()

    def _forget_speed(self) -> None:
        """Another network, other data or another device has another speed."""
        self.measuring.cancel()
        self.estimate = None
        self._tell_speed()
        say(self.model_note, self._about_model())
        self.changed.emit()

    def _tell_speed(self) -> None:
        estimate = self.estimate
        self.measure_button.setEnabled(self._data is not None)
        if estimate is None:
            say(self.speed, "")
            return
        request = self.request()
        seconds, passes = estimate.seconds(request), estimate.epochs(request)
        once = f"{estimate.molecules_per_s:,.0f} molecules/s on {estimate.device}"
        say(self.speed, f"{once}: about {rounded_time(seconds)} for {_rounded(passes)} over {estimate.molecules:,}")

    def _on_described(self) -> None:
        self.described.emit(self.source.text().strip(), self.licence.text().strip())

    def _about_model(self) -> str:
        preset, init = self.model.currentData()
        if preset is not None:
            return _NEW[preset][1]
        known = next((folder for folder in model_folders() if folder.name == init), None)
        return _about_elements(known, self._data) if known else ""

    def _connect(self) -> None:
        self.model.currentIndexChanged.connect(self._forget_speed)
        self.device.currentIndexChanged.connect(self._forget_speed)
        self.amount.valueChanged.connect(self._tell_speed)
        self.unit.currentIndexChanged.connect(self._tell_speed)
        self.name.textChanged.connect(self.changed)
        self.source.editingFinished.connect(self._on_described)
        self.licence.editingFinished.connect(self._on_described)
        self.measure_button.clicked.connect(self.measure)
        self.measuring.progressed.connect(self._on_measured)
        self.measuring.failed.connect(lambda message: say(self.speed, message, wrong=True))
        self.measuring.ended.connect(lambda: self.measure_button.setEnabled(self._data is not None))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for part in (title("2  Model"), self.model, self.model_note, title("3  Budget")):
            layout.addWidget(part)
        layout.addLayout(row(self.amount, self.unit, stretch=(1, 1)))
        layout.addWidget(self.measure_button)
        layout.addWidget(self.speed)
        layout.addLayout(
            form(
                ("&Held out", self.held_out, self.held_out),
                ("See&d", self.seed, self.seed),
                ("De&vice", self.device, self.device),
            )
        )
        layout.addWidget(self.patience)
        layout.addWidget(title("4  Card"))
        layout.addLayout(
            form(
                ("Model na&me", self.name, self.name),
                ("Data b&y", self.source, self.source),
                ("L&icence", self.licence, self.licence),
            )
        )


def _completer(parent: QWidget) -> QCompleter:
    completer = QCompleter(_LICENCES, parent)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    popup = QListView()
    popup.setProperty("role", "completions")
    completer.setPopup(popup)
    return completer


def _about_elements(model: ModelFolder, data: DataSet | None) -> str:
    if data is None or data.summary is None or not model.elements:
        return f"Goes on from what {model.name} has learnt"
    new = [z for z in data.summary.elements if z not in model.elements]
    if not new:
        return f"{model.name} knows all elements of these data"
    return f"Adds {_listed([elements.symbol(z) for z in new])}, which {model.name} has never seen"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _rounded(passes: float) -> str:
    return f"{passes:.1f} passes" if passes < 10 else f"{passes:,.0f} passes"
