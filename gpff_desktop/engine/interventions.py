"""What a hand does to a run while it goes: the field has no time step, so a run can go on from anywhere."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

Place = tuple[float, float, float]


@dataclass(frozen=True)
class Intervention:
    """A change to one molecule of a run. Atoms locked before the run and those of rigid groups are left alone.

    Parameters
    ----------
    molecule
        Which molecule, counted from 0.
    held
        Atoms (from 0) that stay exactly in a place from now on: coordinates in Å, or None for where they are.
    released
        Held atoms that are free again.
    retyped
        Atoms that become another element: their atomic numbers.

    Raises
    ------
    ValueError
        If a coordinate is not finite.
    """

    molecule: int
    held: Mapping[int, Place | None] = field(default_factory=dict)
    released: frozenset[int] = frozenset()
    retyped: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(place and not all(map(math.isfinite, place)) for place in self.held.values()):
            raise ValueError("an atom can only be held at three finite numbers")

    @property
    def atoms(self) -> frozenset[int]:
        """All atoms that it names."""
        return frozenset((*self.held, *self.released, *self.retyped))


class Interventions:
    """Changes on their way from the hand to a run; any thread may add them.

    Attributes
    ----------
    done
        How many evaluations were spent before each change, and the change; the same ones give the same result.
    """

    def __init__(self) -> None:
        self.done: list[tuple[int, Intervention]] = []
        self._waiting: deque[Intervention] = deque()

    def add(self, intervention: Intervention) -> None:
        """Take this before the next evaluation."""
        self._waiting.append(intervention)

    def due(self, spent: int) -> list[Intervention]:
        """The changes that wait, after so many evaluations; the run's thread calls it."""
        due = [self._waiting.popleft() for _ in range(len(self._waiting))]
        self.done.extend((spent, intervention) for intervention in due)
        return due

    def count(self, molecule: int) -> int:
        """How many changes a molecule has seen."""
        return sum(intervention.molecule == molecule for _, intervention in self.done)
