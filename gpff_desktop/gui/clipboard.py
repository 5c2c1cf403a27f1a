"""Structures to and from the clipboard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from gpff_desktop.chemistry.clipboard import Kind, is_list_of_smiles
from gpff_desktop.gui.edits import Edits

SDF_TYPE = "chemical/x-mdl-sdfile"
KINDS: dict[Kind, str] = {"sdf": "SDF", "xyz": "XYZ", "smiles": "SMILES"}


class Clipboard:
    """What Cut, Copy and Paste do in the view; text fields have their own.

    Parameters
    ----------
    edits
        What is copied from and pasted into.
    open_text
        Opens the structures of a text without holding up the window.
    """

    def __init__(self, edits: Edits, open_text: Callable[[str], object]) -> None:
        self._edits, self._open_text = edits, open_text

    def copy(self, kind: Kind = "sdf") -> bool:
        """Copy the selected atoms, or all, as text in one of `KINDS`."""
        text = self._edits.tried(lambda: self._edits.editor.copy(kind))
        if text is None:
            return False
        data = QMimeData()
        data.setText(text)
        if kind == "sdf":
            data.setData(SDF_TYPE, text.encode())
        QGuiApplication.clipboard().setMimeData(data)
        self._edits.workbench.noted.emit(f"Copied as {KINDS[kind]}")
        return True

    def cut(self) -> None:
        """Copy the selected atoms and delete them."""
        if self.copy():
            self._edits.do(self._edits.editor.delete)

    def paste(self) -> None:
        """Add the structures on the clipboard: SDF, MOL, XYZ, PDB or SMILES."""
        data = QGuiApplication.clipboard().mimeData()
        raw = data.data(SDF_TYPE).data() if data.hasFormat(SDF_TYPE) else b""
        text = bytes(raw).decode(errors="replace") or data.text()
        if is_list_of_smiles(text):
            self._open_text(text)  # each of them has to be embedded in space, which takes a while
        else:
            self._edits.do(lambda: self._edits.editor.paste(text))
