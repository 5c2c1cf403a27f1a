"""What the check of a data set found: counts, problems, histograms, pictures, and the rules for what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QGridLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from gpff_desktop.data.report import CheckReport
from gpff_desktop.data.rules import Fault, ImportRules
from gpff_desktop.gui.theme import Look
from gpff_desktop.gui.train_plots import Plot
from gpff_desktop.gui.train_rules import RulesEditor
from gpff_desktop.gui.train_widgets import button, combo, form, hint, row, say, title
from gpff_desktop.session.data_sets import Picture
from gpff_desktop.structure import Structure

_PICTURES_A_ROW = 4
_PICTURE = QSize(64, 48)


class ReportView(QWidget):
    """A report, to be looked through before anything is imported.

    Attributes
    ----------
    import_clicked, discard_clicked, problems_clicked
        Signals without arguments.
    picture_clicked
        Signal with a `Structure` to look at.
    """

    import_clicked = Signal()
    discard_clicked = Signal()
    problems_clicked = Signal()
    picture_clicked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report: CheckReport | None = None
        self.counts = hint("What was found")
        self.molecules = hint("How many different molecules were found")
        self.problems = button("Problems…", "What is wrong with which record of which file", "compact")
        self.figure = combo("Histogram", "What the histogram counts")
        self.plot = Plot("", "")
        self._pictures: list[QToolButton] = []
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        self.rules = RulesEditor()
        self.verdict = hint("What the rules keep")
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the data set")
        self.name.setToolTip("What the data set will be called in the list")
        self.import_button = button("Import", "Make a data set of what the rules keep", "primary")
        self.discard_button = button("Discard", "Forget the report and import nothing")
        self._lay_out()
        self._connect()

    def set_report(self, report: CheckReport, name: str) -> None:
        """Show another report, and propose a name for its data set."""
        self.report = report
        say(self.counts, _found(report))
        say(self.molecules, _molecules(report))
        self.problems.setVisible(bool(report.problems))
        self.name.setText(name)
        self._list_figures(report)
        self.set_pictures(())
        self.rules.set_report(report)

    def set_pictures(self, pictures: Sequence[Picture]) -> None:
        """Show some of the structures."""
        for old in self._pictures:
            self._grid.removeWidget(old)
            old.deleteLater()
        self._pictures = [self._picture(picture) for picture in pictures]
        for index, shown in enumerate(self._pictures):
            self._grid.addWidget(shown, index // _PICTURES_A_ROW, index % _PICTURES_A_ROW)
            QWidget.setTabOrder(self._pictures[index - 1] if index else self.figure, shown)

    def chosen_rules(self) -> ImportRules:
        """The rules as chosen; `ValueError` in one line if nothing could pass."""
        return self.rules.rules

    def set_look(self, look: Look) -> None:
        """Draw in the colours of a theme."""
        self.plot.set_look(look)

    def _judge(self) -> None:
        """Say what the rules keep, and whether that is enough to train on."""
        if self.report is None:
            return
        try:
            rules = self.rules.rules
            problem = self.report.unusable(rules)
        except ValueError as error:
            say(self.verdict, str(error), wrong=True)
            self.import_button.setEnabled(False)
            return
        left_out = ", ".join(f"{count:,} {fault}" for fault, count in self.report.left_out(rules).items())
        kept = f"Keeps {self.report.n_kept(rules):,} of {self.report.n_records:,}"
        say(self.verdict, problem or (f"{kept}; leaves out {left_out}" if left_out else kept), wrong=bool(problem))
        self.import_button.setEnabled(not problem)

    def _list_figures(self, report: CheckReport) -> None:
        self.figure.blockSignals(True)
        self.figure.clear()
        for name in ("Atoms in a structure", "Elements", "Nearest two atoms", *report.bond_lengths):
            self.figure.addItem(f"Bonds {name}" if name in report.bond_lengths else name, name)
        self.figure.blockSignals(False)
        self._draw()

    def _draw(self) -> None:
        report, name = self.report, self.figure.currentData()
        if report is None or name is None:
            return
        self.plot.label_bottom(None)
        if name == "Elements":
            self.plot.rename("Atoms of each element", "")
            self.plot.label_bottom(list(report.elements))
            self.plot.draw_bars(np.arange(len(report.elements) + 1) - 0.5, list(report.elements.values()))
        elif name == "Atoms in a structure":
            sizes = report.sizes
            span = range(min(sizes, default=0), max(sizes, default=0) + 1)
            self.plot.rename("Structures of each size", "atoms")
            self.plot.draw_bars(np.arange(span.start, span.stop + 1) - 0.5, [sizes.get(size, 0) for size in span])
        else:
            histogram = report.bond_lengths.get(name, report.nearest)
            self.plot.rename(self.figure.currentText(), "Å")
            self.plot.draw_bars(histogram.edges, histogram.counts)

    def _picture(self, picture: Picture) -> QToolButton:
        structure = picture.thumbnail.structure
        shown = QToolButton()
        shown.setProperty("role", "picture")
        where = f"{structure.formula}, record {picture.thumbnail.record} of {picture.thumbnail.file}"
        shown.setAccessibleName(where)
        shown.setToolTip(f"{where}: show it in the view")
        pixmap = QPixmap()
        if picture.png and pixmap.loadFromData(picture.png):
            shown.setIcon(QIcon(pixmap))
            shown.setIconSize(_PICTURE)
        else:
            shown.setText(structure.formula)
        shown.setFixedSize(_PICTURE.grownBy(shown.contentsMargins()) + QSize(6, 6))
        shown.clicked.connect(partial(self._show, structure))
        return shown

    def _show(self, structure: Structure) -> None:
        self.picture_clicked.emit(structure)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row(self.counts, self.problems, stretch=(1, 0)))
        layout.addWidget(self.molecules)
        layout.addWidget(self.figure)
        layout.addWidget(self.plot)
        layout.addLayout(self._grid)
        layout.addWidget(title("Leave out"))
        layout.addWidget(self.rules)
        layout.addWidget(self.verdict)
        layout.addLayout(form(("Na&me", self.name, self.name)))
        layout.addLayout(row(self.import_button, self.discard_button, stretch=(1, 1)))

    def _connect(self) -> None:
        self.rules.changed.connect(self._judge)
        self.figure.currentIndexChanged.connect(self._draw)
        self.problems.clicked.connect(self.problems_clicked)
        self.import_button.clicked.connect(self.import_clicked)
        self.discard_button.clicked.connect(self.discard_clicked)


def _found(report: CheckReport) -> str:
    always = (Fault.UNREADABLE, Fault.PERIODIC)
    unfit = [f"{report.faults[fault]:,} {fault}" for fault in always if fault in report.faults]
    forces = f", {report.n_with_forces:,} with forces" if report.n_with_forces else ""
    said = f"{report.n_records:,} records, {report.n_formulas:,} compositions{forces}"
    return f"{said}; never taken: {', '.join(unfit)}" if unfit else said


def _molecules(report: CheckReport) -> str:
    """How many different molecules there are; the same one with another geometry is no duplicate, but a conformer."""
    figures = report.smiles
    if figures is None or not figures.n_judged:
        return ""
    told = f"{figures.n_valid:,} of {figures.n_judged:,} looked at are valid"
    return f"{told}: {figures.n_distinct:,} different molecules by SMILES"
