"""Structures laid over the molecule for comparison: thin, faded, carbons in a colour for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from vispy.scene import Node

from gpff_desktop.structure import Structure
from gpff_desktop.viewer.bonds import BondStrands
from gpff_desktop.viewer.impostors import Cylinders, Spheres, Stage
from gpff_desktop.viewer.style import GHOST, LIGHT, Color, Theme, element_colors

# Paul Tol's "bright" scheme without its grey, told apart with every common colour-vision deficiency.
TINTS: tuple[Color, ...] = (
    (0.27, 0.47, 0.67),
    (0.93, 0.40, 0.47),
    (0.13, 0.53, 0.20),
    (0.80, 0.73, 0.27),
    (0.40, 0.80, 0.93),
    (0.67, 0.20, 0.47),
)
_FADE = 0.35


class Ghosts(Node):
    """Scene node that draws any number of structures in one go.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    """

    def __init__(self, stage: Stage, parent: Node | None = None) -> None:
        super().__init__(parent=parent)
        self._spheres = Spheres(stage, parent=self)
        self._cylinders = Cylinders(stage, parent=self)
        self._structures: tuple[Structure, ...] = ()
        self._palette, self._theme = "cpk", LIGHT

    def set_structures(self, structures: Sequence[Structure]) -> None:
        """Draw these structures instead of the present ones; unknown bonds are not drawn."""
        self._structures = tuple(structures)
        self._rebuild()

    def set_look(self, palette: str, theme: Theme) -> None:
        """Change the colours."""
        self._palette, self._theme = palette, theme
        self._rebuild()

    def draw_surfaces(self) -> None:
        """Draw into the current framebuffer, whatever else there is in the scene."""
        self._spheres.draw()
        self._cylinders.draw()

    def _rebuild(self) -> None:
        numbers = np.concatenate([np.empty(0, dtype=np.int64), *(s.numbers for s in self._structures)])
        positions = np.concatenate([np.empty((0, 3)), *(s.positions for s in self._structures)])
        radii, colors = GHOST.atom_radii(numbers), self._colors(numbers)
        strands = BondStrands(_joined_bonds(self._structures), radii, GHOST)
        self._spheres.set_spheres(positions, radii, colors)
        self._cylinders.set_cylinders(strands.ends(positions), strands.radii, colors[strands.atoms])

    def _colors(self, numbers: np.ndarray) -> np.ndarray:
        owner = np.repeat(np.arange(len(self._structures)), [len(s) for s in self._structures])
        tints = np.array(TINTS)[owner % len(TINTS)]
        plain = np.where((numbers == 6)[:, None], tints, element_colors(numbers, self._palette, self._theme))
        faded = (1.0 - _FADE) * plain + _FADE * np.array(self._theme.background)
        return np.hstack([faded, np.zeros((len(numbers), 1))])


def _joined_bonds(structures: Sequence[Structure]) -> np.ndarray:
    """Bonds `[n_bonds, 3]` of all structures, with atoms counted through."""
    rows, first = [np.empty((0, 3), dtype=np.int64)], 0
    for structure in structures:
        if structure.bonds is not None:
            rows.append(structure.bonds + np.array([first, first, 0]))
        first += len(structure)
    return np.concatenate(rows)
