"""The panel that holds the structure on view against rules of thumb."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from gpff_desktop.plugins import App
from gpff_druglike.figures import Rule, qed, rules


class RulesPanel(QWidget):
    """A line for each rule, which follows what is on view.

    Parameters
    ----------
    app
        The program.
    """

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.verdict.setAccessibleName("Verdict")
        self._lines: list[QLabel] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 14)
        layout.setSpacing(10)
        layout.addWidget(self.verdict)
        layout.addLayout(self._grid)
        layout.addStretch(1)
        app.on_change(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the figures of what is on view now."""
        structure = self._app.structure
        found: list[Rule] = []
        if structure is None or not len(structure):
            self.verdict.setText("Open a structure to see how drug-like it is.")
        else:
            try:
                found = rules(structure)
                broken = sum(not rule.kept for rule in found)
                words = "All rules are kept" if not broken else f"{broken} of {len(found)} rules broken"
                self.verdict.setText(f"{words} · QED {qed(structure):.2f}")
            except ValueError:
                self.verdict.setText("The bonds of this structure make no proper molecule.")
        self._show(found)

    def _show(self, found: list[Rule]) -> None:
        for label in self._lines:
            label.deleteLater()
        self._lines = []
        for row, rule in enumerate(found):
            value = QLabel(f"{rule.value:.{rule.digits}f}")
            sign = QLabel(f"✓ ≤ {rule.most:g}" if rule.kept else f"✗ > {rule.most:g}")
            sign.setProperty("role", "hint" if rule.kept else "error")
            for column, label in enumerate((_name(rule.name), value, sign)):
                self._grid.addWidget(label, row, column)
                self._lines.append(label)
            self._grid.setAlignment(value, Qt.AlignmentFlag.AlignRight)


def _name(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    return label
