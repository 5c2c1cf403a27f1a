"""The models that can be chosen: another one loaded, one imported from a file, exported to one, removed."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.following import Following
from gpff_desktop.gui.generate_panel import GeneratePanel
from gpff_desktop.gui.messages import LoadedModel
from gpff_desktop.gui.runs import Runs
from gpff_desktop.gui.worker import Backend
from gpff_desktop.session.model_folders import ModelFolder, model_folders
from gpff_desktop.session.workbench import Workbench

_SUFFIX = ".gpffmodel"
_FILTER = f"Models (*{_SUFFIX})"
_MENU = "Run/Model"


class Models(QObject):
    """The list of models on the Generate panel's button, and what the menu Run › Model does.

    Parameters
    ----------
    load
        Loads a model by name; called in the worker's thread.
    runs, panel, workbench
        What runs models, the panel with the button, and who is told.

    Attributes
    ----------
    changed
        Signal without arguments: a model was installed or removed.
    """

    changed = Signal()

    def __init__(
        self,
        load: Callable[[str], Backend],
        runs: Runs,
        panel: GeneratePanel,
        workbench: Workbench,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._load, self._runs, self._panel, self._window = load, runs, panel, parent
        self._workbench = workbench
        self._files = Following(self)
        self._files.progressed.connect(lambda done: done())
        self._files.failed.connect(workbench.warned.emit)
        self._commands: list[QAction] = []
        self._current: ModelFolder | None = None
        self.menu = QMenu(panel.model_button)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        panel.model_button.setMenu(self.menu)
        runs.worker.model_loaded.connect(self._on_loaded)

    def commands(self) -> list[Command]:
        """The menu Run › Model."""
        own = "Choose one of your own models first; the one that came with the program stays"
        return [
            Command(
                "model.choose",
                "Choose model…",
                _MENU,
                self.choose,
                icon="mdi6.brain",
                hint="Generate with another of the installed models",
                enabled_when=self._can_change,
                needs="A model is being loaded, or a run is on",
            ),
            Command(
                "model.import",
                "Import model…",
                _MENU,
                self.import_file,
                icon="mdi6.import",
                hint="Install a model from a file; it is checked, and nothing in it is executed",
            ),
            Command(
                "model.export",
                "Export model…",
                _MENU,
                self.export,
                icon="mdi6.export",
                hint="Write the model at hand into one file, to pass it on",
                enabled_when=lambda: self._current is not None,
                needs="A model that is installed has to be loaded first",
            ),
            Command(
                "model.remove",
                "Remove model…",
                _MENU,
                self.remove,
                icon="mdi6.trash-can-outline",
                hint="Delete the model at hand from this machine",
                enabled_when=lambda: self._can_change() and self._own is not None,
                needs=own,
            ),
        ]

    def set_commands(self, actions: list[QAction]) -> None:
        """Offer these below the list of models, too."""
        self._commands = actions

    def use(self, name: str) -> None:
        """Load an installed model; the one at hand stays if that fails."""
        if not self._runs.is_running():
            self._workbench.noted.emit(f"Loading {name}")
            self._runs.change_model(partial(self._load, name))

    def choose(self) -> None:
        """Open the list of models."""
        button = self._panel.model_button
        button.setFocus()
        self.menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def import_file(self, path: Path | None = None) -> None:
        """Install a model from a file; asks for it without `path`."""
        if path is None:
            name, _ = QFileDialog.getOpenFileName(self._window, "Import model", "", _FILTER)
            path = Path(name) if name else None
        if path is not None:
            self._files.start(partial(_installing, path, self._on_installed))

    def export(self, path: Path | None = None) -> None:
        """Write the model at hand into a file; asks where without `path`."""
        model = self._current
        if model is None:
            return
        if path is None:
            name, _ = QFileDialog.getSaveFileName(self._window, "Export model", model.name + _SUFFIX, _FILTER)
            path = Path(name if name.endswith(_SUFFIX) else name + _SUFFIX) if name else None
        if path is not None:
            told = partial(self._workbench.noted.emit, f"Wrote model {model.name} to {path.name}")
            self._files.start(partial(_exporting, model.name, path, told))

    def remove(self) -> None:
        """Delete the model at hand, if the user is sure; the default takes its place."""
        model = self._own
        if model is not None and self.sure(f"Remove the model {model.name} from this machine?"):
            self._files.start(partial(_removing, model.name, partial(self._on_removed, model.name)))

    def close(self) -> None:
        """Wait for what is being written."""
        self._files.close()

    def sure(self, question: str) -> bool:
        """Ask before something is deleted."""
        button = QMessageBox.StandardButton
        return QMessageBox.question(self._window, "GPFF Desktop", question, button.Yes | button.No) == button.Yes

    # What happens

    def _on_installed(self, name: str) -> None:
        self._workbench.noted.emit(f"Installed the model {name}")
        self.changed.emit()

    def _on_removed(self, name: str) -> None:
        self._workbench.noted.emit(f"Removed the model {name}")
        self.changed.emit()
        left = model_folders()
        if left:
            self.use(left[0].name)

    def _fill(self) -> None:
        self.menu.clear()
        current = self._current
        for model in model_folders():
            action = self.menu.addAction(model.name, partial(self.use, model.name))
            action.setCheckable(True)
            action.setChecked(current is not None and model.name == current.name)
            action.setEnabled(self._can_change())
            action.setToolTip(f"Generate with {model.name}")
        self.menu.addSeparator()
        self.menu.addActions(self._commands)

    def _can_change(self) -> bool:
        return not self._runs.is_running() and not self._runs.is_loading()

    def _on_loaded(self, loaded: LoadedModel) -> None:
        self._current = next((model for model in model_folders() if model.name == loaded.name), None)

    @property
    def _own(self) -> ModelFolder | None:
        """The model at hand, if it is one of the user's."""
        return self._current if self._current and self._current.removable else None


def load_model(name: str | None) -> Backend:
    """Load a model; imports torch, which takes seconds, so only the worker's thread calls it."""
    from gpff_desktop.gui.backend import load_backend

    backend = load_backend(name)
    # The hundred thousands of objects of torch and RDKit stay; looking through them for garbage stalls the window.
    gc.freeze()
    return backend


Then = Generator[Callable[[], object], None, None]
"""Work in a thread, which yields what is to be done in the window's when it has gone well."""


def _installing(path: Path, then: Callable[[str], object]) -> Then:
    from gpff_desktop.session.model_files import install_file  # loads torch, as the others do

    yield partial(then, install_file(path).name)


def _exporting(name: str, path: Path, then: Callable[[], object]) -> Then:
    from gpff_desktop.session.model_files import export_model

    export_model(name, path, overwrite=True)  # the dialogue has asked
    yield then


def _removing(name: str, then: Callable[[], object]) -> Then:
    from gpff_desktop.session.model_files import remove_model

    remove_model(name)
    yield then
