"""What the user has chosen, kept from one start of the program to the next."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import platformdirs

from gpff_desktop.atomic_file import atomic_write
from gpff_desktop.session.file_lock import waited_for

FILE = "settings.json"
MOST_RECENT_FILES = 12
FONT_SCALES = (0.5, 3.0)

_LONGEST_TEXT = 1_000_000
Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class UserSettings:
    """The user's choices. Values read from a file come through `validated`.

    Parameters
    ----------
    theme
        `system`, `light` or `dark`.
    representation, palette, labels
        Names from the tables of the view.
    parallel
        Whether the projection is parallel.
    font_scale
        Size of text in the window, 1.0 for the system's.
    bonds
        `file` to keep the bonds that a file has, `perceive` to find them from coordinates.
    model
        The model to load; empty for the default.
    recent_files
        Newest first, absolute, at most `MOST_RECENT_FILES`.
    guide_seen
        Whether the guide of the first start was closed.
    generate
        What the Generate panel was last set to, by name.
    plugins
        Whether each plugin, by its name, is used; those not named here are.
    geometry, window_state
        Place of the window and of its panels, in base64.
    """

    theme: str = "system"
    representation: str = "ball-and-stick"
    palette: str = "cpk"
    labels: str = "none"
    parallel: bool = False
    font_scale: float = 1.0
    bonds: str = "file"
    model: str = ""
    recent_files: tuple[str, ...] = ()
    guide_seen: bool = False
    generate: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    plugins: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    geometry: str = ""
    window_state: str = ""

    def with_recent(self, path: Path | str) -> UserSettings:
        """A copy with a file at the head of the recent ones."""
        name = os.path.abspath(path)
        return replace(self, recent_files=_recent((name, *self.recent_files)))

    def without_recent(self, path: Path | str) -> UserSettings:
        """A copy in which a file is not among the recent ones."""
        gone = {os.fspath(path), os.path.abspath(path)}
        return replace(self, recent_files=tuple(name for name in self.recent_files if name not in gone))

    def as_dict(self) -> dict[str, Any]:
        """Plain values that `validated` turns into the same settings."""
        mappings = {"generate": dict(self.generate), "plugins": dict(self.plugins)}
        return {**vars(self), "recent_files": list(self.recent_files), **mappings}


CHOICES: Mapping[str, Collection[str]] = {"theme": ("system", "light", "dark"), "bonds": ("file", "perceive")}


def validated(values: Any, choices: Mapping[str, Collection[str]] = MappingProxyType({})) -> UserSettings:
    """Settings from plain values: what is unknown is ignored, what cannot be used gives way to the default.

    Parameters
    ----------
    values
        What a settings file holds.
    choices
        Values allowed for some of the settings, beside those of `CHOICES`.
    """
    if not isinstance(values, Mapping):
        return UserSettings()
    allowed = {**CHOICES, **choices}
    good = {}
    for known in fields(UserSettings):
        value = _usable(known.name, values.get(known.name), allowed.get(known.name))
        if value is not None:
            good[known.name] = value
    return UserSettings(**good)


class SettingsStore:
    """The settings file. Several windows may use it at a time: each writes only what it changes.

    Parameters
    ----------
    folder
        Where the file is; by default the place that the system has for settings.
    choices
        Values allowed for some of the settings, see `validated`.

    Attributes
    ----------
    problem
        One line on what was wrong when the file was last read or written; empty if nothing was.
    """

    def __init__(
        self, folder: Path | None = None, choices: Mapping[str, Collection[str]] = MappingProxyType({})
    ) -> None:
        self.path = (folder or Path(platformdirs.user_config_dir("gpff-desktop", appauthor=False))) / FILE
        self.problem = ""
        self._choices = dict(choices)

    def load(self) -> UserSettings:
        """The settings; the defaults if there is no file. A damaged file is set aside and told in `problem`."""
        self.problem = ""
        try:
            return self._read()
        except OSError as error:
            self.problem = f"the settings cannot be read ({error.strerror}); the defaults are used"
            return UserSettings()

    def save(self, settings: UserSettings) -> None:
        """Write all settings; if that fails, `problem` says why."""
        self.change(lambda _: settings)

    def update(self, **changes: Any) -> UserSettings:
        """Change some settings and leave the others as the file has them now; see `change`.

        Raises
        ------
        TypeError
            If there is no such setting.
        """
        return self.change(lambda settings: replace(settings, **changes))

    def change(self, edit: Callable[[UserSettings], UserSettings]) -> UserSettings:
        """Edit the settings that the file has now, and write them; if that fails, `problem` says why.

        Returns
        -------
        UserSettings
            The edited settings, whether they could be written or not.
        """
        self.problem = ""
        settings = UserSettings()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Who cannot get the lock in time writes all the same: a whole file with one choice lost is no disaster.
            with waited_for(self.path.with_suffix(".lock")):
                settings = self._read()
                settings = validated(edit(settings).as_dict(), self._choices)
                self._write(settings)
        except OSError as error:
            reason = error.strerror or str(error)
            self.problem = f"the settings cannot be saved ({reason}); check the folder {self.path.parent}"
        return settings

    def _read(self) -> UserSettings:
        try:
            return validated(json.loads(self.path.read_text(encoding="utf-8")), self._choices)
        except FileNotFoundError:
            pass
        except (ValueError, RecursionError):
            self._set_aside()
        return UserSettings()

    def _write(self, settings: UserSettings) -> None:
        with atomic_write(self.path) as partial:
            partial.write_text(json.dumps(settings.as_dict(), indent=1) + "\n", encoding="utf-8")

    def _set_aside(self) -> None:
        aside = self.path.with_name(f"{FILE}.bad")
        os.replace(self.path, aside)
        self.problem = f"the settings file was damaged; it is now called {aside.name}, and the defaults are used"


def _usable(name: str, value: Any, allowed: Collection[str] | None) -> Any:
    """The value a setting may have, or `None`."""
    default = getattr(_DEFAULTS, name)
    if allowed is not None:
        return value if isinstance(value, str) and value in allowed else None
    if isinstance(default, bool):
        return value if isinstance(value, bool) else None
    if isinstance(default, float):
        return _scale(value)
    if isinstance(default, str):
        return value if isinstance(value, str) and len(value) <= _LONGEST_TEXT else None
    if isinstance(default, tuple):
        return _recent(value) if isinstance(value, list | tuple) else None
    return _scalars(value) if isinstance(value, Mapping) else None


def _scale(value: Any) -> float | None:
    smallest, largest = FONT_SCALES
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and smallest <= value <= largest else None


def _recent(names: Iterable[Any]) -> tuple[str, ...]:
    distinct = dict.fromkeys(name for name in names if isinstance(name, str) and name)
    return tuple(distinct)[:MOST_RECENT_FILES]


def _scalars(values: Mapping[Any, Any]) -> Mapping[str, Scalar]:
    return MappingProxyType({str(name): value for name, value in values.items() if _is_scalar(value)})


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


_DEFAULTS = UserSettings()
