"""Bonds from coordinates: a fast guess by distance, and kekulized orders where they can be found quickly."""

from __future__ import annotations

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdDetermineBonds
from scipy.spatial import cKDTree

from gpff_desktop import elements
from gpff_desktop.chemistry.molecules import bare_mol, bonds_of, quiet
from gpff_desktop.structure import Structure

SLACK = 1.25
"""Two atoms are bonded up to this many times the sum of their covalent radii."""
SHORTEST = 0.4
"""Closer than this, in Å, two atoms lie on each other and no bond is drawn."""
LARGEST_WITH_ORDERS = 500
"""Above this many atoms only distances are used: orders would hold up the display."""

_ORDER_ITERATIONS = 2_000
_CROWD = 30
_RADII = np.array([0.0] + [elements.covalent_radius(z) for z in range(1, elements.MAX_NUMBER + 1)])


def connectivity(structure: Structure) -> np.ndarray:
    """Bonds by distance alone, all of order 1; fast enough to follow a live run.

    A pair is bonded if `SHORTEST < d < SLACK (r_i + r_j)` with the covalent radii of Cordero et al. (2008), and
    two hydrogens only if neither has a heavier partner. Atoms crowded on one point get no bonds: there, a list of all
    close pairs would grow with the square of their number.

    Returns
    -------
    np.ndarray
        `[n_bonds, 3]`, int64, rows of (first, second, 1) with first < second, sorted.
    """
    pairs = close_pairs(structure)
    if pairs is None or not len(pairs):
        return np.empty((0, 3), dtype=np.int64)
    distances = np.linalg.norm(structure.positions[pairs[:, 0]] - structure.positions[pairs[:, 1]], axis=1)
    reach = SLACK * _RADII[structure.numbers[pairs]].sum(axis=1)
    near = (distances > SHORTEST) & (distances < reach)
    pairs = _without_clashing_hydrogens(structure.numbers, pairs[near])
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return np.column_stack([pairs, np.ones(len(pairs), dtype=np.int64)])


def perceive_bonds(structure: Structure) -> np.ndarray:
    """Bonds with kekulized orders for display and files; never raises.

    RDKit is asked for bond orders of a neutral molecule, first with charged groups allowed (nitro), then with
    radicals. Where neither fits, or the molecule is too large or too puzzling to be quick, bonds come from
    `connectivity` with order 1.

    Returns
    -------
    np.ndarray
        `[n_bonds, 3]`, int64, rows of (first, second, order) with order 1, 2 or 3.
    """
    if not 0 < len(structure) <= LARGEST_WITH_ORDERS or crowded(structure):
        return connectivity(structure)
    with quiet():
        for charged in (True, False):
            mol = bare_mol(structure)
            try:
                rdDetermineBonds.DetermineConnectivity(mol)
                determine_orders(mol, _ORDER_ITERATIONS, charged=charged)
                return bonds_of(mol)
            except (ValueError, RuntimeError):
                continue
    return connectivity(structure)


def determine_orders(mol: Chem.RWMol, iterations: int, *, charged: bool) -> None:
    """Find bond orders of a connected, neutral molecule in place, giving up after so many combinations of valences.

    The enumeration can grow exponentially (Kim & Kim 2015, doi:10.1002/bkcs.10334); the number of combinations is the
    only brake that stops it inside RDKit, on every platform and with the same outcome on a slow machine.

    Raises
    ------
    ValueError
        If no orders fit.
    RuntimeError
        If the limit is reached.
    """
    sulfides = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 16 and _is_divalent(atom)]
    # RDKit lets sulfur have three bonds and then finds radicals in plain thiophenes; oxygen in its place keeps to two.
    for atom in sulfides:
        atom.SetAtomicNum(8)
    try:
        rdDetermineBonds.DetermineBondOrders(
            mol, charge=0, allowChargedFragments=charged, embedChiral=False, maxIterations=iterations
        )
    finally:
        for atom in sulfides:
            atom.SetAtomicNum(16)
    _close_sulfur_oxygen(mol)


def crowded(structure: Structure) -> bool:
    """Whether atoms lie so dense that looking for bonds is hopeless (and would take quadratic time)."""
    return close_pairs(structure) is None


def close_pairs(structure: Structure) -> np.ndarray | None:
    """Pairs `[n_pairs, 2]` within the reach of the largest radius present, or `None` where atoms are crowded."""
    if len(structure) < 2:
        return np.empty((0, 2), dtype=np.int64)
    reach = SLACK * 2 * float(_RADII[structure.numbers].max())
    tree = cKDTree(structure.positions)
    # Large structures only: a small one may be a knot and still cost nothing.
    if len(structure) > 100 and tree.count_neighbors(tree, reach / 2) > _CROWD * len(structure):
        return None
    return tree.query_pairs(reach, output_type="ndarray").astype(np.int64)


def _close_sulfur_oxygen(mol: Chem.RWMol) -> None:
    """Make S=O of each S-O where RDKit leaves an electron or a charge, if sulfur then has four or six bonds."""
    for sulfur in mol.GetAtoms():
        if sulfur.GetAtomicNum() != 16:
            continue
        open_ends = [bond for bond in sulfur.GetBonds() if _is_open_oxygen(bond.GetOtherAtom(sulfur))]
        if open_ends and _total_order(sulfur) + len(open_ends) in (4, 6):
            for bond in open_ends:
                bond.SetBondType(Chem.BondType.DOUBLE)
                bond.GetBeginAtom().SetFormalCharge(0)
                bond.GetEndAtom().SetFormalCharge(0)


def _is_divalent(sulfur: Chem.Atom) -> bool:
    """Whether sulfur has at most two neighbours, and none is an oxygen that might take a double bond."""
    neighbours = sulfur.GetNeighbors()
    return len(neighbours) <= 2 and not any(
        other.GetAtomicNum() == 8 and other.GetDegree() == 1 for other in neighbours
    )


def _is_open_oxygen(atom: Chem.Atom) -> bool:
    return atom.GetAtomicNum() == 8 and _total_order(atom) == 1


def _total_order(atom: Chem.Atom) -> float:
    return sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds())


def _without_clashing_hydrogens(numbers: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    hydrogen = numbers[pairs] == 1
    has_heavy_partner = np.zeros(len(numbers), dtype=bool)
    has_heavy_partner[pairs[~hydrogen.all(axis=1)]] = True
    return pairs[~hydrogen.all(axis=1) | ~has_heavy_partner[pairs].any(axis=1)]
