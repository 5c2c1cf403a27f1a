"""Rigid groups: motions that keep their shape, and the way back to it. All lengths in Å."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_HEAVY = 1e7
_SAME = 1e-9


class Bodies:
    """Groups of atoms that move as bodies of a known shape; other atoms move by themselves, locked ones never.

    Parameters
    ----------
    groups
        Atoms of each body, no atom in two.
    shape
        Coordinates `[m, n, 3]` in Å in which the groups have their shape, and locked atoms their place.
    locked
        Which atoms may not move `[n]`.
    """

    def __init__(self, groups: Sequence[Sequence[int]], shape: Tensor, locked: Tensor) -> None:
        self.groups = [torch.tensor(sorted(group), device=shape.device) for group in groups]
        self.shape = shape
        self.locked = locked

    def refit(self, positions: Tensor) -> Tensor:
        """Every group in its shape, where it fits coordinates `[m, n, 3]` best and its locked atoms are in place.

        Kabsch, Acta Crystallogr. A 32, 922 (1976), with locked atoms far heavier than the others.
        """
        positions = torch.where(self.locked[:, None], self.shape, positions)
        for group in self.groups:
            positions = positions.clone()
            # The second fit takes off what little the free atoms turned the locked ones in the first.
            for _ in range(1 + bool(self.locked[group].any())):
                positions[:, group] = _fitted(self.shape[:, group], positions[:, group], self.locked[group])
        return torch.where(self.locked[:, None], self.shape, positions)

    def project(self, gradients: Tensor, positions: Tensor) -> Tensor:
        """The part of gradients `[m, rows, n, 3]` along motions that bodies and locked atoms allow."""
        allowed = gradients * (~self.locked)[:, None]
        for group in self.groups:
            motions = self._motions(group, positions)
            m, rows = gradients.shape[:2]
            along = gradients[:, :, group].flatten(2) @ motions
            allowed[:, :, group] = (along @ motions.mT).reshape(m, rows, len(group), 3)
        return allowed

    def freedom(self, positions: Tensor) -> int:
        """Independent ways in which atoms and bodies of the first conformer can move."""
        loose = ~self.locked
        loose = loose.index_fill(0, torch.cat([loose.new_empty(0, dtype=torch.int64), *self.groups]), False)
        bodies = sum(int(self._motions(group, positions[:1]).square().sum().round()) for group in self.groups)
        return 3 * int(loose.sum()) + bodies

    def _motions(self, group: Tensor, positions: Tensor) -> Tensor:
        """Orthonormal motions `[m, 3k, 6]` of a body that leave its locked atoms in place; unused ones are 0."""
        x = positions[:, group]
        arms = x - x.mean(1, keepdim=True)
        axes = torch.eye(3, dtype=x.dtype, device=x.device)
        shifts = axes.expand(*x.shape[:2], 3, 3)
        turns = torch.linalg.cross(axes.expand_as(shifts), arms[:, :, None].expand_as(shifts)).mT
        motions = torch.cat([shifts, turns], -1)
        held = motions[:, self.locked[group]].flatten(1, 2)
        motions = motions.flatten(1, 2)
        if held.shape[1]:
            motions = motions @ (
                torch.eye(6, dtype=x.dtype, device=x.device) - torch.linalg.pinv(held, rtol=_SAME) @ held
            )
        left, strengths, _ = torch.linalg.svd(motions, full_matrices=False)
        significant = strengths > _SAME * strengths[:, :1].clamp_min(_SAME)
        return left * significant[:, None]


def _fitted(shape: Tensor, wanted: Tensor, locked: Tensor) -> Tensor:
    """Shapes `[m, k, 3]` turned and shifted to `wanted`, locked atoms (`[k]` of bool) onto their places."""
    pinned = locked if locked.any() else ~locked
    middle, old_middle = wanted[:, pinned].mean(1, keepdim=True), shape[:, pinned].mean(1, keepdim=True)
    weights = torch.where(locked, _HEAVY, 1.0).to(shape)[:, None]
    turn = _best_rotation((wanted - middle) * weights, shape - old_middle)
    return middle + (shape - old_middle) @ turn.mT


def _best_rotation(wanted: Tensor, shape: Tensor) -> Tensor:
    """Proper rotations `[m, 3, 3]` that bring `shape [m, k, 3]` nearest to `wanted`."""
    left, _, right = torch.linalg.svd(wanted.mT @ shape)
    sign = torch.det(left @ right).sign()
    flip = torch.ones_like(left[:, 0])
    flip[:, 2] = sign
    return left * flip[:, None] @ right
