"""Move parts of a molecule: by a shift, about an axis, or until a distance, angle or torsion has a given value."""

from __future__ import annotations

import math
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import numpy as np
from scipy.spatial.transform import Rotation

from gpff_desktop.chemistry.building.edit import BuildError, checked, name
from gpff_desktop.chemistry.building.measuring import angle, torsion
from gpff_desktop.chemistry.building.topology import between, bonds_by_distance, reachable
from gpff_desktop.structure import Structure

NONE: frozenset[int] = frozenset()


def translate(structure: Structure, atoms: Iterable[int], shift: np.ndarray) -> Structure:
    """Some atoms moved by a shift `[3]` in Å.

    Raises
    ------
    BuildError
        If an atom is not there or the shift is not three finite numbers.
    """
    chosen = checked(structure, atoms)
    return _moved(structure, chosen, structure.positions[chosen] + _vector(shift))


def rotate(
    structure: Structure, atoms: Iterable[int], rotation: np.ndarray, centre: np.ndarray | None = None
) -> Structure:
    """Some atoms rotated.

    Parameters
    ----------
    structure
        The structure.
    atoms
        What to rotate.
    rotation
        Rotation matrix `[3, 3]`, applied from the left; `about_axis` makes one.
    centre
        Point `[3]` in Å that stays; by default the atoms' centre of geometry.

    Raises
    ------
    BuildError
        If an atom is not there or the matrix is not a rotation.
    """
    chosen = checked(structure, atoms)
    matrix = np.asarray(rotation, dtype=np.float64)
    if matrix.shape != (3, 3) or not np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-6) or np.linalg.det(matrix) < 0:
        raise BuildError("the matrix is not a rotation; use about_axis(axis, degrees)")
    if not len(chosen):
        return structure
    middle = structure.positions[chosen].mean(axis=0) if centre is None else _vector(centre)
    return _moved(structure, chosen, (structure.positions[chosen] - middle) @ matrix.T + middle)


def about_axis(axis: np.ndarray, degrees: float) -> np.ndarray:
    """Rotation matrix `[3, 3]` for a right-handed turn about an axis `[3]` of any length.

    Raises
    ------
    BuildError
        If the axis has no length or the angle is not finite.
    """
    vector = _vector(axis)
    length = float(np.linalg.norm(vector))
    if not length > 0 or not math.isfinite(degrees):
        raise BuildError("the axis has no length or the angle is not a number; give both anew")
    return Rotation.from_rotvec(vector / length * math.radians(degrees)).as_matrix()


def set_distance(
    structure: Structure, i: int, j: int, value: float,
    bonds: np.ndarray | None = None, fixed: AbstractSet[int] = NONE,
) -> Structure:  # fmt: skip
    """Two atoms brought to a distance, each with all that hangs on it.

    The smaller side moves (at a tie, that of `j`), or the other one if locked atoms are on it.

    Parameters
    ----------
    structure
        The molecule.
    i, j
        The atoms: bonded to each other outside a ring, or in separate pieces.
    value
        The distance in Å.
    bonds
        `[n_bonds, 3]`; by default those of the structure, or by distance.
    fixed
        Atoms that must not move.

    Raises
    ------
    BuildError
        If an atom is not there, the value is not positive, a ring or the locked atoms do not allow it.
    """
    _distinct(structure, [i, j])
    if not 0 < value < math.inf:
        raise BuildError("the distance must be positive; type a length in Å")
    line = _line(structure, i, j)
    length = float(np.linalg.norm(line))
    sides = _Sides(structure, bonds, fixed)
    moved = sides.choose(sides.beyond(i, j), sides.beyond(j, i), i, j)
    shift = line / length * (value - length)
    return translate(structure, moved, shift if j in moved else -shift)


def set_angle(
    structure: Structure, i: int, j: int, k: int, value: float,
    bonds: np.ndarray | None = None, fixed: AbstractSet[int] = NONE,
) -> Structure:  # fmt: skip
    """The angle i–j–k brought to a value by turning one end, with all that hangs on it, about `j`.

    The smaller end moves (at a tie, that of `k`), or the other one if locked atoms or a ring hold it.

    Parameters
    ----------
    structure
        The molecule.
    i, j, k
        The atoms, `j` in the middle.
    value
        The angle in degrees, above 0 and up to 180.
    bonds
        `[n_bonds, 3]`; by default those of the structure, or by distance.
    fixed
        Atoms that must not move.

    Raises
    ------
    BuildError
        If an atom is not there, the value is out of range, a ring or the locked atoms do not allow it.
    """
    _distinct(structure, [i, j, k])
    if not 0 < value <= 180:
        raise BuildError("an angle is between 0 and 180 degrees; type such a value")
    now = angle(structure, (i, j, k))
    if math.isnan(now):
        raise BuildError("two of the atoms lie on each other; move one of them first")
    sides = _Sides(structure, bonds, fixed)
    last, first = sides.end(j, k, stays=i), sides.end(j, i, stays=k)
    moved = sides.choose(last, first, j, k)
    towards_i, towards_k = structure.positions[[i, k]] - structure.positions[j]
    turn = value - now if k in moved else now - value
    return rotate(structure, moved, about_axis(_normal(towards_i, towards_k), turn), structure.positions[j])


