"""Draws the pictures of the documentation from the real program, with fixed seeds: `make screenshots`. Needs a display.

python tools/screenshots.py [FOLDER]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication, QWidget

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.gui.app import new_application
from gpff_desktop.resources_path import resources

DOCS = Path(__file__).resolve().parents[1] / "docs"
REST_SECONDS = 1.5
FORMULA, SEED, COUNT, NFE = "C7H10N2O2", 1, 12, 60
TRAINED_ON, TRAINED_HOURS, SHOWN_AT = 200, 0.05, 0.85


class Photographer:
    """Brings the window into a state, waits until nothing moves, and takes its picture.

    Parameters
    ----------
    folder
        Where pictures go.
    settings
        An empty folder in place of the user's settings.
    """

    def __init__(self, folder: Path, settings: Path) -> None:
        from gpff_desktop.gui.backend import load_backend
        from gpff_desktop.gui.main_window import MainWindow
        from gpff_desktop.session.workbench import Workbench

        self.folder = folder
        self.window = MainWindow(partial(load_backend, None), generate_at_start=False, workbench=Workbench(settings))
        self.window.sessions.ask = lambda *_: "discard"
        self.window.show()
        self.wait(self.window.runs.can_generate)

    def wait(self, done: Callable[[], bool]) -> None:
        """Let the program work until `done`."""
        while not done():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def rest(self) -> None:
        """Let the program come to rest."""
        end = time.monotonic() + REST_SECONDS
        while time.monotonic() < end:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)

    def do(self, command: str) -> None:
        """Trigger a command by its id."""
        self.window.commands.refresh_now()
        self.window.commands.actions[command].trigger()

    def take(self, name: str, widget: QWidget | None = None) -> None:
        """Save a picture of the window or of one of its parts."""
        self.rest()
        path = self.folder / f"{name}.png"
        (widget or self.window).grab().save(str(path))
        print(path)

    def generate(self) -> None:
        """Generate with fixed settings and wait for the judge."""
        self.window.generate_panel.set_values(formula=FORMULA, count=COUNT, nfe=NFE, seed=SEED)
        ended: list[bool] = []
        connection = self.window.idle.connect(lambda: ended.append(True))
        self.window.runs.generate()
        self.wait(lambda: bool(ended))
        self.window.disconnect(connection)

    def windows(self) -> None:
        """The whole window after a run, light and dark."""
        self.window.candidates_dock.raise_()
        for look, name in (("dark", "window-dark"), ("light", "window")):
            self.window.appearance.set_look(look)
            self.take(name)

    def panels(self) -> None:
        """Each panel by itself."""
        window = self.window
        self.take("panel-generate", window.generate_dock)
        self.take("panel-candidates", window.candidates_dock)
        window.trajectory_dock.raise_()
        self.take("panel-trajectory", window.trajectory_dock)
        window.review.accept()
        window.files.open(resources() / "examples" / "caffeine.sdf")
        self.wait(lambda: not window.files.opener.busy)
        window.workbench.editor.select([0, 4, 5])
        window.workbench.editor.lock()
        window.structures_dock.raise_()
        self.take("panel-structures", window.structures_dock)
        window.build_dock.raise_()
        self.take("panel-build", window.build_dock)
        window.workbench.editor.measure([0, 4])
        self.do("panel.console")
        window.console_dock.raise_()
        self.take("panel-console", window.console_dock)
        self.do("panel.console")
        window.candidates_dock.raise_()

    def steering(self) -> None:
        """The window while a shape and a wall steer it, the panel of constraints, and the one to grow in."""
        window, editor = self.window, self.window.workbench.editor
        window.files.open(resources() / "examples" / "aspirin.sdf")
        self.wait(lambda: not window.files.opener.busy)
        editor.lock_match("c1ccccc1")
        editor.constrain("distance", [0, 10])
        editor.constrain("torsion", [1, 3, 4, 5], weight=1.0)
        editor.add_wall("sphere")
        window.constraints_dock.raise_()
        self.take("panel-constraints", window.constraints_dock)
        self.take("window-constraints")
        window.document.undo()
        window.grow_dock.raise_()
        editor.select([20])
        self.take("panel-grow", window.grow_dock)

    def representations(self) -> None:
        """The view in each representation."""
        self.window.workbench.editor.select_none()
        for style in ("licorice", "space-filling", "wire", "ball-and-stick"):
            self.window.appearance.set_style(style)
            self.take(f"view-{style}", self.window.view)

    def training(self, folder: Path) -> None:
        """The Train panel with a report, with a data set chosen, and with a run that has learnt for some minutes."""
        sample = PackedDataset.from_npz(resources() / "datasets" / "qm9_sample.npz")
        structures = [sample.structure(index) for index in range(TRAINED_ON)]
        write_structures(folder / "my molecules.sdf", [*structures, *structures[:5]])
        training = self.window.training
        training.check(folder / "my molecules.sdf")
        panel = training.open()
        self.wait(lambda: panel.data.report.report is not None and not panel.data.following.busy)
        self.take("training-data", panel)
        panel.data.import_checked()
        self.wait(lambda: not panel.data.following.busy)
        panel.setup.model.setCurrentIndex(panel.setup.model.findText("Fine-tune qm9"))
        self.take("training-new", panel)
        request = replace(panel.setup.request(), hours=TRAINED_HOURS, samples_every=TRAINED_HOURS * 10)
        training.runs.start(request)
        training.look()
        training.show(1)
        self.wait(lambda: training.infos[0].status.progress > SHOWN_AT)
        training.look()
        self.take("training-runs", panel)
        training.runs.stop(request.name)
        self.wait(lambda: not training.runs.run(request.name).status.active)

    def dialogues(self) -> None:
        """What opens over the window."""
        for command, name in (
            ("help.palette", "palette"),
            ("edit.preferences", "preferences"),
            ("help.about", "about"),
            ("help.shortcuts", "shortcuts"),
        ):
            before = set(QApplication.topLevelWidgets())
            self.do(command)
            self.rest()
            self.rest()  # About reads the models' cards meanwhile
            opened = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w not in before]
            shown = opened or [w for w in before if w.isVisible() and w is not self.window]
            self.take(name, shown[0] if shown else None)
            for widget in shown:
                widget.close()


def main() -> None:
    """Take all pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    folder.mkdir(parents=True, exist_ok=True)
    application = new_application()
    with tempfile.TemporaryDirectory() as settings:
        for variable in ("GPFF_RUNS", "GPFF_DATA", "GPFF_MODELS"):
            os.environ[variable] = str(Path(settings) / variable.lower())
        photographer = Photographer(folder, Path(settings))
        photographer.generate()
        photographer.windows()
        photographer.panels()
        photographer.steering()
        photographer.training(Path(settings))
        photographer.representations()
        photographer.dialogues()
        photographer.window.close()
    application.processEvents()


if __name__ == "__main__":
    main()
