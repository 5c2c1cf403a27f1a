"""Priors: where the atoms that a run has to place start. Lengths in Å."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from gpff_desktop import elements
from gpff_desktop.engine.priors import Noise
from gpff_desktop.engine.steering.records import (
    Record,
    SteeringError,
    Vector,
    atoms_of,
    labelled,
    positive,
    positive_vector,
    put,
    vector,
)
from gpff_desktop.engine.steering.regions import Region
from gpff_desktop.structure import Structure


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What is there already: coordinates `[n_kept, 3]` in Å of the atoms that a run keeps. They come first."""

    kept: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))

    @property
    def centre(self) -> np.ndarray:
        """Centre of geometry `[3]` of what is kept; the origin if nothing is."""
        return self.kept.mean(axis=0) if len(self.kept) else np.zeros(3)

    def place(self, atom: int) -> np.ndarray:
        """Where a kept atom (from 0) is `[3]`.

        Raises
        ------
        SteeringError
            If it is none of the kept atoms.
        """
        if not 0 <= atom < len(self.kept):
            raise SteeringError(
                f"cannot start around atom {atom + 1}: only the {len(self.kept)} kept atoms have a place"
            )
        return np.asarray(self.kept[atom])


class Prior(Record, ABC):
    """A distribution that atoms start from."""

    @property
    @abstractmethod
    def width(self) -> float:
        """Standard deviation along an axis in Å: the noise level at which a ladder of levels begins."""

    @abstractmethod
    def draw(self, n_atoms: int, candidates: Sequence[int], noise: Noise, around: Surroundings) -> Tensor:
        """Coordinates `[n_candidates, n_atoms, 3]` in Å (float64), each candidate's from its own stream of noise."""

    def composition(self, numbers: np.ndarray) -> np.ndarray:
        """Atomic numbers `[n_atoms]` in the order in which this prior places them.

        Raises
        ------
        SteeringError
            If it has places for other atoms.
        """
        return numbers

    def known(self, n_atoms: int) -> dict[int, Vector]:
        """Coordinates in Å of atoms (from 0, among those to place) that are known but for noise."""
        return {}

    def carried(self, new_index: Mapping[int, int]) -> Prior | None:
        """The same prior after the atoms it names were renumbered; `None` if it cannot do without those gone."""
        return self


def _normal(n_atoms: int, candidates: Sequence[int], noise: Noise) -> Tensor:
    return noise.normal([n_atoms] * len(candidates), candidates).view(len(candidates), n_atoms, 3)


def _at(centre: np.ndarray | Vector, like: Tensor) -> Tensor:
    return torch.from_numpy(np.array(centre, dtype=np.float64)).to(like.device)


def _cloud(offsets: Tensor, around: Surroundings) -> Tensor:
    """A cloud about what is kept; alone, its centre of geometry is the origin."""
    if len(around.kept):
        return _at(around.centre, offsets) + offsets
    return _centred(offsets)


def _centred(offsets: Tensor) -> Tensor:
    return torch.stack([part - part.mean(0) for part in offsets])


@dataclass(frozen=True)
class Isotropic(Prior, kind="isotropic"):
    """A normal cloud of standard deviation `sigma` (Å), centred on what is kept."""

    sigma: float

    def __post_init__(self) -> None:
        put(self, sigma=positive(self.sigma, "the start width"))

    @property
    def width(self) -> float:
        return self.sigma

    def draw(self, n_atoms: int, candidates: Sequence[int], noise: Noise, around: Surroundings) -> Tensor:
        return _cloud(self.sigma * _normal(n_atoms, candidates, noise), around)


@dataclass(frozen=True)
class Shaped(Prior, kind="shaped"):
    """A normal cloud with a `ratio` of variances along x, y and z, and `sigma` (Å) their root mean square width."""

    sigma: float
    ratio: Vector

    def __post_init__(self) -> None:
        put(self, sigma=positive(self.sigma, "the start width"))
        put(self, ratio=positive_vector(self.ratio, "the ratio of principal variances"))

    @property
    def width(self) -> float:
        return self.sigma

    def draw(self, n_atoms: int, candidates: Sequence[int], noise: Noise, around: Surroundings) -> Tensor:
        normal = _normal(n_atoms, candidates, noise)
        share = normal.new_tensor(self.ratio) * 3 / sum(self.ratio)
        return _cloud(self.sigma * share.sqrt() * normal, around)


