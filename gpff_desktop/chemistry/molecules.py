"""The bridge every chemistry module walks over: structures as RDKit molecules, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from rdkit import Chem, rdBase

from gpff_desktop.structure import Structure

_ORDER_OF_TYPE = {
    Chem.BondType.SINGLE: 1,
    Chem.BondType.DOUBLE: 2,
    Chem.BondType.TRIPLE: 3,
    Chem.BondType.QUADRUPLE: 3,
}
_TYPE_OF_ORDER = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE, 3: Chem.BondType.TRIPLE}

# Total bond order -> formal charge, for the elements whose closed shell leaves no doubt.
_CHARGE_BY_VALENCE = {
    5: {4: -1},
    6: {3: -1},
    7: {2: -1, 4: 1},
    8: {1: -1, 3: 1},
    15: {4: 1},
    16: {1: -1, 3: 1},
}


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back RDKit's log while the block runs; what matters is raised or returned instead."""
    block = rdBase.BlockLogs()
    try:
        yield
    finally:
        del block


def bare_mol(structure: Structure) -> Chem.RWMol:
    """Atoms and coordinates without a single bond; no atom may gain implicit hydrogens."""
    mol = Chem.RWMol()
    for number in structure.numbers:
        atom = Chem.Atom(int(number))
        atom.SetNoImplicit(True)
        mol.AddAtom(atom)
    mol.AddConformer(_conformer(structure), assignId=True)
    return mol


def bonded_mol(structure: Structure, bonds: np.ndarray) -> Chem.RWMol:
    """Atoms, coordinates and bonds `[n_bonds, 3]`, not sanitised, with formal charges where they are needed.

    A structure carries no charges, and its total charge is 0. Charges follow from the bonds (a nitrogen with
    four bonds is positive) and are set only if they add up to 0, as in a nitro group; otherwise a missing bond
    stays what it is, a radical.
    """
    mol = bare_mol(structure)
    for first, second, order in bonds.tolist():
        if first != second and mol.GetBondBetweenAtoms(first, second) is None:
            mol.AddBond(first, second, _TYPE_OF_ORDER.get(order, Chem.BondType.SINGLE))
    for index, charge in _closed_shell_charges(structure.numbers, bonds).items():
        mol.GetAtomWithIdx(index).SetFormalCharge(charge)
    mol.UpdatePropertyCache(strict=False)
    return mol


def bonds_of(mol: Chem.Mol) -> np.ndarray:
    """Bonds `[n_bonds, 3]` of a molecule, kekulized as far as that is possible; any other bond counts as single."""
    if any(bond.GetIsAromatic() for bond in mol.GetBonds()):
        mol = _kekulized(mol)
    rows = [
        (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), _ORDER_OF_TYPE.get(bond.GetBondType(), 1))
        for bond in mol.GetBonds()
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _kekulized(mol: Chem.Mol) -> Chem.Mol:
    copy = Chem.RWMol(mol)
    try:
        copy.UpdatePropertyCache(strict=False)
        with quiet():
            Chem.Kekulize(copy, clearAromaticFlags=True)
    except (ValueError, RuntimeError):
        return mol
    return copy


def _conformer(structure: Structure) -> Chem.Conformer:
    conformer = Chem.Conformer(len(structure))
    conformer.Set3D(True)
    if len(structure):
        conformer.SetPositions(np.array(structure.positions, dtype=np.float64))
    return conformer


def _closed_shell_charges(numbers: np.ndarray, bonds: np.ndarray) -> dict[int, int]:
    valence = np.zeros(len(numbers), dtype=np.int64)
    for column in (0, 1):
        np.add.at(valence, bonds[:, column], bonds[:, 2])
    charges = {
        index: _CHARGE_BY_VALENCE[number][total]
        for index, (number, total) in enumerate(zip(numbers.tolist(), valence.tolist(), strict=True))
        if total in _CHARGE_BY_VALENCE.get(number, {})
    }
    return charges if sum(charges.values()) == 0 else {}
