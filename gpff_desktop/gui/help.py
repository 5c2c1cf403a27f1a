"""Help: the palette, the sheet of shortcuts, and what the program is made of."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTextBrowser,
    QVBoxLayout,
)

from gpff_desktop.gui.actions import Command, CommandSet, native
from gpff_desktop.gui.fuzzy import ranked
from gpff_desktop.gui.guide import Guide
from gpff_desktop.gui.palette import Palette
from gpff_desktop.gui.tools.draw import DrawTool
from gpff_desktop.gui.tools.measure import MeasureTool
from gpff_desktop.gui.tools.move import MoveTool
from gpff_desktop.gui.tools.select import SelectTool
from gpff_desktop.resources_path import resources
from gpff_desktop.session.about import ModelSummary, model_summaries, versions

if TYPE_CHECKING:
    from gpff_desktop.gui.main_window import MainWindow

HANDS = (
    ("Left drag beside the molecule", "Turn it"),
    ("Middle drag, or Shift and left drag", "Move the view"),
    ("Wheel", "Come nearer or go away"),
    ("Arrow keys, with the view in focus", "Turn the molecule"),
    ("Double click beside the molecule", "Bring all into view"),
    *((f"{tool.title} tool", tool.hint) for tool in (SelectTool, DrawTool, MoveTool, MeasureTool)),
)
_TAGLINE = "A molecule editor with a generative model inside"


class Help(QObject):
    """What the Help menu does; none of its dialogues blocks the window.

    Parameters
    ----------
    window
        Whose commands are explained.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.palette: Palette | None = None
        self.shortcuts: ShortcutSheet | None = None
        self.about: AboutDialog | None = None
        self.guide = Guide(window)

    def commands(self) -> list[Command]:
        """The Help menu."""
        return [
            Command(
                "help.palette",
                "Command palette…",
                "Help",
                self.show_palette,
                "Ctrl+Shift+P",
                "mdi6.magnify",
                "Find any command by a few letters of its name",
                in_toolbar=True,
            ),
            Command(
                "help.shortcuts",
                "Keyboard shortcuts",
                "Help",
                self.show_shortcuts,
                "F1",
                "mdi6.keyboard-outline",
                "All commands with their keys",
            ),
            Command(
                "help.guide",
                "Guided example",
                "Help",
                self.guide.start,
                icon="mdi6.sign-direction",
                hint="Four short hints on what is where",
            ),
            Command(
                "help.about",
                "About GPFF Desktop",
                "Help",
                self.show_about,
                icon="mdi6.information-outline",
                hint="Versions, and the cards of the models",
            ),
        ]

    def show_palette(self) -> None:
        """Find and run a command."""
        if self.palette is None:
            self.palette = Palette(self._window, self._window.commands)
        self.palette.open()

    def show_shortcuts(self) -> None:
        """List commands with their keys, to be searched."""
        if self.shortcuts is None:
            self.shortcuts = ShortcutSheet(self._window, self._window.commands)
        self.shortcuts.search(self.shortcuts.entry.text())  # a plugin may have come or gone
        bring_up(self.shortcuts)
        self.shortcuts.entry.setFocus()

    def show_about(self) -> None:
        """Show versions at once, and models as soon as their cards are read."""
        if self.about is None:
            self.about = AboutDialog(self._window)
        self._window.background.call(model_summaries, then=self.about.set_models, failed=self.about.set_problem)
        bring_up(self.about)


class ShortcutSheet(QDialog):
    """All commands with their keys, and what the pointer does in the view."""

    def __init__(self, window: MainWindow, commands: CommandSet) -> None:
        super().__init__(window)
        self._commands = commands
        self.setWindowTitle("Keyboard shortcuts")
        self.entry = QLineEdit()
        self.entry.setAccessibleName("Search shortcuts")
        self.entry.setPlaceholderText("Search, by name or key")
        self.entry.setToolTip("Words or keys to look for, such as theme or Ctrl+G")
        self.entry.setClearButtonEnabled(True)
        self.text = _browser("Shortcuts")
        layout = QVBoxLayout(self)
        layout.addWidget(self.entry)
        layout.addWidget(self.text, 1)
        layout.addWidget(close_button(self))
        self.resize(600, 620)
        self.entry.textChanged.connect(self.search)
        self.search("")

    def search(self, query: str) -> None:
        """Show the lines that have to do with a query; all of them without one."""
        lines = [(native(c.shortcut), c.name, c.menu) for c in self._commands.commands.values() if c.shortcut]
        hands = [(how, act, "Pointer") for how, act in HANDS]
        found = [*lines, *hands]
        if query.strip():
            found = ranked(query, found, lambda line: (line[1], line[0], line[2]))
        self.text.setHtml(_table(found) if found else "<p>No command has such a name or key.</p>")


