"""A few steps of a force field for atoms that were put in a tight place."""

from __future__ import annotations

import numpy as np
from rdkit.Chem import rdForceFieldHelpers

from gpff_desktop.chemistry.convert import to_rdkit
from gpff_desktop.chemistry.molecules import quiet
from gpff_desktop.structure import Structure

_LARGEST = 300
_STEPS = 200


def settled(structure: Structure, free: np.ndarray) -> Structure:
    """Some atoms `[n_free]` relaxed with MMFF94 while the others stay exactly where they are.

    Where MMFF94 has no parameters, or the molecule is too large to be quick, nothing moves.
    """
    if len(structure) > _LARGEST or not len(free):
        return structure
    with quiet():
        try:
            positions = _minimised(structure, free)
        except (ValueError, RuntimeError):
            # No proper molecule, or atoms so close that the force field gives up.
            return structure
    return structure if positions is None else structure.with_positions(positions)


def _minimised(structure: Structure, free: np.ndarray) -> np.ndarray | None:
    mol = to_rdkit(structure, sanitize=True)
    parameters = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol)
    field = parameters and rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, parameters)
    if not field:
        return None
    for atom in np.setdiff1d(np.arange(len(structure)), free).tolist():
        field.AddFixedPoint(atom)
    field.Initialize()
    field.Minimize(maxIts=_STEPS)
    relaxed = structure.positions.copy()
    relaxed[free] = mol.GetConformer().GetPositions()[free]
    return relaxed
