"""The files that were opened or saved last, as a menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import qtawesome
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from gpff_desktop.session.settings import SettingsStore, UserSettings

_LONGEST = 60


class RecentFiles(QMenu):
    """Lists recent files, newest first; those that are gone are greyed.

    Parameters
    ----------
    open_file
        Opens one.
    store
        Keeps them from one start to the next; without it they are forgotten with the window.
    """

    def __init__(
        self, open_file: Callable[[Path], object], store: SettingsStore | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__("Open recent", parent)
        self._open, self._store = open_file, store
        self._settings = store.load() if store else UserSettings()
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.refresh)
        self.refresh()

    @property
    def paths(self) -> list[Path]:
        """The files, newest first."""
        settings = self._store.load() if self._store else self._settings
        return [Path(name) for name in settings.recent_files]

    def note(self, path: Path) -> None:
        """Put a file at the head of the list."""
        self._change(lambda settings: settings.with_recent(path))

    def forget(self) -> None:
        """Empty the list."""
        self._change(lambda settings: replace(settings, recent_files=()))

    def set_color(self, color: str) -> None:
        """Colour of the icon."""
        self.setIcon(qtawesome.icon("mdi6.history", color=color))

    def refresh(self) -> None:
        """List the files as they are now."""
        self.clear()
        paths = self.paths
        for number, path in enumerate(paths, start=1):
            self._add(number, path)
        if not paths:
            self.addAction("No files yet").setEnabled(False)
            return
        self.addSeparator()
        self.addAction("Forget these files", self.forget)

    def _add(self, number: int, path: Path) -> None:
        there = path.is_file()
        name = path.name if len(path.name) <= _LONGEST else f"{path.name[:_LONGEST]}…"
        key = f"&{number}  " if number < 10 else ""
        action = self.addAction(
            key + name.replace("&", "&&") + ("" if there else "  (is gone)"), partial(self._open, path)
        )
        action.setToolTip(str(path) if there else f"{path} is no longer there")
        action.setEnabled(there)

    def _change(self, edit: Callable[[UserSettings], UserSettings]) -> None:
        self._settings = self._store.change(edit) if self._store else edit(self._settings)


def add_recent_files(window: QMainWindow, recent: RecentFiles, before: QAction) -> None:
    """Put the list into the menu that has an action, before it."""
    for entry in window.menuBar().actions():
        menu = entry.menu()
        if isinstance(menu, QMenu) and before in menu.actions():
            menu.insertMenu(before, recent)
