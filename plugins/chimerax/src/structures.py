"""Molecules between ChimeraX and the messages of the bridge. Coordinates are in Å, atoms counted from 0."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Structure = Mapping[str, Any]
"""A structure as the bridge's messages have it."""


class SelectionError(ValueError):
    """Atoms that cannot be used; the message is one line that says what to name instead."""


@dataclass(frozen=True)
class Picked:
    """The molecule that some atoms belong to.

    Parameters
    ----------
    atoms
        All that is bonded together with them, in the order of their model.
    chosen
        Which of these were named.
    """

    atoms: tuple[Any, ...]
    chosen: tuple[int, ...]

    @property
    def structure(self) -> Structure:
        """The molecule; ChimeraX knows no bond orders, so that the bonds are left to the coordinates."""
        return {
            "elements": [atom.element.number for atom in self.atoms],
            "coordinates": [[float(x) for x in atom.coord] for atom in self.atoms],
            "title": self.model.name,
        }

    @property
    def model(self) -> Any:
        """The model that it is part of."""
        return self.atoms[0].structure

    @property
    def names(self) -> list[str]:
        """The names of its atoms."""
        return [atom.name for atom in self.atoms]

    @property
    def others(self) -> list[int]:
        """Its atoms that were not named."""
        return [atom for atom in range(len(self.atoms)) if atom not in set(self.chosen)]


def picked(atoms: Iterable[Any]) -> Picked:
    """The molecule that some atoms belong to.

    Raises
    ------
    SelectionError
        If there are no atoms, or they belong to several molecules.
    """
    named = list(atoms)
    if not named:
        raise SelectionError("no atoms are named; name some, such as #1 or sel")
    molecule = bonded_together(named[0])
    if any(atom not in molecule for atom in named):
        raise SelectionError("the atoms belong to several molecules; name atoms of one")
    ordered = tuple(atom for atom in named[0].structure.atoms if atom in molecule)
    wanted = set(named)
    return Picked(ordered, tuple(k for k, atom in enumerate(ordered) if atom in wanted))


def bonded_together(atom: Any) -> set[Any]:
    """An atom and all that is bonded to it, directly or through others."""
    found, waiting = {atom}, [atom]
    while waiting:
        for other in waiting.pop().neighbors:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def build(model: Any, element: Callable[[int], Any], structure: Structure, names: Sequence[str] = ()) -> Any:
    """Fill an empty model with a structure.

    Parameters
    ----------
    model
        A new `AtomicStructure`; it is returned.
    element
        ChimeraX's element of an atomic number.
    structure
        What to build.
    names
        Names of the atoms; by default element and count, such as `C1`.
    """
    residue = model.new_residue("LIG", "A", 1)
    called = names or _names(structure["elements"])
    atoms = []
    for name, number, place in zip(called, structure["numbers"], structure["coordinates"], strict=True):
        atom = model.new_atom(name, element(number))
        atom.coord = tuple(place)
        residue.add_atom(atom)
        atoms.append(atom)
    for first, second, _ in structure["bonds"] or ():
        model.new_bond(atoms[first], atoms[second])
    return model


def _names(symbols: Iterable[str]) -> list[str]:
    count: Counter[str] = Counter()
    names = []
    for symbol in symbols:
        count[symbol] += 1
        names.append(f"{symbol}{count[symbol]}")
    return names
