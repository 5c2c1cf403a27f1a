"""Deviations from geometric constraints and their gradients, for many conformers at once.

Every function takes coordinates `[m, n, 3]` in Å and returns deviations `[m, rows]` in Å or radians, and their
gradients `[m, rows, k, 3]` with respect to the constraint's k atoms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gpff_desktop.engine.steering.constraints import Angle, Distance, Geometric, Plane, Position, Torsion

_TINY = 1e-12

Rows = tuple[Tensor, Tensor]


def deviations(constraints: Sequence[Geometric], positions: Tensor) -> Rows:
    """All deviations `[m, rows]` and their gradients `[m, rows, n, 3]` with respect to all atoms.

    Parameters
    ----------
    constraints
        What to look at; one row each, but three for a position and one an atom for a plane.
    positions
        Coordinates `[m, n, 3]` in Å.
    """
    m, n, _ = positions.shape
    parts, gradients = [positions.new_zeros(m, 0)], [positions.new_zeros(m, 0, n, 3)]
    for constraint in constraints:
        deviation, gradient = _ROWS[constraint.kind](constraint, positions[:, list(constraint.atoms)])
        spread = positions.new_zeros(m, deviation.shape[1], n, 3)
        spread[:, :, list(constraint.atoms)] = gradient
        parts.append(deviation)
        gradients.append(spread)
    return torch.cat(parts, 1), torch.cat(gradients, 1)


def row_count(constraint: Geometric) -> int:
    """Rows that a constraint has in `deviations`."""
    return {Position.kind: 3, Plane.kind: len(constraint.atoms)}.get(constraint.kind, 1)


def _distance(constraint: Distance, x: Tensor) -> Rows:
    offset = x[:, 0] - x[:, 1]
    unit = _unit(offset)
    return offset.norm(dim=-1, keepdim=True) - constraint.value, torch.stack([unit, -unit], 1)[:, None]


def _angle(constraint: Angle, x: Tensor) -> Rows:
    """The end atoms turn about the middle one; unlike `arccos`, this stays exact for straight angles."""
    u, v = x[:, 0] - x[:, 1], x[:, 2] - x[:, 1]
    angle = torch.atan2(torch.linalg.cross(u, v).norm(dim=-1), (u * v).sum(-1))
    along_u, along_v = _unit(u), _unit(v)
    first = -_unit(_perpendicular(along_v, along_u)) / _length(u)
    last = -_unit(_perpendicular(along_u, along_v)) / _length(v)
    gradient = torch.stack([first, -first - last, last], 1)
    return (angle - math.radians(constraint.value))[:, None], gradient[:, None]


def _torsion(constraint: Torsion, x: Tensor) -> Rows:
    """Gradients of Blondel & Karplus, J. Comput. Chem. 17, 1132 (1996), eq. 27."""
    f, g, h = x[:, 0] - x[:, 1], x[:, 1] - x[:, 2], x[:, 3] - x[:, 2]
    a, b, axis = torch.linalg.cross(f, g), torch.linalg.cross(h, g), _length(g)
    sine = (torch.linalg.cross(b, a) * g).sum(-1) / axis[:, 0]
    torsion = torch.atan2(sine, (a * b).sum(-1))
    a, b = a / a.square().sum(-1, keepdim=True).clamp_min(_TINY), b / b.square().sum(-1, keepdim=True).clamp_min(_TINY)
    fg, hg = (f * g).sum(-1, keepdim=True) / axis, (h * g).sum(-1, keepdim=True) / axis
    first, last, middle = -axis * a, axis * b, fg * a - hg * b
    gradient = torch.stack([first, middle - first, -middle - last, last], 1)
    deviation = torsion - math.radians(constraint.value)
    return torch.atan2(deviation.sin(), deviation.cos())[:, None], gradient[:, None]


def _plane(constraint: Plane, x: Tensor) -> Rows:
    """Heights above the plane of three atoms far from each other; each three have heights of 0 themselves.

    A height changes with the atom, and with the three by its barycentric coordinates in their triangle.
    """
    corners = _wide_triangle(x)
    a, b, c = (x.gather(1, k[:, None, None].expand(-1, 1, 3)) for k in corners)
    normal = torch.linalg.cross(b - a, c - a)
    area = normal.square().sum(-1).clamp_min(_TINY)
    unit = normal / area.sqrt()[..., None]
    heights = ((x - a) * unit).sum(-1)
    share_b = (torch.linalg.cross(x - a, (c - a).expand_as(x)) * normal).sum(-1) / area
    share_c = (torch.linalg.cross((b - a).expand_as(x), x - a) * normal).sum(-1) / area
    k = x.shape[1]
    weights = torch.eye(k, dtype=x.dtype, device=x.device).expand(len(x), k, k).clone()
    for corner, share in zip(corners, (1 - share_b - share_c, share_b, share_c), strict=True):
        weights.scatter_add_(2, corner[:, None, None].expand(-1, k, 1), -share[..., None])
    return heights, weights[..., None] * unit[:, None]


def _wide_triangle(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Atom `[m]` farthest from the centre, the one farthest from it, and the one farthest from their line."""
    first = (x - x.mean(1, keepdim=True)).norm(dim=-1).argmax(1)
    a = x.gather(1, first[:, None, None].expand(-1, 1, 3))
    second = (x - a).norm(dim=-1).argmax(1)
    line = _unit(x.gather(1, second[:, None, None].expand(-1, 1, 3)) - a)
    third = torch.linalg.cross(x - a, line.expand_as(x)).norm(dim=-1).argmax(1)
    return first, second, third


def _position(constraint: Position, x: Tensor) -> Rows:
    axes = torch.eye(3, dtype=x.dtype, device=x.device).expand(len(x), 3, 3)
    return x[:, 0] - x.new_tensor(constraint.value), axes[:, :, None]


_ROWS: dict[str, Callable[..., Rows]] = {
    Distance.kind: _distance,
    Angle.kind: _angle,
    Torsion.kind: _torsion,
    Plane.kind: _plane,
    Position.kind: _position,
}


def _length(v: Tensor) -> Tensor:
    return v.norm(dim=-1, keepdim=True).clamp_min(_TINY)


def _perpendicular(v: Tensor, axis: Tensor) -> Tensor:
    """The part of `v` across a unit vector; some direction across it where there is no such part."""
    across = v - (v * axis).sum(-1, keepdim=True) * axis
    helper = torch.nn.functional.one_hot(axis.abs().argmin(-1), 3).to(axis)
    any_across = torch.linalg.cross(axis, helper)
    return torch.where(across.norm(dim=-1, keepdim=True) > 1e-9, across, any_across)


def _unit(v: Tensor) -> Tensor:
    """Vectors of length 1 along `v [..., 3]`; along x where `v` is 0."""
    along_x = torch.nn.functional.one_hot(torch.zeros_like(v[..., 0], dtype=torch.int64), 3).to(v)
    length = v.norm(dim=-1, keepdim=True)
    return torch.where(length > _TINY, v / length.clamp_min(_TINY), along_x)
