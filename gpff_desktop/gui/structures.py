"""Open structures: which is on view, which lie over it, and what is done to them as wholes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QDockWidget, QWidget

from gpff_desktop import elements
from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.stage import Stage
from gpff_desktop.gui.structures_panel import StructuresPanel
from gpff_desktop.session.editor import Editor
from gpff_desktop.session.entry import NO_ATOMS, EditError, Entry
from gpff_desktop.session.unsaved import Unsaved
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure

MOST_GHOSTS = 30
"""Structures laid over the one on view at most; more are a cloud in which nothing can be seen."""

_LIVE_MS = 200
"""While atoms move by themselves, the table of atoms has their coordinates a few times a second only."""

_NEEDS = "Open a structure first"


class Structures(QObject):
    """Between the panel of structures, the document and the view.

    Parameters
    ----------
    workbench, stage
        What is worked on, and where it is shown.
    unsaved
        Which structures are marked as unsaved.
    """

    def __init__(self, workbench: Workbench, stage: Stage, unsaved: Unsaved, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench, self._stage, self._document = workbench, stage, workbench.document
        self._ghosts: tuple[Structure, ...] = ()
        self._soon = QTimer(self, singleShot=True, interval=_LIVE_MS)
        self._soon.timeout.connect(self._list)
        self.panel = StructuresPanel(self._document, unsaved, self, workbench.warned.emit)
        self.panel.entry_chosen.connect(self.show)
        self.panel.selection_changed.connect(self._lay_over)
        self.panel.atoms.chosen.connect(self._select)
        self._document.changed.connect(self._follow)
        stage.changed.connect(self._follow)
        self._follow()

    def commands(self) -> list[Command]:
        """What can be done to whole structures."""
        return [
            Command(
                "structure.duplicate",
                "Duplicate structure",
                "Edit",
                self.duplicate,
                icon="mdi6.content-duplicate",
                hint="Open a copy of the structure on view beside it",
                enabled_when=self._is_open,
                needs=_NEEDS,
            ),
            Command(
                "structure.rename",
                "Rename structure",
                "Edit",
                self.panel.rename,
                icon="mdi6.rename-outline",
                hint="Call the structure on view something else",
                enabled_when=self._is_open,
                needs=_NEEDS,
            ),
            Command(
                "panel.atoms",
                "Atoms",
                "View/Panels",
                lambda: self._show_tab(self.panel.atoms),
                "Alt+5",
                "mdi6.atom",
                "Go to the table of atoms",
            ),
            Command(
                "panel.history",
                "History",
                "View/Panels",
                lambda: self._show_tab(self.panel.history),
                "Alt+6",
                "mdi6.history",
                "Go to the list of steps",
            ),
        ]

    def closing_commands(self) -> list[Command]:
        """What the File menu has for whole structures."""
        return [
            Command(
                "structure.close",
                "Close structure",
                "File",
                self.close,
                "Ctrl+W",
                "mdi6.close-box-outline",
                "Take the selected structures out of the window; Undo brings them back",
                enabled_when=self._is_open,
                needs=_NEEDS,
            ),
            Command(
                "structure.close-others",
                "Close others",
                "File",
                self.close_others,
                icon="mdi6.close-box-multiple-outline",
                hint="Take out all structures but the selected ones; Undo brings them back",
                enabled_when=lambda: len(self._document.entries) > max(1, len(self.panel.selected())),
                needs="Open more structures than one first",
            ),
        ]

    def show(self, key: int) -> None:
        """Bring an entry on view, in place of a candidate too."""
        if self._document.find_or_none(key) is None:
            return
        if self._document.state.current == key:
            self._stage.end_preview()
        else:
            self._document.show(key)

    def duplicate(self) -> None:
        """Open a copy of the entry on view, with its marks, behind the others; one step."""
        if self._is_open():
            self._workbench.editor.duplicate_entry()

    def close(self) -> None:
        """Close the selected entries, as one step; a candidate being looked at is put away instead."""
        if self._stage.preview is not None:
            self._stage.end_preview()
            return
        self._document.close(entry.key for entry in self._chosen())

    def close_others(self) -> None:
        """Close all entries but the selected ones, as one step."""
        kept = {entry.key for entry in self._chosen()}
        self._document.close(entry.key for entry in self._document.entries if entry.key not in kept)

    # What the table of atoms asks for

    def set_element(self, atom: int, number: int) -> bool:
        """Make an atom another element, as one step."""
        return self._try(lambda editor: editor.set_element(elements.symbol(number), [atom]))

    def set_position(self, atom: int, position: np.ndarray) -> bool:
        """Put an atom at `[3]` in Å, as one step."""
        return self._try(lambda editor: editor.set_position(atom, position))

    def set_locked(self, atom: int, on: bool) -> bool:
        """Lock or unlock an atom, as one step."""
        return self._try(lambda editor: editor.lock([atom]) if on else editor.unlock([atom]))

    def _select(self, atoms: frozenset[int]) -> None:
        if not self._try(lambda editor: editor.select(sorted(atoms))):
            self._follow()

    def _try(self, act: Callable[[Editor], object]) -> bool:
        """Do something to what is on view; a candidate is opened first. False, and told, if it cannot be done."""
        try:
            self._stage.accept()
            act(self._workbench.editor)
        except EditError as error:
            self._workbench.warned.emit(str(error))
            return False
        return True

    # Keeping in step

    def _follow(self, *_: object) -> None:
        if not self._stage.view.canvas.animating:
            self._soon.stop()
            self._list()
        elif not self._soon.isActive():
            self._soon.start()

    def _list(self) -> None:
        entry, shown = self._document.entry, self._stage.structure
        self.panel.choose(self._document.state.current)
        if entry is None or shown is not entry.structure:
            self.panel.atoms.show_atoms(shown, NO_ATOMS, NO_ATOMS)
        else:
            self.panel.atoms.show_atoms(shown, entry.locked, entry.selected)
        self._lay_over()

    def _lay_over(self) -> None:
        """Lay the other selected structures over the one on view."""
        alone = self._stage.preview is not None or self._stage.running
        others = [] if alone else [e for e in self.panel.selected() if e.key != self._document.state.current]
        ghosts = tuple(entry.structure for entry in others[:MOST_GHOSTS])
        if _identical(ghosts, self._ghosts):
            return
        self._ghosts = ghosts
        self._stage.view.canvas.set_ghosts(ghosts)
        if len(others) > MOST_GHOSTS:
            self._workbench.noted.emit(f"The first {MOST_GHOSTS} of {len(others)} selected structures are laid over")

    def _chosen(self) -> list[Entry]:
        """The selected entries; the one on view if it is not among them."""
        selected, current = self.panel.selected(), self._document.entry
        if current is None or any(entry.key == current.key for entry in selected):
            return selected
        return [current]

    def _show_tab(self, tab: QWidget) -> None:
        dock = self.panel.parent()
        while dock is not None and not isinstance(dock, QDockWidget):
            dock = dock.parent()
        if dock is not None:
            dock.show()
            dock.raise_()
        self.panel.tabs.setCurrentWidget(tab)
        tab.setFocus()

    def _is_open(self) -> bool:
        return self._document.entry is not None


def _identical(one: tuple[Structure, ...], other: tuple[Structure, ...]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
