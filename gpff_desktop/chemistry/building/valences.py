"""How many hydrogens an atom asks for, and molecules in which every atom has as many as it should."""

from __future__ import annotations

import numpy as np
from rdkit import Chem

from gpff_desktop.chemistry.building.topology import neighbour_lists, order_sums
from gpff_desktop.chemistry.molecules import bonded_mol
from gpff_desktop.structure import Structure

# Neutral valences, smallest first (RDKit's table); what is not here, such as a metal, gets no hydrogens.
_VALENCES = {
    5: (3,), 6: (4,), 7: (3,), 8: (2,), 9: (1,), 14: (4,), 15: (3, 5), 16: (2, 4, 6), 17: (1,),
    32: (4,), 33: (3, 5), 34: (2, 4, 6), 35: (1,), 52: (2, 4, 6), 53: (1, 3, 5),
}  # fmt: skip
# Sum of bond orders at which an atom is charged: nitro, ammonium, oxonium, borate.
_CHARGED_AT = {5: (4, -1), 7: (4, 1), 8: (3, 1)}
# The same, where a double bond would make it an ordinary higher valence: phosphonium, sulfonium.
_CHARGED_WITH_SINGLE_BONDS = {15: (4, 1), 16: (3, 1)}


def has_valence(number: int) -> bool:
    """Whether an element has a usual valence; metals have none, and hydrogen is what fills that of others."""
    return number in _VALENCES or number == 1


def highest_valence(number: int) -> int:
    """The most bonds that an element usually has; 0 where nothing can be said."""
    return 1 if number == 1 else max(_VALENCES.get(number, (0,)))


def skeleton_charges(numbers: np.ndarray, bonds: np.ndarray) -> np.ndarray:
    """Formal charges `[n_atoms]` that follow from the bonds between heavy atoms, whatever hydrogens there are.

    A nitrogen with four such bonds is positive; a terminal neighbour that lacks one bond balances it (nitro, N-oxide,
    azide, isocyanide). Charges that only hydrogens tell of, as in a zwitterion, are not seen.
    """
    heavy = bonds[(numbers[bonds[:, :2]] > 1).all(axis=1)]
    sums, lists = order_sums(len(numbers), heavy), neighbour_lists(len(numbers), heavy)
    charges = np.zeros(len(numbers), dtype=np.int64)
    for atom, (number, total) in enumerate(zip(numbers.tolist(), sums.tolist(), strict=True)):
        charges[atom] = _own_charge(number, total, len(lists[atom]))
    for atom in np.flatnonzero(charges == 1).tolist():
        partners = (
            n for n in lists[atom] if len(lists[n]) == 1 and charges[n] == 0 and _lacks_one(numbers[n], sums[n])
        )
        partner = next(partners, None)
        if partner is not None:
            charges[partner] = -1
    return charges


def open_valences(structure: Structure, bonds: np.ndarray) -> np.ndarray:
    """Hydrogens `[n_atoms]` that each atom lacks; negative if it has too many, 0 where nothing can be said.

    Parameters
    ----------
    structure
        The atoms.
    bonds
        `[n_bonds, 3]`, with orders.
    """
    numbers = structure.numbers
    hydrogen_bonds = (numbers[bonds[:, :2]] == 1).any(axis=1)
    heavy_sums = order_sums(len(numbers), bonds[~hydrogen_bonds])
    hydrogens = order_sums(len(numbers), bonds[hydrogen_bonds])
    charges = skeleton_charges(numbers, bonds)
    wanted = [
        0 if charge else _wanted(number, total)
        for number, total, charge in zip(numbers.tolist(), heavy_sums.tolist(), charges.tolist(), strict=True)
    ]
    return np.array([0 if w is None else w - h for w, h in zip(wanted, hydrogens.tolist(), strict=True)], np.int64)


def overfull_atoms(structure: Structure, bonds: np.ndarray) -> np.ndarray:
    """Atoms `[n]` with more bonds to heavy atoms than their element allows."""
    numbers = structure.numbers
    sums = order_sums(len(numbers), bonds[(numbers[bonds[:, :2]] > 1).all(axis=1)])
    charges = skeleton_charges(numbers, bonds)
    full = [
        z in _VALENCES and not charge and _wanted(z, total) is None
        for z, total, charge in zip(numbers.tolist(), sums.tolist(), charges.tolist(), strict=True)
    ]
    return np.flatnonzero(full)


def saturated_mol(structure: Structure, bonds: np.ndarray) -> Chem.RWMol:
    """An RDKit molecule that knows of its missing hydrogens (as explicit counts), with hybridisation; never raises."""
    mol = bonded_mol(structure, bonds)
    charges, missing = skeleton_charges(structure.numbers, bonds), open_valences(structure, bonds)
    for atom, charge, count in zip(mol.GetAtoms(), charges.tolist(), missing.tolist(), strict=True):
        atom.SetFormalCharge(charge)
        atom.SetNumExplicitHs(max(0, count))
    mol.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(mol)
    Chem.SetConjugation(mol)
    Chem.SetHybridization(mol)
    return mol


def _own_charge(number: int, total: int, n_neighbours: int) -> int:
    at, charge = _CHARGED_AT.get(number, (-1, 0))
    if total == at:
        return charge
    at, charge = _CHARGED_WITH_SINGLE_BONDS.get(number, (-1, 0))
    return charge if total == at == n_neighbours else 0


def _lacks_one(number: int, total: int) -> bool:
    # A carbon with a triple bond only (isocyanide); with less it is a group of its own.
    return int(number) in (6, 7, 8, 16) and total == _VALENCES[int(number)][0] - 1


def _wanted(number: int, total: int) -> int | None:
    """Hydrogens at an atom with so many bonds to heavy atoms; `None` where the element has no fitting valence."""
    return next((valence - total for valence in _VALENCES.get(number, ()) if valence >= total), None)
