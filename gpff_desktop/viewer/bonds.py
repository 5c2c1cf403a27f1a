"""Where the cylinders of bonds run: one strand per single bond, parallel strands for double and triple bonds."""

from __future__ import annotations

import numpy as np

from gpff_desktop.viewer.style import Representation

_TRIPLE_SPREAD = 1.4
_TRIPLE_FINENESS = 0.7


class BondStrands:
    """The cylinders that draw a set of bonds; topology is worked out once, ends follow the atoms.

    Parameters
    ----------
    bonds
        `[n_bonds, 3]` rows of (first atom, second atom, order).
    atom_radii
        Radii `[n_atoms]` in Å at which the atoms are drawn; what they would hide is left out.
    representation
        Gives radii and the spacing of parallel strands.
    """

    def __init__(self, bonds: np.ndarray, atom_radii: np.ndarray, representation: Representation) -> None:
        visible = bonds if representation.bond_radius else bonds[:0]
        orders = np.clip(visible[:, 2], 1, 3)
        strand_of = np.repeat(np.arange(len(visible)), orders)
        order = orders[strand_of]
        rank = np.arange(len(strand_of)) - np.repeat(np.cumsum(orders) - orders, orders) - (order - 1) / 2
        fine = representation.double_radius
        self.atoms = visible[strand_of, :2].T
        self.radii = np.array([0.0, representation.bond_radius, fine, _TRIPLE_FINENESS * fine])[order]
        self._shift = rank * np.array([0.0, 0.0, 2.0, _TRIPLE_SPREAD])[order] * representation.double_shift
        self._beside = _neighbours_beside(visible)[strand_of]
        outermost = np.abs(self._shift) + self.radii
        self._hidden = np.sqrt(np.maximum(atom_radii[self.atoms] ** 2 - outermost**2, 0.0)) * 0.98

    def __len__(self) -> int:
        return len(self.radii)

    def ends(self, positions: np.ndarray) -> np.ndarray:
        """Start and end points `[2, n_strands, 3]` for atoms at `positions` `[n_atoms, 3]`."""
        starts, stops = positions[self.atoms[0]], positions[self.atoms[1]]
        along = stops - starts
        length = np.linalg.norm(along, axis=1)
        along = along / (length[:, None] + 1e-9)
        # Atoms that overlap hide the whole bond; it keeps a trace of length so that its direction is defined.
        share = np.minimum(1.0, (length - 0.01) / np.maximum(self._hidden.sum(axis=0), 1e-9))
        inset = self._hidden * np.maximum(share, 0.0)
        sideways = self._sideways(positions, starts, along) * self._shift[:, None] if self._shift.any() else 0.0
        return np.stack([starts + along * inset[0][:, None] + sideways, stops - along * inset[1][:, None] + sideways])

    def _sideways(self, positions: np.ndarray, starts: np.ndarray, along: np.ndarray) -> np.ndarray:
        """Unit vectors across each bond, in the plane of a neighbouring atom where there is one."""
        beside = np.where(self._beside[:, None] >= 0, positions[self._beside], positions.mean(axis=0)) - starts
        across = beside - (beside * along).sum(axis=1, keepdims=True) * along
        size = np.linalg.norm(across, axis=1, keepdims=True)
        # A linear neighbourhood (C≡N, CO2) defines no plane: any perpendicular will do.
        axis = np.where(np.abs(along[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
        fallback = np.cross(along, axis)
        fallback /= np.linalg.norm(fallback, axis=1, keepdims=True) + 1e-9
        return np.where(size > 0.05, across / np.maximum(size, 1e-9), fallback)


def _neighbours_beside(bonds: np.ndarray) -> np.ndarray:
    """For each multiple bond an atom bonded to one of its ends, the bond itself aside; -1 for none."""
    beside = np.full(len(bonds), -1)
    multiple = np.flatnonzero(bonds[:, 2] > 1)
    if not len(multiple):
        return beside
    first, second = bonds[multiple, :2].T
    neighbours = _two_neighbours(bonds)
    at_first, at_second = _other_than(neighbours[first], second), _other_than(neighbours[second], first)
    beside[multiple] = np.where(at_first >= 0, at_first, at_second)
    return beside


def _two_neighbours(bonds: np.ndarray) -> np.ndarray:
    """Two neighbours of each atom, `[n_atoms, 2]` in the order of the bonds; -1 where there are fewer."""
    ends = bonds[:, [0, 1, 1, 0]].reshape(-1, 2)
    ends = ends[np.argsort(ends[:, 0], kind="stable")]
    atoms, starts, counts = np.unique(ends[:, 0], return_index=True, return_counts=True)
    neighbours = np.full((int(atoms[-1]) + 1, 2), -1)
    neighbours[atoms, 0] = ends[starts, 1]
    neighbours[atoms[counts > 1], 1] = ends[starts[counts > 1] + 1, 1]
    return neighbours


def _other_than(neighbours: np.ndarray, atom: np.ndarray) -> np.ndarray:
    """Of two neighbours `[n, 2]` the first that is not `atom` `[n]`."""
    return np.where(neighbours[:, 0] != atom, neighbours[:, 0], neighbours[:, 1])
