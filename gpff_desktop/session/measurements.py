"""Distances, angles and torsions that stay with the atoms they were taken between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpff_desktop.chemistry.building import measuring

KINDS = {2: "distance", 3: "angle", 4: "torsion"}
_MEASURES = {"distance": measuring.distance, "angle": measuring.angle, "torsion": measuring.torsion}


@dataclass(frozen=True)
class Measurement:
    """A distance between two atoms, an angle at the second of three or the torsion of four.

    Parameters
    ----------
    atoms
        Two to four different indices, counted from 0.

    Raises
    ------
    ValueError
        If there are fewer than two, more than four, or an atom comes twice.
    """

    atoms: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.atoms) not in KINDS:
            raise ValueError(f"{len(self.atoms)} atoms cannot be measured; choose 2, 3 or 4")
        if len(set(self.atoms)) < len(self.atoms):
            raise ValueError("an atom comes twice in the measurement; choose different atoms")

    @property
    def kind(self) -> str:
        """`distance`, `angle` or `torsion`."""
        return KINDS[len(self.atoms)]

    def value(self, positions: np.ndarray) -> float:
        """The distance in Å or the angle in degrees (torsions from -180 to 180) at positions `[n_atoms, 3]`.

        It is nan where atoms that coincide or lie in line leave it undefined.
        """
        return _MEASURES[self.kind](positions, self.atoms)

    def text(self, positions: np.ndarray) -> str:
        """The value with its unit."""
        value = self.value(positions)
        if np.isnan(value):
            return "undefined"
        return f"{value:.3f} Å" if self.kind == "distance" else f"{value:.1f}°"

    def carried(self, new_index: dict[int, int]) -> Measurement | None:
        """The same measurement after atoms were renumbered; `None` if one of its atoms is gone."""
        if not all(atom in new_index for atom in self.atoms):
            return None
        return Measurement(tuple(new_index[atom] for atom in self.atoms))
