"""What a run must respect, drawn over the molecule: target values, tinted groups of atoms, and walls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from vispy.scene import Node

from gpff_desktop.engine.steering.constraints import (
    Angle,
    Constraint,
    Distance,
    Plane,
    Position,
    RigidGroup,
    Torsion,
    Wall,
)
from gpff_desktop.engine.steering.regions import Region, Sphere
from gpff_desktop.viewer.ghosts import TINTS
from gpff_desktop.viewer.impostors import Stage
from gpff_desktop.viewer.measurements import Measurement, Measurements
from gpff_desktop.viewer.regions import Regions
from gpff_desktop.viewer.style import Theme
from gpff_desktop.viewer.tints import Tints

_TINT_RADIUS = 0.8
_TARGET_RADIUS = 0.3


class ConstraintMarks(Node):
    """Scene node that draws constraints; they follow the atoms.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    """

    def __init__(self, stage: Stage, parent: Node | None = None) -> None:
        super().__init__(parent=parent)
        self._tints = Tints(stage, parent=self)
        self._regions = Regions(stage, parent=self)
        self._values = Measurements(stage, parent=self)
        for order, node in enumerate((self._tints, self._regions, self._values)):
            node.order = order
        self._groups: list[tuple[int, ...]] = []

    def set_constraints(self, constraints: Sequence[Constraint]) -> None:
        """Draw these constraints instead of the present ones; call `follow` next."""
        self._groups = [c.atoms for c in constraints if isinstance(c, Plane | RigidGroup)]
        self._values.set_measurements([target for c in constraints for target in _targets(c)])
        self._regions.set_regions([region for c in constraints for region in _regions(c)])

    def set_theme(self, theme: Theme) -> None:
        """Draw in the theme's colour; call `follow` next."""
        colored = replace(theme, measure=theme.constraint, region=theme.constraint)
        self._values.set_theme(colored)
        self._regions.set_theme(colored)
        self._tints.set_theme(theme)

    def follow(self, positions: np.ndarray) -> None:
        """Move to where the atoms `[n_atoms, 3]` now are."""
        self._values.follow(positions)
        tinted = [(atom, TINTS[i % len(TINTS)]) for i, group in enumerate(self._groups) for atom in group]
        tinted = [(atom, color) for atom, color in tinted if atom < len(positions)]
        centres = positions[[atom for atom, _ in tinted]] if tinted else np.empty((0, 3))
        colors = np.array([color for _, color in tinted]).reshape(-1, 3)
        self._tints.set_balls(centres, np.full(len(tinted), _TINT_RADIUS), colors)


def _targets(constraint: Constraint) -> list[Measurement]:
    if not isinstance(constraint, Distance | Angle | Torsion):
        return []
    value = f"{constraint.value:.2f} Å" if isinstance(constraint, Distance) else f"{constraint.value:.1f}°"
    return [Measurement(constraint.atoms, f"{'=' if constraint.exact else '≈'} {value}")]


def _regions(constraint: Constraint) -> list[Region]:
    if isinstance(constraint, Wall):
        return [constraint.region]
    return [Sphere(constraint.value, _TARGET_RADIUS)] if isinstance(constraint, Position) else []
