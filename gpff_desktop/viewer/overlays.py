"""Everything that is drawn over the molecule, together: it follows the atoms and takes their look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vispy.scene import Node

from gpff_desktop.viewer.arrows import Arrows
from gpff_desktop.viewer.band import Band
from gpff_desktop.viewer.cloud import Cloud
from gpff_desktop.viewer.constraint_marks import ConstraintMarks
from gpff_desktop.viewer.handles import HandleMarks
from gpff_desktop.viewer.impostors import Stage
from gpff_desktop.viewer.labels import AtomMarks, label_texts, padlocked
from gpff_desktop.viewer.measurements import Measurements
from gpff_desktop.viewer.molecule import Molecule
from gpff_desktop.viewer.regions import Regions
from gpff_desktop.viewer.sketch import SketchPreview
from gpff_desktop.viewer.style import Representation, Theme

_AFTER_OCCLUSION = 6


class Overlays:
    """What a run starts from and must respect, labels, padlocks, measurements, arrows, the sketch and the rubber band.

    Parameters
    ----------
    molecule
        What they belong to.
    stage
        Shared with the other shapes of the canvas.
    parent
        Scene they are drawn in.
    """

    def __init__(self, molecule: Molecule, stage: Stage, parent: Node) -> None:
        self._molecule = molecule
        self.cloud = Cloud(stage, parent=parent)
        self.painting = Regions(stage, parent=parent)
        self.regions = Regions(stage, parent=parent)
        self.constraints = ConstraintMarks(stage, parent=parent)
        self.handles = HandleMarks(stage, parent=parent)
        self.arrows = Arrows(stage, parent=parent)
        self.sketch = SketchPreview(stage, parent=parent)
        self.measurements = Measurements(stage, parent=parent)
        self._labels = AtomMarks(stage, parent=parent)
        self._padlocks = AtomMarks(stage, locks=True, parent=parent)
        self.band = Band(parent=parent)
        steering = (self.cloud, self.painting, self.regions, self.constraints)
        marks = (self.arrows, self.sketch, self._labels, self._padlocks, self.measurements, self.handles, self.band)
        for order, node in enumerate((*steering, *marks), start=_AFTER_OCCLUSION):
            node.order = order

    def set_labels(self, kind: str, charges: Sequence[int] | None, selection: Iterable[int]) -> None:
        """Label the atoms as `labels.label_texts` says."""
        self._labels.set_texts(label_texts(self._molecule.structure.numbers, kind, charges, selection))
        self._labels.follow(self._molecule.positions, self._molecule.radii)

    def set_locked(self, atoms: Iterable[int]) -> None:
        """Put padlocks on these atoms."""
        self._padlocks.set_texts(padlocked(atoms))
        self._padlocks.follow(self._molecule.positions, self._molecule.radii)

    def set_look(self, representation: Representation, palette: str, theme: Theme) -> None:
        """Take the molecule's look."""
        self._labels.set_colors(theme.text, theme.background)
        self._padlocks.set_colors(theme.lock, theme.lock_edge)
        themed = (
            self.cloud,
            self.painting,
            self.regions,
            self.constraints,
            self.handles,
            self.measurements,
            self.arrows,
        )
        for node in themed:
            node.set_theme(theme)
        self.band.set_color(theme.measure)
        self.sketch.set_look(representation, palette, theme)
        self.follow()

    def follow(self) -> None:
        """Move to where the molecule's atoms now are."""
        positions, radii = self._molecule.positions, self._molecule.radii
        self._labels.follow(positions, radii)
        self._padlocks.follow(positions, radii)
        for node in (self.constraints, self.measurements, self.arrows):
            node.follow(positions)
