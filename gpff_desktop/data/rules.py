"""What may be wrong with a record of a data set, and the rules that decide what is left out because of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gpff_desktop import elements

FEWEST = 10
"""Structures without which nothing is trained: one at least is held out, and one of fewer tells nothing."""


class Fault(StrEnum):
    """What may be wrong with a record, in the words that are shown; the first of them that applies is its reason."""

    UNREADABLE = "unreadable"
    PERIODIC = "periodic cell"
    OVERLAPPING = "overlapping atoms"
    FRAGMENTS = "several fragments"
    OFF_EQUILIBRIUM = "likely off equilibrium"
    DUPLICATE = "duplicate"
    SIZE = "size out of range"
    ELEMENT = "element not allowed"


_ALWAYS = frozenset({Fault.UNREADABLE, Fault.PERIODIC})


@dataclass(frozen=True)
class ImportRules:
    """What is left out of a data set. What cannot be read, and periodic cells, always are.

    Parameters
    ----------
    drop_duplicates
        Whether a geometry that has been met before is left out; mirror images count as met.
    drop_overlapping
        Whether structures with two atoms on each other are left out.
    drop_fragments
        Whether structures in more than one piece are left out.
    drop_off_equilibrium
        Whether structures are left out that, by their forces or their bond lengths, are likely no minima of energy.
    min_atoms, max_atoms
        Smallest and largest structure that is taken; `max_atoms=None` for no limit.
    elements
        Atomic numbers that may occur; `None` for all.

    Raises
    ------
    ValueError
        If no structure could pass.
    """

    drop_duplicates: bool = True
    drop_overlapping: bool = True
    drop_fragments: bool = False
    drop_off_equilibrium: bool = False
    min_atoms: int = 1
    max_atoms: int | None = None
    elements: frozenset[int] | None = None

    def __post_init__(self) -> None:
        if self.min_atoms < 1:
            raise ValueError(f"a structure has at least 1 atom; the smallest size cannot be {self.min_atoms}")
        if self.max_atoms is not None and self.max_atoms < self.min_atoms:
            raise ValueError(
                f"sizes from {self.min_atoms} to {self.max_atoms} atoms hold nothing; put the smaller number first"
            )
        if self.elements is not None and not self.elements:
            raise ValueError("no element is allowed; name some, or allow all")

    def reason(self, faults: Collection[Fault], n_atoms: int, numbers: Collection[int]) -> Fault | None:
        """Why a record is left out, `None` if it is kept.

        Parameters
        ----------
        faults
            What is wrong with it.
        n_atoms
            How many atoms it has; of no meaning if it is unreadable.
        numbers
            The atomic numbers that occur in it.
        """
        for fault in Fault:
            if fault in faults and (fault in _ALWAYS or self._drops(fault)):
                return fault
        if n_atoms < self.min_atoms or (self.max_atoms is not None and n_atoms > self.max_atoms):
            return Fault.SIZE
        return Fault.ELEMENT if self.elements is not None and not self.elements.issuperset(numbers) else None

    def as_dict(self) -> dict[str, Any]:
        """The rules in plain values, elements by symbol, as a manifest keeps them."""
        allowed = None if self.elements is None else [elements.symbol(z) for z in sorted(self.elements)]
        return {**vars(self), "elements": allowed}

    def _drops(self, fault: Fault) -> bool:
        return {
            Fault.DUPLICATE: self.drop_duplicates,
            Fault.OVERLAPPING: self.drop_overlapping,
            Fault.FRAGMENTS: self.drop_fragments,
            Fault.OFF_EQUILIBRIUM: self.drop_off_equilibrium,
        }[fault]
