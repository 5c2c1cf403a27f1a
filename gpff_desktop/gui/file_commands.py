"""The File menu."""

from __future__ import annotations

from collections.abc import Callable

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.file_actions import FileActions
from gpff_desktop.gui.sessions import Sessions
from gpff_desktop.gui.structures import Structures


def file_commands(
    actions: FileActions, sessions: Sessions, structures: Structures, quit_program: Callable[[], object]
) -> list[Command]:
    """All of the File menu, in its order."""
    return [
        *_opening(actions, sessions),
        *_saving(sessions),
        *_exporting(actions),
        *structures.closing_commands(),
        Command(
            "file.quit",
            "Quit",
            "File",
            quit_program,
            "Ctrl+Q",
            "mdi6.exit-to-app",
            "Close the window; what is not saved is asked about",
        ),
    ]


def _opening(actions: FileActions, sessions: Sessions) -> list[Command]:
    return [
        Command(
            "file.new",
            "New session",
            "File",
            sessions.begin_anew,
            "Ctrl+N",
            "mdi6.file-outline",
            "Close everything and begin with nothing",
        ),
        Command(
            "file.open",
            "Open…",
            "File",
            actions.ask_and_open,
            "Ctrl+O",
            "mdi6.folder-open-outline",
            "Open files of structures, or a session",
            in_toolbar=True,
        ),
        Command(
            "file.open-clipboard",
            "Open from clipboard",
            "File",
            actions.open_clipboard,
            "Ctrl+Shift+O",
            "mdi6.clipboard-arrow-down-outline",
            "Open the structures on the clipboard, as SDF, MOL, XYZ, PDB or SMILES, beside what is there",
        ),
    ]


def _saving(sessions: Sessions) -> list[Command]:
    return [
        Command(
            "file.save",
            "Save session",
            "File",
            sessions.save,
            "Ctrl+S",
            "mdi6.content-save-outline",
            "Save structures with their marks, candidates and the view in one file",
        ),
        Command(
            "file.save-as",
            "Save session as…",
            "File",
            sessions.save_as,
            "Ctrl+Shift+S",
            "mdi6.content-save-edit-outline",
            "Save the session under another name",
        ),
    ]


def _exporting(actions: FileActions) -> list[Command]:
    return [
        Command(
            "file.export",
            "Export…",
            "File",
            actions.export,
            "Ctrl+E",
            "mdi6.export-variant",
            "Write the selected candidates, or the structure shown, to a file",
            enabled_when=actions.has_structure,
            needs="Open or generate a structure first",
            in_toolbar=True,
        ),
        Command(
            "file.picture",
            "Export picture…",
            "File",
            actions.export_picture,
            "Ctrl+Shift+E",
            "mdi6.image-outline",
            "Write the view as a PNG with a transparent background",
            enabled_when=actions.has_structure,
            needs="Open or generate a structure first",
        ),
    ]
