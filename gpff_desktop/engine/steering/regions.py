"""Regions of space: where a cloud starts, and walls that atoms do not leave. Lengths in Å, axes along x, y and z."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from gpff_desktop.engine.steering.records import Record, SteeringError, Vector, positive, positive_vector, put, vector

if TYPE_CHECKING:  # torch is loaded where it calculates: windows show regions before there is any need of it
    import torch
    from torch import Tensor

_NEWTON_STEPS = 40


class Region(Record, ABC):
    """A closed region of space."""

    @property
    @abstractmethod
    def volume(self) -> float:
        """Volume in Å³; of overlapping parts at most the sum."""

    @property
    @abstractmethod
    def spread(self) -> float:
        """Standard deviation in Å along an axis, averaged over the axes, of atoms put uniformly into the region."""

    @property
    @abstractmethod
    def middle(self) -> Vector:
        """Its centre of volume in Å."""

    @abstractmethod
    def grown(self, margin: float) -> Self:
        """The region with its surface `margin` Å farther out."""

    @abstractmethod
    def nearest(self, points: Tensor) -> Tensor:
        """For points `[..., 3]` in Å the nearest ones of the region; those inside stay."""

    @abstractmethod
    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Points `[count, 3]` in Å, uniform in the region (float64)."""


@dataclass(frozen=True)
class Sphere(Region, kind="sphere"):
    """A ball around `centre` (Å) of some `radius` (Å)."""

    centre: Vector
    radius: float

    def __post_init__(self) -> None:
        put(self, centre=vector(self.centre, "the centre of a sphere"))
        put(self, radius=positive(self.radius, "the radius of a sphere"))

    @property
    def volume(self) -> float:
        return 4 / 3 * math.pi * self.radius**3

    @property
    def spread(self) -> float:
        return self.radius / math.sqrt(5)

    @property
    def middle(self) -> Vector:
        return self.centre

    def grown(self, margin: float) -> Sphere:
        return Sphere(self.centre, self.radius + margin)

    def nearest(self, points: Tensor) -> Tensor:
        centre = points.new_tensor(self.centre)
        offset = points - centre
        distance = offset.norm(dim=-1, keepdim=True)
        return (centre + offset * (self.radius / distance)).where(distance > self.radius, points)

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        return _tensor(self.centre) + self.radius * _in_unit_ball(count, generator)


@dataclass(frozen=True)
class Box(Region, kind="box"):
    """A box around `centre` (Å) with `edges` (Å)."""

    centre: Vector
    edges: Vector

    def __post_init__(self) -> None:
        put(self, centre=vector(self.centre, "the centre of a box"))
        put(self, edges=positive_vector(self.edges, "the edges of a box"))

    @property
    def volume(self) -> float:
        return math.prod(self.edges)

    @property
    def spread(self) -> float:
        return math.sqrt(sum(edge**2 for edge in self.edges) / 36)

    @property
    def middle(self) -> Vector:
        return self.centre

    def grown(self, margin: float) -> Box:
        a, b, c = (edge + 2 * margin for edge in self.edges)
        return Box(self.centre, (a, b, c))

    def nearest(self, points: Tensor) -> Tensor:
        centre, half = points.new_tensor(self.centre), points.new_tensor(self.edges) / 2
        return points.maximum(centre - half).minimum(centre + half)

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        return _tensor(self.centre) + (_uniform(generator, count, 3) - 0.5) * _tensor(self.edges)


@dataclass(frozen=True)
class Ellipsoid(Region, kind="ellipsoid"):
    """An ellipsoid around `centre` (Å) with `semiaxes` (Å)."""

    centre: Vector
    semiaxes: Vector

    def __post_init__(self) -> None:
        put(self, centre=vector(self.centre, "the centre of an ellipsoid"))
        put(self, semiaxes=positive_vector(self.semiaxes, "the semiaxes of an ellipsoid"))

    @property
    def volume(self) -> float:
        return 4 / 3 * math.pi * math.prod(self.semiaxes)

    @property
    def spread(self) -> float:
        return math.sqrt(sum(axis**2 for axis in self.semiaxes) / 15)

    @property
    def middle(self) -> Vector:
        return self.centre

    def grown(self, margin: float) -> Ellipsoid:
        a, b, c = (axis + margin for axis in self.semiaxes)
        return Ellipsoid(self.centre, (a, b, c))

    def nearest(self, points: Tensor) -> Tensor:
        """The nearest point of the surface is `a² x / (t + a²)`; Newton's method finds `t` from below.

        Eberly, "Distance from a Point to an Ellipse, an Ellipsoid, or a Hyperellipsoid" (2013).
        """
        centre, axes = points.new_tensor(self.centre), points.new_tensor(self.semiaxes)
        offset = points - centre
        outside = (offset / axes).square().sum(-1, keepdim=True) > 1
        t = offset.new_zeros(*offset.shape[:-1], 1)
        for _ in range(_NEWTON_STEPS):
            terms = (axes * offset / (t + axes**2)).square()
            slope = -2 * (terms / (t + axes**2)).sum(-1, keepdim=True)
            t = t + ((1 - terms.sum(-1, keepdim=True)) / slope.clamp_max(-1e-300)).clamp_min(0)
        return (centre + axes**2 * offset / (t + axes**2)).where(outside, points)

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        return _tensor(self.centre) + _tensor(self.semiaxes) * _in_unit_ball(count, generator)


