"""Steering a run: where it starts (priors) and what it must respect (constraints)."""

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
from gpff_desktop.engine.steering.records import Record, SteeringError
from gpff_desktop.engine.steering.regions import Box, Ellipsoid, Painted, Region, Sphere

__all__ = [
    "Angle", "AsDrawn", "Box", "Constraint", "Distance", "Ellipsoid", "FromStructure", "Geometric", "InRegion",
    "Isotropic", "Mixture", "NearAtom", "NearPoint", "Painted", "Plane", "Position", "Prior", "Record", "Region",
    "RigidGroup", "Shape", "Shaped", "Sphere", "Steering", "SteeringError", "Surroundings", "Torsion", "Wall",
    "check_constraints", "check_room",
]  # fmt: skip
