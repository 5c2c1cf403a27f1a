"""The library of fragments, and putting one onto or into a structure."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gpff_desktop import elements
from gpff_desktop.chemistry.building.atoms import merge
from gpff_desktop.chemistry.building.directions import bond_length, free_direction
from gpff_desktop.chemistry.building.edit import BuildError, Edit, checked, kept, name, unedited
from gpff_desktop.chemistry.building.geometry import about_axis
from gpff_desktop.chemistry.building.settling import settled
from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.chemistry.building.topology import bonds_with_orders, neighbours
from gpff_desktop.chemistry.building.valences import has_valence, open_valences
from gpff_desktop.resources_path import resources
from gpff_desktop.structure import Structure

_SEED = 1
_TURNS = np.arange(0, 360, 10)
_REACH = 5.0
# Atoms touch at about this share of the sum of their van der Waals radii when two bonds lie between them and theirs.
_CONTACT = 0.8
# From this clash on, turning about the bond was not enough and the fragment has to give way in itself.
_TIGHT = 18.0


@dataclass(frozen=True)
class Listed:
    """One line of the library.

    Parameters
    ----------
    name
        Names the fragment in calls: lower case, without blanks.
    category
        What lists group it under.
    title
        What the user reads.
    smiles
        The fragment with a hydrogen in place of the bond it is attached by; its first atom is the attachment.
    """

    name: str
    category: str
    title: str
    smiles: str


@dataclass(frozen=True, eq=False)
class Fragment:
    """A group of atoms to build with.

    Parameters
    ----------
    name, title, category
        See `Listed`.
    structure
        A whole molecule.
    attachment
        The atom that bonds to what is there; one of its hydrogens gives way, if it has any.
    """

    name: str
    title: str
    category: str
    structure: Structure
    attachment: int


@lru_cache(maxsize=1)
def fragments() -> tuple[Listed, ...]:
    """The library, in the order in which it is shown; nothing is computed."""
    with open(resources() / "fragments" / "fragments.tsv", encoding="utf-8", newline="") as file:
        return tuple(Listed(**row) for row in csv.DictReader(file, delimiter="\t"))


@lru_cache(maxsize=256)
def fragment(name: str) -> Fragment:
    """A fragment of the library with coordinates, the same each time (ETKDG with a fixed seed, MMFF94).

    Raises
    ------
    BuildError
        If the library has no such fragment.
    """
    found = next((listed for listed in fragments() if listed.name == name), None)
    if found is None:
        raise BuildError(f"there is no fragment '{name}'; choose one from the library")
    structure = from_smiles(found.smiles, _SEED).with_title(found.title)
    return Fragment(found.name, found.title, found.category, structure, attachment=0)


def fragment_of_smiles(text: str) -> Fragment:
    """A fragment of one's own: its first atom is the attachment.

    Raises
    ------
    BuildError
        If the text is not a SMILES.
    """
    return Fragment(text, text, "", from_smiles(text, _SEED), attachment=0)


def place(structure: Structure, fragment: Fragment, position: np.ndarray) -> Edit:
    """The fragment as a separate molecule, centred at a position `[3]` in Å; its atoms come last."""
    centred = fragment.structure.centred()
    return merge(structure, centred.with_positions(centred.positions + np.asarray(position, dtype=np.float64)))


def attach(structure: Structure, atom: int, fragment: Fragment) -> Edit:
    """The fragment bonded to an atom, turned about the new bond to where it clashes least; its atoms come last.

    A hydrogen is replaced. A heavy atom gives one of its hydrogens for it, the one that leaves the most room, or
    takes the fragment where it lacks a bond. In a tight place the fragment is relaxed with MMFF94, and only it.

    Parameters
    ----------
    structure
        The molecule; bonds are perceived if they are not known, and are known afterwards.
    atom
        A hydrogen or a heavy atom.
    fragment
        What to attach.

    Raises
    ------
    BuildError
        If the atom is not there, or has neither a hydrogen nor a free valence.
    """
    checked(structure, [atom])
    known = structure.with_bonds(bonds_with_orders(structure))
    options = _options(known, atom)
    if not options:
        raise BuildError(f"{name(known, atom)} has no hydrogen and no free valence; choose another atom")
    edit, clash = min((_attached(known, *option, fragment) for option in options), key=lambda pair: pair[1])
    return edit if clash < _TIGHT else Edit(settled(edit.structure, edit.added), edit.origin)


_Option = tuple[int, int | None]


def _options(structure: Structure, atom: int) -> list[_Option]:
    """Pairs of (atom to bond to, hydrogen to replace or `None`)."""
    assert structure.bonds is not None
    bonded = neighbours(atom, structure.bonds)
    if structure.numbers[atom] == 1 and len(bonded):
        return [(int(bonded[0]), atom)]
    hydrogens = bonded[structure.numbers[bonded] == 1]
    if len(hydrogens):
        return [(atom, int(hydrogen)) for hydrogen in hydrogens]
    free = open_valences(structure, structure.bonds)[atom] > 0 or not has_valence(int(structure.numbers[atom]))
    return [(atom, None)] if free else []


def _attached(structure: Structure, anchor: int, hydrogen: int | None, fragment: Fragment) -> tuple[Edit, float]:
    """The edit, and how much the fragment clashes."""
    base = unedited(structure)
    if hydrogen is not None:
        base = kept(structure, np.delete(np.arange(len(structure)), hydrogen))
    here = int(np.flatnonzero(base.origin == anchor)[0])
    unit = _place(structure, anchor, hydrogen)
    group, attachment, outwards = _group(fragment)
    length = bond_length(int(structure.numbers[anchor]), int(group.numbers[attachment]))
    arms = (group.positions - group.positions[attachment]) @ _turning(outwards, -unit).T
    positions, clash = _least_clash(base.structure, here, group, arms, unit, length)
    joined = merge(base.structure, group.with_positions(positions))
    assert joined.structure.bonds is not None
    bond = [here, len(base.structure) + attachment, 1]
    whole = joined.structure.with_bonds(np.vstack([joined.structure.bonds, bond]))
    return base.then(Edit(whole, joined.origin)), clash


def _place(structure: Structure, anchor: int, hydrogen: int | None) -> np.ndarray:
    """Unit vector `[3]` from the anchor to where the fragment goes."""
    if hydrogen is not None:
        towards = structure.positions[hydrogen] - structure.positions[anchor]
        length = float(np.linalg.norm(towards))
        if length > 0:
            return towards / length
    return free_direction(structure, anchor)


def _group(fragment: Fragment) -> tuple[Structure, int, np.ndarray]:
    """The fragment without the hydrogen that gives way, its attachment and the direction `[3]` of the free bond."""
    whole = fragment.structure.with_bonds(bonds_with_orders(fragment.structure))
    assert whole.bonds is not None
    bonded = neighbours(fragment.attachment, whole.bonds)
    hydrogens = bonded[whole.numbers[bonded] == 1]
    if not len(hydrogens):
        return whole, fragment.attachment, free_direction(whole, fragment.attachment)
    gone = int(hydrogens[0])
    rest = kept(whole, np.delete(np.arange(len(whole)), gone))
    outwards = whole.positions[gone] - whole.positions[fragment.attachment]
    return (
        rest.structure,
        int(np.flatnonzero(rest.origin == fragment.attachment)[0]),
        outwards / np.linalg.norm(outwards),
    )


def _least_clash(
    structure: Structure, anchor: int, group: Structure, arms: np.ndarray, unit: np.ndarray, length: float
) -> tuple[np.ndarray, float]:
    """Positions `[n_group, 3]` after the best turn about the new bond, and their clash."""
    foot = structure.positions[anchor] + length * unit
    reach = np.linalg.norm(arms, axis=1).max() + _REACH
    near = np.flatnonzero(np.linalg.norm(structure.positions - foot, axis=1) < reach)
    near = near[near != anchor]
    turned = [arms @ about_axis(unit, float(turn)).T + foot for turn in _TURNS]
    contact = _CONTACT * (_vdw_radii(group.numbers)[:, None] + _vdw_radii(structure.numbers[near]))
    clashes = [_clash(positions, structure.positions[near], contact) for positions in turned]
    best = int(np.argmin(clashes))
    return turned[best], clashes[best]


def _clash(mine: np.ndarray, theirs: np.ndarray, contact: np.ndarray) -> float:
    """Sum over pairs of (contact / distance)¹², the repulsion of a Lennard-Jones potential in units of its depth."""
    distances = np.linalg.norm(mine[:, None] - theirs[None], axis=-1)
    return float(((contact / np.maximum(distances, 1e-3)) ** 12).sum())


def _vdw_radii(numbers: np.ndarray) -> np.ndarray:
    return np.array([elements.vdw_radius(int(z)) for z in numbers])


def _turning(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Rotation matrix `[3, 3]` that brings one unit vector onto another by the shortest way."""
    axis = np.cross(source, target)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-9:
        axis = np.cross(source, np.eye(3)[np.abs(source).argmin()])
    return about_axis(axis, float(np.degrees(np.arctan2(sine, source @ target))))
