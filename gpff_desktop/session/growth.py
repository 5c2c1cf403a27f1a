"""Growing on a scaffold: which compositions to try, where a conformer may start, and whether the scaffold survived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rdkit import Chem

from gpff_desktop import elements
from gpff_desktop.chemistry.bonds import perceive_bonds
from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.chemistry.molecules import bonded_mol, quiet
from gpff_desktop.engine.checkpoint import ModelCard
from gpff_desktop.engine.steering import FromStructure
from gpff_desktop.session.requests import GenerationRequest, RequestError
from gpff_desktop.structure import Structure

COUNTS = "composition_counts"
"""Key of a card's `data` under which a model may say how often each formula occurs in its training set."""


@dataclass(frozen=True)
class Suggestion:
    """A composition to try on a scaffold.

    Parameters
    ----------
    request
        The run that tries it.
    added
        Formula of what it places beside the locked atoms.
    odds
        How likely it is among all compositions that fit, from 0 to 1.
    """

    request: GenerationRequest
    added: str
    odds: float


def composition_weights(card: ModelCard) -> dict[str, float]:
    """How often formulas occur in the training set, relative to each other.

    Counts come from the card's data where it has them. Else the order of its compositions, most frequent first,
    stands for them by Zipf's law: the weight of the k-th is 1/k.
    """
    counts = card.data.get(COUNTS)
    if isinstance(counts, Mapping) and counts:
        return {str(formula): float(count) for formula, count in counts.items() if float(count) > 0}
    return {formula: 1 / rank for rank, formula in enumerate(card.compositions, start=1)}


def growth_odds(card: ModelCard, kept: Structure, up_to_heavy: int = 4) -> dict[str, float]:
    """Whole formulas that hold the kept atoms and up to `up_to_heavy` heavy ones more, with their odds.

    Parameters
    ----------
    card
        Card of the model that is to grow.
    kept
        The locked atoms.
    up_to_heavy
        Most heavy atoms to add; at least one is.

    Raises
    ------
    RequestError
        If nothing that the model was trained on fits.
    """
    if up_to_heavy < 1:
        raise RequestError("growing needs at least one heavy atom to add")
    there = Counter(kept.numbers.tolist())
    fitting = {}
    for formula, weight in composition_weights(card).items():
        whole = Counter(elements.parse_formula(formula).tolist())
        added = whole - there
        heavy = sum(count for z, count in added.items() if z != 1)
        if not there - whole and 1 <= heavy <= up_to_heavy and added.total() >= 2:
            fitting[formula] = weight
    if not fitting:
        raise RequestError(
            f"model '{card.name}' knows no composition that adds up to {up_to_heavy} heavy atoms to {kept.formula}; "
            "name a formula instead"
        )
    total = sum(fitting.values())
    return {formula: weight / total for formula, weight in sorted(fitting.items(), key=lambda item: -item[1])}


def growth_requests(
    card: ModelCard,
    scaffold: Structure,
    locked: Sequence[int],
    up_to_heavy: int = 4,
    n: int = 8,
    seed: int = 0,
    **options: Any,
) -> list[Suggestion]:
    """Up to `n` different compositions to grow on a scaffold, drawn by their odds; likely ones come first.

    Parameters
    ----------
    card
        Card of the model that is to grow.
    scaffold
        Structure whose locked atoms are kept.
    locked
        Indices (from 0) of those.
    up_to_heavy
        Most heavy atoms to add.
    n
        How many compositions.
    seed
        The same seed draws the same ones; also the seed of the runs.
    options
        Further values of the requests, such as `count`, `nfe` or `constraints`.

    Raises
    ------
    RequestError
        If nothing fits, or a request contradicts itself.
    """
    kept = Structure(scaffold.numbers[sorted(set(locked))], scaffold.positions[sorted(set(locked))])
    odds = growth_odds(card, kept, up_to_heavy)
    formulas = list(odds)
    chances = np.array(list(odds.values()))
    drawn = np.random.default_rng(seed).choice(len(formulas), min(n, len(formulas)), replace=False, p=chances)
    suggestions = []
    for formula in (formulas[k] for k in sorted(drawn)):
        request = GenerationRequest(formula, scaffold=scaffold, locked=tuple(locked), seed=seed, **options)
        suggestions.append(Suggestion(request, elements.formula(request.added().tolist()), odds[formula]))
    return suggestions


def conformer_prior(smiles: str, sigma: float = 0.3, centre: Sequence[float] = (0.0, 0.0, 0.0)) -> FromStructure:
    """A conformer of a SMILES around `centre` (Å), to start from with noise of `sigma` (Å).

    Raises
    ------
    ValueError
        If the SMILES cannot be read, or sigma is negative.
    """
    conformer = from_smiles(smiles).centred()
    return FromStructure.of(conformer.with_positions(conformer.positions + np.asarray(centre)), sigma)


def scaffold_kept(structure: Structure, scaffold: Structure, locked: Sequence[int]) -> str:
    """Why a scaffold did not survive growing; empty if its bonds and stereo did.

    Locked atoms must be bonded as they were, none more and none less (orders aside: growing conjugates). As they do
    not move, stereo among them can only be lost with a centre's fourth neighbour or with a double bond.

    Parameters
    ----------
    structure
        Result of a run; its first atoms are the locked ones, in the order of the scaffold.
    scaffold
        What it was grown on; its bonds are perceived if it has none.
    locked
        Indices (from 0) of the scaffold's atoms that were locked.
    """
    kept = sorted(set(locked))
    old = _bonded_mol(scaffold, scaffold.bonds)
    new = _bonded_mol(structure, None)
    before, after = _pairs(old, kept), _pairs(new, range(len(kept)))
    for i, j in sorted(before ^ after):
        happened = "a bond was lost" if (i, j) in before else "a bond was made"
        return f"{happened} between atoms {i + 1} and {j + 1} of the scaffold"
    return _lost_stereo(old, new, kept)


def _bonded_mol(structure: Structure, bonds: np.ndarray | None) -> Chem.Mol:
    with quiet():
        mol = bonded_mol(structure, perceive_bonds(structure) if bonds is None else bonds)
        Chem.SanitizeMol(mol, catchErrors=True)
        Chem.AssignStereochemistryFrom3D(mol)
    return mol


def _pairs(mol: Chem.Mol, atoms: Sequence[int]) -> set[tuple[int, int]]:
    """Bonded pairs of some atoms, by their places in the list."""
    return {(i, j) for j in range(len(atoms)) for i in range(j) if mol.GetBondBetweenAtoms(atoms[i], atoms[j])}


def _lost_stereo(old: Chem.Mol, new: Chem.Mol, kept: Sequence[int]) -> str:
    place = {atom: k for k, atom in enumerate(kept)}
    for atom in old.GetAtoms():
        held = sum(neighbour.GetIdx() in place for neighbour in atom.GetNeighbors())
        centre = atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED and atom.GetIdx() in place and held >= 3
        if centre and new.GetAtomWithIdx(place[atom.GetIdx()]).GetDegree() != 4:
            return f"the stereocentre at atom {place[atom.GetIdx()] + 1} of the scaffold was lost"
    for bond in old.GetBonds():
        i, j = place.get(bond.GetBeginAtomIdx(), -1), place.get(bond.GetEndAtomIdx(), -1)
        if bond.GetStereo() <= Chem.BondStereo.STEREOANY or min(i, j) < 0:
            continue
        if new.GetBondBetweenAtoms(i, j).GetBondType() == Chem.BondType.SINGLE:
            return f"the double bond between atoms {i + 1} and {j + 1} of the scaffold, and its stereo, was lost"
    return ""
