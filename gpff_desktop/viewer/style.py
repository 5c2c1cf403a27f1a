"""How molecules look: representations, element colours and themes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from ase.data.colors import jmol_colors

from gpff_desktop import elements

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Representation:
    """Sizes of atoms and bonds, in Å.

    Parameters
    ----------
    title
        Name shown to the user.
    vdw_share
        Part of the van der Waals radius an atom is drawn with; 0 draws all atoms with `atom_radius`.
    atom_radius
        Radius of every atom when `vdw_share` is 0.
    bond_radius, double_radius
        Radius of a single bond and of each strand of a double bond; a `bond_radius` of 0 draws none.
    double_shift
        Distance of the strands of a double bond from its axis. A triple bond is a little wider and finer.
    """

    title: str
    vdw_share: float
    atom_radius: float
    bond_radius: float
    double_radius: float
    double_shift: float

    def atom_radii(self, numbers: np.ndarray) -> np.ndarray:
        """Radii `[n_atoms]` in Å at which atoms of these numbers are drawn."""
        if not self.vdw_share:
            return np.full(len(numbers), self.atom_radius, dtype=np.float32)
        return (self.vdw_share * _vdw_table()[np.asarray(numbers)]).astype(np.float32)


@dataclass(frozen=True)
class Theme:
    """Background and text colours of the view, what keeps atoms legible against them, and colours of marks.

    `measure` is the colour of measurements and of the rubber band, `lock` and `lock_edge` are those of padlocks,
    `arrow` is that of pseudo-forces, `cloud` and `region` show where a run starts, `constraint` what it must respect.
    """

    name: str
    background: Color
    text: Color
    carbon: Color
    silhouette: float
    measure: Color
    lock: Color
    lock_edge: Color
    arrow: Color
    cloud: Color
    region: Color
    constraint: Color

    @property
    def is_light(self) -> bool:
        """Whether the background is bright."""
        return sum(self.background) > 1.5


BALL_AND_STICK = Representation("Ball and stick", 0.27, 0.0, 0.13, 0.085, 0.13)
LICORICE = Representation("Licorice", 0.0, 0.19, 0.19, 0.075, 0.105)
SPACE_FILLING = Representation("Space-filling", 1.0, 0.0, 0.0, 0.0, 0.0)
WIRE = Representation("Wire", 0.0, 0.045, 0.045, 0.03, 0.085)
GHOST = Representation("Ghost", 0.0, 0.09, 0.09, 0.045, 0.08)
REPRESENTATIONS = {
    "ball-and-stick": BALL_AND_STICK,
    "licorice": LICORICE,
    "space-filling": SPACE_FILLING,
    "wire": WIRE,
}

LIGHT = Theme(
    "light", (1.0, 1.0, 1.0), (0.13, 0.15, 0.18), (0.35, 0.35, 0.37), 0.55,
    measure=(0.02, 0.38, 0.55), lock=(1.0, 0.72, 0.12), lock_edge=(0.25, 0.15, 0.0), arrow=(0.72, 0.16, 0.50),
    cloud=(0.30, 0.42, 0.86), region=(0.16, 0.33, 0.80), constraint=(0.72, 0.30, 0.02),
)  # fmt: skip
DARK = Theme(
    "dark", (0.105, 0.115, 0.135), (0.92, 0.93, 0.95), (0.50, 0.51, 0.53), 0.45,
    measure=(0.45, 0.84, 0.96), lock=(1.0, 0.78, 0.28), lock_edge=(0.10, 0.07, 0.0), arrow=(0.95, 0.48, 0.78),
    cloud=(0.50, 0.66, 1.0), region=(0.56, 0.72, 1.0), constraint=(1.0, 0.66, 0.36),
)  # fmt: skip
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

# Jmol's CPK table, with the elements of organic molecules a little deeper so that they read on white.
_CPK_CHANGES: dict[int, Color] = {
    1: (0.95, 0.95, 0.95),
    7: (0.19, 0.31, 0.97),
    8: (0.92, 0.10, 0.10),
    9: (0.42, 0.78, 0.24),
    15: (0.95, 0.50, 0.10),
    16: (0.93, 0.79, 0.13),
    17: (0.12, 0.75, 0.20),
}
# Okabe and Ito's palette, told apart with every common colour-vision deficiency.
_OKABE_ITO: dict[int, Color] = {
    1: (0.95, 0.95, 0.95),
    7: (0.00, 0.45, 0.70),
    8: (0.84, 0.37, 0.00),
    9: (0.00, 0.62, 0.45),
    15: (0.90, 0.62, 0.00),
    16: (0.94, 0.89, 0.26),
    17: (0.34, 0.71, 0.91),
    35: (0.80, 0.47, 0.65),
}
PALETTES = ("cpk", "colour-blind-safe")


def element_colors(numbers: np.ndarray, palette: str = "cpk", theme: Theme = LIGHT) -> np.ndarray:
    """Colours `[n_atoms, 3]` (sRGB, 0 to 1) of atoms.

    Raises
    ------
    ValueError
        If `palette` is not one of `PALETTES`.
    """
    if palette not in PALETTES:
        raise ValueError(f"unknown colours '{palette}'; choose from {', '.join(PALETTES)}")
    return _color_table(palette, theme.carbon)[np.asarray(numbers)]


@lru_cache(maxsize=8)
def _color_table(palette: str, carbon: Color) -> np.ndarray:
    if palette == "cpk":
        table, changes = np.full((elements.MAX_NUMBER + 1, 3), 0.6), _CPK_CHANGES
        known = min(len(jmol_colors), len(table))
        table[:known] = jmol_colors[:known]
    else:
        table, changes = np.full((elements.MAX_NUMBER + 1, 3), 0.65), _OKABE_ITO
    for number, color in {**changes, 6: carbon}.items():
        table[number] = color
    return table.astype(np.float32)


@lru_cache(maxsize=1)
def _vdw_table() -> np.ndarray:
    return np.array([0.0] + [elements.vdw_radius(z) for z in range(1, elements.MAX_NUMBER + 1)])
