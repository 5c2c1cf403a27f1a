"""The session as a file: begun, saved, opened, and asked about before it would be lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

from gpff_desktop.gui import files
from gpff_desktop.gui.session_view import SessionView
from gpff_desktop.session.entry import State
from gpff_desktop.session.session_file import SUFFIX, Session, SessionFileError, save_session
from gpff_desktop.session.unsaved import Unsaved
from gpff_desktop.session.workbench import Workbench

_PROGRAM = "GPFF Desktop"


class Sessions(QObject):
    """Keeps the window's session in a file, and its title in step.

    Parameters
    ----------
    window
        Gets the title and owns the dialogues.
    workbench, unsaved
        What is saved, and what of it is in no file.
    view
        What is remembered of the view.

    Attributes
    ----------
    ask
        Asks what to do with unsaved changes; gets words such as `2 structures are`, see `files.ask_unsaved`.
    ask_path
        Asks where to save; gets a proposal.
    stored
        Signal with the path of a session that was saved or opened.
    """

    stored = Signal(object)

    def __init__(self, window: QMainWindow, workbench: Workbench, unsaved: Unsaved, view: SessionView) -> None:
        super().__init__(window)
        self._window, self._workbench, self._unsaved, self._view = window, workbench, unsaved, view
        self._document = workbench.document
        self.ask: Callable[[str], str] = partial(files.ask_unsaved, window)
        self.ask_path: Callable[[Path], Path | None] = partial(files.ask_session, window)
        self._document.history_changed.connect(self._show_title)
        unsaved.changed.connect(self._show_title)
        self._show_title()

    def begin_anew(self) -> None:
        """Close everything, if the user agrees, and begin with nothing."""
        if self.may_go():
            self._workbench.candidates.clear()
            self._load(State(), None)
            self._workbench.noted.emit("New session")

    def open(self, session: Session, path: Path) -> None:
        """Show a session that was read from a file in place of the present one, if the user agrees."""
        if not self.may_go():
            return
        self._workbench.candidates.clear()
        self._workbench.candidates.restore(session.candidates)
        self._load(session.state, path)
        self._view.restore(session.view)
        self._workbench.noted.emit(f"Opened the session {path.name}")
        self.stored.emit(path)

    def save(self) -> bool:
        """Save where the session was saved last; asks where if it never was. Whether it is saved now."""
        return self.save_as(self._document.path) if self._document.path else self.save_as()

    def save_as(self, path: Path | None = None) -> bool:
        """Save to a file; asks which if no `path` is given. Whether it is saved now."""
        path = path or self.ask_path(self._proposal())
        if path is None:
            return False
        path = path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX)
        if not self._write(path):
            return False
        self._document.mark_saved(path)
        self._unsaved.note_all_kept()
        self._workbench.noted.emit(f"Saved {path.name}")
        self.stored.emit(path)
        return True

    def may_go(self) -> bool:
        """Whether what is open may be closed: it is in files, or the user saves it or lets it go."""
        if not self._unsaved:
            return True
        answer = self.ask(self._what())
        return answer == files.DISCARD or (answer == files.SAVE and self.save())

    def _write(self, path: Path) -> bool:
        QGuiApplication.setOverrideCursor(Qt.CursorShape.BusyCursor)
        try:
            save_session(path, self._document.state, self._workbench.candidates, self._view.values())
        except SessionFileError as error:
            self._workbench.warned.emit(str(error))
            return False
        finally:
            QGuiApplication.restoreOverrideCursor()
        return True

    def _load(self, state: State, path: Path | None) -> None:
        self._document.load(state, path)
        self._unsaved.note_all_kept()

    def _what(self) -> str:
        if self._document.path is not None:
            return f"Changes to {self._document.path.name} are"
        unsaved = self._unsaved.entries
        if len(unsaved) == 1:
            return f"“{unsaved[0].title}” is"
        return f"{len(unsaved)} structures are" if unsaved else "Starred candidates are"

    def _proposal(self) -> Path:
        entry = self._document.entry
        return self._document.path or Path(files.file_name(entry.title if entry else "session") + SUFFIX)

    def _show_title(self) -> None:
        path = self._document.path
        name = path.stem if path else "Untitled"
        named = path is not None or bool(self._document.entries)
        self._window.setWindowTitle(f"{name}[*] – {_PROGRAM}" if named else _PROGRAM)
        self._window.setWindowModified(named and bool(self._unsaved))
