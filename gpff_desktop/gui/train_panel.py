"""The Train panel: a page to start a run on the user's own data, and a page of the runs."""

from __future__ import annotations

import qtawesome
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QVBoxLayout, QWidget

from gpff_desktop.gui.theme import Look
from gpff_desktop.gui.train_data import DataStep
from gpff_desktop.gui.train_runs import RunsPage
from gpff_desktop.gui.train_setup import SetupStep
from gpff_desktop.gui.train_widgets import button, hint, row, say, title

_PAGES = {"New run": "Choose data, a model and a budget", "Runs": "Runs, how they stand and their curves"}


class TrainPanel(QWidget):
    """Both pages with the switch between them.

    Attributes
    ----------
    start_clicked
        Signal without arguments: train what is asked for.
    page_changed
        Signal without arguments.
    page
        Which page is shown: that of a new run, 0, or of the runs, 1.
    """

    start_clicked = Signal()
    page_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages = _switch(self)
        self.page = 0
        self._new = QWidget()
        self.data = DataStep()
        self.setup = SetupStep()
        self.start_button = button(
            "Start training", "Train in a process of its own, which outlives the window", "primary"
        )
        self.problem = hint("Why the training cannot be started")
        self.runs = RunsPage()
        self._lay_out()
        self._pages.idClicked.connect(self.show_page)
        self.data.changed.connect(self._on_data)
        self.setup.described.connect(self.data.describe)
        self.setup.changed.connect(lambda: say(self.problem, ""))
        self.start_button.clicked.connect(self.start_clicked)
        self._on_data()
        say(self.problem, "")
        self.show_page(0)

    def show_page(self, index: int) -> None:
        """Show the page of a new run, 0, or of the runs, 1."""
        self._pages.button(index).setChecked(True)
        self.page = index
        for page, widget in enumerate((self._new, self.runs)):
            widget.setVisible(page == index)
        self.page_changed.emit()

    def set_problem(self, message: str) -> None:
        """Say why a training cannot be started."""
        say(self.problem, message, wrong=True)

    def set_look(self, look: Look) -> None:
        """Draw in the colours of a theme."""
        self.data.set_look(look)
        self.runs.set_look(look)
        icon = qtawesome.icon("mdi6.school-outline", color=look.accent_text, color_disabled=look.muted)
        self.start_button.setIcon(icon)

    def close_work(self) -> None:
        """Give up what is being checked, imported or measured."""
        self.data.following.close()
        self.setup.measuring.close()

    def _on_data(self) -> None:
        chosen, in_hand = self.data.chosen, self.data.in_hand
        for part in (self.setup, self.start_button):
            part.setVisible(not in_hand)
        self.setup.set_data(chosen, chosen.name if chosen else "")
        self.start_button.setEnabled(chosen is not None)
        self.start_button.setToolTip(
            "Train in a process of its own, which outlives the window" if chosen else "Import data first"
        )

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._new)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (title("1  Data"), self.data, self.setup, self.start_button, self.problem):
            column.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 14)
        layout.setSpacing(12)
        switch = row(*self._pages.buttons(), stretch=(1, 1))
        switch.setSpacing(0)
        layout.addLayout(switch)
        layout.addWidget(self._new)
        layout.addWidget(self.runs)
        layout.addStretch(1)


def _switch(parent: QWidget) -> QButtonGroup:
    group = QButtonGroup(parent)
    for index, (text, tip) in enumerate(_PAGES.items()):
        page = QPushButton(text)
        page.setProperty("role", "segment")
        page.setCheckable(True)
        page.setAccessibleName(text)
        page.setToolTip(tip)
        group.addButton(page, index)
    return group
