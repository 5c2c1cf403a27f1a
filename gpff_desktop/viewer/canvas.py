"""The 3D canvas: one molecule, what is laid over it, and how it looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from psygnal import Signal
from vispy import app, gloo

from gpff_desktop.engine.steering.constraints import Constraint
from gpff_desktop.engine.steering.regions import Painted, Region, Sphere
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.band import Rectangle
from gpff_desktop.viewer.interaction import InteractiveCanvas
from gpff_desktop.viewer.labels import LABEL_KINDS, MOST_LABELS
from gpff_desktop.viewer.measurements import Measurement
from gpff_desktop.viewer.overlays import Overlays
from gpff_desktop.viewer.sketch import Sketch
from gpff_desktop.viewer.style import BALL_AND_STICK, LIGHT, Representation, Theme

_IDLE_SECONDS = 0.3
_PIECE_SECONDS = 0.02
_NO_MORE = object()


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

    Attributes
    ----------
    region_dragged, region_dropped
        psygnal signals with the region in hand as its handles are dragged, and when they are let go.
    """

    region_dragged = Signal(object)
    region_dropped = Signal(object)

    def __init__(self, theme: Theme = LIGHT, size: tuple[int, int] = (800, 600), **options: Any) -> None:
        super().__init__(theme, size, **options)
        self._representation, self._palette = BALL_AND_STICK, "cpk"
        self._selection: frozenset[int] = frozenset()
        self._open = True
        self._animating = False
        self._label_kind = "none"
        self._charges: tuple[int, ...] | None = None
        self._overlays = Overlays(self.molecule, self._stage, self._view.scene)
        self._left: Iterator[None] | None = None
        self._idle = app.Timer(_IDLE_SECONDS, connect=self.settle, iterations=1, app=self.app)
        self._refiner = app.Timer(_PIECE_SECONDS, connect=self.refine, app=self.app)
        self.camera.moved.connect(self._on_camera)
        self.handles.changed.connect(self._show_handles)
        self.handles.dragged.connect(self.region_dragged.emit)
        self.handles.dropped.connect(self.region_dropped.emit)
        self.set_theme(theme)

    def set_structure(self, structure: Structure, fit: bool = True) -> None:
        """Show a structure; with `fit`, look at its flattest side and bring all of it into view."""
        self._hovered = self._pivot = None
        self.molecule.set_structure(structure)
        self._place_halo()
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
        self._place_halo()
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
        self.molecule.set_selected(self._selection)
        if len(self.molecule.positions) > MOST_LABELS:
            self._update_labels()
        self._on_change()

    def set_locked(self, atoms: Iterable[int]) -> None:
        """Put a padlock on these atoms."""
        self._overlays.set_locked(atoms)
        self._on_change()

    def set_measurements(self, measurements: Sequence[Measurement]) -> None:
        """Draw these distances, angles and torsions; they follow the atoms."""
        self._overlays.measurements.set_measurements(measurements)
        self._overlays.measurements.follow(self.molecule.positions)
        self._on_change()

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
        self._on_change()

    def set_band(self, rectangle: Rectangle | None) -> None:
        """Draw a rubber band between two corners in logical pixels, or none."""
        self._overlays.band.set_rectangle(rectangle)
        self._on_change()

    def set_sketch(self, sketch: Sketch | None) -> None:
        """Preview an atom that a tool would place, or none."""
        self._overlays.sketch.set_sketch(sketch)
        self._on_change()

    def set_charges(self, charges: Iterable[int] | None) -> None:
        """Say which formal charges `[n_atoms]` the labels of kind `charge` show; None if they are not known."""
        self._charges = None if charges is None else tuple(int(charge) for charge in charges)
        self._update_labels()
        self._on_change()

    def set_ghosts(self, structures: Sequence[Structure]) -> None:
        """Lay other structures over the molecule, thin and faded, each with its own colour of carbon."""
        self._ghosts.set_structures(structures)
        self._on_motion()

    def set_cloud(self, points: np.ndarray | None, spread: float = 0.3, colors: np.ndarray | None = None) -> None:
        """Show where atoms may start: soft blobs at points `[n_points, 3]` in Å, or none.

        Parameters
        ----------
        spread
            Half the radius of a blob in Å.
        colors
            Of each blob, `[n_points, 3]`; None for the theme's colour of clouds.
        """
        self._overlays.cloud.set_points(points, spread, colors)
        self._on_change()

    def set_regions(self, regions: Sequence[Region]) -> None:
        """Outline these regions of space, and tint painted ones."""
        self._overlays.regions.set_regions(regions)
        self._on_change()

    def set_handles(self, region: Region | None) -> None:
        """Outline a region and let the user drag it by its handles, whatever the tool in hand; None to end that."""
        self.handles.set_region(region)

    def set_painting(self, painted: Painted | None, tip: Sphere | None = None) -> None:
        """Show what a brush has painted, and the ball that the pointer holds."""
        self._overlays.painting.set_regions([region for region in (painted, tip) if region is not None])
        self._on_change()

    def set_constraint_marks(self, constraints: Sequence[Constraint]) -> None:
        """Draw what a run must respect: target values, tinted groups and planes, walls, places of atoms."""
        self._overlays.constraints.set_constraints(constraints)
        self._overlays.constraints.follow(self.molecule.positions)
        self._on_change()

    def set_labels(self, kind: str) -> None:
        """Label atoms; `kind` is one of `LABEL_KINDS`."""
        if kind not in LABEL_KINDS:
            raise ValueError(f"unknown labels '{kind}'; choose from {', '.join(LABEL_KINDS)}")
        self._label_kind = kind
        self._update_labels()
        self._on_change()

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
        return bool(self._occlusion.active and (self._kept.complete or not self._slow))

    def _hover(self, event: Any) -> None:
        if self._animating:
            return
        hovered = self.pick(event.pos[:2])
        if hovered != self._hovered:
            self._hovered = hovered
            self._place_halo()
            self.atom_hovered.emit(hovered)

    def _show_handles(self) -> None:
        self._overlays.handles.show(self.handles, self)
        self._on_change()

    def _on_camera(self) -> None:
        self._overlays.handles.resize(self.handles, self)
        self._on_motion()

    def _place_halo(self) -> None:
        atom, molecule = self._hovered, self.molecule
        if atom is None or atom >= len(molecule.positions):
            self._halo.set_atom(None)
        else:
            self._halo.set_atom(molecule.positions[atom], float(molecule.radii[atom]))

    def _apply_look(self) -> None:
        self._occlusion.fresh = False
        self.molecule.set_look(self._representation, self._palette, self._theme)
        self._ghosts.set_look(self._palette, self._theme)
        self._overlays.set_look(self._representation, self._palette, self._theme)
        self._overlays.handles.resize(self.handles, self)
        self._place_halo()
        self._update_labels()
        self._on_change()

    def _update_labels(self) -> None:
        self._overlays.set_labels(self._label_kind, self._charges, self._selection)

    def close(self) -> None:
        """Close the canvas; its timers would draw on a window that is gone."""
        self._put_off()
        self._open = False
        super().close()

    def _on_motion(self) -> None:
        """The shape of what is drawn is different, or seen from elsewhere: its light is no longer true."""
        if not self._drawings_open:
            self._occlusion.active = self._occlusion.fresh = False
            self._on_change()

    def _on_change(self) -> None:
        """Draw anew, quickly now and well when the user pauses; what the light depends on is as it was."""
        if not self._open:
            return
        self._put_off()
        if not self._animating:
            self._idle.start(iterations=1)
        self.update()

    def _put_off(self) -> None:
        self._kept.complete, self._left = False, None
        self._idle.stop()
        self._refiner.stop()

    def settle(self, event: Any = None) -> None:
        """Begin the picture that is shown at rest; without a graphics card it is drawn in pieces, by and by."""
        self._put_off()
        if self._slow is None:  # nothing has been drawn yet, so there is nothing to draw with
            self._idle.start(iterations=1)
        elif self._slow:
            self._left = self._pieces()
            self._refiner.start()
        else:
            self.come_to_rest()

    def refine(self, event: Any = None) -> bool:
        """Draw one more piece of the picture that is shown at rest; returns whether there is more to draw."""
        if self._left is None:
            self._refiner.stop()
            return False
        self.set_current()
        gloo.gl.glFinish()  # pieces are drawn by the driver's threads: no more than one shall be in the user's way
        more = next(self._left, _NO_MORE) is not _NO_MORE
        gloo.gl.glFlush()
        if not more:
            self._left = None
            self._refiner.stop()
            self.update()
        return more

    def come_to_rest(self) -> None:
        """Draw the picture that is shown while nothing moves, all of it now instead of in pieces in a moment."""
        self._put_off()
        if self._animating:
            return
        if self._slow:
            self.set_current()
            for _ in self._pieces():
                pass
        self._occlusion.active = not self._is_crowded()
        self.update()
