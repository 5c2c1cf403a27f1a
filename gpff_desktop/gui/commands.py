"""The list of everything the main window can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDockWidget

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.appearance import FONT_SCALES, LOOKS, Appearance
from gpff_desktop.gui.file_commands import file_commands
from gpff_desktop.viewer.canvas import LABEL_KINDS
from gpff_desktop.viewer.style import PALETTES, REPRESENTATIONS

if TYPE_CHECKING:
    from gpff_desktop.gui.main_window import MainWindow

_STYLE_TITLES = {name: representation.title for name, representation in REPRESENTATIONS.items()}
_PALETTE_TITLES = {name: name.replace("cpk", "CPK").replace("colour-blind", "Colour-blind") for name in PALETTES}
_LABEL_TITLES = {kind: kind.capitalize() for kind in LABEL_KINDS}
_LOOK_TITLES = {name: name.capitalize() for name in LOOKS}
_LOOK_ICONS = {"system": "mdi6.theme-light-dark", "light": "mdi6.white-balance-sunny", "dark": "mdi6.weather-night"}
_PANELS = {
    "generate": ("Alt+1", "mdi6.creation-outline"),
    "candidates": ("Alt+2", "mdi6.table-large"),
    "trajectory": ("Alt+3", "mdi6.filmstrip"),
    "structures": ("Alt+4", "mdi6.file-tree-outline"),
    "atoms": ("Alt+5", "mdi6.atom"),
    "history": ("Alt+6", "mdi6.history"),
    "build": ("Alt+7", "mdi6.hammer-wrench"),
    "grow": ("Alt+G", "mdi6.source-branch-plus"),
    "constraints": ("Alt+8", "mdi6.vector-link"),
    "train": ("Alt+9", "mdi6.school-outline"),
    "console": ("Ctrl+`", "mdi6.console-line"),
}


def window_commands(window: MainWindow) -> list[Command]:
    """All commands of a window; within a menu they stand in this order."""
    return [
        *file_commands(window.files, window.sessions, window.structures, window.close),
        *window.editing.commands(),
        *window.structures.commands(),
        *_run(window),
        *_live(window),
        *_ending(window),
        *window.growing.commands(),
        *window.conformers.commands(),
        *window.models.commands(),
        *window.training.commands(),
        *window.review.commands(),
        *window.forces.commands(),
        *window.player.commands(),
        *_view(window),
        *window.preferences.commands(),
        *window.plugins.commands(),
        *window.help.commands(),
    ]


def _run(window: MainWindow) -> list[Command]:
    return [
        Command(
            "run.generate",
            "Generate",
            "Run",
            window.runs.generate,
            "Ctrl+G",
            "mdi6.play",
            "Generate candidates with this formula",
            enabled_when=window.runs.can_generate,
            needs="A model, a valid formula and no other run are needed",
            in_toolbar=True,
        ),
        Command(
            "run.relax",
            "Relax",
            "Run",
            window.runs.relax,
            "Ctrl+R",
            "mdi6.auto-fix",
            "Relax the structure shown",
            enabled_when=window.runs.can_relax,
            needs="A model, a structure and no other run are needed",
            in_toolbar=True,
        ),
    ]


def _live(window: MainWindow) -> list[Command]:
    return [
        Command(
            "run.live",
            "Live",
            "Run",
            window.runs.toggle_live,
            "Ctrl+L",
            "mdi6.waveform",
            "Free atoms of the structure shown follow the model while you drag, lock, draw and delete",
            enabled_when=lambda: window.runs.live.on or window.runs.can_relax(),
            needs="A model, a structure and no other run are needed",
            checked_when=lambda: window.runs.live.on,
            in_toolbar=True,
        ),
        Command(
            "run.pause-live",
            "Pause live",
            "Run",
            lambda: window.runs.live.pause(not window.runs.live.paused),
            "Space",
            "mdi6.pause",
            "Hold the atoms still, or let them go on",
            enabled_when=lambda: window.runs.live.on,
            needs="Live is not on",
            checked_when=lambda: window.runs.live.paused,
            scope=window.view.canvas.native,
        ),
    ]


def _ending(window: MainWindow) -> list[Command]:
    return [
        Command(
            "run.clean-up",
            "Clean up",
            "Run",
            window.runs.clean_up,
            "Ctrl+Shift+R",
            "mdi6.broom",
            "Relax a drawing, and say how far atoms moved and whether all bonds are still there",
            enabled_when=window.runs.can_relax,
            needs="A model, a structure and no other run are needed",
        ),
        Command(
            "run.stop",
            "Stop",
            "Run",
            window.runs.stop,
            "Esc",
            "mdi6.stop",
            "Stop after the network evaluation in progress",
            enabled_when=window.runs.can_stop,
            needs="Nothing is running",
            in_toolbar=True,
        ),
        Command(
            "run.accept",
            "Accept candidate",
            "Run",
            window.review.accept,
            "Ctrl+Return",
            "mdi6.check",
            "Open the candidate on view in the document, to edit and keep it",
            enabled_when=window.review.can_accept,
            needs="Choose a candidate first",
            in_toolbar=True,
        ),
    ]


def _view(window: MainWindow) -> list[Command]:
    looks = window.appearance
    return [
        Command(
            "view.fit",
            "Fit",
            "View",
            window.view.fit,
            "Ctrl+0",
            "mdi6.fit-to-screen-outline",
            "Bring all into view",
            in_toolbar=True,
        ),
        Command(
            "view.parallel",
            "Parallel projection",
            "View",
            looks.toggle_projection,
            "Ctrl+P",
            "mdi6.cube-outline",
            "Draw without perspective",
            checked_when=lambda: looks.parallel,
        ),
        *_text_size(looks),
        *(
            panel_command(dock, "View/Panels", *_PANELS.get(dock.objectName(), ("", "mdi6.dock-window")))
            for dock in window.findChildren(QDockWidget)
        ),
        *_drawing(looks),
    ]


def _text_size(looks: Appearance) -> list[Command]:
    return [
        Command(
            "view.larger-text",
            "Larger text",
            "View/Text size",
            looks.grow_text,
            "Ctrl+Alt++",
            "mdi6.format-font-size-increase",
            "Make all text and icons of the window larger",
            enabled_when=lambda: looks.font_scale < FONT_SCALES[-1],
            needs="Text is as large as it gets",
        ),
        Command(
            "view.smaller-text",
            "Smaller text",
            "View/Text size",
            looks.shrink_text,
            "Ctrl+Alt+-",
            "mdi6.format-font-size-decrease",
            "Make all text and icons of the window smaller",
            enabled_when=lambda: looks.font_scale > FONT_SCALES[0],
            needs="Text is as small as it gets",
        ),
        Command(
            "view.usual-text",
            "Usual text size",
            "View/Text size",
            lambda: looks.set_font_scale(1.0),
            "Ctrl+Alt+0",
            "mdi6.format-size",
            "Text of the size that the system has chosen",
            enabled_when=lambda: looks.font_scale != 1.0,
            needs="Text has its usual size",
        ),
    ]


def _drawing(looks: Appearance) -> list[Command]:
    return [
        *_choices(
            "style", "Style", "mdi6.molecule", "Draw molecules as", _STYLE_TITLES, looks.set_style, lambda: looks.style
        ),
        *_choices(
            "colors",
            "Colours",
            "mdi6.palette-outline",
            "Colours of the elements:",
            _PALETTE_TITLES,
            looks.set_palette,
            lambda: looks.palette,
        ),
        *_choices(
            "labels",
            "Labels",
            "mdi6.label-outline",
            "Labels of the atoms:",
            _LABEL_TITLES,
            looks.set_labels,
            lambda: looks.labels,
        ),
        *_choices(
            "look",
            "Theme",
            _LOOK_ICONS,
            "Colours of the window:",
            _LOOK_TITLES,
            looks.set_look,
            lambda: looks.look_name,
        ),
    ]


def panel_command(dock: QDockWidget, menu: str, shortcut: str, icon: str, hint: str = "") -> Command:
    """The command that shows or hides a panel."""
    title = dock.windowTitle()

    def toggle() -> None:
        behind = dock.visibleRegion().isEmpty()  # hidden, or its tab is not the one in front
        dock.setVisible(behind)
        if behind:
            dock.raise_()
            dock.widget().setFocus()

    return Command(
        f"panel.{dock.objectName()}",
        title,
        menu,
        toggle,
        shortcut,
        icon,
        hint or f"Show or hide the panel {title}",
        checked_when=lambda: not dock.isHidden(),
    )


def _choices(
    prefix: str,
    menu: str,
    icon: str | dict[str, str],
    hint: str,
    titles: dict[str, str],
    choose: Callable[[str], None],
    chosen: Callable[[], str],
) -> list[Command]:
    def choice(name: str) -> Command:
        return Command(
            f"{prefix}.{name}".replace(" ", "-"),
            titles[name],
            f"View/{menu}",
            lambda: choose(name),
            icon=icon if isinstance(icon, str) else icon[name],
            hint=f"{hint} {titles[name].lower()}",
            checked_when=lambda: chosen() == name,
            exclusive=True,
        )

    return [choice(name) for name in titles]
