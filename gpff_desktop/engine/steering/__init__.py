"""Steering a run: where it starts (priors) and what it must respect (constraints).

Constraints and regions are plain records that a window shows; what needs torch is loaded when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gpff_desktop.engine.steering.constraints import (
    Angle,
    Constraint,
    Distance,
    Geometric,
    Plane,
    Position,
    RigidGroup,
    Shape,
    Torsion,
    Wall,
)
from gpff_desktop.engine.steering.records import Record, SteeringError
from gpff_desktop.engine.steering.regions import Box, Ellipsoid, Painted, Region, Sphere

if TYPE_CHECKING:
    from gpff_desktop.engine.steering.contradictions import check_constraints, check_room
    from gpff_desktop.engine.steering.hold import Steering
    from gpff_desktop.engine.steering.priors import (
        AsDrawn,
        FromStructure,
        InRegion,
        Isotropic,
        Mixture,
        NearAtom,
        NearPoint,
        Prior,
        Shaped,
        Surroundings,
    )

__all__ = [
    "Angle", "AsDrawn", "Box", "Constraint", "Distance", "Ellipsoid", "FromStructure", "Geometric", "InRegion",
    "Isotropic", "Mixture", "NearAtom", "NearPoint", "Painted", "Plane", "Position", "Prior", "Record", "Region",
    "RigidGroup", "Shape", "Shaped", "Sphere", "Steering", "SteeringError", "Surroundings", "Torsion", "Wall",
    "check_constraints", "check_room",
]  # fmt: skip

_WITH_TORCH = ("priors", "contradictions", "hold")


def __getattr__(name: str) -> Any:
    for module in _WITH_TORCH if name in __all__ else ():
        loaded = import_module(f"{__name__}.{module}")
        if hasattr(loaded, name):
            return getattr(loaded, name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
