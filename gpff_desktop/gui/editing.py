"""Editing the structure on view: undo and redo, and a click that selects."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.stage import Stage
from gpff_desktop.session.entry import EditError
from gpff_desktop.session.workbench import Workbench


class Editing(QObject):
    """What the Edit menu and the pointer do.

    Parameters
    ----------
    workbench, stage
        What is edited, and where it is shown.
    """

    def __init__(self, workbench: Workbench, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench, self._stage = workbench, stage
        self._document = workbench.document
        stage.view.canvas.atom_clicked.connect(self.click)

    def commands(self) -> list[Command]:
        """The Edit menu."""
        return [
            Command(
                "edit.undo",
                "Undo",
                "Edit",
                self._document.undo,
                "Ctrl+Z",
                "mdi6.undo",
                "Take back the last step",
                enabled_when=lambda: bool(self._document.history.undo_name),
                needs="Nothing has been done yet",
                in_toolbar=True,
            ),
            Command(
                "edit.redo",
                "Redo",
                "Edit",
                self._document.redo,
                "Ctrl+Shift+Z",
                "mdi6.redo",
                "Do the next step again",
                enabled_when=lambda: bool(self._document.history.redo_name),
                needs="Nothing has been undone",
                in_toolbar=True,
            ),
        ]

    def click(self, atom: int | None) -> None:
        """Select an atom alone; a click on it again, or on the background, selects nothing."""
        if self._stage.running or (atom is None and self._stage.preview is not None):
            return
        try:
            entry = self._stage.accept() if self._stage.structure else None
        except EditError as error:
            self._workbench.warned.emit(str(error))
            return
        if entry is not None:
            self._document.select([] if atom is None or entry.selected == {atom} else [atom])
