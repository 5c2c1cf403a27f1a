"""What one window works on: the document and what is said to the user; the console gets it too."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal

from gpff_desktop.session.candidates import CandidateList
from gpff_desktop.session.command_log import CommandLog
from gpff_desktop.session.document import Document
from gpff_desktop.session.editor import Editor
from gpff_desktop.session.settings import SettingsStore


class Workbench:
    """The parts of a session that outlive any panel.

    Parameters
    ----------
    settings_folder
        Where the user's settings are kept; by default the place that the system has for them.

    Attributes
    ----------
    document
        Open structures and their history.
    editor
        All that can be done to the structure on view.
    candidates
        What runs have generated.
    settings
        What the user has chosen, from one start to the next.
    log
        What has been done, as Python that repeats it.
    noted
        psygnal event with one line on what was done.
    warned
        psygnal event with one line on what went wrong and what to do.
    """

    noted = Signal(str)
    warned = Signal(str)

    def __init__(self, settings_folder: Path | None = None) -> None:
        self.document = Document()
        self.editor = Editor(self.document)
        self.candidates = CandidateList()
        self.settings = SettingsStore(settings_folder)
        self.log = CommandLog()
        self.editor.performed.connect(self.log.add)
        self.document.dropped.connect(self.warned.emit)
