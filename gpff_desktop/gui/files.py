"""Opening and saving structures and pictures, with the dialogues that ask where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from gpff_desktop.chemistry.formats import (
    FORMATS,
    read_structures,
    readable_suffixes,
    writable_suffixes,
    write_structures,
)
from gpff_desktop.structure import Structure


def ask_open(parent: QWidget) -> Path | None:
    """Ask for a file of structures; None if the user thinks better of it."""
    patterns = " ".join(f"*{suffix}" for suffix in readable_suffixes())
    name, _ = QFileDialog.getOpenFileName(parent, "Open structures", "", f"Structures ({patterns});;All files (*)")
    return Path(name) if name else None


def ask_export(parent: QWidget, count: int) -> Path | None:
    """Ask where to write `count` structures; None if the user thinks better of it."""
    filters = [f"{FORMATS[suffix].name} (*{suffix})" for suffix in _suffixes_for(count)]
    title = f"Export {count} structures" if count != 1 else "Export structure"
    return _ask_save(parent, title, "candidates.sdf", filters)


def ask_picture(parent: QWidget) -> Path | None:
    """Ask where to write a picture; None if the user thinks better of it."""
    return _ask_save(parent, "Export picture", "molecule.png", ["PNG picture (*.png)"])


def read(path: Path) -> tuple[list[Structure], str]:
    """The structures of a file, and one line on records that could not be read (empty if all could).

    Raises
    ------
    ValueError
        If nothing in it can be read; the message is one line for the user.
    """
    result = read_structures(path)
    if not result.problems:
        return result.structures, ""
    first = result.problems[0]
    return result.structures, f"{len(result.problems)} bad records, the first is number {first.record}: {first.message}"


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
    name, chosen = QFileDialog.getSaveFileName(parent, title, proposal, ";;".join(filters))
    if not name:
        return None
    path = Path(name)
    return path if path.suffix else path.with_suffix(chosen.rpartition("*")[2].rstrip(")"))
