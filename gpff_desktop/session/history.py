"""Undo and redo over immutable states: a list of named steps and a place in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class HistoryStep(Generic[T]):
    """A named state. `serial` stays the same when the state is amended, and is never used twice."""

    name: str
    state: T
    serial: int


class History(Generic[T]):
    """Unlimited undo. States share what they have in common, so keeping all of them costs little.

    Parameters
    ----------
    state
        Where history begins.
    """

    def __init__(self, state: T) -> None:
        self._serials = count()
        self._steps = [HistoryStep("Start", state, next(self._serials))]
        self._index = 0

    @property
    def state(self) -> T:
        """The present state."""
        return self._steps[self._index].state

    @property
    def serial(self) -> int:
        """Names the present step."""
        return self._steps[self._index].serial

    @property
    def index(self) -> int:
        """Place of the present step in `names`."""
        return self._index

    @property
    def names(self) -> list[str]:
        """Every step from the first to the last that can be redone."""
        return [step.name for step in self._steps]

    @property
    def undo_name(self) -> str:
        """What `undo` would take back; empty if there is nothing."""
        return self._steps[self._index].name if self._index else ""

    @property
    def redo_name(self) -> str:
        """What `redo` would do again; empty if there is nothing."""
        return self._steps[self._index + 1].name if self._index + 1 < len(self._steps) else ""

    def push(self, name: str, state: T) -> None:
        """Add a step; what could have been redone is forgotten."""
        del self._steps[self._index + 1 :]
        self._steps.append(HistoryStep(name, state, next(self._serials)))
        self._index += 1

    def amend(self, state: T) -> None:
        """Change the present state without a step of its own."""
        self._steps[self._index] = replace(self._steps[self._index], state=state)

    def go_to(self, index: int) -> None:
        """Make any step the present one.

        Raises
        ------
        IndexError
            If there is no such step.
        """
        if not 0 <= index < len(self._steps):
            raise IndexError(f"there is no step {index}; the history has {len(self._steps)}")
        self._index = index
