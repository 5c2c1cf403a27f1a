"""A molecule in the scene: atoms and bonds drawn from a `Structure`, fast enough to follow a running sampler."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from vispy.scene import Node

from gpff_desktop.structure import Structure
from gpff_desktop.viewer.bonds import BondStrands
from gpff_desktop.viewer.dots import Dots
from gpff_desktop.viewer.impostors import Cylinders, Shading, Spheres, Stage
from gpff_desktop.viewer.style import BALL_AND_STICK, LIGHT, Representation, Theme, element_colors

_NO_BONDS = np.empty((0, 3), dtype=np.int64)
_EMPTY = Structure(np.empty(0), np.empty((0, 3)))
_SELECTED_GLOW = 1.0
_DOT_GLOW = 0.6


class Molecule(Node):
    """Scene node that draws one structure.

    Attributes
    ----------
    structure
        The structure last set; live frames change `positions` and `bonds` only.
    positions
        Where the atoms are drawn, `[n_atoms, 3]` in Å.
    radii
        Radii at which the atoms are drawn, `[n_atoms]` in Å.
    """

    def __init__(self, stage: Stage, parent: Node | None = None) -> None:
        super().__init__(parent=parent)
        self._stage = stage
        self._spheres = Spheres(stage, parent=self)
        self._cylinders = Cylinders(stage, parent=self)
        self._dots = Dots(stage, parent=self)
        self._dots.visible = False
        self._representation, self._palette, self._theme = BALL_AND_STICK, "cpk", LIGHT
        self._selected: frozenset[int] = frozenset()
        self.set_structure(_EMPTY)

    def set_structure(self, structure: Structure) -> None:
        """Draw another structure; unknown bonds are not drawn."""
        self.structure = structure
        self.positions = structure.positions.astype(np.float32)
        self.bonds = _NO_BONDS if structure.bonds is None else structure.bonds
        self._selected = frozenset(i for i in self._selected if i < len(structure))
        self._rebuild()

    def set_positions(self, positions: np.ndarray, bonds: np.ndarray | None = None) -> None:
        """Draw the same atoms at other positions `[n_atoms, 3]` in Å, with other bonds `[n_bonds, 3]` if given.

        Raises
        ------
        ValueError
            If the number of atoms differs.
        """
        if positions.shape != self.positions.shape:
            raise ValueError(f"{len(self.structure)} atoms are shown but {len(positions)} positions were given")
        self.positions = np.asarray(positions, dtype=np.float32)
        self._spheres.set_centres(self.positions)
        self._refresh_dots()
        if bonds is not None and not np.array_equal(bonds, self.bonds):
            self.bonds = bonds
            self._rebuild_bonds()
        else:
            self._cylinders.set_ends(self._strands.ends(self.positions))

    def set_look(self, representation: Representation, palette: str, theme: Theme) -> None:
        """Change how atoms and bonds are drawn."""
        self._representation, self._palette, self._theme = representation, palette, theme
        self._rebuild()

    def set_selected(self, selected: Iterable[int]) -> None:
        """Make these atoms glow."""
        self._selected = frozenset(selected)
        self._recolor()
        self._spheres.set_colors(self._colors)
        self._refresh_dots()
        self._rebuild_bonds()

    def radii_of(self, numbers: np.ndarray) -> np.ndarray:
        """Radii `[n_atoms]` in Å at which atoms of these numbers are drawn."""
        return self._representation.atom_radii(numbers)

    @property
    def radius(self) -> float:
        """Distance in Å from the centre to the outermost drawn surface; 1 for an empty molecule."""
        if not len(self.positions):
            return 1.0
        return float((np.linalg.norm(self.positions - self.centre, axis=1) + self.radii).max())

    @property
    def centre(self) -> np.ndarray:
        """Middle of the smallest upright box around the atoms, `[3]` in Å."""
        if not len(self.positions):
            return np.zeros(3)
        return (self.positions.min(axis=0) + self.positions.max(axis=0)) / 2

    @property
    def bond_reach(self) -> float:
        """Distance in Å from a bond's axis to the outermost surface of its strands."""
        look = self._representation
        return max(look.bond_radius, look.double_radius + look.double_shift)

    def update_fog(self) -> None:
        """Fit the fog to where the atoms now are."""
        x, y, z = (float(v) for v in self.centre)
        self._stage.shading = replace(
            self._stage.shading,
            background=self._theme.background,
            silhouette=self._theme.silhouette,
            focus=(x, y, z),
            fog_start=-0.3 * self.radius,
            fog_end=1.6 * self.radius,
        )

    @property
    def shading(self) -> Shading:
        """Light, material and fog in use."""
        return self._stage.shading

    def draw_surfaces(self) -> None:
        """Draw into the current framebuffer, whatever else there is in the scene."""
        self._spheres.draw()
        self._cylinders.draw()

    def set_coarse(self, on: bool) -> None:
        """Draw atoms as dots and no bonds, which is quick, or as usual."""
        if on == self._dots.visible:
            return
        self._dots.visible = on
        self._refresh_dots()
        self._spheres.visible = self._cylinders.visible = not on

    def transform_to(self, space: str) -> Any:
        """vispy's transform from Å to `space` (`"canvas"`, `"framebuffer"` or `"render"`)."""
        return self._spheres.get_transform("visual", space)

    def _rebuild(self) -> None:
        self.radii = self.radii_of(self.structure.numbers)
        self._recolor()
        self._spheres.set_spheres(self.positions, self.radii, self._colors)
        self._refresh_dots()
        self._rebuild_bonds()
        self.update_fog()

    def _refresh_dots(self) -> None:
        if self._dots.visible:
            glow = _DOT_GLOW * self._colors[:, 3:]
            colors = (1.0 - glow) * self._colors[:, :3] + glow * np.array(self.shading.glow)
            self._dots.set_dots(self.positions, self.radii, colors)

    def _rebuild_bonds(self) -> None:
        self._strands = BondStrands(self.bonds, self.radii, self._representation)
        self._cylinders.set_cylinders(
            self._strands.ends(self.positions), self._strands.radii, self._colors[self._strands.atoms]
        )

    def _recolor(self) -> None:
        glow = np.zeros((len(self.structure), 1), dtype=np.float32)
        glow[list(self._selected)] = _SELECTED_GLOW
        self._colors = np.hstack([element_colors(self.structure.numbers, self._palette, self._theme), glow])
