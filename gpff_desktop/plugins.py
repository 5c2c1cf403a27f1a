"""What a plugin is written against, and how installed plugins are found.

A plugin is an installed package with an entry point in the group `gpff_desktop.plugins` that names a `Plugin`: a record
of what it adds. Nothing of it runs before it is used, and nothing here knows Qt, so that a plugin can be tested without
a window. See docs/plugins.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Literal

from gpff_desktop.session.entry import EditError
from gpff_desktop.structure import Structure

if TYPE_CHECKING:  # torch is loaded with the field; a plugin's figures are computed where there is no workbench.
    from gpff_desktop.engine.field import PseudoForceField
    from gpff_desktop.engine.samplers import Sampler
    from gpff_desktop.session.candidates import CandidateList
    from gpff_desktop.session.document import Document
    from gpff_desktop.session.editor import Editor
    from gpff_desktop.session.workbench import Workbench

__all__ = [
    "API",
    "GROUP",
    "App",
    "Column",
    "Command",
    "EditError",
    "Installed",
    "Panel",
    "Plugin",
    "PluginError",
    "Structure",
    "figure_of",
    "installed_plugins",
]

API = 1
"""Version of this interface; it counts up when a plugin has to be changed."""
GROUP = "gpff_desktop.plugins"

ID = re.compile(r"[a-z][a-z0-9-]*")


class PluginError(ValueError):
    """A plugin that cannot be used; the message is one line that goes on after its name."""


class App:
    """The program, as a plugin has it at hand. Only the window's own thread may use it.

    Parameters
    ----------
    workbench
        What is worked on.
    shown
        Gives the structure on view; by default that of the document.
    field
        Gives the model's field, if it is loaded.
    run
        Does the command with this id.

    Attributes
    ----------
    listeners
        What `on_change` was given; whoever shows the program calls them.
    """

    def __init__(
        self,
        workbench: Workbench,
        shown: Callable[[], Structure | None] | None = None,
        field: Callable[[], PseudoForceField | None] = lambda: None,
        run: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._workbench, self._shown, self._field, self._run = workbench, shown, field, run
        self.listeners: list[Callable[[], object]] = []

    @property
    def document(self) -> Document:
        """Open structures and their history."""
        return self._workbench.document

    @property
    def editor(self) -> Editor:
        """All that can be done to the structure on view."""
        return self._workbench.editor

    @property
    def candidates(self) -> CandidateList:
        """What runs have generated."""
        return self._workbench.candidates

    @property
    def structure(self) -> Structure | None:
        """The structure on view, which may be a candidate that is only looked at; `None` if nothing is."""
        if self._shown is not None:
            return self._shown()
        entry = self.document.entry
        return entry.structure if entry else None

    @property
    def selection(self) -> list[int]:
        """The selected atoms, counted from 0."""
        entry = self.document.entry
        return sorted(entry.selected) if entry else []

    @property
    def field(self) -> PseudoForceField | None:
        """The model's pseudo-force field; `None` while none is loaded."""
        return self._field()

    def run(self, command: str) -> None:
        """Do one of the program's commands, such as `"run.relax"`, as if chosen from its menu."""
        self._run(command)

    def say(self, message: str) -> None:
        """Show one line in the status bar."""
        self._workbench.noted.emit(message)

    def on_change(self, function: Callable[[], object]) -> None:
        """Call a function whenever something else is on view, selected or generated, once that has come to rest."""
        self.listeners.append(function)


def _always(_: App) -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """Something the user can do; found in the menu Plugins, in the palette and among the shortcuts.

    Parameters
    ----------
    id
        Unique within the plugin, such as `"select-rotatable-bonds"`.
    title
        What the menu calls it.
    run
        Does it. An `EditError` it raises is shown to the user as one line.
    hint
        One short sentence.
    icon
        qtawesome name, such as `"mdi6.flask-outline"`.
    shortcut
        Key sequence, such as `"Ctrl+Alt+B"`; it is left out where another command has it already.
    enabled_when
        Whether it can be done now.
    needs
        What has to be there before, such as `"Open a structure first"`.
    edits
        Whether it works on the structure on view: all it does is one step to undo, all is taken back if it raises, a
        candidate that is only looked at is opened first, and it waits while a run is on view.
    """

    id: str
    title: str
    run: Callable[[App], object]
    hint: str = ""
    icon: str = "mdi6.puzzle-outline"
    shortcut: str = ""
    enabled_when: Callable[[App], bool] = _always
    needs: str = ""
    edits: bool = True


@dataclass(frozen=True)
class Panel:
    """A panel that docks into the window.

    Parameters
    ----------
    id
        Unique within the plugin.
    title
        What its title bar and the menu call it.
    make
        Gives the QWidget; called when the panel is first shown. Import Qt in there, not with the plugin.
    side
        Where it stands at first.
    hint, icon, shortcut
        Of the command that shows it, as for a `Command`.
    """

    id: str
    title: str
    make: Callable[[App], Any]
    side: Literal["left", "right", "bottom"] = "left"
    hint: str = ""
    icon: str = "mdi6.dock-window"
    shortcut: str = ""


