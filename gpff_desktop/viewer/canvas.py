"""The 3D canvas: one molecule, what is laid over it, and how it looks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from vispy import app

from gpff_desktop.structure import Structure
from gpff_desktop.viewer.band import Rectangle
from gpff_desktop.viewer.interaction import InteractiveCanvas
from gpff_desktop.viewer.labels import LABEL_KINDS, MOST_LABELS
from gpff_desktop.viewer.measurements import Measurement
from gpff_desktop.viewer.overlays import Overlays
from gpff_desktop.viewer.rendering import MANY_ATOMS
from gpff_desktop.viewer.sketch import Sketch
from gpff_desktop.viewer.style import BALL_AND_STICK, LIGHT, Representation, Theme

_IDLE_SECONDS = 0.3


class MoleculeCanvas(InteractiveCanvas):
    """A vispy canvas that shows a molecule.

    Parameters
    ----------
    theme
        Light or dark colours.
    size
        Width and height in logical pixels.
    **options
        Passed to vispy's `SceneCanvas` (`app`, `parent`, `show`…).
    """

    def __init__(self, theme: Theme = LIGHT, size: tuple[int, int] = (800, 600), **options: Any) -> None:
        super().__init__(theme, size, **options)
        self._representation, self._palette = BALL_AND_STICK, "cpk"
        self._selection: frozenset[int] = frozenset()
        self._open = True
        self._animating = False
        self._label_kind = "none"
        self._charges: tuple[int, ...] | None = None
        self._overlays = Overlays(self.molecule, self._stage, self._view.scene)
        self._idle = app.Timer(_IDLE_SECONDS, connect=self.come_to_rest, iterations=1, app=self.app)
        self.camera.moved.connect(self._on_motion)
        self.set_theme(theme)

    def set_structure(self, structure: Structure, fit: bool = True) -> None:
        """Show a structure; with `fit`, look at its flattest side and bring all of it into view."""
        self._hovered = self._pivot = None
        self.molecule.set_structure(structure)
        self._selection = frozenset(i for i in self._selection if i < len(structure))
        self._update_labels()
        self._overlays.follow()
        if fit:
            self.camera.set_orientation(self.camera.facing(self.molecule.positions))
            self.fit()
        self._on_motion()

    def set_positions(self, positions: np.ndarray, bonds: np.ndarray | None = None) -> None:
        """Move the atoms to `[n_atoms, 3]` in Å (a live frame); other bonds `[n_bonds, 3]` if given."""
        self.molecule.set_positions(positions, bonds)
        self.molecule.update_fog()
        self._overlays.follow()
        self._on_motion()

    def set_theme(self, theme: Theme) -> None:
        """Use light or dark colours."""
        self._theme = theme
        self.bgcolor = theme.background
        self._apply_look()

    def set_representation(self, representation: Representation) -> None:
        """Draw as ball-and-stick, licorice, space-filling or wire."""
        self._representation = representation
        self._apply_look()

    def set_palette(self, palette: str) -> None:
        """Colour the elements by one of `style.PALETTES`."""
        self._palette = palette
        self._apply_look()

    def set_selection(self, atoms: Iterable[int]) -> None:
        """Make these atoms glow."""
        self._selection = frozenset(atoms)
        self.molecule.set_highlights(self._selection, self._hovered)
        if len(self.molecule.positions) > MOST_LABELS:
            self._update_labels()

    def set_locked(self, atoms: Iterable[int]) -> None:
        """Put a padlock on these atoms."""
        self._overlays.set_locked(atoms)
        self.update()

    def set_measurements(self, measurements: Sequence[Measurement]) -> None:
        """Draw these distances, angles and torsions; they follow the atoms."""
        self._overlays.measurements.set_measurements(measurements)
        self._overlays.measurements.follow(self.molecule.positions)
        self.update()

    def set_measurement_texts(self, texts: Sequence[str]) -> None:
        """Write other values beside the measurements shown, in their order, as while atoms move.

        Raises
        ------
        ValueError
            If their number differs.
        """
        shown = self._overlays.measurements.shown
        if len(texts) != len(shown):
            raise ValueError(f"{len(shown)} measurements are shown but {len(texts)} texts were given")
        self.set_measurements([replace(m, text=text) for m, text in zip(shown, texts, strict=True)])

    def set_arrows(self, vectors: np.ndarray | None) -> None:
        """Draw an arrow from the centre of each atom along vectors `[n_atoms, 3]` in Å, or none; short ones fade."""
        self._overlays.arrows.set_vectors(vectors)
        self._overlays.arrows.follow(self.molecule.positions)
        self._on_motion()

    def set_band(self, rectangle: Rectangle | None) -> None:
        """Draw a rubber band between two corners in logical pixels, or none."""
        self._overlays.band.set_rectangle(rectangle)
        self._on_motion()

    def set_sketch(self, sketch: Sketch | None) -> None:
        """Preview an atom that a tool would place, or none."""
        self._overlays.sketch.set_sketch(sketch)
        self._on_motion()

    def set_charges(self, charges: Iterable[int] | None) -> None:
        """Say which formal charges `[n_atoms]` the labels of kind `charge` show; None if they are not known."""
        self._charges = None if charges is None else tuple(int(charge) for charge in charges)
        self._update_labels()
        self.update()

    def set_ghosts(self, structures: Sequence[Structure]) -> None:
        """Lay other structures over the molecule, thin and faded, each with its own colour of carbon."""
        self._ghosts.set_structures(structures)
        self._on_motion()

    def set_labels(self, kind: str) -> None:
        """Label atoms; `kind` is one of `LABEL_KINDS`."""
        if kind not in LABEL_KINDS:
            raise ValueError(f"unknown labels '{kind}'; choose from {', '.join(LABEL_KINDS)}")
        self._label_kind = kind
        self._update_labels()
        self.update()

    @property
    def selection(self) -> frozenset[int]:
        """Indices of the selected atoms."""
        return self._selection

    @property
    def animating(self) -> bool:
        """Whether live frames are coming; still-picture effects wait until they end."""
        return self._animating

    @animating.setter
    def animating(self, on: bool) -> None:
        self._animating = on
        self._on_motion()

    @property
    def occlusion_shown(self) -> bool:
        """Whether the picture in the window is drawn with ambient occlusion; it waits until nothing moves."""
        return bool(self._occlusion.active)

    def _hover(self, event: Any) -> None:
        if self._animating:
            return
        hovered = self.pick(event.pos[:2])
        if hovered != self._hovered:
            self._hovered = hovered
            if len(self.molecule.positions) <= MANY_ATOMS:
                self.molecule.set_highlights(self._selection, hovered)
            self.atom_hovered.emit(hovered)

    def _apply_look(self) -> None:
        self._occlusion.fresh = False
        self.molecule.set_look(self._representation, self._palette, self._theme)
        self._ghosts.set_look(self._palette, self._theme)
        self._overlays.set_look(self._representation, self._palette, self._theme)
        self._update_labels()
        self.update()

    def _update_labels(self) -> None:
        self._overlays.set_labels(self._label_kind, self._charges, self._selection)

    def close(self) -> None:
        """Close the canvas; its timer would draw on a window that is gone."""
        self._idle.stop()
        self._open = False
        super().close()

    def _on_motion(self) -> None:
        if not self._open:
            return
        self._at_rest = self._occlusion.active = self._occlusion.fresh = False
        self._idle.stop()
        if not self._animating:
            self._idle.start(iterations=1)
        self.update()

    def come_to_rest(self, event: Any = None) -> None:
        """Draw the picture that is shown while nothing moves, now instead of in a moment."""
        self._at_rest = not self._animating
        self._occlusion.active = self._at_rest and len(self.molecule.positions) <= MANY_ATOMS
        self.update()