def set_torsion(
    structure: Structure, i: int, j: int, k: int, m: int, value: float,
    bonds: np.ndarray | None = None, fixed: AbstractSet[int] = NONE,
) -> Structure:  # fmt: skip
    """The torsion i–j–k–m brought to a value by rotating about j–k.

    The smaller side of j–k moves (at a tie, that of `k`), or the other one if locked atoms are on it.

    Parameters
    ----------
    structure
        The molecule.
    i, j, k, m
        Four atoms in a row.
    value
        The torsion in degrees; 360 more or less make no difference.
    bonds
        `[n_bonds, 3]`; by default those of the structure, or by distance.
    fixed
        Atoms that must not move.

    Raises
    ------
    BuildError
        If an atom is not there, three of them are in line, a ring or the locked atoms do not allow it.
    """
    _distinct(structure, [i, j, k, m])
    if not math.isfinite(value):
        raise BuildError("the torsion is not a number; type degrees")
    now = torsion(structure, (i, j, k, m))
    if math.isnan(now):
        raise BuildError("three of the atoms are in line and have no torsion; choose others")
    sides = _Sides(structure, bonds, fixed)
    last = sides.beyond(j, k)
    if last is not None and (m not in last or i in last):
        raise BuildError("a torsion needs four atoms bonded in a row; choose them in their order along the chain")
    return _turned(structure, sides, j, k, value - now)


def rotate_about_bond(
    structure: Structure, i: int, j: int, degrees: float,
    bonds: np.ndarray | None = None, fixed: AbstractSet[int] = NONE,
) -> Structure:  # fmt: skip
    """One side of the bond i–j rotated about it, clockwise as seen from `i` for the side of `j`.

    The smaller side moves (at a tie, that of `j`), or the other one if locked atoms are on it; the torsions about the
    bond grow by `degrees` either way.

    Parameters
    ----------
    structure
        The molecule.
    i, j
        The ends of the bond.
    degrees
        How far.
    bonds
        `[n_bonds, 3]`; by default those of the structure, or by distance.
    fixed
        Atoms that must not move.

    Raises
    ------
    BuildError
        If an atom is not there, a ring or the locked atoms do not allow it.
    """
    _distinct(structure, [i, j])
    return _turned(structure, _Sides(structure, bonds, fixed), i, j, degrees)


class _Sides:
    """What may move when one coordinate changes."""

    def __init__(self, structure: Structure, bonds: np.ndarray | None, fixed: AbstractSet[int]) -> None:
        self.structure, self.fixed = structure, fixed
        self.bonds = bonds_by_distance(structure) if bonds is None else bonds

    def beyond(self, i: int, j: int) -> frozenset[int] | None:
        """What hangs on `j` once its bond to `i` is cut; `None` if `i` still does."""
        cut = self.bonds[~between(i, j, self.bonds)]
        found = reachable(j, len(self.structure), cut)
        return None if i in found else found

    def end(self, middle: int, atom: int, stays: int) -> frozenset[int] | None:
        """What hangs on one end of an angle; `None` if the middle or the other end does too."""
        found = self.beyond(middle, atom)
        return None if found is None or stays in found else found

    def choose(self, preferred: frozenset[int] | None, other: frozenset[int] | None, i: int, j: int) -> frozenset[int]:
        """The side to move: free of locked atoms, then the smaller one, then the preferred one."""
        whole = [side for side in (preferred, other) if side is not None]
        if not whole:
            raise BuildError(self._held(i, j))
        free = [side for side in whole if not side & self.fixed]
        if not free:
            raise BuildError("locked atoms are in the way on every side; unlock some of them first")
        return min(free, key=len)

    def _held(self, i: int, j: int) -> str:
        names = f"{name(self.structure, i)} and {name(self.structure, j)}"
        if between(i, j, self.bonds).any():
            return (
                f"the bond between {names} is in a ring; choose one outside rings, or delete a bond of the ring first"
            )
        return f"{names} are not bonded but in one piece; choose atoms that are bonded to each other"


def _turned(structure: Structure, sides: _Sides, i: int, j: int, degrees: float) -> Structure:
    axis = _line(structure, i, j)
    # The ends of the bond are on the axis and stay, so that they may be locked.
    far, near = (_without(side, {i, j}) for side in (sides.beyond(i, j), sides.beyond(j, i)))
    moved = sides.choose(far, near, i, j)
    turn = degrees if moved is far else -degrees
    return rotate(structure, moved, about_axis(axis, turn), structure.positions[i])


def _without(side: frozenset[int] | None, atoms: set[int]) -> frozenset[int] | None:
    return None if side is None else side - atoms


def _line(structure: Structure, i: int, j: int) -> np.ndarray:
    """The vector `[3]` from one atom to another."""
    line = structure.positions[j] - structure.positions[i]
    if not line.any():
        raise BuildError(f"{name(structure, i)} and {name(structure, j)} lie on each other; move one of them first")
    return line


def _normal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A vector `[3]` at right angles to both, also where they are in line."""
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    normal = np.cross(a, b)
    if np.linalg.norm(normal) > 1e-9:
        return normal
    return np.cross(a, np.eye(3)[np.abs(a).argmin()])


def _moved(structure: Structure, atoms: np.ndarray, positions: np.ndarray) -> Structure:
    changed = structure.positions.copy()
    changed[atoms] = positions
    return structure.with_positions(changed)


def _distinct(structure: Structure, atoms: list[int]) -> None:
    if len(checked(structure, atoms)) < len(atoms):
        raise BuildError("the same atom is named twice; choose different ones")


def _vector(values: np.ndarray) -> np.ndarray:
    vector = np.asarray(values, dtype=np.float64)
    if vector.shape != (3,) or not np.isfinite(vector).all():
        raise BuildError("a shift, a point or an axis is three numbers x, y and z")
    return vector