@dataclass(frozen=True)
class Column:
    """A number in the table of candidates, for each that is valid.

    Parameters
    ----------
    id
        Unique within the plugin.
    title
        Head of the column; keep it short.
    figure
        Gives the number of a structure with its bonds, or `None` where there is none. A function of a module, for it is
        found by its name in another process, where it may take its time.
    unit
        Stands behind the title, such as `"Å²"`.
    hint
        One short sentence on what the number means and where it is defined.
    digits
        Decimals that are shown.
    """

    id: str
    title: str
    figure: Callable[[Structure], float | None]
    unit: str = ""
    hint: str = ""
    digits: int = 2

    @property
    def head(self) -> str:
        """Title and unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True)
class Plugin:
    """What a plugin adds to the program.

    Parameters
    ----------
    title
        What users call it.
    api
        Version of this interface that it is written for, see `API`.
    commands, panels, columns
        What it adds to the window.
    samplers
        Gives samplers, see `gpff_desktop.engine.samplers`; called once torch is loaded, so import that in there. A
        sampler `id` is chosen as `plugin.id`, in the window and on the command line.

    Raises
    ------
    PluginError
        If a part has no proper id or title, or two have the same id.
    """

    title: str
    api: int
    commands: tuple[Command, ...] = ()
    panels: tuple[Panel, ...] = ()
    columns: tuple[Column, ...] = ()
    samplers: Callable[[], Iterable[Sampler]] | None = None

    def __post_init__(self) -> None:
        parts: tuple[Command | Panel | Column, ...] = (*self.commands, *self.panels, *self.columns)
        for part in parts:
            if not ID.fullmatch(part.id):
                raise PluginError(f"has a part with the id '{part.id}'; ids are small letters, digits and hyphens")
            if not part.title.strip():
                raise PluginError(f"has no title for '{part.id}'; give it one")
        ids = [part.id for part in parts]
        if doubled := {name for name in ids if ids.count(name) > 1}:
            raise PluginError(f"has two parts with the id '{min(doubled)}'; ids are unique within a plugin")

    def summary(self) -> str:
        """`2 commands, 1 panel, samplers`."""
        counts = {"command": len(self.commands), "panel": len(self.panels), "column": len(self.columns)}
        words = [f"{n} {kind}" if n == 1 else f"{n} {kind}s" for kind, n in counts.items() if n]
        return ", ".join(words + ["samplers"] * (self.samplers is not None)) or "nothing"


@dataclass(frozen=True)
class Installed:
    """A plugin that is installed, loaded or not.

    Parameters
    ----------
    name
        Of its entry point; what its commands' ids begin with.
    package, version, description
        Of the package it comes with.
    point
        Where it is.
    """

    name: str
    package: str
    version: str
    description: str
    point: EntryPoint

    def load(self) -> Plugin:
        """Import the plugin.

        Raises
        ------
        PluginError
            If it cannot be imported, is no plugin, or is written for another version of the interface.
        """
        try:
            plugin = self.point.load()
        except PluginError:
            raise
        except (Exception, SystemExit) as error:
            raise PluginError(f"cannot be loaded: {in_one_line(error)}") from error
        if not isinstance(plugin, Plugin):
            raise PluginError(f"names a {type(plugin).__name__} as its entry point; name a gpff_desktop.plugins.Plugin")
        if plugin.api != API:
            older = "the plugin" if plugin.api < API else "GPFF Desktop"
            raise PluginError(f"is written for version {plugin.api} of the interface, this is {API}; update {older}")
        for column in plugin.columns:
            _check_can_be_found(column)
        return plugin

    def owns(self, module: str) -> bool:
        """Whether a module, by its full name, is part of the plugin."""
        return module.split(".")[0] == self.point.module.split(".")[0]


def installed_plugins() -> list[Installed]:
    """All plugins that are installed, by name; none of them is imported. The first of a name counts."""
    found: dict[str, Installed] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        found.setdefault(point.name, _installed(point))
    return list(found.values())


def figure_of(module: str, function: str, structure: Structure) -> float | None:
    """The number that a column's function gives for a structure; `None` if that is not finite.

    Parameters
    ----------
    module, function
        Where the function is.
    structure
        With its bonds.

    Raises
    ------
    TypeError
        If it gives something that is no number.
    """
    value = getattr(import_module(module), function)(structure)
    if value is None:
        return None
    if isinstance(value, str | bytes):
        raise TypeError(f"{function} gave {value!r}, which is no number")
    number = float(value)
    return number if math.isfinite(number) else None


def in_one_line(error: BaseException) -> str:
    """`KeyError: 'name'`: the kind of an exception and the first line of what it says."""
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _installed(point: EntryPoint) -> Installed:
    about = dict(_metadata(point))
    return Installed(point.name, about["Name"], about["Version"], about["Summary"], point)


def _metadata(point: EntryPoint) -> Iterator[tuple[str, str]]:
    for key in ("Name", "Version", "Summary"):
        yield key, str((point.dist.metadata[key] if point.dist else None) or "")


def _check_can_be_found(column: Column) -> None:
    name, module = getattr(column.figure, "__name__", ""), getattr(column.figure, "__module__", "")
    if getattr(import_module(module) if module else None, name, None) is not column.figure:
        raise PluginError(f"has a column '{column.title}' whose figure is no function of a module; write it with def")
