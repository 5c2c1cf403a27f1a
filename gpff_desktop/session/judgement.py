"""What is said about a candidate. Runs in a process of its own: RDKit would hold up the window."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from gpff_desktop.chemistry.bonds import perceive_bonds
from gpff_desktop.chemistry.convert import depict
from gpff_desktop.chemistry.judge import judge
from gpff_desktop.chemistry.known import KnownMoleculesError, read_known
from gpff_desktop.chemistry.metrics import mmff_strain
from gpff_desktop.session.scaffold import Scaffold
from gpff_desktop.structure import Structure

PICTURE_SIZE = (112, 64)
LARGEST_STRAINED = 150
"""Above this many atoms no strain is computed: minimising would hold up the candidates behind."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """Validity of a candidate, its quality and how to draw it.

    Parameters
    ----------
    valid, smiles, reason
        As the judge of validity puts it; `smiles` is empty if there is none.
    bonds
        Perceived bonds `[n_bonds, 3]`.
    picture
        A 2D depiction as PNG, drawn at twice `PICTURE_SIZE`; empty if there is none.
    strain
        What MMFF94 gains on minimising it, in kcal/mol; `None` if it is not valid, too large or has no parameters.
    novel
        Whether the molecule is not in a reference set; `None` if it is not valid or there is no such set.
    loss
        What it lost of the scaffold it was grown on, empty if nothing; `None` if there is no scaffold.
    """

    valid: bool
    smiles: str = ""
    reason: str = ""
    bonds: np.ndarray = field(default_factory=lambda: np.empty((0, 3), dtype=np.int64))
    picture: bytes = b""
    strain: float | None = None
    novel: bool | None = None
    loss: str | None = None

    def against(self, known: AbstractSet[str] | None) -> Judgement:
        """The judgement with `novel` told by the canonical SMILES of the molecules that are not new."""
        return replace(self, novel=None if known is None or not self.valid else self.smiles not in known)


def judge_structure(structure: Structure, time_limit: float = 5.0) -> Judgement:
    """Judge a structure from its coordinates alone.

    Parameters
    ----------
    structure
        What to judge; bonds it may carry are ignored.
    time_limit
        Most seconds for the search for bond orders, see `chemistry.judge`. Strain and picture are bounded by size.
    """
    verdict = judge(structure, time_limit)
    bonds, smiles = perceive_bonds(structure), verdict.smiles or ""
    strain = _strain(structure.with_bonds(bonds)) if verdict.valid else None
    return Judgement(verdict.valid, smiles, verdict.reason, bonds, _picture(smiles), strain)


def judge_arrays(numbers: np.ndarray, positions: np.ndarray, time_limit: float = 5.0) -> Judgement:
    """Judge the structure with these atomic numbers `[n_atoms]` and positions `[n_atoms, 3]` in Å."""
    return judge_structure(Structure(numbers, positions), time_limit)


def judge_candidate(
    numbers: np.ndarray, positions: np.ndarray, known: Path | None = None, scaffold: Scaffold | None = None
) -> Judgement:
    """Judge as `judge_arrays` does, and tell whether the molecule is new and its scaffold still there.

    Parameters
    ----------
    numbers, positions
        Atomic numbers `[n_atoms]` and positions `[n_atoms, 3]` in Å.
    known
        List of the molecules that are not new, see `chemistry.known`; it is read once in the life of the process. One
        that cannot be read is as good as none.
    scaffold
        What had to stay; its atoms come first.
    """
    judged = judge_arrays(numbers, positions).against(_known_molecules(known) if known else None)
    return replace(judged, loss=scaffold.loss(Structure(numbers, positions))) if scaffold else judged


@dataclass(frozen=True)
class Opinion:
    """A verdict without anything that takes long: `valid`, the reason why not, and the SMILES."""

    valid: bool
    reason: str
    smiles: str


def judge_quickly(numbers: np.ndarray, positions: np.ndarray, time_limit: float = 0.5) -> Opinion:
    """Say whether atoms with numbers `[n_atoms]` at positions `[n_atoms, 3]` in Å are a valid molecule."""
    verdict = judge(Structure(numbers, positions), time_limit)
    return Opinion(verdict.valid, verdict.reason, verdict.smiles or "")


@lru_cache(maxsize=2)
def _known_molecules(path: Path) -> frozenset[str] | None:
    try:
        return read_known(path)
    except KnownMoleculesError:
        return None


def _strain(structure: Structure) -> float | None:
    found = mmff_strain(structure) if len(structure) <= LARGEST_STRAINED else None
    return found.energy if found else None


def _picture(smiles: str) -> bytes:
    width, height = PICTURE_SIZE
    try:
        return depict(smiles, (2 * width, 2 * height)) if smiles else b""
    except ValueError:
        return b""
