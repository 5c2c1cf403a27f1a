"""Structures laid over one another for comparison."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from gpff_desktop.structure import Structure


def laid_onto(structure: Structure, reference: Structure) -> Structure:
    """A structure moved and turned onto another as well as possible; mirror images stay apart.

    Same atoms in the same order are brought together (Kabsch 1976, doi:10.1107/S0567739476001873). Others only get a
    common centre: which atom would belong on which is not known.
    """
    if not len(structure):
        return structure
    here, there = structure.positions - structure.centre, reference.positions - reference.centre
    if len(structure) > 1 and np.array_equal(structure.numbers, reference.numbers):
        rotation, _ = Rotation.align_vectors(there, here)
        here = rotation.apply(here)
    return structure.with_positions(here + reference.centre)
