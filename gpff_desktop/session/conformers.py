"""Conformers of a drawn molecule: where the search starts, and which of its ends are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdMolAlign

from gpff_desktop.chemistry.convert import to_rdkit
from gpff_desktop.chemistry.molecules import quiet
from gpff_desktop.session.entry import NO_ATOMS, EditError
from gpff_desktop.session.scaffold import molecule_changed
from gpff_desktop.structure import Structure

_EMBEDDING_SECONDS = 20
_MOST_MATCHES = 1_000
"""Symmetric ways to lay two conformers onto each other that are tried."""


@dataclass(frozen=True)
class Search:
    """How conformers are looked for.

    Parameters
    ----------
    count
        How many starts are relaxed.
    noise
        Start from the structure with normal noise of this many Å; 0 to start from conformers that RDKit embeds.
    apart
        Conformers nearer to each other than this RMSD of the heavy atoms, in Å, count as one.
    seed
        The same seed gives the same starts.
    """

    count: int = 20
    noise: float = 0.0
    apart: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        if self.count < 1 or self.noise < 0 or self.apart < 0:
            raise EditError("a search needs at least one start, and neither noise nor RMSD may be negative")


@dataclass(frozen=True)
class Sifted:
    """What a search found.

    Parameters
    ----------
    kept
        Which results (from 0) are conformers, all different.
    changed
        How many are another molecule by now.
    alike
        How many are like one that is kept.
    reason
        What happened to the first that changed; empty if none did.
    """

    kept: tuple[int, ...]
    changed: int
    alike: int
    reason: str = ""

    @property
    def text(self) -> str:
        """Such as `7 conformers; 2 of 20 changed bonds or stereo, 11 were like another`."""
        total = len(self.kept) + self.changed + self.alike
        found = "1 conformer" if len(self.kept) == 1 else f"{len(self.kept)} conformers"
        parts = [f"{self.changed} changed bonds or stereo ({self.reason})"] if self.changed else []
        parts += [f"{self.alike} were like another"] if self.alike else []
        return f"{found} of {total} starts" + (f"; {', '.join(parts)}" if parts else "")


def starts(structure: Structure, search: Search, locked: frozenset[int] = NO_ATOMS) -> list[Structure]:
    """Where a search starts: copies of a structure with other coordinates.

    Parameters
    ----------
    structure
        A molecule with bonds.
    search
        How to look.
    locked
        Atoms (from 0) that stay; only noise leaves them where they are.

    Raises
    ------
    EditError
        If there are no bonds, fewer than two atoms are free, or RDKit finds no conformer.
    """
    if structure.bonds is None or not len(structure.bonds):
        raise EditError("conformers need bonds to keep; draw the bonds first")
    if len(structure) - len(locked) < 2:
        raise EditError("conformers need at least two free atoms; unlock some")
    if search.noise:
        return _noisy(structure, search, locked)
    if locked:
        raise EditError("locked atoms only stay with a start from noise; choose that, or unlock all atoms")
    return _embedded(structure, search)


def sift(results: Sequence[Structure], reference: Structure, apart: float) -> Sifted:
    """Results that are the reference's molecule still, each at least `apart` Å from those before it.

    Distances are RMSDs of the heavy atoms, symmetric ones exchanged as fits best (of all atoms if three or fewer are
    heavy).
    """
    kept: list[int] = []
    shapes: list[Chem.Mol] = []
    changes, alike = [], 0
    for index, result in enumerate(results):
        if change := molecule_changed(result, reference):
            changes.append(change)
            continue
        shape = _shape(result.with_bonds(reference.bonds))
        if any(_distance(other, shape) < apart for other in shapes):
            alike += 1
        else:
            kept.append(index)
            shapes.append(shape)
    return Sifted(tuple(kept), len(changes), alike, changes[0] if changes else "")


def _noisy(structure: Structure, search: Search, locked: frozenset[int]) -> list[Structure]:
    rng = np.random.default_rng(search.seed)
    free = np.array([atom not in locked for atom in range(len(structure))])[:, None]
    noise = rng.normal(0.0, search.noise, (search.count, len(structure), 3))
    return [structure.with_positions(structure.positions + free * offsets) for offsets in noise]


def _embedded(structure: Structure, search: Search) -> list[Structure]:
    parameters: Any = rdDistGeom.ETKDGv3()
    # RDKit multiplies the seed with the number of the conformer: 0 would make all of them the same.
    parameters.randomSeed, parameters.timeout = search.seed + 1, _EMBEDDING_SECONDS
    with quiet():
        try:
            mol = to_rdkit(structure, sanitize=True)
        except ValueError:
            raise EditError("RDKit cannot read these bonds; mend them or start from noise") from None
        Chem.AssignStereochemistryFrom3D(mol)
        found = list(rdDistGeom.EmbedMultipleConfs(mol, search.count, parameters))
    if not found:
        raise EditError("RDKit found no conformer; start from noise instead")
    return [structure.with_positions(mol.GetConformer(one).GetPositions() + structure.centre) for one in found]


def _shape(structure: Structure) -> Chem.Mol:
    with quiet():
        mol = to_rdkit(structure)
        Chem.SanitizeMol(mol, catchErrors=True)
        heavy = Chem.RemoveHs(mol, sanitize=False)
    return heavy if heavy.GetNumAtoms() > 3 else mol


def _distance(a: Chem.Mol, b: Chem.Mol) -> float:
    # Laid onto each other in place: a copy, so that the next comparison sees the same coordinates.
    return float(rdMolAlign.GetBestRMS(Chem.Mol(b), a, maxMatches=_MOST_MATCHES))