class AboutDialog(QDialog):
    """Versions of the parts, and the cards of the models."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle("About GPFF Desktop")
        self.text = _browser("About GPFF Desktop")
        self.text.setOpenExternalLinks(True)
        head = QLabel(
            "<b style='font-size: large'>GPFF Desktop</b><br>A molecule editor with a generative model inside"
        )
        icon = QLabel()
        icon.setPixmap(app_icon().pixmap(56, 56))
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(icon)
        row.addWidget(head, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(row)
        layout.addWidget(self.text, 1)
        layout.addWidget(close_button(self))
        self.resize(620, 620)
        self._show("<p>Reading the models' cards…</p>")

    def set_models(self, models: list[ModelSummary]) -> None:
        """Show what is known of the models."""
        self._show("".join(map(_model_html, models)) or "<p>No model is installed.</p>")

    def set_problem(self, message: str) -> None:
        """Show why the models are not known."""
        self._show(f"<p>{escape(message)}</p>")

    def _show(self, models: str) -> None:
        about = (
            "<p>It trains on structures alone and follows the pseudo-forces of what it has learnt. All computing is "
            "done on this machine. MIT licence.</p>"
        )
        parts = _rows(tuple(versions().items()))
        self.text.setHtml(f"{about}<h3>Installed models</h3>{models}<h3>Versions</h3><table>{parts}</table>")


def commands_as_markdown(commands: list[Command]) -> str:
    """The page of the documentation that lists all commands."""
    lines = [
        "# Commands",
        "",
        "Made from the program's own list of commands by `make docs`. Every command is in a menu and in the command",
        "palette (Ctrl+Shift+P).",
    ]
    menu = ""
    for command in commands:
        top = command.menu.split("/")[0]
        if top != menu:
            menu = top
            lines += ["", f"## {menu}", "", "| command | keys | what it does |", "|---|---|---|"]
        place = " › ".join((*command.menu.split("/")[1:], command.name))
        lines.append(f"| {place} | {_key_markup(command.shortcut)} | {command.hint} |")
    lines += ["", "## Pointer", "", "| how | what it does |", "|---|---|"]
    lines += [f"| {how} | {act} |" for how, act in HANDS]
    return "\n".join(lines) + "\n"


def _key_markup(shortcut: str) -> str:
    return f"`` {shortcut} ``" if "`" in shortcut else f"`{shortcut}`" if shortcut else ""


def app_icon() -> QIcon:
    """The program's icon."""
    return QIcon(str(resources() / "icons" / "gpff-desktop.svg"))


def _table(lines: list[tuple[str, str, str]]) -> str:
    rows = (
        f"<tr><td width='34%'><b>{escape(key)}</b></td><td width='44%'>{escape(name)}</td><td>{escape(place)}</td></tr>"
        for key, name, place in lines
    )
    return f"<table cellpadding='4' width='100%'>{''.join(rows)}</table>"


def _model_html(model: ModelSummary) -> str:
    problem = f"<p>{escape(model.problem)}</p>" if model.problem else ""
    return f"<p><b>{escape(model.name)}</b></p>{problem}<table>{_rows(model.facts)}</table>"


def _rows(facts: tuple[tuple[str, str], ...]) -> str:
    return "".join(
        f"<tr><td style='padding-right: 14px'>{escape(name)}</td><td>{escape(text)}</td></tr>" for name, text in facts
    )


def _browser(name: str) -> QTextBrowser:
    browser = QTextBrowser()
    browser.setAccessibleName(name)
    browser.setToolTip(name)
    return browser


def close_button(dialog: QDialog) -> QDialogButtonBox:
    """The row with a dialogue's Close button."""
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    button = box.button(QDialogButtonBox.StandardButton.Close)
    button.setAccessibleName("Close")
    button.setToolTip("Close (Esc)")
    box.rejected.connect(dialog.reject)
    return box


def bring_up(dialog: QDialog) -> None:
    """Show a dialogue in front, without blocking the window."""
    dialog.setModal(False)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
