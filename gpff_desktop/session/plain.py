"""Structures, entries and candidates as plain values that JSON can hold, and back."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gpff_desktop.session.candidates import Candidate
from gpff_desktop.session.entry import Entry, HeldConstraint
from gpff_desktop.session.judgement import Judgement
from gpff_desktop.session.measurements import Measurement
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import Structure

if TYPE_CHECKING:
    from gpff_desktop.engine.steering import Prior

Plain = dict[str, Any]

_PNG = b"\x89PNG\r\n\x1a\n"
_NOTHING = type(None)


def take(values: Any, name: str, *kinds: type) -> Any:
    """One value of a record, if it is of one of these types.

    Raises
    ------
    ValueError
        If it is not, or not there.
    """
    value = values.get(name) if isinstance(values, dict) else None
    if type(value) not in kinds:
        raise ValueError(f"'{name}' is missing or of the wrong kind")
    return value


def free_values(value: Any) -> Any:
    """Any nest of mappings, sequences, arrays, numbers and text, in JSON's own types; what is no number becomes null.

    Raises
    ------
    TypeError
        If there is something else in it.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): free_values(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [free_values(inner) for inner in value]
    if isinstance(value, float):
        return _finite(value)
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} cannot be kept in a session file")


def from_structure(structure: Structure) -> Plain:
    """A structure; its coordinates come back exact to the last bit."""
    return {
        "title": structure.title,
        "numbers": structure.numbers.tolist(),
        "positions": structure.positions.tolist(),
        "bonds": None if structure.bonds is None else structure.bonds.tolist(),
        "properties": {str(key): str(value) for key, value in structure.properties.items()},
    }


def to_structure(values: Any) -> Structure:
    """The structure that `from_structure` wrote.

    Raises
    ------
    ValueError
        If the values are not a structure.
    """
    properties = take(values, "properties", dict)
    if not all(isinstance(text, str) for text in properties.values()):
        raise ValueError("a property is not text")
    bonds = take(values, "bonds", list, _NOTHING)
    return Structure(
        _array(values, "numbers", "i"),
        _array(values, "positions", "if", 3),
        None if bonds is None else _array(values, "bonds", "i", 3),
        take(values, "title", str),
        properties,
    )


def from_trajectory(trajectory: Trajectory | None) -> Plain | None:
    """A trajectory; its frames are little-endian float32 in base64."""
    if trajectory is None:
        return None
    return {
        "title": trajectory.title,
        "numbers": trajectory.numbers.tolist(),
        "frames": len(trajectory),
        "positions": _encoded(trajectory.positions.astype("<f4").tobytes()),
        "sigma": _encoded(trajectory.sigma.astype("<f4").tobytes()),
        "evaluations": trajectory.evaluations.tolist(),
    }


def to_trajectory(values: Any) -> Trajectory | None:
    """The trajectory that `from_trajectory` wrote.

    Raises
    ------
    ValueError
        If the values are not a trajectory.
    """
    if values is None:
        return None
    numbers, n_frames = _array(values, "numbers", "i"), take(values, "frames", int)
    positions, sigma = (np.frombuffer(_decoded(values, name), "<f4") for name in ("positions", "sigma"))
    if n_frames < 1 or len(positions) != 3 * n_frames * len(numbers):
        raise ValueError("the frames of a trajectory are incomplete")
    Structure(numbers, np.zeros((len(numbers), 3)))
    evaluations = _array({"evaluations": [], **values}, "evaluations", "i")
    frames = positions.reshape(n_frames, len(numbers), 3)
    return Trajectory(numbers, frames, sigma, take(values, "title", str), evaluations)


def from_entry(entry: Entry) -> Plain:
    """An open structure with its marks; its key is not kept."""
    return {
        "name": entry.name,
        "structure": from_structure(entry.structure),
        "selected": sorted(entry.selected),
        "locked": sorted(entry.locked),
        "measurements": [list(measurement.atoms) for measurement in entry.measurements],
        "keeps_bonds": entry.keeps_bonds,
        "source": None if entry.source is None else str(entry.source),
        "trajectory": from_trajectory(entry.trajectory),
        "constraints": [{"on": held.on, "constraint": held.constraint.to_dict()} for held in entry.constraints],
        "prior": None if entry.prior is None else entry.prior.to_dict(),
    }


