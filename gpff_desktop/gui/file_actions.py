"""Opening and exporting, from the menu, a dialogue, a drop or a test."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

from gpff_desktop.gui import files
from gpff_desktop.gui.notices import Notices
from gpff_desktop.gui.opening import FileOpener
from gpff_desktop.gui.problems import file_problems
from gpff_desktop.gui.recent import RecentFiles
from gpff_desktop.gui.sessions import Sessions
from gpff_desktop.gui.stage import Stage
from gpff_desktop.session.opening import Opened
from gpff_desktop.session.source import Ready, Source
from gpff_desktop.session.unsaved import Unsaved
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.export import save_png

_PICTURE_SCALE = 2


class FileActions(QObject):
    """What the File menu does with files.

    Parameters
    ----------
    window
        Owns the dialogues.
    workbench, stage
        What is opened and exported.
    sessions, unsaved
        Take sessions that are opened, and note which structures are as in their files.
    notices
        Where questions about opened files are put.
    chosen
        The candidates to export; empty for what is on view.
    """

    def __init__(
        self,
        window: QMainWindow,
        workbench: Workbench,
        stage: Stage,
        sessions: Sessions,
        unsaved: Unsaved,
        notices: Notices,
        chosen: Callable[[], list[Structure]],
    ) -> None:
        super().__init__(window)
        self._window, self._workbench, self._stage, self._chosen = window, workbench, stage, chosen
        self._sessions, self._unsaved, self._notices = sessions, unsaved, notices
        self.opener = FileOpener(self)
        self.recent = RecentFiles(self.open, workbench.settings, window)
        self.opener.ready.connect(self._take)
        self.opener.failed.connect(workbench.warned.emit)
        sessions.stored.connect(self.recent.note)

    # Opening

    def ask_and_open(self) -> None:
        """Ask for files and open them."""
        self.open(*files.ask_open(self._window))

    def open(self, *paths: Path) -> None:
        """Open files; large ones in the background. A session takes the place of what is open, if the user agrees."""
        for path in paths:
            self.opener.open(Source.file(Path(path), keep_bonds=self._keeps_bonds()))

    def open_text(self, text: str, name: str = "the text") -> None:
        """Open the structures in a text beside what is there."""
        self.opener.open(Source.text(text, name))

    def open_clipboard(self) -> None:
        """Open the structures on the clipboard beside what is there."""
        self.open_text(QGuiApplication.clipboard().text(), "the clipboard")

    def _keeps_bonds(self) -> bool:
        return self._workbench.settings.load().bonds == "file"

    def _take(self, ready: Ready) -> None:
        opened, path = ready.opened, ready.source.path
        if ready.source.inserted:  # whoever asked for it takes it
            return
        if opened.session is not None and path is not None:
            self._sessions.open(opened.session, path)
            return
        keys = self._workbench.document.add_entries(ready.entries)
        if path is not None:
            self._unsaved.note_kept(keys)
            self.recent.note(path)
        what = _count(len(ready.entries), "structure")
        trajectory = ready.entries[0].trajectory
        if trajectory is not None:
            what = f"a trajectory of {len(trajectory):,} frames"
        self._workbench.noted.emit(f"Opened {what} from {ready.source.name}")
        self._ask_about_frames(ready)
        self._tell_problems(opened, ready.source.name)

    def _ask_about_frames(self, ready: Ready) -> None:
        path, trajectory = ready.source.path, ready.entries[0].trajectory
        if path is None or trajectory is None:
            return
        again = Source.file(path, as_structures=True, keep_bonds=ready.source.keep_bonds)
        self._notices.tell(
            f"{path.name} holds {len(trajectory):,} frames of one system; they open as a trajectory.",
            ("Open frames as structures", partial(self.opener.open, again)),
        )

    def _tell_problems(self, opened: Opened, name: str) -> None:
        if opened.problems:
            self._notices.tell(opened.told(), ("Details", partial(self._show_problems, opened, name)))

    def _show_problems(self, opened: Opened, name: str) -> None:
        file_problems(name, opened.problems, self._window).show()

    # Exporting

    def has_structure(self) -> bool:
        """Whether there is a structure to write."""
        return bool(self._stage.structure)

    def export(self, path: Path | None = None) -> None:
        """Write the selected candidates while one is looked at, else what is on view; asks where without `path`."""
        structures = self._to_export()
        path = path or files.ask_export(self._window, len(structures), self._name())
        if path is None or not structures:
            return
        try:
            files.write(path, structures)
        except (ValueError, OSError) as error:
            self._workbench.warned.emit(str(error))
            return
        self._workbench.noted.emit(f"Wrote {_count(len(structures), 'structure')} to {path.name}")

    def _to_export(self) -> list[Structure]:
        shown = self._stage.structure
        if self._stage.preview is not None or shown is None:
            return self._chosen()
        return [shown]

    def _name(self) -> str:
        entry = self._workbench.document.entry
        if self._stage.preview is not None or entry is None:
            return "candidates"
        return files.file_name(entry.title)

    def export_picture(self, path: Path | None = None) -> None:
        """Write the view as a PNG with a transparent background; asks where without `path`."""
        path = path or files.ask_picture(self._window, self._name())
        if path is None:
            return
        canvas = self._stage.view.canvas
        width, height = canvas.size
        image = canvas.render_image((_PICTURE_SCALE * width, _PICTURE_SCALE * height), transparent=True)
        try:
            save_png(image, path)
        except (OSError, ValueError) as error:
            self._workbench.warned.emit(f"cannot write '{path}' ({_reason(error)}); choose another folder")
            return
        self._workbench.noted.emit(f"Wrote {path.name}")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
