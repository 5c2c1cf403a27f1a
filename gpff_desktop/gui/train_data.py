"""The first step of a training: which data. Files are checked, looked through and imported as a data set."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QVBoxLayout, QWidget

from gpff_desktop import elements
from gpff_desktop.data.checking import CheckProgress
from gpff_desktop.data.importing import ImportProgress
from gpff_desktop.gui.drops import dropped_files
from gpff_desktop.gui.following import Following
from gpff_desktop.gui.problems import data_problems
from gpff_desktop.gui.theme import Look
from gpff_desktop.gui.train_report import ReportView
from gpff_desktop.gui.train_widgets import STEPS, bar, button, combo, hint, row, say
from gpff_desktop.session.data_sets import (
    DataSet,
    Summary,
    check_steps,
    data_sets,
    free_name,
    import_steps,
    path_of_new,
    remember_origin,
    remove_data_set,
)
from gpff_desktop.session.stepping import steps_elsewhere

_CUT_OFF = "the work was cut off, most often because the memory ran out; close other programs or take fewer files"
_CLEARING_UP = 10.0


class DataStep(QWidget):
    """A list of imported data sets, and the way to a new one.

    Attributes
    ----------
    changed
        Signal without arguments: another data set is chosen, or files are taken in hand or put away.
    picture_clicked
        Signal with a `Structure` of the report to look at.
    """

    changed = Signal()
    picture_clicked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sources: list[Path] = []
        self._importing: Path | None = None
        self.following = Following(self)
        self.choice = combo("Data set", "The structures to learn from")
        self.remove_button = button("Remove", "Delete this data set; runs and models that used it stay", "compact")
        self.zone = QLabel("Drop files or a folder here")
        self.files_button = button("Files…", "Choose files of structures, to be checked before they are imported")
        self.folder_button = button("Folder…", "Choose a folder with files of structures")
        self.message = hint("What the data are")
        self.progress = bar("Part of the sources that has been read")
        self.cancel_button = button("Cancel", "Give up; nothing is imported", "compact")
        self.report = ReportView()
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self.refresh()
        self._show_state()

    @property
    def chosen(self) -> DataSet | None:
        """The data set to learn from."""
        return self.choice.currentData()

    @property
    def in_hand(self) -> bool:
        """Whether files are being checked, looked through or imported."""
        return self.following.busy or self.report.report is not None

    def refresh(self, name: str = "") -> None:
        """List the data sets anew, and choose one by its name."""
        wanted = name or (self.chosen.name if self.chosen else "")
        self.choice.blockSignals(True)
        self.choice.clear()
        for data_set in data_sets():
            self.choice.addItem(data_set.name, data_set)
        if not self.choice.count():
            self.choice.addItem("None yet", None)
        self.choice.setCurrentIndex(max(0, self.choice.findText(wanted)))
        self.choice.blockSignals(False)
        self._on_choice()

    def check(self, paths: Sequence[Path]) -> None:
        """Check files and folders in another process; the report is shown when all is read."""
        if paths:
            self._sources, self._importing = list(paths), None
            say(self.message, f"Checking {_named(self._sources)}")
            self.following.start(partial(steps_elsewhere, check_steps, list(paths), cut_off=_CUT_OFF))
            self._show_state()

    def ask_files(self) -> None:
        """Ask for files and check them."""
        names, _ = QFileDialog.getOpenFileNames(self, "Structures to learn from")
        self.check([Path(name) for name in names])

    def ask_folder(self) -> None:
        """Ask for a folder and check what is in it."""
        name = QFileDialog.getExistingDirectory(self, "Folder of structures to learn from")
        self.check([Path(name)] if name else [])

    def import_checked(self) -> None:
        """Make a data set of what the rules keep, in another process."""
        report = self.report.report
        if report is None or self.following.busy:
            return
        rules = self.report.chosen_rules()
        try:
            target = path_of_new(self.report.name.text().strip())
        except (ValueError, OSError) as error:
            say(self.message, str(error), wrong=True)
            return
        summary = Summary.of(report, rules)
        self._importing = target
        say(self.message, f"Importing {summary.molecules:,} structures")
        arguments = (import_steps, self._sources, target, rules, summary)
        self.following.start(partial(steps_elsewhere, *arguments, cut_off=_CUT_OFF, patience=_CLEARING_UP))
        self._show_state()

    def discard(self) -> None:
        """Forget the report."""
        self.report.report = None
        self._on_choice()
        self._show_state()

    def remove(self) -> None:
        """Delete the data set chosen, if the user is sure."""
        yes, no, chosen = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No, self.chosen
        if chosen is None:
            return
        question = f"Delete the data set {chosen.name} from this machine?"
        if QMessageBox.question(self, "GPFF Desktop", question, yes | no) == yes:
            try:
                remove_data_set(chosen)
            except OSError as error:
                say(self.message, f"'{chosen.name}' cannot be deleted ({error.strerror}); try again", wrong=True)
                return
            self.refresh()
            self._show_state()

    def describe(self, source: str, licence: str) -> None:
        """Keep in mind who made the data set chosen, and under which licence."""
        if self.chosen is not None:
            self.choice.setItemData(self.choice.currentIndex(), remember_origin(self.chosen, source, licence))

    def show_problems(self) -> None:
        """List what is wrong with which record."""
        if self.report.report is not None:
            data_problems(self.report.report, self).show()

    def set_look(self, look: Look) -> None:
        """Draw in the colours of a theme."""
        self.report.set_look(look)

    # What happens

    def _on_step(self, step: object) -> None:
        if isinstance(step, CheckProgress):
            self._on_checked(step)
        elif isinstance(step, ImportProgress):
            self._on_imported(step)
        elif isinstance(step, tuple):
            self.report.set_pictures(step)

    def _on_checked(self, step: CheckProgress) -> None:
        self.progress.setValue(round(STEPS * step.fraction))
        wrong = f", {step.n_problems:,} with problems" if step.n_problems else ""
        say(self.message, f"Checking {step.file}: {step.n_read:,} read{wrong}")
        if step.report is not None:
            say(self.message, "")
            self.report.set_report(step.report, free_name(self._sources))
            self._show_state()

    def _on_imported(self, step: ImportProgress) -> None:
        self.progress.setValue(round(STEPS * step.fraction))
        say(self.message, f"Importing {step.file}: {step.n_kept:,} kept of {step.n_read:,}")
        if step.finished and self._importing is not None:
            self.report.report = None
            self.refresh(self._importing.stem)

    def _on_failed(self, message: str) -> None:
        say(self.message, message, wrong=True)

    def _on_ended(self) -> None:
        if self.message.property("role") != "error":
            self._on_choice()
        self._show_state()

    def _on_choice(self) -> None:
        if not self.following.busy:
            say(self.message, "" if self.report.report else _described(self.chosen))
        self.changed.emit()

    def _show_state(self) -> None:
        busy, reported = self.following.busy, self.report.report is not None
        importing = busy and self._importing is not None
        for part in (self.choice, self.remove_button, self.zone, self.files_button, self.folder_button):
            part.setVisible(not busy and not reported)
        self.remove_button.setEnabled(self.chosen is not None)
        self.report.setVisible(reported and not importing)
        self.progress.setVisible(busy)
        self.cancel_button.setVisible(busy)
        self.changed.emit()

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Qt's hook: files may be dropped while nothing is being read."""
        if dropped_files(event.mimeData()) and not self.following.busy:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._light_up(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        """Qt's hook: they were taken away again."""
        self._light_up(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Qt's hook: check what was dropped."""
        self._light_up(False)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.check(dropped_files(event.mimeData()))

    def _light_up(self, on: bool) -> None:
        self.zone.setProperty("over", on)
        self.zone.style().unpolish(self.zone)
        self.zone.style().polish(self.zone)

    # Construction

    def _connect(self) -> None:
        self.following.progressed.connect(self._on_step)
        self.following.failed.connect(self._on_failed)
        self.following.ended.connect(self._on_ended)
        self.choice.currentIndexChanged.connect(self._on_choice)
        self.remove_button.clicked.connect(self.remove)
        self.files_button.clicked.connect(self.ask_files)
        self.folder_button.clicked.connect(self.ask_folder)
        self.cancel_button.clicked.connect(self.following.cancel)
        self.report.import_clicked.connect(self.import_checked)
        self.report.discard_clicked.connect(self.discard)
        self.report.problems_clicked.connect(self.show_problems)
        self.report.picture_clicked.connect(self.picture_clicked)

    def _lay_out(self) -> None:
        self.zone.setProperty("role", "zone")
        self.zone.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.zone.setMinimumHeight(54)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row(self.choice, self.remove_button, stretch=(1, 0)))
        layout.addWidget(self.zone)
        layout.addLayout(row(self.files_button, self.folder_button, stretch=(1, 1)))
        layout.addWidget(self.message)
        layout.addLayout(row(self.progress, self.cancel_button, stretch=(1, 0)))
        layout.addWidget(self.report)


def _named(paths: Sequence[Path]) -> str:
    return paths[0].name if len(paths) == 1 else f"{len(paths)} files and folders"


def _described(data_set: DataSet | None) -> str:
    if data_set is None:
        return "SDF, XYZ, PDB, MOL2, ASE databases and folders of these are checked before they are imported."
    summary = data_set.summary
    if summary is None:
        return "What is in this data set was not written down; it can be trained on all the same."
    symbols = ", ".join(elements.symbol(z) for z in summary.elements)
    return f"{summary.molecules:,} structures of {symbols} with up to {summary.largest} atoms"
