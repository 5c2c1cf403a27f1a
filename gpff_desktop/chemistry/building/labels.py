"""What labels say of atoms."""

from __future__ import annotations

import numpy as np

from gpff_desktop.chemistry.convert import to_rdkit
from gpff_desktop.structure import Structure


def describe(structure: Structure) -> np.ndarray:
    """Formal charge `[n_atoms]`, int64, of every atom, from the bonds (perceived if they are not known).

    A structure as a whole is neutral: charges are shown where the bonds ask for them and they add up to 0.
    """
    return np.array([atom.GetFormalCharge() for atom in to_rdkit(structure).GetAtoms()], dtype=np.int64)