@dataclass(frozen=True)
class InRegion(Prior, kind="region"):
    """Uniform in a region."""

    region: Region

    def __post_init__(self) -> None:
        if not isinstance(self.region, Region):
            raise SteeringError("a prior in a region needs a region")

    @property
    def width(self) -> float:
        return self.region.spread

    def draw(self, n_atoms: int, candidates: Sequence[int], noise: Noise, around: Surroundings) -> Tensor:
        return torch.stack([self.region.draw(n_atoms, noise.stream(k)) for k in candidates]).to(noise.device)


@dataclass(frozen=True)
class NearAtom(Prior, kind="around"):
    """A normal cloud of standard deviation `sigma` (Å) around a kept `atom` (from 0)."""

    atom: int
    sigma: float

    def __post_init__(self) -> None:
        put(self, sigma=positive(self.sigma, "the start width"))

    @property
    def width(self) -> float:
        return self.sigma

    def carried(self, new_index: Mapping[int, int]) -> NearAtom | None:
        return NearAtom(new_index[self.atom], self.sigma) if self.atom in new_index else None

    def draw(self, n_atoms: int, candidates: Sequence[int], noise: Noise, around: Surroundings) -> Tensor:
        cloud = self.sigma * _normal(n_atoms, candidates, noise)
        return _at(around.place(self.atom), cloud) + cloud


@dataclass(frozen=True)
class NearPoint(Prior, kind="point"):
    """A normal cloud of standard deviation `sigma` (Å) around a `centre` (Å)."""

    centre: Vector
    sigma: float

    def __post_init__(self) -> None:
        put(self, centre=vector(self.centre, "the centre of a cloud"))
        put(self, sigma=positive(self.sigma, "the start width"))

    @property
    def width(self) -> float:
        return self.sigma

    def draw(self, n_atoms: int, candidates: Sequence[int], noise: Noise, around: Surroundings) -> Tensor:
        cloud = self.sigma * _normal(n_atoms, candidates, noise)
        return _at(self.centre, cloud) + cloud


@dataclass(frozen=True)
class AsDrawn(Prior, kind="drawn"):
    """Each atom where it is in the open structure, plus normal noise of standard deviation `sigma` (Å; 0 for none).

    Documents hold it; a run gets the `FromStructure` that it stands for, see `session.starting`.
    """

    sigma: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.sigma < math.inf:
            raise SteeringError("the noise on the starting structure must not be negative")

    @property
    def width(self) -> float:
        return self.sigma

    def draw(self, n_atoms: int, candidates: Sequence[int], noise: Noise, around: Surroundings) -> Tensor:
        raise SteeringError("there is no structure to start from; open one first")


@dataclass(frozen=True)
class FromStructure(Prior, kind="structure"):
    """A structure plus normal noise of standard deviation `sigma` (Å; 0 for none).

    Parameters
    ----------
    numbers
        Atomic numbers; the atoms are placed in this order.
    positions
        Coordinates of each atom in Å.
    sigma
        Noise.
    """

    numbers: tuple[int, ...]
    positions: tuple[Vector, ...]
    sigma: float = 0.0

    def __post_init__(self) -> None:
        put(self, numbers=tuple(int(z) for z in self.numbers))
        put(self, positions=tuple(vector(x, "an atom of the starting structure") for x in self.positions))
        if len(self.numbers) != len(self.positions) or not self.numbers:
            raise SteeringError("the starting structure needs one position for each of its atoms")
        if not 0 <= self.sigma < math.inf:
            raise SteeringError("the noise on the starting structure must not be negative")

    @classmethod
    def of(cls, structure: Structure, sigma: float = 0.0) -> FromStructure:
        """Start from a structure."""
        return cls(tuple(structure.numbers.tolist()), tuple(map(tuple, structure.positions.tolist())), sigma)

    @property
    def width(self) -> float:
        return self.sigma

    def composition(self, numbers: np.ndarray) -> np.ndarray:
        if sorted(self.numbers) != sorted(numbers.tolist()):
            raise SteeringError(
                f"the starting structure is {elements.formula(self.numbers)}, "
                f"but the atoms to place are {elements.formula(numbers)}; the two must agree"
            )
        return np.array(self.numbers, dtype=np.int64)

    def known(self, n_atoms: int) -> dict[int, Vector]:
        return dict(enumerate(self.positions))

    def draw(self, n_atoms: int, candidates: Sequence[int], noise: Noise, around: Surroundings) -> Tensor:
        fixed = torch.tensor(self.positions, dtype=torch.float64, device=noise.device)
        if self.sigma == 0:
            return fixed.expand(len(candidates), -1, -1).clone()
        offsets = self.sigma * _normal(n_atoms, candidates, noise)
        return fixed + (offsets if len(around.kept) else _centred(offsets))


