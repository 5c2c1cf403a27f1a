"""The user's hands on the structure: the Edit menu, and the parts that select, build, lock and measure."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from gpff_desktop.chemistry.clipboard import Kind
from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.ask_bar import AskBar
from gpff_desktop.gui.background import Background
from gpff_desktop.gui.build_panel import BuildPanel
from gpff_desktop.gui.building import Building
from gpff_desktop.gui.charges import Charges
from gpff_desktop.gui.clipboard import KINDS, Clipboard
from gpff_desktop.gui.constraining import Constraining
from gpff_desktop.gui.constraints_panel import ConstraintsPanel
from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.geometry_bar import GeometryBar
from gpff_desktop.gui.locking import Locking
from gpff_desktop.gui.match_bar import MatchBar
from gpff_desktop.gui.opening import FileOpener
from gpff_desktop.gui.pencil import Pencil
from gpff_desktop.gui.selecting import Selecting
from gpff_desktop.gui.stage import Stage
from gpff_desktop.gui.toolbox import Toolbox
from gpff_desktop.gui.tools.strokes import Strokes
from gpff_desktop.gui.wall_handles import WallHandles
from gpff_desktop.session.workbench import Workbench

_COPY_ICONS = {"sdf": "file-document-outline", "xyz": "axis-arrow", "smiles": "text"}


class Editing(QObject):
    """All that edits the structure on view by hand.

    Parameters
    ----------
    workbench, stage
        What is edited, and where it is shown.
    background
        Where fragments are drawn and charges found.
    open_text
        Opens the structures of a long text.
    opener
        Embeds large molecules in the background.
    """

    def __init__(
        self,
        workbench: Workbench,
        stage: Stage,
        background: Background,
        open_text: Callable[[str], object],
        opener: FileOpener,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workbench, self._document = workbench, workbench.document
        self.edits = Edits(workbench, stage, self)
        self.pencil = Pencil(self)
        self.strokes = Strokes(self.edits, self.pencil)
        self.ask_bar = AskBar()
        self.geometry_bar = GeometryBar(self.edits, self.strokes)
        self.match_bar = MatchBar(lambda atoms: self.edits.do(lambda: self.edits.editor.select(atoms)))
        for bar in (self.ask_bar, self.match_bar, self.geometry_bar):
            stage.view.add_bar(bar)
        for asking in (self.ask_bar, self.match_bar):
            asking.opened.connect(lambda: self.geometry_bar.give_way(True))
            asking.closed.connect(lambda: self.geometry_bar.give_way(False))
            asking.closed.connect(stage.view.canvas.native.setFocus)
        self.clipboard = Clipboard(self.edits, open_text)
        self.selecting = Selecting(self.edits, self.ask_bar)
        self.locking = Locking(self.edits, self.ask_bar, self.match_bar)
        self.constraining = Constraining(self.edits)
        self.constraints_panel = ConstraintsPanel(self.edits, [*self.locking.commands(), *self.constraining.commands()])
        self._wall_handles = WallHandles(self.edits, self.constraints_panel, self)
        self.building = Building(self.edits, self.strokes, self.ask_bar, opener)
        self.toolbox = Toolbox(self.edits, self.strokes, self)
        self.toolbox.hinted.connect(stage.view.set_hint)
        stage.view.set_hint(self.toolbox.hand.hint)
        self.build_panel = BuildPanel(self.edits, self.pencil, self.building, background)
        self.build_panel.drawing.connect(lambda: self.toolbox.take("draw"))
        self._newest = self._document.history.serial
        self._document.history_changed.connect(self._tell_step)
        self.charges = Charges(self._document, stage.view.canvas, background, self)

    def commands(self) -> list[Command]:
        """The menus Edit, Select and Build."""
        return [
            *self._history(),
            *self._clipboard(),
            *self.toolbox.commands(),
            *self.locking.commands(),
            *self.constraining.commands(),
            *self.selecting.commands(),
            *self.building.commands(),
        ]

    def undo(self) -> None:
        """Take back the last step and say which."""
        name = self._document.history.undo_name
        self._document.undo()
        self._workbench.noted.emit(f"Undone: {name}")

    def redo(self) -> None:
        """Do the next step again and say which."""
        name = self._document.history.redo_name
        self._document.redo()
        self._workbench.noted.emit(f"Done again: {name}")

    def _tell_step(self) -> None:
        """Name the step that was just made; going back and forth among old ones is told where it is done."""
        history = self._document.history
        if history.serial > self._newest and history.undo_name:
            self._workbench.noted.emit(history.undo_name)
        # A document that was just loaded counts from the beginning again.
        self._newest = max(self._newest, history.serial) if history.undo_name or history.redo_name else history.serial

    def _history(self) -> list[Command]:
        history = lambda: self._document.history  # noqa: E731
        return [
            Command(
                "edit.undo", "Undo", "Edit", self.undo, "Ctrl+Z", "mdi6.undo", "Take back the last step",
                enabled_when=lambda: bool(history().undo_name), needs="Nothing has been done yet", in_toolbar=True,
            ),
            Command(
                "edit.redo", "Redo", "Edit", self.redo, "Ctrl+Shift+Z", "mdi6.redo", "Do the next step again",
                enabled_when=lambda: bool(history().redo_name), needs="Nothing has been undone", in_toolbar=True,
            ),
        ]  # fmt: skip

    def _clipboard(self) -> list[Command]:
        some, editor = (self.edits.has_selection, "Select atoms first"), self.edits.editor
        every, always = (self.edits.can_edit, "Open a structure first"), (self.edits.can_build, "Stop the run first")
        return [
            self._command("cut", "Cut", self.clipboard.cut, "Ctrl+X", "content-cut",
                          "Copy and delete the selection", some),
            self._command("copy", "Copy", self.clipboard.copy, "Ctrl+C", "content-copy",
                          "Copy the selected atoms, or all, as SDF", every),
            *(self._copy_as(kind) for kind in KINDS),
            self._command("paste", "Paste", self.clipboard.paste, "Ctrl+V", "content-paste",
                          "Add the SDF, XYZ, PDB or SMILES on the clipboard", always),
            self._command("duplicate", "Duplicate", lambda: self.edits.do(editor.duplicate), "Ctrl+D",
                          "content-duplicate", "Copy the selected atoms beside the molecule", some),
            self._command("delete", "Delete", lambda: self.edits.do(editor.delete), "Del", "delete-outline",
                          "Delete the selected atoms", some),
        ]  # fmt: skip

    def _copy_as(self, kind: Kind) -> Command:
        return Command(
            f"edit.copy-{kind}",
            KINDS[kind],
            "Edit/Copy as",
            lambda: self.clipboard.copy(kind),
            icon=f"mdi6.{_COPY_ICONS[kind]}",
            hint=f"Copy the selected atoms, or all, as {KINDS[kind]}",
            enabled_when=self.edits.can_edit,
            needs="Open a structure first",
        )

    def _command(
        self, name: str, title: str, act: Callable[[], object], keys: str, icon: str, hint: str,
        when: tuple[Callable[[], bool], str],
    ) -> Command:  # fmt: skip
        enabled, needs = when
        return Command(
            f"edit.{name}", title, "Edit", act, keys, f"mdi6.{icon}", hint, enabled_when=enabled, needs=needs
        )
