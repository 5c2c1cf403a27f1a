"""The panel that says what to generate and how."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import qtawesome
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gpff_desktop import elements
from gpff_desktop.gui.actions import tooltip
from gpff_desktop.gui.field_label import field_label
from gpff_desktop.gui.formula_box import FormulaBox
from gpff_desktop.gui.log_slider import LogSlider
from gpff_desktop.gui.messages import GenerateSettings, LoadedModel, SamplerChoice
from gpff_desktop.gui.prior_panel import PriorPanel
from gpff_desktop.session.scaffold import Scaffold

if TYPE_CHECKING:  # Loads torch, for which a window does not wait.
    from gpff_desktop.engine.steering import Prior

MODES = {
    "relaxation": ("Relaxation", "Walks down the pseudo-forces; results stay near where they start"),
    "diffusion": ("Diffusion", "Samples the distribution that the model has learnt"),
}
LARGEST_NFE = 512
LARGEST_SEED = 2**31 - 1
START_FORMULA = "C7H10N2O2"
_INDENT = "\u2002"
"""Qt's style sheets give a button with a menu arrow no padding on the left."""


class GeneratePanel(QWidget):
    """Composition, mode, sampler, budget, count and seed, with the buttons that start and stop a run.

    Attributes
    ----------
    generate_clicked, stop_clicked, live_clicked
        Signals without arguments.
    prior
        Where atoms start while no structure is open; else that is said by the structure.
    changed
        Signal without arguments: the settings, or whether they can be used, may be different.
    """

    generate_clicked = Signal()
    stop_clicked = Signal()
    live_clicked = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samplers: tuple[SamplerChoice, ...] = ()
        self.model_button = QPushButton(f"{_INDENT}Loading…")
        self.formula = FormulaBox(START_FORMULA)
        self._modes = _mode_switch(self)
        self._sampler = QComboBox()
        self._nfe = LogSlider("Network evaluations", 60, LARGEST_NFE, "How often each candidate asks the network")
        self._count = _spin("Number of candidates", 1, 256, 8, "How many candidates to generate")
        self.start = PriorPanel()
        self.prior: Prior | None = None
        self.keep_locked = QCheckBox()
        self._scaffold: Scaffold | None = None
        self._scaffold_name = ""
        self._seed = _spin("Seed", 0, LARGEST_SEED, 1, "The same seed and settings give the same molecules")
        self._new_seed = QPushButton()
        self.generate_button = QPushButton("Generate")
        self.stop_button = QPushButton("Stop")
        self.live_button = QPushButton("Live")
        self._progress = QProgressBar()
        self._progress_note = QLabel()
        self._expected = QLabel()
        self._scaffold_note = QLabel()
        self._last: GenerateSettings | None = None
        self._seconds_per_pair = 0.0
        self._describe()
        self._lay_out()
        self._connect()
        self._list_samplers()
        self.set_running(False, "")

    @property
    def mode(self) -> str:
        """`"relaxation"` or `"diffusion"`."""
        return next(str(button.property("mode")) for button in self._modes.buttons() if button.isChecked())

    @property
    def error(self) -> str:
        """Why the settings cannot be used, in one line; empty if they can."""
        return self.formula.error or self._scaffold_error()

    @property
    def scaffold(self) -> Scaffold | None:
        """The atoms that stay where they are, if there are any and the user wants to keep them."""
        return self._scaffold if self.keep_locked.isChecked() else None

    def set_scaffold(self, scaffold: Scaffold | None, name: str = "") -> None:
        """Offer to keep these atoms, those of `name` that are locked; None if there are none."""
        if scaffold is not None and self._scaffold is None:
            self.keep_locked.setChecked(True)
        self._scaffold, self._scaffold_name = scaffold, name
        self.keep_locked.setVisible(scaffold is not None)
        self.keep_locked.setText(f"Keep the {_atoms(scaffold)}" if scaffold else "")
        self._refresh_scaffold()

    def _scaffold_error(self) -> str:
        scaffold, numbers = self.scaffold, self.formula.numbers
        if scaffold is None or numbers is None:
            return ""
        wanted, kept = Counter(numbers.tolist()), Counter(scaffold.atoms.numbers.tolist())
        if missing := kept - wanted:
            names = elements.formula(np.array(list(missing.elements())))
            return f"The formula lacks {names} of the locked atoms {scaffold.atoms.formula}"
        return "The formula leaves no atom to place beside the locked ones" if wanted == kept else ""

    def _refresh_scaffold(self) -> None:
        error, note = self._scaffold_error(), self._scaffold_note
        note.setText(error or f"of {self._scaffold_name}, at their places")
        note.setProperty("role", "error" if error else "hint")
        note.style().unpolish(note)
        note.style().polish(note)
        note.setVisible(self.scaffold is not None)
        self.changed.emit()

    def settings(self) -> GenerateSettings:
        """The settings as chosen; draws a new seed first if asked to.

        Raises
        ------
        ValueError
            If `error` is not empty.
        """
        if self.formula.numbers is None or self.error:
            raise ValueError(self.error)
        if self._new_seed.isChecked():
            self._seed.setValue(secrets.randbelow(LARGEST_SEED))
        self._last = self.choices()
        return self._last

    def choices(self) -> GenerateSettings:
        """The settings as they stand; a formula that cannot be used is left out."""
        numbers = self.formula.numbers
        return GenerateSettings(
            numbers=np.empty(0, dtype=np.int64) if numbers is None else numbers,
            count=self._count.value(),
            mode=self.mode,
            sampler=str(self._sampler.currentData() or ""),
            nfe=self._nfe.value,
            seed=self._seed.value(),
            scaffold=self.scaffold,
            prior=self.prior,
        )

    def set_values(
        self,
        *,
        formula: str | None = None,
        count: int | None = None,
        nfe: int | None = None,
        seed: int | None = None,
    ) -> None:
        """Choose values as if typed; a given seed is kept for all runs."""
        if formula is not None:
            self.formula.set_formula(formula)
        if count is not None:
            self._count.setValue(count)
        if nfe is not None:
            self._nfe.set_value(nfe)
        if seed is not None:
            self._new_seed.setChecked(False)
            self._seed.setValue(seed)

    def set_model(self, model: LoadedModel) -> None:
        """Offer what this model can do."""
        self._samplers = model.samplers
        self.model_button.setText(f"{_INDENT}{model.name}")
        self._list_samplers()
        self.formula.set_domain(model.elements, model.largest)

    def set_running(self, running: bool, why_not: str) -> None:
        """Show whether a run is on; `why_not` says why none can be started now."""
        self.generate_button.setEnabled(not running and not why_not and not self.error)
        self.generate_button.setToolTip(why_not or tooltip("Generate candidates", "Ctrl+G"))
        self.stop_button.setEnabled(running)
        self._progress.setVisible(running)
        self._progress_note.setVisible(running)
        self._expected.setVisible(not running)

    def set_live(self, on: bool, possible: bool) -> None:
        """Show whether live is on, and whether it can be."""
        self.live_button.setChecked(on)
        self.live_button.setEnabled(possible)
        self.stop_button.setEnabled(on or not self._progress.isHidden())

    def set_progress(self, done: int, total: int, text: str) -> None:
        """Fill the progress bar; a `total` of 0 means that the end is not known."""
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._progress_note.setText(text)

    def learn_speed(self, seconds: float) -> None:
        """Take note of how long the run with the settings last given took, to say how long the next one will."""
        if self._last is not None:
            self._seconds_per_pair = seconds / _pairs(len(self._last.numbers), self._last.count, self._last.nfe)
        self._estimate()

    def _estimate(self) -> None:
        numbers = self.formula.numbers
        if numbers is None or not self._seconds_per_pair:
            self._expected.clear()
            return
        seconds = self._seconds_per_pair * _pairs(len(numbers), self._count.value(), self._nfe.value)
        self._expected.setText(f"Takes about {_rounded(seconds)} on this machine")

    def set_icon_colors(self, on_accent: str, plain: str, disabled: str) -> None:
        """Draw the buttons' icons in the colours of a theme."""
        self.generate_button.setIcon(qtawesome.icon("mdi6.play", color=on_accent, color_disabled=disabled))
        dice = qtawesome.icon("mdi6.dice-3-outline", color=plain, color_on=on_accent)
        self._new_seed.setIcon(dice)
        self.live_button.setIcon(
            qtawesome.icon("mdi6.waveform", color=plain, color_on=on_accent, color_disabled=disabled)
        )
        self.stop_button.setIcon(qtawesome.icon("mdi6.stop", color=plain, color_disabled=disabled))

    def _describe(self) -> None:
        self.model_button.setAccessibleName("Model")
        self.model_button.setToolTip("The model that generates; choose another, or import one from a file")
        self.model_button.setProperty("role", "menu")
        self._sampler.setAccessibleName("Sampler")
        self._sampler.setToolTip("How steps are taken; Automatic picks the one that does best at this budget")
        self._new_seed.setToolTip("Draw a new seed before each run; off keeps the one on the left")
        self._new_seed.setAccessibleName("New seed each run")
        self._new_seed.setProperty("role", "toggle")
        self._new_seed.setCheckable(True)
        self._new_seed.setChecked(True)
        self.keep_locked.setAccessibleName("Keep the locked atoms")
        self.keep_locked.setToolTip("Locked atoms of the structure on view stay where they are; the others are new")
        self.keep_locked.setChecked(True)
        self.keep_locked.hide()
        self._scaffold_note.setAccessibleName("Whose locked atoms are kept")
        self._scaffold_note.setWordWrap(True)
        self._scaffold_note.hide()
        self.generate_button.setProperty("role", "primary")
        self.generate_button.setAccessibleName("Generate")
        self.stop_button.setAccessibleName("Stop")
        self.stop_button.setToolTip(tooltip("Stop after the network evaluation in progress", "Esc"))
        self.live_button.setAccessibleName("Live")
        self.live_button.setToolTip(
            tooltip("Free atoms of the structure on view follow the model as you edit", "Ctrl+L")
        )
        self.live_button.setProperty("role", "toggle")
        self.live_button.setCheckable(True)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress")
        for label in (self._progress_note, self._expected):
            label.setProperty("role", "hint")
        self._progress.setToolTip("Network evaluations done")

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(10)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        switch = _row(*self._modes.buttons(), spacing=0)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("&Model", self.model_button),
            ("&Formula", self.formula),
            ("Mode", switch),
            ("&Sampler", self._sampler),
            ("&NFE", self._nfe),
            ("&Count", self._count),
            ("S&eed", _row(self._seed, self._new_seed, spacing=6, stretch=(1, 0))),
        )
        for text, widget in rows:
            form.addRow(field_label(text, self._seed if widget.isAncestorOf(self._seed) else widget), widget)
        for widget in (self.model_button, self._sampler, self._count, self._seed):
            widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 14)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(self.start)
        layout.addWidget(self.keep_locked)
        layout.addWidget(self._scaffold_note)
        layout.addSpacing(4)
        layout.addWidget(_row(self.generate_button, self.stop_button, spacing=8))
        layout.addWidget(self.live_button)
        layout.addWidget(self._progress)
        layout.addWidget(self._progress_note)
        layout.addWidget(self._expected)
        layout.addStretch(1)

    def _connect(self) -> None:
        self.formula.changed.connect(self._refresh_scaffold)
        self.keep_locked.toggled.connect(self._refresh_scaffold)
        self.formula.changed.connect(self._estimate)
        self._nfe.value_changed.connect(self._estimate)
        self._count.valueChanged.connect(self._estimate)
        self._modes.buttonClicked.connect(self._list_samplers)
        self.generate_button.clicked.connect(self.generate_clicked)
        self.stop_button.clicked.connect(self.stop_clicked)
        self.live_button.clicked.connect(self.live_clicked)

    def _list_samplers(self) -> None:
        chosen = self._sampler.currentData()
        self._sampler.clear()
        self._sampler.addItem("Automatic", "")
        for sampler in self._samplers:
            if sampler.mode == self.mode:
                self._sampler.addItem(sampler.title, sampler.name)
        self._sampler.setCurrentIndex(max(0, self._sampler.findData(chosen)))


