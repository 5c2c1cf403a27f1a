"""The plugins of a window: loaded once it is shown, switched on and off, and never able to take it down."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.help import bring_up
from gpff_desktop.gui.plugin_columns import PluginColumns
from gpff_desktop.gui.plugin_parts import PluginParts
from gpff_desktop.plugins import (
    App,
    EditError,
    Installed,
    Plugin,
    PluginError,
    in_one_line,
    installed_plugins,
)

if TYPE_CHECKING:
    from gpff_desktop.gui.main_window import MainWindow
    from gpff_desktop.gui.plugins_dialog import PluginsDialog

_REST_MS = 150
T = TypeVar("T")


@dataclass(frozen=True)
class PluginState:
    """A plugin and how it stands.

    Parameters
    ----------
    installed
        Where it comes from.
    on
        Whether the user wants it.
    plugin
        What it adds, once it is loaded.
    problem, details
        One line on what went wrong last, and the traceback; empty if nothing did.
    notes
        What could not be done quite as it wanted.
    """

    installed: Installed
    on: bool
    plugin: Plugin | None = None
    problem: str = ""
    details: str = ""
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What users call it."""
        return self.plugin.title if self.plugin else self.installed.name


class Plugins(QObject):
    """Loads the installed plugins, and says in one line what goes wrong with one.

    Parameters
    ----------
    window
        What they add to.

    Attributes
    ----------
    changed
        Signal without arguments: a plugin stands differently.
    states
        All that are installed, by name.
    safe
        Whether none is used this time.
    """

    changed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.states: dict[str, PluginState] = {}
        self.safe = False
        self.columns = PluginColumns(window.workbench.candidates, window.candidates_panel.model, self)
        self.dialog: PluginsDialog | None = None
        self._parts: dict[str, PluginParts] = {}
        self._apps: dict[str, App] = {}
        self._told: set[tuple[str, str]] = set()
        self._hook_before = sys.excepthook
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._tell_listeners)
        self.columns.failed.connect(self._on_column_failed)

    def commands(self) -> list[Command]:
        """The command at the head of the Plugins menu."""
        return [
            Command(
                "plugins.manage",
                "Manage plugins…",
                "Plugins",
                self.show,
                icon="mdi6.puzzle-outline",
                hint="What plugins are installed, what they add and how they stand",
            )
        ]

    def load(self, safe: bool = False) -> None:
        """Find what is installed and start what the user wants; with `safe`, nothing is started this time."""
        self.safe = safe
        try:
            found = installed_plugins()
        except Exception as error:  # an entry point of any package can be broken
            self._window.workbench.warned.emit(f"The plugins cannot be listed: {in_one_line(error)}")
            return
        wanted = self._window.memory.settings.plugins
        self.states = {one.name: PluginState(one, wanted.get(one.name) is not False) for one in found}
        if found and not safe:
            self._watch()
            for name, state in self.states.items():
                if state.on:
                    self._start(name)
        self.changed.emit()

    def set_on(self, name: str, on: bool) -> None:
        """Use a plugin or not, now and from now on."""
        if self.states[name].on == on:
            return
        self._window.memory.set(plugins={**self._window.memory.settings.plugins, name: on})
        self.states[name] = replace(self.states[name], on=on)
        if on and not self.safe:
            self._start(name)
        elif not on:
            self._stop(name)
        self.changed.emit()

    def show(self, name: str = "") -> None:
        """Bring up the list of plugins, at one of them."""
        if self.dialog is None:
            from gpff_desktop.gui.plugins_dialog import PluginsDialog

            self.dialog = PluginsDialog(self, self._window)
        if name:
            self.dialog.choose(name)
        bring_up(self.dialog)

    def close(self) -> None:
        """End what is computed, and leave Python as it was."""
        self._rest.stop()
        if sys.excepthook == self._on_uncaught:
            sys.excepthook = self._hook_before
        self.columns.close()

    # One plugin

    def _start(self, name: str) -> None:
        window = self._window
        app = App(
            window.workbench,
            lambda: window.stage.structure,
            lambda: getattr(window.backend, "field", None),
            window.commands.run,
        )
        try:
            plugin = self.states[name].installed.load()
            self.states[name] = replace(self.states[name], plugin=plugin, problem="", details="", notes=())
            parts = PluginParts(name, plugin, app, window, self.columns, partial(self._guard, name))
        except PluginError as error:
            self._report(name, str(error), error.__cause__ or error)
        except Exception as error:
            self._report(name, f"cannot be used: {in_one_line(error)}", error)
        else:
            self._parts[name], self._apps[name] = parts, app
            self.states[name] = replace(self.states[name], notes=tuple(parts.notes))

    def _stop(self, name: str) -> None:
        self._told = {told for told in self._told if told[0] != name}
        self._apps.pop(name, None)
        parts = self._parts.pop(name, None)
        if parts is not None:
            parts.remove()
        self.states[name] = replace(self.states[name], problem="", details="", notes=())

    def _guard(self, name: str, act: Callable[[], T], where: str, *, once: bool = False) -> T | None:
        try:
            return act()
        except EditError as error:
            self._window.workbench.warned.emit(str(error))
        except (Exception, SystemExit) as error:
            self._report(name, f"failed {where}: {in_one_line(error)}", error, once=once)
        return None

    def _report(self, name: str, line: str, error: BaseException, *, once: bool = False) -> None:
        self._note(name, line, "".join(traceback.format_exception(error)), once=once)

    def _note(self, name: str, line: str, details: str, *, once: bool = False) -> None:
        if once and (name, line) in self._told:
            return
        self._told.add((name, line))
        self.states[name] = replace(self.states[name], problem=line, details=details)
        self._window.notices.tell(f"The plugin {self.states[name].title} {line}", ("Details…", lambda: self.show(name)))
        self.changed.emit()

    def _on_column_failed(self, column: str, line: str, details: str) -> None:
        name, _, part = column.partition(".")
        if name in self._parts:
            self._note(name, f"failed in the column {part} {line}", details)

    # What plugins listen to, and what they let fall

    def _watch(self) -> None:
        window = self._window
        window.document.changed.connect(self._on_change)
        window.stage.changed.connect(self._on_change)
        for signal in (window.workbench.candidates.added, window.workbench.candidates.removed):
            signal.connect(self._on_change)
        window.workbench.candidates.updated.connect(self._on_change)
        self._hook_before, sys.excepthook = sys.excepthook, self._on_uncaught

    def _on_change(self, *_: object) -> None:
        if any(app.listeners for app in self._apps.values()):
            self._rest.start()

    def _tell_listeners(self) -> None:
        if self._window.stage.running:
            return  # its end is a change, too
        for name, app in self._apps.items():
            for listener in tuple(app.listeners):
                self._guard(name, listener, "as something changed", once=True)

    def _on_uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """What is raised in a panel's own slots goes past the guard; it ends up here."""
        owner = next((name for name in self._parts if self._comes_from(name, error)), None)
        if owner is None:
            self._hook_before(kind, error, trace)
        else:
            self._report(owner, f"failed: {in_one_line(error)}", error, once=True)

    def _comes_from(self, name: str, error: BaseException) -> bool:
        owns = self.states[name].installed.owns
        return any(owns(module) for module in _modules(error))


def _modules(error: BaseException | None) -> Iterator[str]:
    """The modules that an exception, and what caused it, came through."""
    while error is not None:
        trace = error.__traceback__
        while trace is not None:
            yield str(trace.tb_frame.f_globals.get("__name__", ""))
            trace = trace.tb_next
        error = error.__cause__
