"""Between the user's hands and the editor: what is on view is opened first, and what cannot be done is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject

from gpff_desktop.gui.stage import Stage
from gpff_desktop.session.entry import NO_ATOMS, EditError, Entry
from gpff_desktop.session.workbench import Workbench

T = TypeVar("T")


class Edits(QObject):
    """Carries out what tools, menus and panels ask for.

    Parameters
    ----------
    workbench, stage
        What is edited, and where it is shown.
    """

    def __init__(self, workbench: Workbench, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workbench, self.stage = workbench, stage
        self.document, self.editor, self.canvas = workbench.document, workbench.editor, stage.view.canvas

    def do(self, act: Callable[[], object]) -> bool:
        """Do something to the structure on view; False, and a line for the user, if it cannot be done."""
        return self.tried(lambda: (act(),)) is not None

    def tried(self, act: Callable[[], T]) -> T | None:
        """What `act` gives; None, and a line for the user, if it cannot be done."""
        try:
            self.open()
            return act()
        except ValueError as error:
            self.workbench.warned.emit(str(error))
            return None

    def open(self) -> Entry | None:
        """The entry on view, which may be a preview until now; None if there is nothing.

        Raises
        ------
        EditError
            If a run is on view.
        """
        if self.stage.running:
            raise EditError("a run is on view; stop it first (Esc)")
        if self.stage.preview is not None:
            return self.stage.accept()
        return self.document.entry

    # What commands ask before they are enabled

    @property
    def entry(self) -> Entry | None:
        """The entry that is seen; None while a preview or a run is."""
        return None if self.stage.preview is not None or self.stage.running else self.document.entry

    @property
    def selected(self) -> frozenset[int]:
        """The selected atoms of what is seen."""
        return self.entry.selected if self.entry else NO_ATOMS

    def can_build(self) -> bool:
        """Whether no run is in the way."""
        return not self.stage.running

    def can_edit(self) -> bool:
        """Whether there are atoms and no run is in the way."""
        return bool(self.stage.structure) and not self.stage.running

    def has_selection(self) -> bool:
        """Whether atoms are selected."""
        return bool(self.selected)
