"""What each kind of start asks for; values are those of a prior's `to_dict`, so that nothing here loads torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from gpff_desktop.gui.field_label import field_label
from gpff_desktop.gui.shape_triangle import ShapeTriangle

Values = dict[str, Any]


class Numbers(QWidget):
    """One number or three, in Å.

    Attributes
    ----------
    edited
        Signal without arguments: the user has changed one.
    """

    edited = Signal()

    def __init__(self, names: Sequence[str], values: Sequence[float], least: float, hint: str) -> None:
        super().__init__()
        self.spins = [QDoubleSpinBox() for _ in names]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for spin, name, value in zip(self.spins, names, values, strict=True):
            spin.setRange(least, 999.0)
            spin.setDecimals(2)
            spin.setSingleStep(0.1)
            spin.setValue(value)
            spin.setKeyboardTracking(False)
            spin.setAccessibleName(name)
            spin.setToolTip(f"{hint}, in Å")
            spin.setMinimumWidth(58)
            if len(self.spins) == 1:
                spin.setSuffix(" Å")
            spin.valueChanged.connect(lambda _: self.edited.emit())
            layout.addWidget(spin, 1)
        self.setFocusProxy(self.spins[0])

    @property
    def value(self) -> float | list[float]:
        """The number, or all three."""
        values = [spin.value() for spin in self.spins]
        return values if len(values) > 1 else values[0]

    def set_value(self, value: float | Sequence[float]) -> None:
        """Show other numbers without telling anyone."""
        values = [value] if isinstance(value, int | float) else value
        for spin, number in zip(self.spins, values, strict=True):
            spin.blockSignals(True)
            spin.setValue(number)
            spin.blockSignals(False)


class Page(QWidget):
    """Fields of one kind of prior.

    Parameters
    ----------
    kind
        Of the prior; of the region for `region` pages.
    fields
        Title, name in the record, and widget of each number.
    in_region
        Whether it is a region that atoms start in.

    Attributes
    ----------
    edited
        Signal without arguments: the user has changed something.
    """

    edited = Signal()

    def __init__(self, kind: str, fields: Sequence[tuple[str, str, Numbers]], in_region: bool = False) -> None:
        super().__init__()
        self._kind, self._in_region = kind, in_region
        self.fields = {name: numbers for _, name, numbers in fields}
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setHorizontalSpacing(12)
        self.form.setVerticalSpacing(8)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for title, _, numbers in fields:
            self.form.addRow(row_label(title, numbers), numbers)
            numbers.edited.connect(self.edited)

    def values(self) -> Values | None:
        """The prior as chosen; None where something is still missing."""
        own = {"kind": self._kind, **{name: numbers.value for name, numbers in self.fields.items()}}
        return {"kind": "region", "region": own} if self._in_region else own

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Show a prior of this kind without telling anyone."""
        own = values["region"] if self._in_region else values
        for name, numbers in self.fields.items():
            numbers.set_value(own[name])


class ShapedPage(Page):
    """A cloud between rod, disc and ball."""

    def __init__(self) -> None:
        super().__init__("shaped", [_width()])
        self.triangle = ShapeTriangle("Shape of the cloud")
        self.triangle.set_ratio((4.0, 1.0, 1.0))
        self.triangle.changed.connect(lambda _: self.edited.emit())
        self.form.addRow(self.triangle)

    def values(self) -> Values:
        """See `Page`."""
        return {**(super().values() or {}), "ratio": list(self.triangle.ratio)}

    def show_values(self, values: Mapping[str, Any]) -> None:
        """See `Page`."""
        super().show_values(values)
        self.triangle.set_ratio(tuple(values["ratio"]))


class AroundPage(Page):
    """A cloud around an atom.

    Attributes
    ----------
    asked
        Signal without arguments: the selected atom is to be the one.
    """

    asked = Signal()

    def __init__(self) -> None:
        super().__init__("around", [_width(1.0)])
        self.atom: int | None = None
        self.take = _button("Take the selected atom", "Start around the atom that is selected")
        self.take.clicked.connect(self.asked)
        self.form.insertRow(0, row_label("Atom", self.take), self.take)

    def set_atom(self, atom: int | None, name: str) -> None:
        """Start around this atom; `name` is what it is called."""
        self.atom = atom
        self.take.setText(f"{name} (take the selected)" if name else "Take the selected atom")

    def values(self) -> Values | None:
        """See `Page`."""
        return None if self.atom is None else {**(super().values() or {}), "atom": self.atom}


