"""What can be changed of one constraint: its value, how strictly it holds, its region or its shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QButtonGroup, QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.elided_label import ElidedLabel
from gpff_desktop.gui.number_fields import Field, NumberFields
from gpff_desktop.gui.shape_triangle import Ratio, ShapeTriangle
from gpff_desktop.session.constraint_values import GEOMETRIC, reading, title
from gpff_desktop.session.entry import Entry, HeldConstraint

_FAR = 1000.0
_EDGES = ("Edge x", "Edge y", "Edge z")
_SEMIAXES = ("Half-axis x", "Half-axis y", "Half-axis z")
_USUAL_WEIGHT = 1.0
_WEIGHT_WIDTH = 84


class ConstraintEditor(QWidget):
    """Controls for the constraint that is chosen in the list; each change is one step.

    Parameters
    ----------
    edits
        Carries out what is typed and chosen.
    """

    def __init__(self, edits: Edits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits = edits
        self._number = 0
        self._held: HeldConstraint | None = None
        self._title, self._now = ElidedLabel(), QLabel()
        self.fields = NumberFields()
        self.triangle = ShapeTriangle("Shape to hold")
        self.exact, self.pull = QPushButton("Exact"), QPushButton("Pull")
        self.weight, self._weight_label = QDoubleSpinBox(), QLabel("Weight")
        self.remove = QPushButton("Remove")
        self._describe()
        self._lay_out()
        self._connect()
        self.hide()

    def show_constraint(self, number: int | None, entry: Entry | None) -> None:
        """Show one constraint, counted from 0, or none."""
        there = entry is not None and number is not None and number < len(entry.constraints)
        self.setVisible(there)
        if not there or entry is None or number is None:
            self._held = None
            return
        self._number, self._held = number, entry.constraints[number]
        constraint: Any = self._held.constraint
        self._title.setText(title(constraint, entry.structure))
        now = reading(constraint, entry.structure.positions).now
        self._now.setText(f"now {now}" if now else "")
        self.fields.show_fields(_fields(constraint), "Type a value and press Enter")
        self.triangle.setVisible(constraint.kind == "shape")
        if constraint.kind == "shape":
            self.triangle.set_ratio(constraint.ratio)
        self._show_weight(constraint)

    def _show_weight(self, constraint: Any) -> None:
        weight = getattr(constraint, "weight", None)
        geometric = constraint.kind in GEOMETRIC
        for button in (self.exact, self.pull):
            button.setVisible(geometric)
        (self.exact if weight is None else self.pull).setChecked(True)
        for widget in (self.weight, self._weight_label):
            widget.setVisible(geometric and weight is not None)
        if weight is not None:
            self.weight.blockSignals(True)
            self.weight.setValue(weight)
            self.weight.blockSignals(False)

    # What happens

    def _on_values(self, values: tuple[float, ...]) -> None:
        if self._held is None:
            return
        editor, number = self._edits.editor, self._number
        constraint: Any = self._held.constraint
        match constraint.kind:
            case "wall":
                size = values[3] if len(values) == 4 else values[3:]
                self._do(lambda: editor.set_wall(number, values[:3], size))
            case "shape":
                self._do(lambda: editor.hold_shape(constraint.ratio, values[0] / 100))
            case "position":
                self._do(lambda: editor.set_constraint_value(number, values))
            case _:
                self._do(lambda: editor.set_constraint_value(number, values[0]))

    def _on_shape(self, ratio: Ratio) -> None:
        if self._held is not None:
            until: float = getattr(self._held.constraint, "until", 1.0)
            self._do(lambda: self._edits.editor.hold_shape(ratio, until))

    def _on_strictness(self) -> None:
        weight = self.weight.value() if self.pull.isChecked() else None
        if self._held is not None and getattr(self._held.constraint, "weight", None) != weight:
            self._do(lambda: self._edits.editor.set_constraint_weight(self._number, weight))

    def _do(self, act: Callable[[], None]) -> None:
        """What cannot be had leaves the controls as they were."""
        if not self._edits.do(act):
            self.show_constraint(self._number, self._edits.entry)

    # Construction

    def _connect(self) -> None:
        self.fields.edited.connect(self._on_values)
        self.triangle.changed.connect(self._on_shape)
        self.exact.clicked.connect(self._on_strictness)
        self.pull.clicked.connect(self._on_strictness)
        self.weight.valueChanged.connect(lambda _: self._on_strictness())
        self.remove.clicked.connect(lambda: self._do(lambda: self._edits.editor.remove_constraint(self._number)))

    def _describe(self) -> None:
        self._title.setProperty("role", "title")
        self._title.setContentsMargins(-8, 0, -8, 0)  # an elided label leaves room on its sides
        self._now.setProperty("role", "hint")
        self._weight_label.setProperty("role", "hint")
        self.weight.setRange(0.01, 1000.0)
        self.weight.setValue(_USUAL_WEIGHT)
        self.weight.setKeyboardTracking(False)
        self.weight.setMinimumWidth(_WEIGHT_WIDTH)
        self.remove.setProperty("role", "compact")
        group = QButtonGroup(self)
        for button, tip in (
            (self.exact, "Runs meet the value exactly"),
            (self.pull, "Runs are pulled toward the value, against what the model would like"),
        ):
            button.setCheckable(True)
            button.setProperty("role", "segment")
            button.setAccessibleName(button.text())
            button.setToolTip(tip)
            group.addButton(button)
        for widget, called, tip in (
            (self.weight, "Weight of the pull", "1 pulls as strongly as the model does, 100 comes near exact"),
            (self.remove, "Remove constraint", "Remove the chosen constraint (Del in the list)"),
        ):
            widget.setAccessibleName(called)
            widget.setToolTip(tip)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = _row(self._title, self._now, self.remove, spacing=8)
        head.setStretch(0, 1)
        column.addLayout(head)
        column.addWidget(self.triangle)
        column.addWidget(self.fields)
        strictness = _row(self.exact, self.pull, spacing=0)
        strictness.addSpacing(10)
        strictness.addWidget(self._weight_label)
        strictness.addSpacing(6)
        strictness.addWidget(self.weight)
        strictness.addStretch(1)
        column.addLayout(strictness)


def _fields(constraint: Any) -> list[Field]:
    """The numbers of a constraint."""
    match constraint.kind:
        case "distance":
            return [Field("Distance", constraint.value, 0.01, _FAR, 0.01, 3)]
        case "angle":
            return [Field("Angle", constraint.value, 0.1, 180.0, 1.0, 2, "°")]
        case "torsion":
            return [Field("Torsion", constraint.value, -360.0, 360.0, 1.0, 2, "°")]
        case "position":
            return _places(constraint.value)
        case "wall":
            return [*_places(constraint.region.centre), *_sizes(constraint.region)]
        case "shape":
            return [Field("Held for", 100 * constraint.until, 1.0, 100.0, 5.0, 0, " % of the run")]
    return []


def _places(point: tuple[float, float, float]) -> list[Field]:
    return [Field(f"Centre {axis}", value, -_FAR, _FAR) for axis, value in zip("xyz", point, strict=True)]


def _sizes(region: Any) -> list[Field]:
    if region.kind == "sphere":
        return [Field("Radius", region.radius, 0.1, _FAR)]
    labels, sizes = (_EDGES, region.edges) if region.kind == "box" else (_SEMIAXES, region.semiaxes)
    return [Field(label, size, 0.1, _FAR) for label, size in zip(labels, sizes, strict=True)]


def _row(*widgets: QWidget, spacing: int) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(spacing)
    for widget in widgets:
        row.addWidget(widget)
    return row
