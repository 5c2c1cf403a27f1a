"""How good a model is: one structure for each of many compositions, by sampler and budget, judged like the data."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gpff_desktop.chemistry.judge import judge_all
from gpff_desktop.chemistry.metrics import Summary, summarise
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.priors import Noise, candidate_seeds, gaussian
from gpff_desktop.engine.samplers import Step, sample, sampler
from gpff_desktop.session.defaults import Defaults, chosen
from gpff_desktop.structure import Structure

DATA_ROW = "data"
_MOLECULES_AT_ONCE = 250
_WORTH_PROCESSES = 10_000


@dataclass(frozen=True)
class Row:
    """What one sampler made of one budget; shares are fractions from 0 to 1.

    Parameters
    ----------
    sampler
        The sampler, or `data` for the score of the data itself.
    nfe
        Network evaluations for each molecule; 0 for the data.
    count
        Molecules.
    valid
        Share that passes the judge.
    unique
        Share of distinct molecules among the valid.
    novel
        Share of the distinct molecules that is not in the reference set; `None` without one.
    atom_stability, molecule_stability
        Shares of stable atoms and of stable molecules by EDM's bond table.
    sigma
        Mean noise level left in Å; `None` for the data.
    seconds
        Wall time of the sampling; `None` for the data.
    start_width, noise
        Width of the starting clouds and λ in Å, `None` where the sampler has none.
    """

    sampler: str
    nfe: int
    count: int
    valid: float
    unique: float
    novel: float | None
    atom_stability: float
    molecule_stability: float
    sigma: float | None = None
    seconds: float | None = None
    start_width: float | None = None
    noise: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values by name."""
        return asdict(self)


def evaluate(
    field: PseudoForceField,
    dataset: PackedDataset,
    *,
    count: int,
    seed: int,
    samplers: Sequence[str],
    budgets: Sequence[int],
    reference_smiles: AbstractSet[str] | None = None,
    overrides: Mapping[str, float] | None = None,
    skip: Collection[tuple[str, int]] = (),
) -> Iterator[Row]:
    """Measure samplers at budgets of network evaluations, one row each, computed as the caller asks for it.

    All rows start from the same compositions with the same seeds, and only the compositions are taken from the
    data. Molecules are sampled 250 at a time, so that memory does not grow with `count`.

    Parameters
    ----------
    field
        The model.
    dataset
        Where the compositions come from.
    count
        Number of structures, one for each of as many entries of the data.
    seed
        Chooses the entries and the noise.
    samplers, budgets
        What to measure: every sampler at every number of network evaluations.
    reference_smiles
        SMILES of the molecules that are not new.
    overrides
        `start_width` and values of `SamplerSettings` to use instead of the model's defaults.
    skip
        Pairs of sampler and budget to leave out.

    Raises
    ------
    ValueError
        If the data hold fewer entries than asked for, a sampler is unknown, a budget is smaller than 1 or an
        override is out of range; before anything is computed.
    DomainError
        If the data hold something that the model does not know.
    """
    numbers = [item.numbers for item in chosen_structures(dataset, count, seed, field)]
    wanted = [(name, nfe) for name in samplers for nfe in budgets if (name, nfe) not in skip]
    if any(nfe < 1 for nfe in budgets):
        raise ValueError("the NFE budget must be at least 1")
    changes: dict[str, Any] = dict(overrides or {})
    choices = {(name, nfe): chosen(field.card, name, nfe, **changes) for name, nfe in wanted}
    return (_row(field, numbers, seed, name, nfe, choices[name, nfe], reference_smiles) for name, nfe in wanted)


def reference_row(
    dataset: PackedDataset, *, count: int, seed: int, reference_smiles: AbstractSet[str] | None = None
) -> Row:
    """The score of the data itself, for the very entries that `evaluate` takes: what a perfect model reaches."""
    summary = summarise(chosen_structures(dataset, count, seed), reference=reference_smiles)
    return Row(DATA_ROW, 0, count, **_shares(summary))


def chosen_structures(
    dataset: PackedDataset, count: int, seed: int, field: PseudoForceField | None = None
) -> list[Structure]:
    """`count` entries evenly spread over a data set, one at random from each stretch of it.

    Raises
    ------
    ValueError
        If the data hold fewer, or something that the field does not know.
    """
    if count < 1:
        raise ValueError("the count must be at least 1")
    if count > len(dataset):
        raise ValueError(f"the data set holds {len(dataset)} structures, {count} are asked for; lower the count")
    offsets = np.random.default_rng(seed).random(count)
    indices = ((np.arange(count) + offsets) * len(dataset) / count).astype(np.int64)
    structures = [dataset.structure(int(index)) for index in np.minimum(indices, len(dataset) - 1)]
    if field:
        field.check(structures)
    return structures


def molecules_of(dataset: PackedDataset, processes: int = 1) -> set[str]:
    """SMILES of all valid molecules of a data set: the reference for novelty."""
    structures = (dataset.structure(index) for index in range(len(dataset)))
    verdicts = judge_all(structures, processes=processes if len(dataset) > _WORTH_PROCESSES else 1)
    return {verdict.smiles for verdict in verdicts if verdict.smiles}


def _row(
    field: PseudoForceField,
    numbers: list[np.ndarray],
    seed: int,
    name: str,
    nfe: int,
    choice: Defaults,
    reference: AbstractSet[str] | None,
) -> Row:
    began = time.perf_counter()
    structures: list[Structure] = []
    sigmas: list[float] = []
    seeds = candidate_seeds(seed, len(numbers))
    for first in range(0, len(numbers), _MOLECULES_AT_ONCE):
        part = slice(first, first + _MOLECULES_AT_ONCE)
        made, levels = _sampled(field, numbers[part], seeds[part], name, nfe, choice)
        structures += made
        sigmas += levels
    seconds = round(time.perf_counter() - began, 3)
    figures = _shares(summarise(structures, reference=reference))
    noise = choice.settings.noise if "noise" in sampler(name).reads else None
    sigma = float(np.mean(sigmas))
    return Row(name, nfe, len(numbers), **figures, sigma=sigma, seconds=seconds, start_width=choice.start_width,
               noise=noise)  # fmt: skip


def _sampled(
    field: PseudoForceField, numbers: list[np.ndarray], seeds: list[int], name: str, nfe: int, choice: Defaults
) -> tuple[list[Structure], list[float]]:
    noise = Noise(seeds, field.device)
    start = gaussian(numbers, choice.start_width, noise)
    steps = sample(name, field, start, budget=nfe, noise=noise, settings=choice.settings)
    last: Step = deque(steps, maxlen=1).pop()
    made = [_finite(z, x) for z, x in zip(numbers, start.split(last.positions), strict=True)]
    return made, last.sigma.tolist()


def _finite(numbers: np.ndarray, positions: np.ndarray) -> Structure:
    """A run that blew up counts as a heap of atoms, which no judge passes."""
    return Structure(numbers, positions if np.isfinite(positions).all() else np.zeros_like(positions))


def _shares(summary: Summary) -> dict[str, Any]:
    return {key: value for key, value in asdict(summary).items() if key != "count"}