class ConformerPage(Page):
    """A conformer of a SMILES.

    Attributes
    ----------
    asked
        Signal with a SMILES of which a conformer is wanted.
    """

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__("structure", [_noise(0.3)])
        self.line = QLineEdit()
        self.line.setPlaceholderText("CCO")
        self.line.setAccessibleName("SMILES of the conformer")
        self.line.setToolTip("A molecule to start from; Enter takes it")
        self.line.returnPressed.connect(lambda: self.asked.emit(self.line.text().strip()))
        self.form.insertRow(0, row_label("SMILES", self.line), self.line)
        self._atoms: Values = {}

    def values(self) -> Values | None:
        """See `Page`."""
        return {**(super().values() or {}), **self._atoms} if self._atoms else None

    def show_values(self, values: Mapping[str, Any]) -> None:
        """See `Page`."""
        super().show_values(values)
        self._atoms = {name: values[name] for name in ("numbers", "positions")}


class PaintedPage(Page):
    """What a brush went over.

    Attributes
    ----------
    brush_toggled
        Signal with whether the brush is wanted in hand.
    cleared
        Signal without arguments: nothing is to be painted any more.
    """

    brush_toggled = Signal(bool)
    cleared = Signal()

    def __init__(self) -> None:
        super().__init__("painted", [])
        self._strokes: list[list[float]] = []
        self.brush = _button("Brush", "Paint in the view where atoms may start; the right button erases")
        self.brush.setCheckable(True)
        self.brush.setProperty("role", "toggle")
        self.brush.toggled.connect(self.brush_toggled)
        clear = _button("Clear", "Paint anew")
        clear.clicked.connect(self.cleared)
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        for button in (self.brush, clear):
            layout.addWidget(button, 1)
        self.form.addRow(row)

    def values(self) -> Values | None:
        """See `Page`."""
        region = {"kind": "painted", "strokes": self._strokes}
        return {"kind": "region", "region": region} if self._strokes else None

    def show_values(self, values: Mapping[str, Any]) -> None:
        """See `Page`."""
        self._strokes = values["region"]["strokes"]


def pages() -> dict[str, tuple[str, str, Page]]:
    """Title, explanation and fields of each kind of start."""
    three = ("x", "y", "z")
    return {
        "automatic": ("Automatic", "As wide a cloud as suits the model and the NFE", Page("", [])),
        "isotropic": ("Cloud", "A round cloud around what is locked", Page("isotropic", [_width(1.5)])),
        "shaped": ("Shaped cloud", "A cloud between rod, disc and ball", ShapedPage()),
        "sphere": ("Sphere", "Drag the handles in the view", Page("sphere", [_centre(), (
            "Radius", "radius", Numbers(["Radius"], [3.0], 0.2, "Radius of the sphere"))], True)),
        "box": ("Box", "Drag the handles in the view", Page("box", [_centre(), (
            "Edges", "edges", Numbers([f"Edge along {a}" for a in three], [5.0] * 3, 0.4, "Edges of the box"))], True)),
        "ellipsoid": ("Ellipsoid", "Drag the handles in the view", Page("ellipsoid", [_centre(), ("Axes", "semiaxes",
            Numbers([f"Semiaxis along {a}" for a in three], [4.0, 2.5, 2.5], 0.2, "Semiaxes"))], True)),
        "painted": ("Painted", "Where the brush went in the view", PaintedPage()),
        "around": ("Around an atom", "A cloud around an atom of the structure on view", AroundPage()),
        "drawn": ("This structure", "Each atom where it is, and noise", Page("drawn", [_noise(0.5)])),
        "structure": ("Conformer", "A conformer of a SMILES, and noise", ConformerPage()),
    }  # fmt: skip


def row_label(text: str, field: QWidget) -> QLabel:
    """The title of a field, as wide as those above it in the Generate panel."""
    label = field_label(text, field)
    label.setMinimumWidth(QLabel("Sampler").sizeHint().width())
    return label


def _width(value: float = 1.5) -> tuple[str, str, Numbers]:
    return "Width", "sigma", Numbers(["Width of the cloud"], [value], 0.05, "Standard deviation of the cloud")


def _noise(value: float) -> tuple[str, str, Numbers]:
    return (
        "Noise",
        "sigma",
        Numbers(["Noise on the start"], [value], 0.0, "Standard deviation of the noise; 0 for none"),
    )


def _centre() -> tuple[str, str, Numbers]:
    names = [f"Centre {axis}" for axis in ("x", "y", "z")]
    return "Centre", "centre", Numbers(names, [0.0] * 3, -999.0, "Centre of the region")


def _button(title: str, hint: str) -> QPushButton:
    button = QPushButton(title)
    button.setAccessibleName(title)
    button.setToolTip(hint)
    return button
