"""Looking at one structure after another: what is wrong with each, and the figures a report is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gpff_desktop import elements
from gpff_desktop.chemistry.bonds import connectivity
from gpff_desktop.chemistry.building.topology import neighbours
from gpff_desktop.chemistry.formats import greatest_force, is_periodic
from gpff_desktop.data.bond_lengths import unusual
from gpff_desktop.data.duplicates import SeenGeometries
from gpff_desktop.data.geometry import closest_distance, count_pieces
from gpff_desktop.data.rules import Fault
from gpff_desktop.structure import Structure

CLOSEST = 0.4
"""Atoms nearer than this, in Å, overlap: no molecule looks like that."""
FARTHEST = 1e6
"""Coordinates beyond this, in Å, are no molecule's, and their squares may be beyond what a number can hold."""
LARGEST_FORCE = 0.05
"""A greatest force above this, in eV/Å, is no minimum's: ASE's optimisers stop at it unless told otherwise."""


@dataclass(frozen=True)
class RecordFault:
    """What is wrong with a record: the file it stands in, its number there (0: the file itself) and one line."""

    file: str
    record: int
    fault: Fault
    message: str


@dataclass(frozen=True)
class Inspection:
    """What was found at one structure.

    Parameters
    ----------
    faults
        What is wrong with it, each in one line.
    closest
        Distance of its two nearest atoms in Å; infinite for one atom.
    bond_pairs, bond_lengths
        Atomic numbers of the ends of its bonds `[n_bonds, 2]`, the lighter first, and their lengths `[n_bonds]` in Å.
    force
        The greatest force on an atom in eV/Å, if the record has forces.
    """

    faults: Mapping[Fault, str]
    closest: float = np.inf
    bond_pairs: np.ndarray = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    bond_lengths: np.ndarray = field(default_factory=lambda: np.empty(0))
    force: float | None = None


def unreadable(message: str) -> Inspection:
    """What is found at a record that cannot be read."""
    return Inspection({Fault.UNREADABLE: message})


def pair_name(first: int, second: int) -> str:
    """Two atomic numbers as chemists write a bond: `C–O`, the lighter element first, but `C–H`."""
    low, high = sorted((first, second))
    return "–".join(map(elements.symbol, (high, low) if low == 1 else (low, high)))


class Inspector:
    """Looks at structures one after another, and remembers their geometries."""

    def __init__(self) -> None:
        self._seen = SeenGeometries()

    def inspect(self, structure: Structure) -> Inspection:
        """What is wrong with the next structure; never raises for any structure."""
        if not len(structure):
            return unreadable("it holds no atoms")
        if np.abs(structure.positions).max() > FARTHEST:
            return unreadable(f"a coordinate is beyond {FARTHEST:,.0f} Å; is the file in another unit?")
        if is_periodic(structure):
            return Inspection({Fault.PERIODIC: "it is a periodic cell; for now only molecules can be trained on"})
        closest, force = closest_distance(structure.positions), greatest_force(structure)
        bonds = connectivity(structure)
        pairs = structure.numbers[bonds[:, :2]]
        lengths = np.linalg.norm(np.diff(structure.positions[bonds[:, :2]], axis=1)[:, 0], axis=1)
        faults = {
            Fault.OVERLAPPING: _overlap(closest),
            # Atoms on each other have no bond, but are not apart.
            Fault.FRAGMENTS: _separate(count_pieces(len(structure), bonds)) if closest >= CLOSEST else "",
            Fault.OFF_EQUILIBRIUM: _unusual_bond(bonds, pairs, lengths) if force is None else _forced(force),
            Fault.DUPLICATE: self._repetition(structure),
        }
        found = {fault: line for fault, line in faults.items() if line}
        return Inspection(found, closest, np.sort(pairs, axis=1), lengths, force)

    def _repetition(self, structure: Structure) -> str:
        met = self._seen.add(structure.numbers, structure.positions)
        return "its geometry is that of a structure before it" if met else ""


def _overlap(closest: float) -> str:
    return f"two atoms overlap: they are {closest:.2f} Å apart" if closest < CLOSEST else ""


def _separate(n_pieces: int) -> str:
    return f"it is in {n_pieces} pieces" if n_pieces > 1 else ""


def _forced(force: float) -> str:
    return f"a force of {force:.2f} eV/Å acts on an atom: it is no minimum" if force > LARGEST_FORCE else ""


def _unusual_bond(bonds: np.ndarray, pairs: np.ndarray, lengths: np.ndarray) -> str:
    for index in np.flatnonzero(unusual(pairs[:, 0], pairs[:, 1], lengths)).tolist():
        one, other = (neighbours(atom, bonds) for atom in bonds[index, :2].tolist())
        if not np.intersect1d(one, other).size:  # across a small ring, atoms come as near as in a long bond
            return (
                f"a bond {pair_name(*pairs[index].tolist())} of {lengths[index]:.2f} Å is unusual: it may be no minimum"
            )
    return ""
