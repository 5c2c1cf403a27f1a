"""Generated candidates and what is known of each, in the order in which they came."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from psygnal import Signal

from gpff_desktop.chemistry.metrics import rmsd
from gpff_desktop.session.constraint_values import DEVIATION_KEY
from gpff_desktop.session.judgement import Judgement
from gpff_desktop.session.scaffold import Scaffold
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import Structure

SIGMA_KEY = "GPFF_sigma"
ENERGY_KEY = "GPFF_energy"


@dataclass(frozen=True)
class Candidate:
    """A generated structure and what is known of it.

    Parameters
    ----------
    key
        Names the candidate as long as its list lives; a later one has a larger key.
    structure
        As generated; bonds that it did not have are those that the judge perceived.
    judgement
        `None` until the judge has answered.
    starred
        Whether the user has marked it.
    rmsd_to_start
        How far the run moved the atoms, in Å; `None` if it did not start from the same atoms.
    lock_drift
        The furthest that a locked atom moved, in Å; `None` if nothing was locked.
    trajectory
        The steps that led to it, if they were kept.
    run
        What the run is called.
    scaffold
        What it was to keep, for the judge.
    """

    key: int
    structure: Structure
    judgement: Judgement | None = None
    starred: bool = False
    rmsd_to_start: float | None = None
    lock_drift: float | None = None
    trajectory: Trajectory | None = None
    run: str = ""
    scaffold: Scaffold | None = None

    @property
    def sigma(self) -> float | None:
        """Noise that the last pseudo-forces showed, in Å; `None` if the structure was not generated."""
        return _number(self.structure.properties.get(SIGMA_KEY, ""))

    @property
    def energy(self) -> float | None:
        """Pseudo-energy in Å² that the run noted; `None` if it noted none."""
        return _number(self.structure.properties.get(ENERGY_KEY, ""))

    @property
    def deviation(self) -> str:
        """How far it is from the constraints of its run, such as `0.0004 Å, 0.02°`; empty if it had none."""
        return self.structure.properties.get(DEVIATION_KEY, "")

    @property
    def valid(self) -> bool:
        """Whether the judge found it valid; False while that is not known."""
        return self.judgement is not None and self.judgement.valid


class CandidateList:
    """The candidates of all runs. Knows no window; whoever shows it listens to its events.

    Attributes
    ----------
    added
        psygnal event with the keys of new candidates, as a tuple.
    updated
        psygnal event with the key of one of which something else is known now.
    removed
        psygnal event with the keys of those that are gone, as a tuple.
    """

    added = Signal(tuple)
    updated = Signal(int)
    removed = Signal(tuple)

    def __init__(self) -> None:
        self._candidates: dict[int, Candidate] = {}
        self._keys = count(1)
        self._alike: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self._candidates)

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._candidates.values())

    def __contains__(self, key: object) -> bool:
        return key in self._candidates

    def __getitem__(self, key: int) -> Candidate:
        return self._candidates[key]

    def add(
        self,
        structures: Iterable[Structure],
        run: str = "",
        trajectories: Sequence[Trajectory | None] | None = None,
        starts: Sequence[Structure | None] | None = None,
        locked: Iterable[int] | None = None,
        scaffold: Scaffold | None = None,
    ) -> list[int]:
        """Append what a run found. Returns the keys.

        Parameters
        ----------
        structures
            The candidates.
        run
            What the run is called.
        trajectories
            The steps that led to each.
        starts
            What each started from; where only its first atoms were given (a scaffold), those.
        locked
            Atoms, counted from 0 in candidates and starts alike, that had to stay.
        scaffold
            What they are to keep; the judge looks whether they did.

        Raises
        ------
        ValueError
            If there are not as many trajectories or starts as structures.
        """
        found, kept = list(structures), frozenset(locked or ())
        nothing = [None] * len(found)
        rows = zip(
            found,
            nothing if trajectories is None else trajectories,
            nothing if starts is None else starts,
            strict=True,
        )
        return self._append([replace(_candidate(*row, kept, run), scaffold=scaffold) for row in rows])

    def restore(self, candidates: Iterable[Candidate]) -> list[int]:
        """Append candidates read from a file, with all that is known of them. Returns their new keys."""
        return self._append(candidates)

    def set_judgement(self, key: int, judgement: Judgement) -> None:
        """Note what the judge said; nothing happens if the candidate is gone by now."""
        if key not in self._candidates:
            return
        others = self._forget_smiles(key)
        self._candidates[key] = replace(_bonded(self[key], judgement), judgement=judgement)
        others |= self._note_smiles(key)
        self._tell_of([key, *sorted(others)])

    def star(self, key: int, on: bool = True) -> None:
        """Mark a candidate, or take the mark away.

        Raises
        ------
        KeyError
            If there is none with this key.
        """
        if self[key].starred != on:
            self._candidates[key] = replace(self[key], starred=on)
            self._tell_of([key])

    def remove(self, keys: Iterable[int]) -> None:
        """Take candidates off the list; keys that are not on it do not matter."""
        gone = tuple(key for key in dict.fromkeys(keys) if key in self._candidates)
        others: set[int] = set()
        for key in gone:
            others |= self._forget_smiles(key)
            del self._candidates[key]
        if gone:
            self.removed.emit(gone)
        self._tell_of(sorted(others))

    def clear(self) -> None:
        """Take all candidates off the list."""
        gone = tuple(self._candidates)
        self._candidates.clear()
        self._alike.clear()
        if gone:
            self.removed.emit(gone)

    def duplicate_of(self, key: int) -> int | None:
        """The key of the first valid candidate with the same SMILES, if that came earlier.

        Raises
        ------
        KeyError
            If there is no candidate with this key.
        """
        smiles = _smiles(self[key])
        first = self._alike[smiles][0] if smiles else key
        return first if first != key else None

    def summary(self) -> str:
        """How many candidates there are, and how many of them are valid, unique and, if that is known, new."""
        if not self:
            return "No candidates yet"
        judged = [candidate.judgement for candidate in self if candidate.judgement]
        valid = sum(judgement.valid for judgement in judged)
        share = f" ({100 * valid / len(judged):.0f} %)" if judged else ""
        parts = [_counted(len(self)), f"{valid} valid{share}", f"{len(self._alike)} unique"]
        if any(judgement.novel is not None for judgement in judged):
            parts.append(f"{len({judgement.smiles for judgement in judged if judgement.novel})} new")
        return " · ".join(parts)

    def _append(self, candidates: Iterable[Candidate]) -> list[int]:
        keys = []
        for candidate in candidates:
            key = next(self._keys)
            self._candidates[key] = replace(candidate, key=key)
            self._note_smiles(key)
            keys.append(key)
        if keys:
            self.added.emit(tuple(keys))
        return keys

    def _note_smiles(self, key: int) -> set[int]:
        """Enter a candidate among those alike; where it comes first, the keys of those that now repeat it."""
        smiles = _smiles(self[key])
        if not smiles:
            return set()
        alike = self._alike.setdefault(smiles, [])
        insort(alike, key)
        return set(alike[1:]) if alike[0] == key else set()

    def _forget_smiles(self, key: int) -> set[int]:
        """Take a candidate from among those alike; where it came first, the keys of those that repeated it."""
        smiles = _smiles(self[key])
        if not smiles:
            return set()
        alike = self._alike[smiles]
        was_first = alike[0] == key
        alike.remove(key)
        if not alike:
            del self._alike[smiles]
        return set(alike) if was_first else set()

    def _tell_of(self, keys: Iterable[int]) -> None:
        for key in keys:
            if key in self._candidates:
                self.updated.emit(key)


def rmsd_to_start(structure: Structure, start: Structure, locked: frozenset[int] = frozenset()) -> float | None:
    """How far atoms have moved, in Å; `None` if the two do not have the same atoms.

    Without locks the start is first laid onto the structure as well as possible (a run may turn a molecule as it
    likes); locked atoms hold it in place.
    """
    if not len(structure) or not np.array_equal(structure.numbers, start.numbers):
        return None
    return rmsd(structure, start, align=not locked)


def lock_drift(structure: Structure, start: Structure, locked: frozenset[int]) -> float | None:
    """The furthest that a locked atom (counted from 0 in both) moved, in Å; `None` if none is locked.

    Raises
    ------
    ValueError
        If a locked atom is not in both structures, or is not the same element.
    """
    if not locked:
        return None
    atoms, n_atoms = sorted(locked), min(len(structure), len(start))
    if atoms[0] < 0 or atoms[-1] >= n_atoms or not np.array_equal(structure.numbers[atoms], start.numbers[atoms]):
        raise ValueError("the locked atoms of the start are not those of the candidate")
    return float(np.linalg.norm(structure.positions[atoms] - start.positions[atoms], axis=1).max())


def _candidate(
    structure: Structure, trajectory: Trajectory | None, start: Structure | None, locked: frozenset[int], run: str
) -> Candidate:
    return Candidate(
        key=0,
        structure=structure,
        rmsd_to_start=rmsd_to_start(structure, start, locked) if start is not None else None,
        lock_drift=lock_drift(structure, start, locked) if start is not None else None,
        trajectory=trajectory,
        run=run,
    )


def _bonded(candidate: Candidate, judgement: Judgement) -> Candidate:
    structure = candidate.structure
    return replace(candidate, structure=structure.with_bonds(judgement.bonds)) if structure.bonds is None else candidate


def _smiles(candidate: Candidate) -> str:
    return candidate.judgement.smiles if candidate.judgement and candidate.judgement.valid else ""


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _counted(number: int) -> str:
    return "1 candidate" if number == 1 else f"{number} candidates"
