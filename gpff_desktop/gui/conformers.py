"""Conformers of the structure on view: a dialogue that starts the search, and what becomes of its ends."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.background import Background
from gpff_desktop.gui.field_label import field_label
from gpff_desktop.gui.help import bring_up
from gpff_desktop.gui.messages import NewCandidates, RunResult
from gpff_desktop.gui.runs import Runs
from gpff_desktop.gui.stage import Stage
from gpff_desktop.gui.worker import relax_all_job
from gpff_desktop.session.conformers import Search, Sifted, sift, starts
from gpff_desktop.session.entry import Entry
from gpff_desktop.session.steering_of_entry import constraints_on
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure


class ConformersDialog(QDialog):
    """Asks how conformers are to be looked for.

    Attributes
    ----------
    find_button
        Button that starts the search.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Conformers")
        self._count, self._start = QSpinBox(), QComboBox()
        self._noise, self._apart = QDoubleSpinBox(), QDoubleSpinBox()
        self.find_button = QPushButton("Find")
        self._lay_out()
        self._start.currentIndexChanged.connect(lambda _: self._noise.setEnabled(self._noisy))

    @property
    def search(self) -> Search:
        """What is asked for."""
        return Search(self._count.value(), self._noise.value() if self._noisy else 0.0, self._apart.value())

    def set_values(self, *, count: int | None = None, noise: float | None = None, apart: float | None = None) -> None:
        """Choose values as if by hand; a `noise` of 0 starts from embedded conformers."""
        if count is not None:
            self._count.setValue(count)
        if noise is not None:
            self._start.setCurrentIndex(1 if noise else 0)
            self._noise.setValue(noise or self._noise.value())
        if apart is not None:
            self._apart.setValue(apart)

    @property
    def _noisy(self) -> bool:
        return self._start.currentIndex() == 1

    def _lay_out(self) -> None:
        self._count.setRange(1, 200)
        self._count.setValue(20)
        self._start.addItems(["Conformers from RDKit", "The structure and noise"])
        for spin, value, most in ((self._noise, 0.4, 5.0), (self._apart, 0.3, 10.0)):
            spin.setRange(0.01 if spin is self._noise else 0.0, most)
            spin.setSingleStep(0.05)
            spin.setSuffix(" Å")
            spin.setValue(value)
        self._noise.setEnabled(False)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        for title, widget, hint in (
            ("&Starts", self._count, "How many starts are relaxed with the model"),
            ("&From", self._start, "What each start is made of"),
            ("&Noise", self._noise, "Standard deviation of the noise on each atom"),
            ("&Apart", self._apart, "Conformers nearer to each other than this RMSD of the heavy atoms count as one"),
        ):
            widget.setAccessibleName(title.replace("&", ""))
            widget.setToolTip(hint)
            form.addRow(field_label(title, widget), widget)
        note = QLabel("Bonds and stereo are kept: what becomes another molecule is left out and counted.")
        note.setProperty("role", "hint")
        note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(14)
        layout.addLayout(form)
        layout.addWidget(note)
        layout.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        self.find_button.setAccessibleName("Find conformers")
        self.find_button.setToolTip("Relax the starts and list those that differ")
        self.find_button.setDefault(True)
        self.find_button.setProperty("role", "primary")
        close = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        close.setAccessibleName("Close")
        close.setToolTip("Close without a search (Esc)")
        buttons.addButton(self.find_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons


class Conformers(QObject):
    """Looks for conformers of the structure on view, and lists those that differ as candidates.

    Parameters
    ----------
    workbench, stage
        What is on view, and who is told.
    runs
        Relax the starts.
    background
        Where starts are made and ends compared.
    window
        Parent of the dialogue.
    """

    def __init__(self, workbench: Workbench, stage: Stage, runs: Runs, background: Background, window: QWidget) -> None:
        super().__init__(window)
        self._workbench, self._stage, self._runs, self._background = workbench, stage, runs, background
        self._window = window
        self.dialog: ConformersDialog | None = None

    def commands(self) -> list[Command]:
        """What the Run menu offers."""
        return [
            Command(
                "run.conformers",
                "Conformers…",
                "Run",
                self.ask,
                "Ctrl+Shift+C",
                "mdi6.vector-polyline",
                "Find other shapes of the structure shown, with its bonds and stereo",
                enabled_when=self._runs.can_relax,
                needs="A model, a structure and no other run are needed",
            )
        ]

    def ask(self) -> None:
        """Bring up the dialogue."""
        if self.dialog is None:
            self.dialog = ConformersDialog(self._window)
            self.dialog.accepted.connect(self.find)
        bring_up(self.dialog)

    def find(self) -> None:
        """Look for conformers as the dialogue says."""
        if self.dialog is None or not self._runs.can_relax():
            return
        entry, search = self._stage.accept(), self.dialog.search
        self._workbench.noted.emit("Preparing conformers")
        self._background.call(
            starts, entry.structure, search, entry.locked,
            then=partial(self._relax, entry, search), failed=self._workbench.warned.emit,
        )  # fmt: skip

    def _relax(self, entry: Entry, search: Search, found: list[Structure]) -> None:
        job = relax_all_job(tuple(found), tuple(sorted(entry.locked)), constraints_on(entry))
        self._runs.run(job, partial(self._sift, entry, search))

    def _sift(self, entry: Entry, search: Search, result: RunResult) -> None:
        if result.structures:
            self._background.call(
                sift, list(result.structures), entry.structure, search.apart,
                then=partial(self._list, entry, result), failed=self._workbench.warned.emit,
            )  # fmt: skip

    def _list(self, entry: Entry, result: RunResult, sifted: Sifted) -> None:
        (self._workbench.noted if sifted.kept else self._workbench.warned).emit(f"{entry.title}: {sifted.text}")
        if not sifted.kept:
            return
        kept = [(result.structures[k], result.trajectories[k]) for k in sifted.kept]
        structures, trajectories = zip(*kept, strict=True)
        drawn = (entry.structure,) * len(kept)
        name = f"Conformers of {entry.title}"
        self._runs.generated.emit(NewCandidates(structures, name, trajectories, drawn, tuple(sorted(entry.locked))))
