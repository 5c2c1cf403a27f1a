"""What a run must respect beside locks. Atoms are counted from 0 in the order of the result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

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


class Constraint(Record):
    """Anything a run must respect."""

    def named(self) -> tuple[int, ...]:
        """Atoms (from 0) that it names."""
        return tuple(getattr(self, "atoms", None) or ())

    def describe(self) -> str:
        """It in a few words, atoms counted from 1."""
        return self.kind

    def carried(self, new_index: Mapping[int, int]) -> Self | None:
        """The same constraint after atoms were renumbered; `None` if it cannot do without those that are gone."""
        atoms = self.named()
        left = [new_index[atom] for atom in atoms if atom in new_index]
        if tuple(left) == atoms:
            return self
        try:
            return type(self).from_dict({**self.to_dict(), "atoms": left})
        except SteeringError:
            return None


class Geometric(Constraint):
    """Geometry of a few atoms: exact without a `weight`, a restraint with one.

    A restraint adds the energy `weight · r²` to the pseudo-potential `||X - X0||²`; `r` is the deviation in Å or
    radians. Weight 1 pulls as strongly as the field does, a large one comes near the exact constraint.
    """

    atoms: tuple[int, ...]
    weight: float | None

    @property
    def exact(self) -> bool:
        """Whether it is met exactly, rather than pulled at."""
        return self.weight is None

    def _check(self, count: int | None = None, least: int = 1) -> None:
        put(self, atoms=atoms_of(self.atoms, f"a {self.kind}", count, least))
        if self.weight is not None:
            put(self, weight=positive(self.weight, f"the weight of a {self.kind}"))


@dataclass(frozen=True)
class Distance(Geometric, kind="distance"):
    """Two atoms `value` Å apart."""

    atoms: tuple[int, ...]
    value: float
    weight: float | None = None

    def __post_init__(self) -> None:
        self._check(2)
        put(self, value=positive(self.value, "a distance"))

    def describe(self) -> str:
        return f"distance {labelled(self.atoms)} = {self.value:g} Å"


@dataclass(frozen=True)
class Angle(Geometric, kind="angle"):
    """Three atoms at an angle of `value` degrees at the middle one."""

    atoms: tuple[int, ...]
    value: float
    weight: float | None = None

    def __post_init__(self) -> None:
        self._check(3)
        if not 0 < self.value <= 180:
            raise SteeringError("an angle must lie above 0° and not above 180°")
        put(self, value=float(self.value))

    def describe(self) -> str:
        return f"angle {labelled(self.atoms)} = {self.value:g}°"


@dataclass(frozen=True)
class Torsion(Geometric, kind="torsion"):
    """Four atoms at a torsion of `value` degrees about the middle two (IUPAC's sign)."""

    atoms: tuple[int, ...]
    value: float
    weight: float | None = None

    def __post_init__(self) -> None:
        self._check(4)
        if not -360 <= self.value <= 360:
            raise SteeringError("a torsion must lie between -360° and 360°")
        put(self, value=float(self.value))

    def describe(self) -> str:
        return f"torsion {labelled(self.atoms)} = {self.value:g}°"


@dataclass(frozen=True)
class Plane(Geometric, kind="plane"):
    """Four or more atoms in one plane, whichever."""

    atoms: tuple[int, ...]
    weight: float | None = None

    def __post_init__(self) -> None:
        self._check(least=4)

    def describe(self) -> str:
        return f"plane of {labelled(self.atoms)}"


@dataclass(frozen=True)
class Position(Geometric, kind="position"):
    """One atom at a point (Å)."""

    atoms: tuple[int, ...]
    value: Vector
    weight: float | None = None

    def __post_init__(self) -> None:
        self._check(1)
        put(self, value=vector(self.value, "a position"))

    def describe(self) -> str:
        return f"position of {labelled(self.atoms)} = ({', '.join(f'{x:g}' for x in self.value)}) Å"


@dataclass(frozen=True)
class RigidGroup(Constraint, kind="rigid"):
    """Atoms that move as one body, of the shape in which they are known when the run begins."""

    atoms: tuple[int, ...]

    def __post_init__(self) -> None:
        put(self, atoms=atoms_of(self.atoms, "a rigid group", least=2))

    def describe(self) -> str:
        return f"rigid group {labelled(self.atoms)}"


@dataclass(frozen=True)
class Wall(Constraint, kind="wall"):
    """A region that the nuclei of some `atoms` (`None`: all) do not leave."""

    region: Region
    atoms: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.region, Region):
            raise SteeringError("a wall needs a region")
        if self.atoms is not None:
            put(self, atoms=atoms_of(self.atoms, "a wall"))

    def describe(self) -> str:
        return f"wall ({self.region.kind}) around {f'atoms {labelled(self.atoms)}' if self.atoms else 'all atoms'}"


@dataclass(frozen=True)
class Shape(Constraint, kind="shape"):
    """The cloud is scaled along its principal axes before each evaluation; the network repairs what that breaks.

    Parameters
    ----------
    ratio
        Target ratio of the principal variances: rod `8, 1, 1`, disc `4, 4, 1`, ball `1, 1, 1`.
    until
        Share of the evaluations for which the shape is held; after them the network has its way.
    """

    ratio: Vector
    until: float = 0.7

    def __post_init__(self) -> None:
        put(self, ratio=positive_vector(self.ratio, "the ratio of principal variances"))
        if not (0 < self.until <= 1 and math.isfinite(max(self.ratio) / min(self.ratio))):
            raise SteeringError("a shape is held for a share of the evaluations above 0 and not above 1")

    def describe(self) -> str:
        return f"shape {':'.join(f'{x:g}' for x in self.ratio)}"