@dataclass(frozen=True)
class Mixture(Prior, kind="mixture"):
    """Priors of their own for some atoms.

    Parameters
    ----------
    parts
        Atoms (from 0, among those to place) and their prior.
    rest
        Prior of all other atoms.
    """

    parts: tuple[tuple[tuple[int, ...], Prior], ...]
    rest: Prior

    def __post_init__(self) -> None:
        parts = tuple((atoms_of(atoms, "a part of a mixture"), prior) for atoms, prior in self.parts)
        put(self, parts=parts)
        atoms_of((atom for atoms, _ in parts for atom in atoms), "a mixture", least=0)
        priors = [*(prior for _, prior in parts), self.rest]
        if any(not isinstance(prior, Prior) or isinstance(prior, Mixture) for prior in priors):
            raise SteeringError("the parts of a mixture are priors, and no mixtures themselves")

    @property
    def width(self) -> float:
        return max(prior.width for prior in (*(prior for _, prior in self.parts), self.rest))

    def _split(self, n_atoms: int) -> list[tuple[list[int], Prior]]:
        """All atoms by their priors, in order.

        Raises
        ------
        SteeringError
            If a part names an atom that is not there.
        """
        named = [atom for atoms, _ in self.parts for atom in atoms]
        if strange := [atom for atom in named if not 0 <= atom < n_atoms]:
            raise SteeringError(f"the prior names atom {labelled(strange[:1])} of the {n_atoms} to place")
        others = [atom for atom in range(n_atoms) if atom not in named]
        return [*((list(atoms), prior) for atoms, prior in self.parts), *([(others, self.rest)] if others else [])]

    def composition(self, numbers: np.ndarray) -> np.ndarray:
        """Parts that start from structures get their elements; the others share what is left, in the given order."""
        placed = np.zeros(len(numbers), dtype=np.int64)
        left = numbers.tolist()
        for atoms, prior in self._split(len(numbers)):
            if isinstance(prior, FromStructure):
                wanted = list(prior.numbers)
                if len(wanted) != len(atoms) or any(wanted.count(z) > left.count(z) for z in wanted):
                    raise SteeringError("a structure in the mixture does not fit its atoms or the formula")
                placed[atoms] = wanted
                for z in wanted:
                    left.remove(z)
        placed[placed == 0] = left
        return placed

    def carried(self, new_index: Mapping[int, int]) -> Mixture | None:
        rest = self.rest.carried(new_index)
        if rest is None:
            return None
        moved = (
            (tuple(new_index[k] for k in atoms if k in new_index), p.carried(new_index)) for atoms, p in self.parts
        )
        return Mixture(tuple((atoms, prior) for atoms, prior in moved if atoms and prior), rest)

    def known(self, n_atoms: int) -> dict[int, Vector]:
        parts = self._split(n_atoms)
        return {atoms[k]: x for atoms, prior in parts for k, x in prior.known(len(atoms)).items()}

    def draw(self, n_atoms: int, candidates: Sequence[int], noise: Noise, around: Surroundings) -> Tensor:
        cloud = torch.zeros(len(candidates), n_atoms, 3, dtype=torch.float64, device=noise.device)
        for atoms, prior in self._split(n_atoms):
            cloud[:, atoms] = prior.draw(len(atoms), candidates, noise, around)
        return cloud
