"""Where the atoms of a run start: the prior of an open structure, as a run wants it and as it can be shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpff_desktop.engine.priors import Noise, candidate_seeds
from gpff_desktop.engine.steering import (
    AsDrawn,
    FromStructure,
    InRegion,
    Mixture,
    NearAtom,
    NearPoint,
    Prior,
    SteeringError,
    Surroundings,
    check_room,
)
from gpff_desktop.structure import Structure


def prior_of_run(prior: Prior, structure: Structure, kept: Sequence[int]) -> Prior:
    """An open structure's prior in the counting of a run, which keeps some atoms and places the others anew.

    Parameters
    ----------
    prior
        It counts the atoms of the structure.
    structure
        The structure.
    kept
        Atoms (from 0) that the run keeps, in ascending order.

    Returns
    -------
    Prior
        It counts the kept atoms, or those to place, in the order of the structure.
    """
    placed = [atom for atom in range(len(structure)) if atom not in set(kept)]
    return _counted_anew(prior, structure, list(kept), placed, placed)


def _counted_anew(prior: Prior, structure: Structure, kept: list[int], placed: list[int], own: list[int]) -> Prior:
    """The prior of the atoms `own` among the `placed` ones."""
    match prior:
        case AsDrawn(sigma):
            if not own:
                raise SteeringError("all atoms are locked, so that none can start where it is; unlock some")
            return FromStructure(tuple(structure.numbers[own]), tuple(map(tuple, structure.positions[own])), sigma)
        case NearAtom(atom, sigma):
            if atom in kept:
                return NearAtom(kept.index(atom), sigma)
            x, y, z = structure.positions[atom].tolist()
            return NearPoint((x, y, z), sigma)
        case Mixture(parts, rest):
            free = [([atom for atom in atoms if atom in placed], part) for atoms, part in parts]
            named = {atom for atoms, _ in free for atom in atoms}
            others = [atom for atom in own if atom not in named]
            counted = [
                (tuple(map(placed.index, atoms)), _counted_anew(part, structure, kept, placed, atoms))
                for atoms, part in free
                if atoms
            ]
            if not others and counted:
                return Mixture(tuple(counted[1:]), counted[0][1])
            return Mixture(tuple(counted), _counted_anew(rest, structure, kept, placed, others))
    return prior


def cloud(prior: Prior, numbers: np.ndarray, kept: np.ndarray, n_points: int = 400, seed: int = 0) -> np.ndarray:
    """Points drawn from the prior of a run, to be shown.

    Parameters
    ----------
    prior
        In the counting of the run.
    numbers
        Atomic numbers `[n_placed]` of the atoms to place.
    kept
        Coordinates `[n_kept, 3]` in Å of those that stay.
    n_points
        About how many points; whole draws are made.
    seed
        The same seed draws the same points.

    Returns
    -------
    np.ndarray
        `[n_points, 3]` in Å.

    Raises
    ------
    SteeringError
        If the prior has places for other atoms, or its region is too small for them.
    """
    if isinstance(prior, InRegion):
        check_room(prior.region, numbers)
    n_atoms = len(prior.composition(numbers))
    count = max(1, n_points // max(1, n_atoms))
    noise = Noise(candidate_seeds(seed, count))
    points: np.ndarray = prior.draw(n_atoms, range(count), noise, Surroundings(kept)).reshape(-1, 3).numpy()
    return points
