"""Growing on a scaffold: which compositions to try, and where a conformer may start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpff_desktop import elements
from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.chemistry.building.valences import highest_valence
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


def growth_odds(
    card: ModelCard, kept: Structure, up_to_heavy: int = 4, open_valences: int | None = None
) -> dict[str, float]:
    """Whole formulas that hold the kept atoms and up to `up_to_heavy` heavy ones more, with their odds.

    Parameters
    ----------
    card
        Card of the model that is to grow.
    kept
        The locked atoms.
    up_to_heavy
        Most heavy atoms to add; at least one is.
    open_valences
        Bonds that the kept atoms have to give, such as those of hydrogens given up: only what can be bonded to them
        with no electron left over is counted in. `None` if that is not known.

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
        if there - whole or not 1 <= heavy <= up_to_heavy or added.total() < 2:
            continue
        if open_valences is None or _can_be_bonded(added, open_valences):
            fitting[formula] = weight
    if not fitting:
        raise RequestError(
            f"model '{card.name}' knows no composition that adds up to {up_to_heavy} heavy atoms to {kept.formula}; "
            "name a formula instead"
        )
    total = sum(fitting.values())
    return {formula: weight / total for formula, weight in sorted(fitting.items(), key=lambda item: -item[1])}


def drawn(odds: Mapping[str, float], n: int, seed: int) -> list[str]:
    """Up to `n` different formulas drawn by their odds, in the order of these; the same seed draws the same ones."""
    formulas, chances = list(odds), np.array(list(odds.values()))
    chosen = np.random.default_rng(seed).choice(len(formulas), min(n, len(formulas)), replace=False, p=chances)
    return [formulas[k] for k in sorted(chosen)]


def growth_requests(
    card: ModelCard,
    scaffold: Structure,
    locked: Sequence[int],
    up_to_heavy: int = 4,
    n: int = 8,
    seed: int = 0,
    open_valences: int | None = None,
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
    open_valences
        See `growth_odds`.
    options
        Further values of the requests, such as `count`, `nfe` or `constraints`.

    Raises
    ------
    RequestError
        If nothing fits, or a request contradicts itself.
    """
    kept = Structure(scaffold.numbers[sorted(set(locked))], scaffold.positions[sorted(set(locked))])
    odds = growth_odds(card, kept, up_to_heavy, open_valences)
    suggestions = []
    for formula in drawn(odds, n, seed):
        request = GenerationRequest(formula, scaffold=scaffold, locked=tuple(locked), seed=seed, **options)
        suggestions.append(Suggestion(request, elements.formula(request.added().tolist()), odds[formula]))
    return suggestions


def _can_be_bonded(added: Counter[int], open_valences: int) -> bool:
    """Whether atoms can be bonded to so many open valences: few enough hydrogens, and an even number of loose ends."""
    heavy = sum(count * (highest_valence(z) - 2) for z, count in added.items() if z != 1)
    most = heavy + open_valences
    return added[1] <= most and (most - added[1]) % 2 == 0


def conformer_prior(smiles: str, sigma: float = 0.3, centre: Sequence[float] = (0.0, 0.0, 0.0)) -> FromStructure:
    """A conformer of a SMILES around `centre` (Å), to start from with noise of `sigma` (Å).

    Raises
    ------
    ValueError
        If the SMILES cannot be read, or sigma is negative.
    """
    conformer = from_smiles(smiles).centred()
    return FromStructure.of(conformer.with_positions(conformer.positions + np.asarray(centre)), sigma)
