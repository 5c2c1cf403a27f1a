"""Starts the window: the `gpff-desktop` command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from gpff_desktop.gui.main_window import MainWindow

_PLUGINS_MS = 50
"""Plugins come this long after the window, so that it is seen before theirs is imported."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window and stay until it is closed; returns the exit status."""
    options = _parser().parse_args(arguments)
    application = new_application()
    from PySide6.QtCore import QTimer

    from gpff_desktop.gui.main_window import MainWindow
    from gpff_desktop.gui.models import load_model
    from gpff_desktop.session.autosave import autosave_folder
    from gpff_desktop.session.workbench import Workbench

    workbench = Workbench()
    model = options.model or workbench.settings.load().model or None
    window = MainWindow(partial(load_model, model), generate_at_start=not options.files, workbench=workbench)
    window.generate_panel.set_values(formula=options.formula, seed=options.seed)
    if options.theme:
        window.appearance.set_look(options.theme)
    window.memory.take_as_given()
    window.show()
    window.recovery.start(autosave_folder())
    window.files.open(*options.files)
    QTimer.singleShot(_PLUGINS_MS, window, partial(window.plugins.load, safe=options.no_plugins))
    if options.screenshot:
        _save_when_idle(window, options.screenshot)
    else:
        window.help.guide.start_once(window.memory)
    return application.exec()


def new_application() -> QApplication:
    """The application with its name and icon, ready for a window; the one there is if there is one."""
    _prefer_x11()
    import vispy
    from PySide6.QtWidgets import QApplication

    vispy.use(app="pyside6")
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    from gpff_desktop.gui.help import app_icon

    application.setApplicationName("GPFF Desktop")
    application.setDesktopFileName("gpff-desktop")
    application.setWindowIcon(app_icon())
    return application


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gpff-desktop", description="A molecule editor with a generative model inside."
    )
    parser.add_argument("files", nargs="*", metavar="FILE", type=Path, help="structures or a session to open")
    parser.add_argument(
        "--model", metavar="NAME|PATH", help="the model to generate with; default: the best one installed"
    )
    parser.add_argument("--formula", help="what to generate first, such as C7H10N2O2")
    parser.add_argument("--seed", type=int, help="seed of all runs; default: a new one for each")
    parser.add_argument("--theme", choices=("system", "light", "dark"), help="colours of the window, this time")
    parser.add_argument("--no-plugins", action="store_true", help="use no plugins, this time")
    parser.add_argument("--screenshot", metavar="FILE", type=Path, help="save a picture of the window, then quit")
    return parser


def _prefer_x11() -> None:
    """Run under XWayland where there is one: PySide6's GL widgets may flash or stay black on Wayland (vispy#2489)."""
    if os.environ.get("WAYLAND_DISPLAY") and os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "xcb")


def _save_when_idle(window: MainWindow, path: Path) -> None:
    """Once the first run is judged and drawn at rest, save the window as a picture and close it."""
    from PySide6.QtCore import QTimer

    def save() -> None:
        window.grab().save(str(path))
        window.close()

    window.idle.connect(lambda: QTimer.singleShot(1500, save))
    window.runs.worker.model_failed.connect(lambda _: QTimer.singleShot(500, save))


if __name__ == "__main__":
    sys.exit(main())
