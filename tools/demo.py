"""A demonstration in the real window, as an animated GIF: something grows on a ring. `make demo`; needs a display.

python tools/demo.py [FILE.gif]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.gui.app import new_application

GIF = Path(__file__).resolve().parents[1] / "docs" / "grow.gif"
WINDOW, WIDTH, FPS = (1060, 680), 680, 12
RING, HYDROGEN = "c1ccncc1", 8
FORMULA, COUNT, NFE, SEED = "C7H9NO", 8, 60, 4
WATCHED = 1
"""The candidate that is shown while all of them grow, from 0."""


class Film:
    """Drives the window and takes its picture as it goes.

    Parameters
    ----------
    settings
        An empty folder in place of the user's settings.
    """

    def __init__(self, settings: Path) -> None:
        from gpff_desktop.gui.backend import load_backend
        from gpff_desktop.gui.main_window import MainWindow
        from gpff_desktop.session.workbench import Workbench

        self.pictures: list[np.ndarray] = []
        self.window = MainWindow(partial(load_backend, None), generate_at_start=False, workbench=Workbench(settings))
        self.window.sessions.ask = lambda *_: "discard"
        self.window.resize(*WINDOW)
        for dock in (self.window.structures_dock, self.window.build_dock):
            dock.hide()
        self.window.show()
        self.wait(self.window.runs.can_generate)

    def wait(self, done: Callable[[], bool]) -> None:
        """Let the program work until `done`."""
        while not done():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)

    def rest(self, seconds: float) -> None:
        """Let the program come to rest."""
        end = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() > end)

    def shoot(self, *_: object) -> None:
        """Take a picture of the window."""
        screen = self.window.screen().grabWindow(self.window.winId()).toImage()
        smooth = Qt.TransformationMode.SmoothTransformation
        image = screen.scaledToWidth(WIDTH, smooth).convertToFormat(QImage.Format.Format_RGBA8888)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        self.pictures.append(pixels.copy())

    def hold(self, seconds: float) -> None:
        """Show the window at rest for a while."""
        self.rest(1.2)
        self.shoot()
        self.pictures += self.pictures[-1:] * (round(seconds * FPS) - 1)

    def grow(self) -> None:
        """Open a ring, give up a hydrogen, grow, watch, and accept a completion that kept the ring."""
        window = self.window
        window.document.add([from_smiles(RING)], "pyridine")
        window.view.canvas.camera.set_orientation(np.eye(3))
        window.view.fit()
        self.hold(1.2)
        window.workbench.editor.select([HYDROGEN])
        self.hold(1.0)
        window.grow_dock.raise_()
        window.generate_panel.set_values(nfe=NFE, seed=SEED)
        window.grow_panel.set_values(formula=FORMULA, count=COUNT)
        self.hold(1.8)
        ended: list[bool] = []
        window.idle.connect(lambda: ended.append(True))
        window.runs.framed.connect(self.shoot)
        window.growing.grow()
        window.runs.watch(WATCHED)
        self.wait(lambda: bool(ended))
        self.hold(1.5)
        self.accept()

    def accept(self) -> None:
        """Take the first completion that is valid and has kept the ring."""
        window = self.window
        good = [one for one in window.workbench.candidates if one.valid and one.judgement and one.judgement.loss == ""]
        if good:
            window.candidates_panel.choose(good[0].key)
            self.hold(1.5)
        window.review.accept()
        window.view.fit()
        self.hold(2.0)


def main() -> None:
    """Make the film."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else GIF
    application = new_application()
    from gpff_desktop.viewer.movie import write_gif

    with tempfile.TemporaryDirectory() as settings:
        film = Film(Path(settings))
        film.grow()
        write_gif(path, iter(film.pictures), FPS)
        film.window.close()
    application.processEvents()
    print(f"{path}: {len(film.pictures)} pictures, {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
