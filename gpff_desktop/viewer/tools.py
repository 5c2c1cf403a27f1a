"""What a tool of the 3D view is: an object that is offered every action of mouse and keyboard before the camera."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from vispy.util import keys

_MODIFIERS = {keys.SHIFT: "shift", keys.CONTROL: "ctrl", keys.ALT: "alt", keys.META: "meta"}
LEFT, RIGHT, MIDDLE = 1, 2, 3


class Picker(Protocol):
    """Says what is drawn at a place; `MoleculeCanvas` does."""

    def pick(self, position: tuple[float, float]) -> int | None:
        """The atom in front at a position in logical pixels."""

    def pick_bond(self, position: tuple[float, float]) -> tuple[int, int] | None:
        """The bond in front at a position in logical pixels."""


@dataclass(frozen=True)
class PointerEvent:
    """Something the pointer did.

    Parameters
    ----------
    position
        Where, in logical pixels from the upper left corner of the view.
    button
        `LEFT`, `RIGHT` or `MIDDLE`; 0 when none is held.
    modifiers
        Which of `shift`, `ctrl`, `alt` and `meta` are held.
    dragged
        Whether the pointer has left the place where the button went down; a release without is a click.
    picker
        Finds out what is under the pointer when somebody asks.
    """

    position: tuple[float, float]
    button: int = 0
    modifiers: frozenset[str] = frozenset()
    dragged: bool = False
    picker: Picker | None = field(default=None, compare=False, repr=False)

    @cached_property
    def atom(self) -> int | None:
        """Index of the atom under the pointer."""
        return None if self.picker is None else self.picker.pick(self.position)

    @cached_property
    def bond(self) -> tuple[int, int] | None:
        """Atoms of the bond under the pointer; None where an atom is in front of it."""
        return None if self.picker is None else self.picker.pick_bond(self.position)


@dataclass(frozen=True)
class KeyEvent:
    """A key that went down.

    Parameters
    ----------
    name
        vispy's name of the key, such as `A`, `Delete`, `Escape` or `Left`; empty if it has none.
    text
        What it types, if anything.
    modifiers
        Which of `shift`, `ctrl`, `alt` and `meta` are held.
    """

    name: str
    text: str = ""
    modifiers: frozenset[str] = frozenset()


class Tool(Protocol):
    """What the hand holds. Each method returns whether it used the event up; if not, the view acts on it.

    A tool that uses a press gets all moves until the release, and the camera stays where it is. Moves with no button
    held are offered too; a release always is. `cursor` is one of `arrow`, `cross`, `hand`, `grab`, `move`, `rotate`.
    """

    cursor: str

    def press(self, event: PointerEvent) -> bool:
        """A button went down."""

    def move(self, event: PointerEvent) -> bool:
        """The pointer moved, with the button of a used press held or with none."""

    def release(self, event: PointerEvent) -> bool:
        """The button went up."""

    def double_click(self, event: PointerEvent) -> bool:
        """A second press followed at once, in one place."""

    def key(self, event: KeyEvent) -> bool:
        """A key went down."""


def modifiers_of(event: Any) -> frozenset[str]:
    """Names of the modifier keys held during a vispy event."""
    return frozenset(_MODIFIERS[key] for key in event.modifiers if key in _MODIFIERS)


def key_event(event: Any) -> KeyEvent:
    """A vispy key event as tools see it."""
    return KeyEvent(event.key.name if event.key else "", event.text or "", modifiers_of(event))
