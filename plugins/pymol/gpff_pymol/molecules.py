"""Molecules between PyMOL and the messages of the bridge. Coordinates are in Å, atoms counted from 0."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Structure = Mapping[str, Any]
"""A structure as the bridge's messages have it."""


class SelectionError(ValueError):
    """A selection that cannot be used; the message is one line that says what to select."""


@dataclass(frozen=True)
class Picked:
    """The molecule that a selection lies in.

    Parameters
    ----------
    whole
        Selection of the whole molecule: all that is bonded to the selected atoms.
    structure
        Its atoms.
    chosen
        Which of them are selected.
    state
        The state of its object that this is.
    """

    whole: str
    structure: Structure
    chosen: tuple[int, ...]
    state: int

    @property
    def others(self) -> tuple[int, ...]:
        """Its atoms that are not selected."""
        return tuple(atom for atom in range(len(self.structure["elements"])) if atom not in set(self.chosen))


def picked(cmd: Any, selection: str) -> Picked:
    """The molecule that a selection lies in, in the state that is shown.

    Raises
    ------
    SelectionError
        If nothing is selected, or atoms of several objects.
    """
    names = objects_of(cmd, selection)
    if len(names) > 1:
        raise SelectionError(f"'{selection}' has atoms of {len(names)} objects; select atoms of one molecule")
    whole, state = f"bymol ({selection})", shown_state(cmd, names[0])
    model = cmd.get_model(whole, state)
    selected = {atom.index for atom in cmd.get_model(f"({selection})", state).atom}
    chosen = tuple(k for k, atom in enumerate(model.atom) if atom.index in selected)
    return Picked(whole, as_structure(model, names[0]), chosen, state)


def shown_state(cmd: Any, name: str) -> int:
    """The state of an object that is shown: that of the movie, as far as the object has one."""
    return min(int(cmd.get_state()), int(cmd.count_states(name)))


def objects_of(cmd: Any, selection: str) -> list[str]:
    """The objects that a selection has atoms of.

    Raises
    ------
    SelectionError
        If there are none.
    """
    try:
        names = cmd.get_object_list(f"({selection})")
    except Exception:  # PyMOL has printed what is wrong with the selection
        names = None
    if not names:
        raise SelectionError(f"nothing is selected by '{selection}'; name an object or select some atoms")
    return list(names)


def as_structure(model: Any, title: str = "") -> Structure:
    """The structure of a chempy model. Bonds are left out where one has no whole order, as aromatic ones."""
    bonds = [[*bond.index, bond.order] for bond in model.bond]
    return {
        "elements": [atom.symbol for atom in model.atom],
        "coordinates": [list(atom.coord) for atom in model.atom],
        "bonds": bonds if bonds and all(order in (1, 2, 3) for *_, order in bonds) else None,
        "title": title,
    }


def as_model(structure: Structure) -> Any:
    """A chempy model of a structure, its atoms named by element and count, such as `C1`."""
    from chempy import Atom, Bond
    from chempy.models import Indexed

    model, count = Indexed(), Counter[str]()
    for symbol, place in zip(structure["elements"], structure["coordinates"], strict=True):
        count[symbol] += 1
        atom = Atom()
        atom.symbol, atom.name, atom.coord = symbol, f"{symbol}{count[symbol]}", list(place)
        atom.resn, atom.resi, atom.hetatm = "LIG", "1", 1
        model.add_atom(atom)
    for first, second, order in structure["bonds"] or ():
        bond = Bond()
        bond.index, bond.order = [first, second], order
        model.add_bond(bond)
    return model


def show_all(cmd: Any, name: str, structures: Sequence[Structure], titles: Sequence[str], split: bool) -> None:
    """Make one object with a state for each structure, or with `split` a group of objects.

    States are discrete: the molecules have the same atoms, but not the same bonds.
    """
    for number, (structure, title) in enumerate(zip(structures, titles, strict=True), start=1):
        member, state = (f"{name}_{number:02d}", 1) if split else (name, number)
        cmd.load_model(as_model(structure), member, state=state, discrete=0 if split else 1)
        cmd.set_title(member, state, title)
    if split:
        cmd.group(name, f"{name}_*")


def copy_of(cmd: Any, name: str, molecule: Picked, places: Sequence[Sequence[Sequence[float]]]) -> None:
    """Make an object of a picked molecule as it is, but for its coordinates; several of these are states."""
    cmd.create(name, molecule.whole, molecule.state, 1, zoom=0)
    for state, coordinates in enumerate(places, start=1):
        if state > 1:
            cmd.create(name, name, 1, state, zoom=0)
        # In the order of get_model, which load_coordset does not keep in every object.
        cmd.alter_state(state, name, "(x, y, z) = next(places)", space={"places": iter(coordinates), "next": next})
        cmd.rebuild(name)


def show_frames(cmd: Any, name: str, structure: Structure, frames: Sequence[Sequence[Sequence[float]] | None]) -> None:
    """Make an object with a state for each step of a run; those of a molecule that has diverged are left out."""
    for state, frame in enumerate((frame for frame in frames if frame), start=1):
        cmd.load_model(as_model({**structure, "coordinates": frame}), name, state=state)