@dataclass(frozen=True)
class Painted(Region, kind="painted"):
    """What a brush went over: the union of the balls of its `strokes`, each `(x, y, z, radius)` in Å."""

    strokes: tuple[tuple[float, float, float, float], ...]

    def __post_init__(self) -> None:
        if not self.strokes:
            raise SteeringError("a painted region needs at least one stroke of the brush")
        if any(len(stroke) != 4 for stroke in self.strokes):
            raise SteeringError("a stroke of the brush needs a centre and a radius")
        balls = [Sphere(vector(stroke[:3], "the centre of a stroke"), stroke[3]) for stroke in self.strokes]
        put(self, strokes=tuple((*ball.centre, ball.radius) for ball in balls))

    @property
    def _balls(self) -> tuple[Tensor, Tensor]:
        """Centres `[n, 3]` and radii `[n]` in Å."""
        strokes = _tensor(self.strokes)
        return strokes[:, :3], strokes[:, 3]

    @property
    def volume(self) -> float:
        return sum(Sphere((x, y, z), radius).volume for x, y, z, radius in self.strokes)

    @property
    def spread(self) -> float:
        centres, radii = self._balls
        weights = radii**3 / (radii**3).sum()
        between = (weights[:, None] * (centres - centres.new_tensor(self.middle)).square()).sum()
        return math.sqrt(float((weights * radii**2).sum()) / 5 + float(between) / 3)

    @property
    def middle(self) -> Vector:
        centres, radii = self._balls
        x, y, z = (centres * (radii**3 / (radii**3).sum())[:, None]).sum(0).tolist()
        return x, y, z

    def grown(self, margin: float) -> Painted:
        return Painted(tuple((x, y, z, radius + margin) for x, y, z, radius in self.strokes))

    def nearest(self, points: Tensor) -> Tensor:
        import torch

        candidates = torch.stack([Sphere(s[:3], s[3]).nearest(points) for s in self.strokes])
        best = (candidates - points).norm(dim=-1).argmin(0)
        return candidates.gather(0, best[None, ..., None].expand(1, *points.shape))[0]

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Balls are chosen by volume; a point in k of them is kept once in k times, so that overlaps count once."""
        import torch

        centres, radii = self._balls
        kept: list[Tensor] = []
        while sum(map(len, kept)) < count:
            chosen = (radii**3).multinomial(2 * count, replacement=True, generator=generator)
            points = centres[chosen] + radii[chosen, None] * _in_unit_ball(2 * count, generator)
            covered = ((points[:, None] - centres).norm(dim=-1) <= radii * (1 + 1e-12)).sum(-1).clamp_min(1)
            lot = _uniform(generator, 2 * count)
            kept.append(points[lot * covered < 1])
        return torch.cat(kept)[:count]


def _tensor(values: Sequence[float] | Sequence[Sequence[float]]) -> Tensor:
    import torch

    return torch.tensor(values, dtype=torch.float64)


def _uniform(generator: torch.Generator, *shape: int) -> Tensor:
    import torch

    return torch.rand(*shape, generator=generator, dtype=torch.float64)


def _in_unit_ball(count: int, generator: torch.Generator) -> Tensor:
    import torch

    normal = torch.randn(count, 3, generator=generator, dtype=torch.float64)
    radius = _uniform(generator, count, 1) ** (1 / 3)
    return radius * torch.nn.functional.normalize(normal, dim=-1)


def outside(region: Region, points: Tensor) -> tuple[Tensor, Tensor]:
    """How far points `[..., 3]` are outside a region `[...]` (Å; 0 inside), and the unit vectors that lead away."""
    away = points - region.nearest(points)
    distance = away.norm(dim=-1)
    return distance, away / distance.clamp_min(1e-12)[..., None]


REGIONS: Sequence[type[Region]] = (Sphere, Box, Ellipsoid, Painted)