def to_entry(key: int, values: Any) -> Entry:
    """The entry that `from_entry` wrote, under a key.

    Raises
    ------
    ValueError
        If the values are not an entry, or a mark is on an atom that is not there.
    """
    structure = to_structure(take(values, "structure", dict))
    measured = take(values, "measurements", list)
    source = take(values, "source", str, _NOTHING)
    return Entry(
        key,
        structure,
        take(values, "name", str),
        selected=frozenset(_atoms(take(values, "selected", list), structure)),
        locked=frozenset(_atoms(take(values, "locked", list), structure)),
        measurements=tuple(Measurement(_atoms(atoms, structure)) for atoms in measured),
        keeps_bonds=take(values, "keeps_bonds", bool),
        trajectory=to_trajectory(values.get("trajectory")),
        source=None if source is None else Path(source),
        constraints=_constraints(take({"constraints": [], **values}, "constraints", list), structure),
        prior=_prior(take(values, "prior", dict, _NOTHING)),
    )


def _constraints(records: list[Any], structure: Structure) -> tuple[HeldConstraint, ...]:
    if not records:
        return ()
    # Loads torch, for which sessions without constraints do not wait.
    from gpff_desktop.engine.steering import Constraint

    found = []
    for record in records:
        constraint = Constraint.from_dict(take(record, "constraint", dict))
        _atoms(list(constraint.named()), structure)
        found.append(HeldConstraint(constraint, take(record, "on", bool)))
    return tuple(found)


def _prior(values: Plain | None) -> Prior | None:
    if values is None:
        return None
    from gpff_desktop.engine.steering import Prior

    return Prior.from_dict(values)


def from_candidate(candidate: Candidate) -> Plain:
    """A candidate with all that is known of it; its key is not kept."""
    return {
        "run": candidate.run,
        "starred": candidate.starred,
        "rmsd_to_start": _finite(candidate.rmsd_to_start),
        "lock_drift": _finite(candidate.lock_drift),
        "structure": from_structure(candidate.structure),
        "judgement": None if candidate.judgement is None else _from_judgement(candidate.judgement),
        "trajectory": from_trajectory(candidate.trajectory),
    }


def to_candidate(key: int, values: Any) -> Candidate:
    """The candidate that `from_candidate` wrote, under a key.

    Raises
    ------
    ValueError
        If the values are not a candidate.
    """
    structure = to_structure(take(values, "structure", dict))
    judgement = take(values, "judgement", dict, _NOTHING)
    return Candidate(
        key,
        structure,
        None if judgement is None else _to_judgement(judgement, structure),
        starred=take(values, "starred", bool),
        rmsd_to_start=_number(values, "rmsd_to_start"),
        lock_drift=_number(values, "lock_drift"),
        trajectory=to_trajectory(values.get("trajectory")),
        run=take(values, "run", str),
    )


def _from_judgement(judgement: Judgement) -> Plain:
    return {
        "valid": judgement.valid,
        "smiles": judgement.smiles,
        "reason": judgement.reason,
        "bonds": judgement.bonds.tolist(),
        "picture": _encoded(judgement.picture),
        "strain": _finite(judgement.strain),
        "novel": judgement.novel,
        "loss": judgement.loss,
    }


def _to_judgement(values: Any, structure: Structure) -> Judgement:
    picture = _decoded(values, "picture")
    if picture and not picture.startswith(_PNG):
        raise ValueError("the picture of a molecule is not a PNG")
    return Judgement(
        valid=take(values, "valid", bool),
        smiles=take(values, "smiles", str),
        reason=take(values, "reason", str),
        bonds=np.array(structure.with_bonds(_array(values, "bonds", "i", 3)).bonds),
        picture=picture,
        strain=_number(values, "strain"),
        novel=take(values, "novel", bool, _NOTHING),
        loss=take({"loss": None, **values}, "loss", str, _NOTHING),
    )


def _array(values: Any, name: str, kinds: str, *tail: int) -> np.ndarray:
    rows = take(values, name, list)
    array = np.asarray(rows) if rows else np.empty((0, *tail), dtype=np.int64)
    if array.dtype.kind not in kinds or array.shape[1:] != tail:
        raise ValueError(f"'{name}' does not hold the numbers it should")
    return array


def _atoms(values: Any, structure: Structure) -> tuple[int, ...]:
    if type(values) is not list or not all(type(atom) is int and 0 <= atom < len(structure) for atom in values):
        raise ValueError(f"a mark is on an atom that is not among the {len(structure)}")
    return tuple(values)


def _number(values: Any, name: str) -> float | None:
    number = take(values, name, int, float, _NOTHING)
    if number is not None and not math.isfinite(number):
        raise ValueError(f"'{name}' is not a number")
    return None if number is None else float(number)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(values: Any, name: str) -> bytes:
    return base64.b64decode(take(values, name, str), validate=True)
