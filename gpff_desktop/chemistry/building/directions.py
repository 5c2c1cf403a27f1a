"""Where there is room for one more neighbour, and how far away it belongs."""

from __future__ import annotations

import numpy as np
from rdkit import Chem

from gpff_desktop import elements
from gpff_desktop.chemistry.building.edit import Edit, kept
from gpff_desktop.chemistry.building.topology import bonds_with_orders, touching
from gpff_desktop.chemistry.building.valences import saturated_mol
from gpff_desktop.structure import Structure

# How much shorter double and triple bonds are than the sum of the radii; carbon has 1.34 and 1.20 Å instead of 1.52 Å.
_SHORTENING = {1: 1.0, 2: 0.88, 3: 0.79}
_HYBRIDISATION = {1: Chem.HybridizationType.SP2, 2: Chem.HybridizationType.SP}
_BONDS_AROUND = 3
_NARROWEST = np.cos(np.radians(50))


def bond_length(first: int, second: int, order: int = 1) -> float:
    """Usual length in Å of a bond between two elements: the sum of their covalent radii, less for multiple bonds."""
    return (elements.covalent_radius(first) + elements.covalent_radius(second)) * _SHORTENING[order]


def free_direction(structure: Structure, atom: int, order: int = 1) -> np.ndarray:
    """Unit vector `[3]` along which a new neighbour of an atom has its place.

    It is where RDKit would put a hydrogen: tetrahedral, trigonal or linear, as the atom's bonds ask. Among so many
    neighbours that this one is taken, it is the middle of the largest gap.

    Parameters
    ----------
    structure
        The molecule; bonds are perceived if they are not known.
    atom
        The atom.
    order
        Of the bond to come: a double bond makes its ends trigonal.
    """
    near = _surroundings(structure, atom)
    centre = int(np.flatnonzero(near.origin == atom)[0])
    mol = saturated_mol(near.structure, bonds_with_orders(near.structure))
    anchor = mol.GetAtomWithIdx(centre)
    anchor.SetNumExplicitHs(1)
    if pi_bonds := order - 1 + sum(int(bond.GetBondTypeAsDouble()) - 1 for bond in anchor.GetBonds()):
        anchor.SetHybridization(_HYBRIDISATION.get(pi_bonds, Chem.HybridizationType.SP))
    positions = Chem.AddHs(mol, addCoords=True, onlyOnAtoms=[centre]).GetConformer().GetPositions()
    taken = [other.GetIdx() for other in anchor.GetNeighbors()]
    return _clear_of(_units(positions[taken] - positions[centre]), positions[-1] - positions[centre])


def sphere_points(count: int) -> np.ndarray:
    """Unit vectors `[count, 3]` spread evenly, on the spiral of Swinbank & Purser (2006, doi:10.1256/qj.05.227)."""
    k = np.arange(count) + 0.5
    z = 1 - 2 * k / count
    angle, radius = k * np.pi * (1 + np.sqrt(5)), np.sqrt(1 - z * z)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), z])


def _surroundings(structure: Structure, atom: int) -> Edit:
    """The atoms a few bonds around: enough for hybridisation, and quick in a large structure."""
    bonds = bonds_with_orders(structure)
    near = {atom}
    for _ in range(_BONDS_AROUND):
        near.update(bonds[touching(near, bonds), :2].ravel().tolist())
    return kept(structure.with_bonds(bonds), np.array(sorted(near)))


def _clear_of(taken: np.ndarray, offset: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(offset)
    if np.isfinite(length) and length > 0 and not (len(taken) and (taken @ offset).max() > _NARROWEST * length):
        return offset / length
    points = sphere_points(500)
    return points[(points @ taken.T).max(axis=1).argmin()] if len(taken) else points[0]


def _units(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)
