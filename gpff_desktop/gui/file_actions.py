"""Opening and exporting, from the menu, a dialogue or a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from gpff_desktop.gui import files
from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.stage import Stage
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.export import save_png

_PICTURE_SCALE = 2


class FileActions:
    """What the File menu does.

    Parameters
    ----------
    window
        Owns the dialogues.
    workbench, stage
        What is opened and exported.
    chosen
        The candidates to export; empty for what is on view.
    """

    def __init__(
        self, window: QWidget, workbench: Workbench, stage: Stage, chosen: Callable[[], list[Structure]]
    ) -> None:
        self._window, self._workbench, self._stage, self._chosen = window, workbench, stage, chosen

    def commands(self) -> list[Command]:
        """The File menu."""
        return [
            Command(
                "file.open",
                "Open…",
                "File",
                self.open,
                "Ctrl+O",
                "mdi6.folder-open-outline",
                "Open a structure file",
                in_toolbar=True,
            ),
            Command(
                "file.export",
                "Export…",
                "File",
                self.export,
                "Ctrl+E",
                "mdi6.export-variant",
                "Write the selected candidates, or the structure shown, to a file",
                enabled_when=self.has_structure,
                needs="Open or generate a structure first",
                in_toolbar=True,
            ),
            Command(
                "file.picture",
                "Export picture…",
                "File",
                self.export_picture,
                "Ctrl+Shift+E",
                "mdi6.camera-outline",
                "Write the view as a PNG with a transparent background",
                enabled_when=self.has_structure,
                needs="Open or generate a structure first",
            ),
            Command("file.quit", "Quit", "File", self._window.close, "Ctrl+Q", "mdi6.power", "Close the window"),
        ]

    def has_structure(self) -> bool:
        """Whether there is a structure to write."""
        return bool(self._stage.structure)

    def open(self, path: Path | None = None) -> None:
        """Open a file of structures; asks which if no `path` is given."""
        path = path or files.ask_open(self._window)
        if path is None:
            return
        try:
            structures, problem = files.read(path)
        except (ValueError, OSError) as error:
            self._workbench.warned.emit(str(error))
            return
        name = path.stem if len(structures) == 1 else ""
        self._workbench.document.add(structures, name, source=path)
        opened = f"Opened {_count(len(structures), 'structure')} from {path.name}"
        self._workbench.noted.emit(f"{opened}; {problem}" if problem else opened)

    def export(self, path: Path | None = None) -> None:
        """Write the selected candidates while one is looked at, else what is on view; asks where without `path`."""
        structures = self._to_export()
        path = path or files.ask_export(self._window, len(structures))
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

    def export_picture(self, path: Path | None = None) -> None:
        """Write the view as a PNG with a transparent background; asks where without `path`."""
        path = path or files.ask_picture(self._window)
        if path is None:
            return
        canvas = self._stage.view.canvas
        width, height = canvas.size
        image = canvas.render_image((_PICTURE_SCALE * width, _PICTURE_SCALE * height), transparent=True)
        try:
            save_png(image, path)
        except OSError as error:
            self._workbench.warned.emit(str(error))
            return
        self._workbench.noted.emit(f"Wrote {path.name}")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