def _mode_switch(parent: QWidget) -> QButtonGroup:
    group = QButtonGroup(parent)
    for mode, (title, hint) in MODES.items():
        button = QPushButton(title)
        button.setProperty("role", "segment")
        button.setProperty("mode", mode)
        button.setCheckable(True)
        button.setToolTip(hint)
        button.setAccessibleName(f"{title} mode")
        group.addButton(button)
    group.buttons()[0].setChecked(True)
    return group


def _spin(name: str, least: int, most: int, value: int, hint: str) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(least, most)
    spin.setValue(value)
    spin.setAccessibleName(name)
    spin.setToolTip(hint)
    return spin


def _row(*widgets: QWidget, spacing: int, stretch: tuple[int, ...] = (1, 1)) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for widget, share in zip(widgets, stretch, strict=True):
        layout.addWidget(widget, share)
    return row


def _pairs(n_atoms: int, count: int, nfe: int) -> int:
    """Pairs of atoms that a run looks at; its time grows with them."""
    return nfe * count * n_atoms**2


def _rounded(seconds: float) -> str:
    if seconds < 1.5:
        return "a second"
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _atoms(scaffold: Scaffold) -> str:
    return "locked atom" if len(scaffold.kept) == 1 else f"{len(scaffold.kept)} locked atoms"
