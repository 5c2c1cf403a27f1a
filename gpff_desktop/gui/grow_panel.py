"""The panel that says what to grow on a scaffold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gpff_desktop.gui.actions import tooltip
from gpff_desktop.gui.field_label import field_label
from gpff_desktop.gui.formula_box import FormulaBox

_LIST_HEIGHT = 150
_FORMULA_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Offer:
    """A composition to try: the whole formula, what it adds, and how likely it is among those that fit."""

    formula: str
    added: str
    odds: float


class GrowPanel(QWidget):
    """Where to grow, what, how often, and in how wide a cloud.

    Attributes
    ----------
    in_sight
        Whether the user sees it.
    grow_clicked
        Signal without arguments.
    changed
        Signal without arguments: something else is to grow.
    size_changed
        Signal without arguments: other compositions are wanted.
    seen
        Signal without arguments: the panel has come into sight, or gone.
    """

    grow_clicked = Signal()
    changed = Signal()
    size_changed = Signal()
    seen = Signal()

    def __init__(self, width: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.in_sight = False
        self._site, self._adds = _note("Where it grows"), _note("What is added")
        self._modes = _switch(self)
        self.formula = FormulaBox("")
        self.formula.setAccessibleName("Formula of the whole molecule")
        self._heavy = _spin("Most heavy atoms to add", 1, 9, 4, "Compositions add up to so many heavy atoms")
        self._number = _spin("Number of compositions", 1, 30, 6, "How many compositions to draw from the training set")
        self.offers = QListWidget()
        self._offers_note = _note("Compositions offered")
        self._count = _spin("Completions", 1, 256, 8, "How many completions of each composition to generate")
        self._width = _width_spin(width)
        self.grow_button = QPushButton("Grow")
        self._lay_out()
        self._connect()

    @property
    def by_size(self) -> bool:
        """Whether compositions are drawn, rather than typed."""
        return self._modes.checkedId() == 1

    @property
    def heavy(self) -> int:
        """Most heavy atoms to add."""
        return self._heavy.value()

    @property
    def number(self) -> int:
        """How many compositions to offer."""
        return self._number.value()

    @property
    def count(self) -> int:
        """How many completions of each."""
        return self._count.value()

    @property
    def width_of_cloud(self) -> float:
        """Width in Å of the cloud that new atoms start from."""
        return self._width.value()

    def formulas(self) -> list[str]:
        """The whole formulas to grow: the one typed, or those ticked."""
        if not self.by_size:
            return [self.formula.text]
        items = map(self.offers.item, range(self.offers.count()))
        return [item.data(_FORMULA_ROLE) for item in items if item.checkState() == Qt.CheckState.Checked]

    def set_values(self, *, formula: str | None = None, heavy: int | None = None, count: int | None = None) -> None:
        """Choose values as if by hand: a formula, or most heavy atoms to add."""
        if formula is not None:
            self._choose_mode(0)
            self.formula.set_formula(formula)
        if heavy is not None:
            self._choose_mode(1)
            self._heavy.setValue(heavy)
        if count is not None:
            self._count.setValue(count)

    def set_site(self, text: str, error: str) -> None:
        """Say where it grows, or what to do first."""
        _say(self._site, error or text, wrong=False)

    def set_added(self, text: str, error: str) -> None:
        """Say what the typed formula adds, or what is wrong with it."""
        _say(self._adds, error or text, bool(error))

    def set_offers(self, offers: Sequence[Offer], error: str = "") -> None:
        """List compositions, all ticked; or say why there are none."""
        self.offers.blockSignals(True)
        self.offers.clear()
        for offer in offers:
            item = QListWidgetItem(f"+ {offer.added}   {_percent(offer.odds)}   ({offer.formula})", self.offers)
            item.setToolTip(f"{offer.formula} adds {offer.added}; {_percent(offer.odds)} of what fits")
            item.setData(_FORMULA_ROLE, offer.formula)
            item.setCheckState(Qt.CheckState.Checked)
        self.offers.blockSignals(False)
        self.offers.setVisible(bool(offers))
        odds = "Odds as among the molecules the model was trained on" if offers else ""
        _say(self._offers_note, error or odds, bool(error))

    def set_ready(self, why_not: str) -> None:
        """Whether growing can begin; else why not."""
        self.grow_button.setEnabled(not why_not)
        self.grow_button.setToolTip(why_not or tooltip("Generate completions of the scaffold", "Ctrl+Shift+G"))

    def set_in_sight(self, on: bool) -> None:
        """Note whether the panel is in front of others in its place."""
        self.in_sight = on
        self.seen.emit()

    def _choose_mode(self, index: int) -> None:
        self._modes.button(index).setChecked(True)
        self._on_mode()

    def _on_mode(self) -> None:
        self._typed.setVisible(not self.by_size)
        self._sized.setVisible(self.by_size)
        self.size_changed.emit()

    def _connect(self) -> None:
        self._modes.idClicked.connect(lambda _: self._on_mode())
        self.formula.changed.connect(self.changed)
        self.offers.itemChanged.connect(lambda _: self.changed.emit())
        self._width.valueChanged.connect(lambda _: self.changed.emit())
        for spin in (self._heavy, self._number):
            spin.valueChanged.connect(lambda _: self.size_changed.emit())
        self.grow_button.clicked.connect(self.grow_clicked)

    def _lay_out(self) -> None:
        self.offers.setAccessibleName("Compositions to grow")
        self.offers.setToolTip("Those ticked are grown one after the other")
        self.offers.setFixedHeight(_LIST_HEIGHT)
        self.offers.setSpacing(2)
        self._typed = _page(self.formula, self._adds)
        sizes = _form(("Up to", self._heavy), ("Compositions", self._number))
        self._sized = _page(sizes, self.offers, self._offers_note)
        self._sized.hide()
        self.grow_button.setProperty("role", "primary")
        self.grow_button.setAccessibleName("Grow")
        self._heavy.setSuffix(" heavy atoms")
        hint = _note("About the other settings")
        hint.setText("Mode, sampler, NFE and seed are those of the Generate panel.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 14)
        layout.setSpacing(12)
        for part in (self._site, _row(self._modes.buttons()), self._typed, self._sized):
            layout.addWidget(part)
        layout.addWidget(_form(("&Completions", self._count), ("Start &width", self._width)))
        layout.addWidget(self.grow_button)
        layout.addWidget(hint)
        layout.addStretch(1)


def _switch(parent: QWidget) -> QButtonGroup:
    group = QButtonGroup(parent)
    hints = (("Formula", "Type the whole molecule"), ("By size", "Draw what to add from the training set"))
    for number, (title, hint) in enumerate(hints):
        button = QPushButton(title)
        button.setProperty("role", "segment")
        button.setCheckable(True)
        button.setToolTip(hint)
        button.setAccessibleName(f"Composition: {title.lower()}")
        group.addButton(button, number)
    group.button(0).setChecked(True)
    return group


def _spin(name: str, least: int, most: int, value: int, hint: str) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(least, most)
    spin.setValue(value)
    spin.setAccessibleName(name)
    spin.setToolTip(hint)
    return spin


def _width_spin(value: float) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setRange(0.1, 10.0)
    spin.setSingleStep(0.1)
    spin.setValue(value)
    spin.setSuffix(" Å")
    spin.setAccessibleName("Width of the starting cloud")
    spin.setToolTip("New atoms start in a cloud of this width where the hydrogens were")
    return spin


def _note(name: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", "hint")
    label.setWordWrap(True)
    label.setAccessibleName(name)
    return label


def _say(label: QLabel, text: str, wrong: bool) -> None:
    label.setText(text)
    label.setProperty("role", "error" if wrong else "hint")
    label.style().unpolish(label)
    label.style().polish(label)
    label.setVisible(bool(text))


def _form(*rows: tuple[str, QWidget]) -> QWidget:
    form = QWidget()
    layout = QFormLayout(form)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(12)
    layout.setVerticalSpacing(10)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for text, widget in rows:
        layout.addRow(field_label(text, widget), widget)
    return form


def _page(*parts: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    for part in parts:
        layout.addWidget(part)
    layout.addStretch(1)
    return page


def _row(buttons: Sequence[QWidget]) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for button in buttons:
        layout.addWidget(button, 1)
    return row


def _percent(odds: float) -> str:
    return f"{100 * odds:.0f} %" if odds >= 0.01 else "< 1 %"
