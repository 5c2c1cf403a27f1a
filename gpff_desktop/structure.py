"""The one currency of the program: an immutable set of atoms in space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from gpff_desktop import elements

FARTHEST = 1e30
"""Å from the origin within which squares of distances, and coordinates in single precision, are still numbers."""


def _frozen(values: Any, dtype: type, shape_tail: tuple[int, ...]) -> np.ndarray:
    array: np.ndarray = np.array(values, dtype=dtype).reshape(-1, *shape_tail)
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Structure:
    """Atoms in space, with optional bonds. Arrays are read-only; `with_*` methods return changed copies.

    Parameters
    ----------
    numbers
        Atomic numbers `[n_atoms]`.
    positions
        Cartesian coordinates `[n_atoms, 3]` in Å.
    bonds
        `[n_bonds, 3]` rows of (first atom, second atom, order), atoms counted from 0, order 1, 2, 3
        (kekulized); `None` when bonds are not known (they can be perceived from the coordinates).
    title
        One line of text.
    properties
        What else is known, as text by name; written to files as SDF properties or extended-XYZ keys.

    Raises
    ------
    ValueError
        If the arrays do not fit together, an atomic number is unknown, a coordinate is not finite or beyond
        `FARTHEST`, or a bond names an atom that is not there.
    """

    numbers: np.ndarray
    positions: np.ndarray
    bonds: np.ndarray | None = None
    title: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "numbers", _frozen(self.numbers, np.int64, ()))
        set_(self, "positions", _frozen(self.positions, np.float64, (3,)))
        if self.bonds is not None:
            set_(self, "bonds", _frozen(self.bonds, np.int64, (3,)))
        set_(self, "properties", MappingProxyType(dict(self.properties)))
        self._check()

    def _check(self) -> None:
        if len(self.numbers) != len(self.positions):
            raise ValueError(f"{len(self.numbers)} atomic numbers but {len(self.positions)} positions")
        if len(self.numbers) and not (self.numbers.min() >= 1 and self.numbers.max() <= elements.MAX_NUMBER):
            raise ValueError("an atomic number is outside 1 to 118")
        near = (np.abs(self.positions) <= FARTHEST).all(axis=1)
        if not near.all():
            bad = int(np.argmin(near))
            what = f"beyond {FARTHEST:g} Å" if np.isfinite(self.positions[bad]).all() else "that is not a number"
            raise ValueError(f"atom {bad + 1} has a coordinate {what}")
        if self.bonds is not None and len(self.bonds):
            ends = self.bonds[:, :2]
            if ends.min() < 0 or ends.max() >= len(self.numbers):
                raise ValueError("a bond names an atom that is not there")

    def __reduce__(self) -> tuple[type[Structure], tuple[Any, ...]]:
        # The read-only view of the properties and the arrays' read-only flags do not outlast pickling.
        return Structure, (self.numbers, self.positions, self.bonds, self.title, dict(self.properties))

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def formula(self) -> str:
        """Hill formula, such as `C7H10N2O2`."""
        return elements.formula(self.numbers)

    @property
    def centre(self) -> np.ndarray:
        """Centre of geometry `[3]` in Å."""
        return self.positions.mean(axis=0) if len(self) else np.zeros(3)

    def with_positions(self, positions: np.ndarray) -> Structure:
        """The same atoms and bonds at other coordinates `[n_atoms, 3]` in Å."""
        return replace(self, positions=positions)

    def with_bonds(self, bonds: np.ndarray | None) -> Structure:
        """The same atoms with other bonds `[n_bonds, 3]`."""
        return replace(self, bonds=bonds)

    def with_properties(self, **properties: str) -> Structure:
        """A copy with properties added or replaced."""
        return replace(self, properties={**self.properties, **properties})

    def with_title(self, title: str) -> Structure:
        """A copy with another title."""
        return replace(self, title=title)

    def centred(self) -> Structure:
        """A copy with its centre of geometry at the origin."""
        return self.with_positions(self.positions - self.centre)
