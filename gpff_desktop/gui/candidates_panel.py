"""The panel that lists generated candidates."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gpff_desktop.gui.actions import tooltip
from gpff_desktop.gui.candidate_figures import CandidatesFigures
from gpff_desktop.gui.candidates import CandidatesOrder
from gpff_desktop.gui.candidates_table import CandidatesTable
from gpff_desktop.gui.elided_label import ElidedLabel
from gpff_desktop.session.candidates import CandidateList

_SUMMARY_MS = 80
_TYPING_MS = 250
_TOGGLES = {
    "valid": ("Valid", "Show only valid candidates"),
    "unique": ("Unique", "Show each valid molecule once"),
    "starred": ("★", "Show only starred candidates"),
}


class CandidatesPanel(QWidget):
    """Filter, table, summary and the buttons that act on the rows chosen.

    Parameters
    ----------
    candidates
        The list that is shown.

    Attributes
    ----------
    accept_clicked, export_clicked
        Signals without arguments.
    smarts_typed
        Signal with the text of the SMARTS line, a moment after it was typed.
    """

    accept_clicked = Signal()
    export_clicked = Signal()
    smarts_typed = Signal(str)

    def __init__(self, candidates: CandidateList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._candidates = candidates
        self.model = CandidatesFigures(candidates, self)
        self.order = CandidatesOrder(self.model, self)
        self.table = CandidatesTable(self.order)
        self.filter, self.smarts = _filter_line(), _smarts_line()
        self._problem = ""
        self.toggles = {name: _toggle(*texts) for name, texts in _TOGGLES.items()}
        self._summary = ElidedLabel()
        self._summary.setProperty("role", "hint")
        self._summary.setContentsMargins(2, 3, 2, 5)
        self._summary.setAccessibleName("Summary of the candidates")
        self._empty = _hint("Candidates")
        self._export = _button(
            "Export…", "Write the selected candidates to a file, or all if none is selected", "Ctrl+E"
        )
        self._accept = _button("Accept", "Open the candidate on view in the document", "Ctrl+Return")
        self._later = QTimer(self, singleShot=True, interval=_SUMMARY_MS)
        self._typed = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._lay_out()
        self._connect()
        self._refresh()

    @property
    def current(self) -> int | None:
        """Key of the candidate chosen last, or None."""
        return self.table.current

    def choose(self, *keys: int) -> None:
        """Select candidates as if clicked."""
        self.table.choose(keys)

    def chosen(self) -> list[int]:
        """Keys of the selected candidates, from the top."""
        return self.table.chosen()

    def shown(self) -> list[int]:
        """Keys of all rows that the filter lets through, from the top."""
        rows = range(self.order.rowCount())
        return [self.model.keys[self.order.mapToSource(self.order.index(row, 0)).row()] for row in rows]

    def summary(self) -> str:
        """How many candidates there are, what they are worth, and how many of them the filter lets through."""
        text, hidden = self._candidates.summary(), len(self.model.keys) - self.order.rowCount()
        return f"{text} · {self.order.rowCount()} shown" if hidden else text

    def show_matches(self, keys: frozenset[int] | None) -> None:
        """Show only the candidates that hold the SMARTS; None for all."""
        self.order.set_matches(keys)
        self._refresh()

    def show_problem(self, message: str) -> None:
        """Say in place of the summary what is wrong with the SMARTS; nothing if the message is empty."""
        self._problem = message
        self._summary.setProperty("role", "error" if message else "hint")
        self._summary.style().polish(self._summary)
        self._refresh()

    def _refresh(self) -> None:
        some = bool(self.model.keys)
        self._summary.setText(self._problem or self.summary())
        self._empty.setVisible(not self.order.rowCount())
        self._empty.setText(
            "No candidate passes the filter." if some else "Generated molecules are listed here as soon as a run ends."
        )
        for widget in (self._accept, self._export, self.filter, self.smarts, *self.toggles.values()):
            widget.setEnabled(some)

    def _on_filter(self) -> None:
        self.order.set_filter(
            text=self.filter.text(), **{name: button.isChecked() for name, button in self.toggles.items()}
        )
        self._refresh()

    def _connect(self) -> None:
        self._accept.clicked.connect(self.accept_clicked)
        self._export.clicked.connect(self.export_clicked)
        self.filter.textChanged.connect(self._on_filter)
        self.smarts.textChanged.connect(lambda _: self._typed.start())
        self._typed.timeout.connect(lambda: self.smarts_typed.emit(self.smarts.text()))
        for button in self.toggles.values():
            button.toggled.connect(self._on_filter)
        self.model.filled_changed.connect(lambda: self.table.show_columns(self.model.filled))
        self._later.timeout.connect(self._refresh)
        for signal in (self.model.rowsInserted, self.model.rowsRemoved):
            signal.connect(lambda *_: self._refresh())
        # Judgements come by the hundred; the summary counts all of them each time.
        self.model.dataChanged.connect(lambda *_: self._later.isActive() or self._later.start())

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 0)
        bar.setSpacing(6)
        bar.addWidget(self.filter, 2)
        bar.addWidget(self.smarts, 1)
        for button in self.toggles.values():
            bar.addWidget(button)
        bar.addStretch(1)
        for button in (self._accept, self._export):
            bar.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.table, 1)
        layout.addLayout(bar)
        layout.addWidget(self._summary)
        over = QVBoxLayout(self.table.viewport())
        over.addWidget(self._empty, 0, Qt.AlignmentFlag.AlignCenter)


def _filter_line() -> QLineEdit:
    return _line(
        "Filter: SMILES, formula…",
        "Filter of the candidates",
        "Show candidates whose SMILES, formula, verdict or run holds these words",
        120,
    )


def _smarts_line() -> QLineEdit:
    return _line(
        "SMARTS", "SMARTS filter", "Show candidates that hold this SMARTS pattern, such as [OX2H] or c1ccccc1", 90
    )


def _line(example: str, name: str, hint: str, width: int) -> QLineEdit:
    line = QLineEdit()
    line.setPlaceholderText(example)
    line.setAccessibleName(name)
    line.setToolTip(hint)
    line.setClearButtonEnabled(True)
    line.setMinimumWidth(width)
    return line


def _toggle(title: str, hint: str) -> QPushButton:
    button = _button(title, hint, "")
    button.setAccessibleName(hint)
    button.setProperty("role", "toggle")
    button.setCheckable(True)
    return button


def _hint(name: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", "hint")
    label.setAccessibleName(name)
    return label


def _button(title: str, hint: str, shortcut: str) -> QPushButton:
    button = QPushButton(title)
    button.setAccessibleName(title.replace("…", ""))
    button.setToolTip(tooltip(hint, shortcut))
    return button
