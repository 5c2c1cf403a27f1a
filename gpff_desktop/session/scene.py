"""What a live run is told and what it tells: small frozen records, safe to pass between threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gpff_desktop.structure import Structure

if TYPE_CHECKING:  # they load torch, which the window does without until a model is loaded
    from gpff_desktop.engine.steering import Constraint

HOTTEST = 0.3
"""Å of noise at every step above which no molecule holds together."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What the user has made of the molecule; of several the newest counts.

    Parameters
    ----------
    structure
        The atoms.
    locked, held
        Atoms, counted from 0, that stay exactly where `structure` has them: locked by the user, or in the hand.
    constraints
        What the free atoms must respect beside.
    temperature
        Standard deviation in Å of the noise that free atoms take up at every step.
    paused
        Nothing moves.
    anew
        Every atom is where `structure` has it. Otherwise free atoms go on from where the run has taken them since.
    serial
        Names the scene; steps tell which one they know of.
    """

    structure: Structure
    locked: frozenset[int] = frozenset()
    held: frozenset[int] = frozenset()
    constraints: tuple[Constraint, ...] = ()
    temperature: float = 0.0
    paused: bool = False
    anew: bool = True
    serial: int = 0

    @property
    def fixed(self) -> np.ndarray:
        """Which atoms the field does not move, `[n_atoms]` of bool."""
        fixed = np.zeros(len(self.structure), dtype=bool)
        fixed[sorted(self.locked | self.held)] = True
        return fixed


@dataclass(frozen=True, eq=False)
class LiveStep:
    """One network evaluation and where it led.

    Parameters
    ----------
    positions
        Coordinates `[n_atoms, 3]` in Å.
    forces
        Pseudo-forces `[n_atoms, 3]` in Å, those on fixed atoms 0.
    sigma
        Noise level read off the forces, in Å.
    evaluations
        Network evaluations made so far.
    serial
        The scene that it knows of.
    resting
        Whether there is nothing more to do until the next scene.
    unmet
        The exact constraint that is missed by most, with how far; empty if all are met.
    """

    positions: np.ndarray
    forces: np.ndarray
    sigma: float
    evaluations: int
    serial: int
    resting: bool
    unmet: str = ""
