"""The dialogues that ask for files, and what may be written to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from gpff_desktop.chemistry.formats import FORMATS, readable_suffixes, writable_suffixes, write_structures
from gpff_desktop.session.session_file import SUFFIX
from gpff_desktop.structure import Structure

SAVE, DISCARD, CANCEL = "save", "discard", "cancel"

_LONGEST_NAME = 60


def ask_open(parent: QWidget) -> list[Path]:
    """Ask for files of structures or a session; none if the user thinks better of it."""
    known = " ".join(f"*{suffix}" for suffix in (SUFFIX, *readable_suffixes()))
    each = [f"{FORMATS[suffix].name} (*{suffix})" for suffix in readable_suffixes()]
    filters = [f"Structures and sessions ({known})", f"Session (*{SUFFIX})", *each, "All files (*)"]
    names, _ = QFileDialog.getOpenFileNames(parent, "Open", "", ";;".join(filters))
    return [Path(name) for name in names]


def ask_export(parent: QWidget, count: int, name: str = "candidates") -> Path | None:
    """Ask where to write `count` structures; None if the user thinks better of it."""
    filters = [f"{FORMATS[suffix].name} (*{suffix})" for suffix in _suffixes_for(count)]
    title = f"Export {count} structures" if count != 1 else "Export structure"
    return _ask_save(parent, title, f"{name}.sdf", filters)


def ask_picture(parent: QWidget, name: str = "molecule") -> Path | None:
    """Ask where to write a picture; None if the user thinks better of it."""
    return _ask_save(parent, "Export picture", f"{name}.png", ["PNG picture (*.png)"])


def ask_session(parent: QWidget, proposal: Path) -> Path | None:
    """Ask where to save a session; None if the user thinks better of it."""
    return _ask_save(parent, "Save session", str(proposal), [f"Session (*{SUFFIX})"])


def ask_unsaved(parent: QWidget, what: str) -> str:
    """Ask what to do with changes that are in no file: `SAVE`, `DISCARD` or `CANCEL`."""
    button = QMessageBox.StandardButton
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("GPFF Desktop")
    box.setText(f"{what} not saved.")
    box.setInformativeText("Save as a session before going on?")
    box.setStandardButtons(button.Save | button.Discard | button.Cancel)
    box.setDefaultButton(button.Save)
    return {button.Save: SAVE, button.Discard: DISCARD}.get(button(box.exec()), CANCEL)


def file_name(title: str) -> str:
    """A title as the name of a file, without what some systems do not allow in one."""
    kept = "".join(c if c.isalnum() or c in " -_,()" else "_" for c in title).strip()
    return kept[:_LONGEST_NAME] or "structure"


def write(path: Path, structures: Sequence[Structure]) -> None:
    """Write structures; a file of that name is replaced, for the dialogue has asked.

    Raises
    ------
    ValueError, OSError
        If they cannot be written; the file is then as it was.
    """
    write_structures(path, structures, overwrite=True)


def _suffixes_for(count: int) -> list[str]:
    return [suffix for suffix in writable_suffixes() if count == 1 or not FORMATS[suffix].single]


def _ask_save(parent: QWidget, title: str, proposal: str, filters: list[str]) -> Path | None:
    dialogue = QFileDialog(parent, title, proposal, ";;".join(filters))
    dialogue.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialogue.selectFile(proposal)

    def complete_with(chosen: str) -> None:
        """The dialogue itself must know the suffix: it asks before it replaces a file."""
        dialogue.setDefaultSuffix(chosen.rpartition("*.")[2].rstrip(")"))

    complete_with(filters[0])
    dialogue.filterSelected.connect(complete_with)
    accepted = dialogue.exec() == QFileDialog.DialogCode.Accepted
    return Path(dialogue.selectedFiles()[0]) if accepted and dialogue.selectedFiles() else None
