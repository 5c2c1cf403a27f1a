"""How far the opening of a file has come, in the status bar."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from gpff_desktop.gui.opening import FileOpener
from gpff_desktop.session.opening import Opening
from gpff_desktop.session.source import Source

_STEPS = 1000
_WIDTH = 140


class OpeningBar(QWidget):
    """Name, number of structures, progress and a button that gives up; hidden while nothing is being opened."""

    def __init__(self, opener: FileOpener, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = QLabel()
        self.label.setAccessibleName("File being opened")
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(_WIDTH)
        self.bar.setAccessibleName("Part of the file that has been read")
        self.cancel = QPushButton("Cancel")
        self.cancel.setAccessibleName("Cancel opening")
        self.cancel.setToolTip("Give up opening; what is open already stays")
        self.cancel.setProperty("role", "compact")
        self._lay_out()
        self.hide()
        opener.progressed.connect(self._show)
        opener.ended.connect(self.hide)
        self.cancel.clicked.connect(opener.cancel)

    def _show(self, source: Source, opening: Opening) -> None:
        bad = f", {opening.bad:,} bad" if opening.bad else ""
        read = f"Opening {source.name}: {opening.count:,} read{bad}"
        self.label.setText(f"Embedding {source.name}" if source.inserted else read)
        self.bar.setValue(round(_STEPS * opening.fraction))
        self.show()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(8)
        for part in (self.label, self.bar, self.cancel):
            row.addWidget(part)
