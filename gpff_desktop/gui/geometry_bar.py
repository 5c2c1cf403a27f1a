"""A bar over the view for two to four selected atoms: their distance, angle or torsion, read and typed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gpff_desktop.chemistry.building.edit import name
from gpff_desktop.gui.ask_bar import FRAME_STYLE
from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.elided_label import ElidedLabel
from gpff_desktop.gui.pick_order import PickOrder
from gpff_desktop.gui.theme import CONTROL_HEIGHT
from gpff_desktop.gui.tools.strokes import Strokes
from gpff_desktop.session.entry import Entry
from gpff_desktop.session.measurements import KINDS, Measurement

ORDERS = ("No bond", "Single", "Double", "Triple")
_BOND_WIDTH = 84
_TOLERANCE = {"distance": 5e-4, "angle": 5e-3, "torsion": 5e-3}


class GeometryBar(QFrame):
    """Appears while two to four atoms are selected. A typed value is applied with Enter, as one step.

    Parameters
    ----------
    edits, strokes
        Carry out what is typed and chosen.
    """

    def __init__(self, edits: Edits, strokes: Strokes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits, self._strokes = edits, strokes
        self._order = PickOrder(edits.document)
        self._measured: Measurement | None = None
        self._gives_way = False
        self.setObjectName("bar")
        self.setStyleSheet(FRAME_STYLE)
        self._atoms, self.value, self.bond, self.keep = (
            ElidedLabel(),
            QDoubleSpinBox(),
            QComboBox(),
            QPushButton("Keep"),
        )
        self._lay_out()
        self.value.valueChanged.connect(self._on_value)
        self.bond.activated.connect(self._on_bond)
        self.keep.clicked.connect(self._on_keep)
        edits.document.changed.connect(lambda *_: self.refresh())
        edits.stage.changed.connect(self.refresh)
        self.hide()

    @property
    def atoms(self) -> tuple[int, ...]:
        """The atoms whose geometry is shown, in order; empty if there is none."""
        return self._measured.atoms if self._measured else ()

    def give_way(self, on: bool) -> None:
        """Hide while something else is in the same place."""
        self._gives_way = on
        self.setVisible(not on and self._measured is not None)

    def refresh(self) -> None:
        """Show the geometry of the present selection."""
        entry = self._edits.entry
        atoms = self._order.atoms
        if entry is None or len(atoms) not in KINDS or len(entry.selected) != len(atoms):
            self._measured = None
            self.hide()
            return
        self._measured = Measurement(atoms)
        self._show(entry, self._measured)
        self.setVisible(not self._gives_way)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's hook: Esc gives the keyboard back to the view."""
        if event.key() == Qt.Key.Key_Escape:
            self.refresh()
            self._edits.canvas.native.setFocus()
        else:
            super().keyPressEvent(event)

    def _show(self, entry: Entry, measured: Measurement) -> None:
        names = "–".join(name(entry.structure, atom) for atom in measured.atoms)
        self._atoms.setText(f"{measured.kind.capitalize()} {names}")
        self.value.blockSignals(True)
        is_distance = measured.kind == "distance"
        self.value.setRange(*((0.0, 10_000.0) if is_distance else (-360.0, 360.0)))
        self.value.setDecimals(3 if is_distance else 2)
        self.value.setSingleStep(0.01 if is_distance else 1.0)
        self.value.setSuffix(" Å" if is_distance else "°")
        self.value.setValue(measured.value(entry.structure.positions))
        self.value.blockSignals(False)
        self.bond.setVisible(is_distance)
        if is_distance:
            self.bond.setCurrentIndex(self._strokes.order_of(*measured.atoms))
        self.keep.setEnabled(measured not in entry.measurements)

    def _on_value(self, value: float) -> None:
        entry, measured = self._edits.entry, self._measured
        if entry is None or measured is None:
            return
        if abs(measured.value(entry.structure.positions) - value) > _TOLERANCE[measured.kind]:
            self._edits.do(lambda: self._set(measured, value))
        self.refresh()

    def _set(self, measured: Measurement, value: float) -> None:
        editor = self._edits.editor
        match measured.atoms:
            case (i, j):
                editor.set_distance(i, j, value)
            case (i, j, k):
                editor.set_angle(i, j, k, value)
            case (i, j, k, m):
                editor.set_torsion(i, j, k, m, value)

    def _on_bond(self, order: int) -> None:
        first, second = self.atoms
        self._strokes.set_order((first, second), order)
        self.refresh()

    def _on_keep(self) -> None:
        self._edits.do(lambda: self._edits.editor.measure(self.atoms))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(4)
        column.addWidget(self._atoms)
        row = QHBoxLayout()
        row.setSpacing(6)
        column.addLayout(row)
        for widget in (self.value, self.bond, self.keep):
            row.addWidget(widget)
        self.value.setKeyboardTracking(False)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.value.setMinimumSize(88, CONTROL_HEIGHT)
        self.bond.setMinimumSize(_BOND_WIDTH, CONTROL_HEIGHT)
        self.keep.setStyleSheet("QPushButton { padding: 3px 9px; }")
        self.bond.addItems(ORDERS)
        for widget, called, tip in (
            (self.value, "Distance, angle or torsion", "Type a value and press Enter: the smaller side moves"),
            (self.bond, "Bond between the atoms", "Make, change or remove the bond between the two atoms"),
            (self.keep, "Keep measurement", "Keep the value in the view; it follows the atoms (Ctrl+M)"),
        ):
            widget.setAccessibleName(called)
            widget.setToolTip(tip)
