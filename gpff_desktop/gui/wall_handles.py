"""Handles in the view for the wall that is chosen in the panel of constraints."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

from gpff_desktop.gui.constraints_panel import ConstraintsPanel
from gpff_desktop.gui.edits import Edits


class WallHandles(QObject):
    """Shows handles while a wall is chosen, and makes one step of each drag.

    Parameters
    ----------
    edits, panel
        Where walls are moved, and where one is chosen.
    """

    def __init__(self, edits: Edits, panel: ConstraintsPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._edits, self._panel, self._canvas = edits, panel, edits.canvas
        self._in_hand = False
        panel.changed.connect(self._follow)
        self._canvas.region_dropped.connect(self._on_dropped)

    def _follow(self) -> None:
        region = self._region()
        if region is not None:
            self._canvas.set_handles(region)
        elif self._in_hand:
            self._canvas.set_handles(None)
        self._in_hand = region is not None

    def _region(self) -> Any:
        """The region of the chosen wall, if it can be dragged now."""
        entry, number = self._edits.entry, self._panel.chosen
        if entry is None or number is None or not self._panel.in_front:
            return None
        constraint: Any = entry.constraints[number].constraint
        return constraint.region if constraint.kind == "wall" else None

    def _on_dropped(self, region: Any) -> None:
        number = self._panel.chosen
        if not self._in_hand or number is None:
            return
        sizes = {"sphere": "radius", "box": "edges", "ellipsoid": "semiaxes"}
        size = getattr(region, sizes[region.kind])
        self._edits.do(lambda: self._edits.editor.set_wall(number, region.centre, size))
