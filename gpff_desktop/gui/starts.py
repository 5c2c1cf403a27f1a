"""Where atoms start: chosen in the panel, dragged or painted in the view, kept with the structure and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from gpff_desktop.chemistry.building.edit import name
from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.gui.background import Background
from gpff_desktop.gui.generate_panel import GeneratePanel
from gpff_desktop.gui.prior_panel import NEEDS_STRUCTURE
from gpff_desktop.gui.stage import Stage
from gpff_desktop.gui.toolbox import Toolbox
from gpff_desktop.session.entry import Entry
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure

if TYPE_CHECKING:
    from gpff_desktop.engine.steering import Painted, Prior, Region
    from gpff_desktop.viewer.brush import Brush

_REST_MS = 250
"""A dragged shape is taken when it has rested so long: one step for each drag."""


class Starts(QObject):
    """Between the start section, the structure on view, and the handles and the brush in the view.

    Parameters
    ----------
    workbench, stage
        Whose start it is, and where it is shown.
    generating
        The panel with the start section; it keeps the start while no structure is open.
    toolbox
        Gives the brush a hand.
    background
        Where conformers are made.

    Attributes
    ----------
    changed
        Signal without arguments: another start is shown.
    """

    changed = Signal()

    def __init__(
        self, workbench: Workbench, stage: Stage, generating: GeneratePanel, toolbox: Toolbox, background: Background,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._workbench, self._stage, self._toolbox, self._background = workbench, stage, toolbox, background
        self._generating, self.panel = generating, generating.start
        self._canvas = stage.view.canvas
        self._brush: Brush | None = None
        self._known: object = None
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._connect()
        self._on_document()

    @property
    def entry(self) -> Entry | None:
        """The open structure whose start it is."""
        return self._workbench.document.entry

    def prior(self) -> Prior | None:
        """The start as it is shown, in the counting of the structure on view.

        Raises
        ------
        ValueError
            If it is none.
        """
        values = self.panel.values()
        if values is None:
            return None
        # Loads torch, for which a window does not wait.
        from gpff_desktop.engine.steering import Prior

        return Prior.from_dict(values)

    # What the user does

    def _on_kind(self, kind: str) -> None:
        if kind in ("sphere", "box", "ellipsoid"):
            self.panel.page(kind).fields["centre"].set_value([round(float(x), 2) for x in self._middle()])
        if kind == "around":
            self._take_atom()
        if kind == "drawn" and self.entry is not None:
            self._generating.formula.set_formula(self.entry.structure.formula)
        self.panel.painted.brush.setChecked(kind == "painted")
        self._take()

    def _take_atom(self) -> None:
        entry = self.entry
        if entry is None or len(entry.selected) != 1:
            self.panel.set_error("Select one atom to start around, then take it")
            return
        (atom,) = entry.selected
        self.panel.around.set_atom(atom, name(entry.structure, atom))
        self._take()

    def _ask_conformer(self, smiles: str) -> None:
        self._background.call(from_smiles, smiles, then=self._take_conformer, failed=self.panel.set_error)

    def _take_conformer(self, conformer: Structure) -> None:
        entry = self.entry
        kept = entry.structure.positions[sorted(entry.locked)] if entry and entry.locked else np.zeros((1, 3))
        placed = conformer.centred().positions + kept.mean(axis=0)
        page = self.panel.conformer
        sigma = page.fields["sigma"].value
        page.show_values({"numbers": conformer.numbers.tolist(), "positions": placed.tolist(), "sigma": sigma})
        self._generating.formula.set_formula(self._with_locked(conformer))
        self._take()

    def _with_locked(self, placed: Structure) -> str:
        scaffold = self._generating.scaffold
        numbers = np.concatenate([scaffold.atoms.numbers, placed.numbers]) if scaffold else placed.numbers
        return Structure(numbers, np.zeros((len(numbers), 3))).formula

    def _take(self) -> None:
        """Keep the start as it is shown, as one step."""
        self._rest.stop()
        try:
            prior = self.prior()
            self.panel.set_error("")
            if self.entry is None:
                self._generating.prior = prior
            elif prior is not None or self.panel.kind == "automatic":
                self._workbench.editor.set_prior(self.panel.values())
        except ValueError as error:
            self.panel.set_error(str(error))
        self._follow()

    # The view

    def _drag(self, region: Region) -> None:
        """Show the numbers of a region under the pointer."""
        self.panel.page(region.kind).show_values({"region": region.to_dict()})
        self.changed.emit()

    def _drop(self, region: Region) -> None:
        self._drag(region)
        self._take()

    def _paint(self, region: Painted | None) -> None:
        strokes = region.to_dict()["strokes"] if region is not None else []
        self.panel.painted.show_values({"region": {"strokes": strokes}})
        self._take()

    def _hold_brush(self, on: bool) -> None:
        if not on:
            if self._brush is not None:
                self._brush.put_away()
            if self._brush is not None and self._canvas.tool is self._brush:
                self._canvas.tool = self._toolbox.hand
                self._toolbox.hinted.emit(self._toolbox.hand.hint)
            return
        if self._brush is None:
            # Loads torch, for which a window does not wait.
            from gpff_desktop.viewer.brush import Brush

            self._brush = Brush(self._canvas)
            self._brush.painted.connect(self._paint)
        self._brush.region = self._painted()
        self._canvas.tool = self._brush
        self._toolbox.hinted.emit(self._brush.hint)

    def _painted(self) -> Any:
        """The painted region of the start, if that is one."""
        values = self.panel.painted.values()
        if values is None:
            return None
        from gpff_desktop.engine.steering import Region

        return Region.from_dict(values["region"])

    def _clear(self) -> None:
        self._paint(None)
        if self._brush is not None:
            self._brush.region = None
        self._workbench.editor.set_prior(None) if self.entry else None

    def _follow(self) -> None:
        """Show handles, or the tint of what is painted, while the panel is in sight."""
        if not self._stage.view.isVisible():
            return
        seen = self.panel.in_sight and not self._stage.running
        values = self.panel.values() if seen and self.panel.kind in ("sphere", "box", "ellipsoid") else None
        region = None
        if values is not None:
            from gpff_desktop.engine.steering import Region

            inner = values if values["kind"] == "region" else values["parts"][0][1]
            region = Region.from_dict(inner["region"])
        self._canvas.set_handles(region)
        if not seen or self.panel.kind != "painted":
            self.panel.painted.brush.setChecked(False)
        self._canvas.set_regions(
            [painted] if seen and self.panel.kind == "painted" and (painted := self._painted()) else []
        )
        self.changed.emit()

    def _middle(self) -> np.ndarray:
        """Where a new region is put: at the selection, else at what is locked, else in the middle."""
        entry = self.entry
        if entry is None or not len(entry.structure):
            return np.zeros(3)
        atoms = sorted(entry.selected or entry.locked) or list(range(len(entry.structure)))
        middle: np.ndarray = entry.structure.positions[atoms].mean(axis=0)
        return middle

    # What happens

    def _on_document(self) -> None:
        entry = self.entry
        known = (entry.key, entry.prior, entry.selected) if entry else None
        if known == self._known:
            return
        other = self._known is None or known is None or known[:2] != self._known[:2]  # type: ignore[index]
        self._known = known
        self.panel.set_needs_structure(entry is not None)
        chosen = tuple(sorted(entry.selected)) if entry else ()
        if other:
            self._show(entry)
        if not self.panel.some.isChecked():
            self.panel.set_some(chosen)

    def _show(self, entry: Entry | None) -> None:
        """Show the start of another structure, or what it is now."""
        prior = entry.prior if entry else self._generating.prior
        if entry is None and prior is not None and prior.kind in NEEDS_STRUCTURE:
            prior = self._generating.prior = None
        if prior is not None and entry is not None and prior.kind == "around":
            atom = prior.to_dict()["atom"]
            self.panel.around.set_atom(atom, name(entry.structure, atom))
        if prior is not None or self.panel.values() is not None or entry is None:
            self.panel.show_values(prior.to_dict() if prior else None)
        self.panel.set_error("")
        self._follow()

    def _connect(self) -> None:
        panel = self.panel
        self._workbench.document.changed.connect(lambda *_: self._on_document())
        self._stage.changed.connect(self._follow)
        self._rest.timeout.connect(self._take)
        panel.kind_chosen.connect(self._on_kind)
        panel.edited.connect(self._on_edited)
        panel.seen.connect(self._later.start)
        self._later.timeout.connect(self._follow)
        panel.around.asked.connect(self._take_atom)
        panel.conformer.asked.connect(self._ask_conformer)
        panel.painted.brush_toggled.connect(self._hold_brush)
        panel.painted.cleared.connect(self._clear)
        self._toolbox.changed.connect(lambda: panel.painted.brush.setChecked(False))
        self._canvas.region_dragged.connect(self._drag)
        self._canvas.region_dropped.connect(self._drop)

    def _on_edited(self) -> None:
        if self.panel.kind == "shaped":
            self._rest.start()
            self.changed.emit()
        else:
            self._take()
