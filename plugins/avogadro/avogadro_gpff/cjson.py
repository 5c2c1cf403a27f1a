"""Molecules between Avogadro's Chemical JSON and the messages of the bridge. Coordinates are in Å, atoms from 0."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

Structure = Mapping[str, Any]
"""A structure as the bridge's messages have it."""


class MoleculeError(ValueError):
    """A molecule that cannot be used; the message is one line."""


def as_structure(cjson: Mapping[str, Any]) -> Structure:
    """The structure in a Chemical JSON.

    Raises
    ------
    MoleculeError
        If it holds no atoms with coordinates.
    """
    atoms = cjson.get("atoms") or {}
    numbers = (atoms.get("elements") or {}).get("number") or []
    flat = (atoms.get("coords") or {}).get("3d") or []
    if not numbers or len(flat) != 3 * len(numbers):
        raise MoleculeError("there is no molecule with coordinates; draw or open one")
    return {
        "elements": list(numbers),
        "coordinates": [flat[k : k + 3] for k in range(0, len(flat), 3)],
        "bonds": _bonds(cjson),
        "title": cjson.get("name", ""),
    }


def selected_atoms(message: Mapping[str, Any]) -> list[int]:
    """The atoms that are selected, in whichever of its ways a version of Avogadro says so."""
    for name in ("selectedAtoms", "selectedatoms"):
        if message.get(name):
            return sorted(int(atom) for atom in message[name])
    flags = (message.get("cjson", {}).get("atoms") or {}).get("selected") or []
    return [atom for atom, flag in enumerate(flags) if flag]


def moved(cjson: Mapping[str, Any], structure: Structure, frames: Sequence[Any] = ()) -> dict[str, Any]:
    """The same molecule at a structure's coordinates, perhaps with the frames that lead there."""
    changed = copy.deepcopy(dict(cjson))
    coords = changed["atoms"]["coords"]
    coords["3d"] = _flat(structure["coordinates"])
    coords.pop("3dSets", None)
    if frames:
        coords["3dSets"] = [_flat(frame) for frame in frames]
    return changed


def new(structure: Structure) -> dict[str, Any]:
    """A Chemical JSON of a structure."""
    bonds = structure["bonds"] or []
    return {
        "chemicalJson": 1,
        "name": structure["title"],
        "atoms": {
            "elements": {"number": structure["numbers"]},
            "coords": {"3d": _flat(structure["coordinates"])},
        },
        "bonds": {
            "connections": {"index": [end for first, second, _ in bonds for end in (first, second)]},
            "order": [order for *_, order in bonds],
        },
    }


def _bonds(cjson: Mapping[str, Any]) -> list[list[int]] | None:
    bonds = cjson.get("bonds") or {}
    ends = (bonds.get("connections") or {}).get("index") or []
    orders = bonds.get("order") or [1] * (len(ends) // 2)
    return [[*pair, order] for *pair, order in zip(ends[::2], ends[1::2], orders, strict=True)] or None


def _flat(places: Sequence[Sequence[float]]) -> list[float]:
    return list(chain.from_iterable(places))
