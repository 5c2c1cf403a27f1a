"""Writes docs/commands.md from the window's own list of commands: `make docs`. Needs a display."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gpff_desktop.gui.app import new_application
from gpff_desktop.gui.help import commands_as_markdown

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"


def main() -> None:
    """Open a window that loads nothing, list its commands, and close it."""
    application = new_application()
    from gpff_desktop.gui.main_window import MainWindow
    from gpff_desktop.session.workbench import Workbench

    def load_nothing() -> None:
        raise ValueError("no model is needed for this")

    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(load_nothing, generate_at_start=False, workbench=Workbench(Path(folder)))  # type: ignore[arg-type]
        PAGE.write_text(commands_as_markdown(list(window.commands.commands.values())), encoding="utf-8")
        window.close()
    application.processEvents()


if __name__ == "__main__":
    main()
