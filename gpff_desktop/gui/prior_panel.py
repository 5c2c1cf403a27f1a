"""The part of the Generate panel that says where atoms start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from gpff_desktop.gui.prior_pages import AroundPage, ConformerPage, Page, PaintedPage, Values, pages, row_label
from gpff_desktop.session.document import atom_count

NEEDS_STRUCTURE = ("around", "drawn")


class PriorPanel(QWidget):
    """Kind of start, its numbers, and whether it is for some atoms only.

    Attributes
    ----------
    in_sight
        Whether the user sees it.
    kind_chosen
        Signal with the kind that the user has chosen.
    edited
        Signal without arguments: the user has changed a number, or which atoms it is for.
    seen
        Signal without arguments: the panel has come into sight, or gone.
    """

    kind_chosen = Signal(str)
    edited = Signal()
    seen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.in_sight = False
        self._kinds = pages()
        self._choice, self._explanation, self._note = QComboBox(), QLabel(), QLabel()
        self.some = QCheckBox()
        self._atoms: tuple[int, ...] = ()
        self._lay_out()
        self._choice.activated.connect(lambda _: self._on_choice())
        self.some.toggled.connect(lambda _: self.edited.emit())
        for _, _, page in self._kinds.values():
            page.edited.connect(self.edited)

    @property
    def kind(self) -> str:
        """The kind of start that is shown."""
        return str(self._choice.currentData())

    @property
    def around(self) -> AroundPage:
        """The page of a start around an atom."""
        page = self._kinds["around"][2]
        assert isinstance(page, AroundPage)
        return page

    @property
    def conformer(self) -> ConformerPage:
        """The page of a conformer."""
        page = self._kinds["structure"][2]
        assert isinstance(page, ConformerPage)
        return page

    @property
    def painted(self) -> PaintedPage:
        """The page of a painted region."""
        page = self._kinds["painted"][2]
        assert isinstance(page, PaintedPage)
        return page

    def page(self, kind: str) -> Page:
        """The fields of a kind."""
        return self._kinds[kind][2]

    def values(self) -> Values | None:
        """The prior as chosen, as its `to_dict` gives it; None for automatic, or where something is missing."""
        if self.kind == "automatic":
            return None
        own = self.page(self.kind).values()
        if own is None or not self.takes_some or not self.some.isChecked() or not self._atoms:
            return own
        return {"kind": "mixture", "parts": [[list(self._atoms), own]], "rest": {"kind": "drawn", "sigma": 0.0}}

    @property
    def takes_some(self) -> bool:
        """Whether this kind of start can be for some atoms only."""
        return self.kind not in ("automatic", "structure")

    def show_values(self, values: Mapping[str, Any] | None) -> None:
        """Show a prior without telling anyone."""
        own, atoms = (None, ()) if values is None else _unmixed(values)
        kind = _kind_of(own)
        if own is not None:
            self.page(kind).show_values(own)
        self._choice.setCurrentIndex(self._choice.findData(kind))
        self.set_some(atoms or self._atoms, bool(atoms))
        self._show_page()

    def set_some(self, atoms: tuple[int, ...], on: bool | None = None) -> None:
        """Offer to start only these atoms so; with `on`, say whether that is chosen."""
        self._atoms = atoms
        self.some.setText(f"Only {atom_count(len(atoms))} selected")
        if on is not None:
            self.some.blockSignals(True)
            self.some.setChecked(on)
            self.some.blockSignals(False)
        self.some.setVisible(self.takes_some and bool(atoms))

    def set_needs_structure(self, there: bool) -> None:
        """Offer what needs a structure on view, or not."""
        for kind in NEEDS_STRUCTURE:
            item = self._choice.model().item(self._choice.findData(kind))  # type: ignore[attr-defined]
            item.setEnabled(there)

    def set_error(self, text: str) -> None:
        """Say what is wrong; empty if nothing is."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def set_in_sight(self, on: bool) -> None:
        """Note whether the panel is in front of others in its place."""
        self.in_sight = on
        self.seen.emit()

    def _on_choice(self) -> None:
        self._show_page()
        self.set_some(self._atoms)
        self.kind_chosen.emit(self.kind)

    def _show_page(self) -> None:
        for kind, (_, explanation, page) in self._kinds.items():
            page.setVisible(kind == self.kind and kind != "automatic")
            if kind == self.kind:
                self._explanation.setText(explanation)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.addRow(row_label("S&tart", self._choice), self._choice)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._choice.setAccessibleName("Start")
        self._choice.setToolTip("Where the atoms that are placed start")
        for kind, (title, _, _) in self._kinds.items():
            self._choice.addItem(title, kind)
        for text, name, role in ((self._explanation, "About this start", "hint"), (self._note, "Start error", "error")):
            text.setProperty("role", role)
            text.setWordWrap(True)
            text.setAccessibleName(name)
        self._note.hide()
        self.some.setAccessibleName("Only the selected atoms")
        self.some.setToolTip("The selected atoms start so; the others start where they are")
        self.some.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(form)
        layout.addWidget(self._explanation)
        for _, _, page in self._kinds.values():
            layout.addWidget(page)
        layout.addWidget(self.some)
        layout.addWidget(self._note)
        self._show_page()


def _unmixed(values: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[int, ...]]:
    """The prior of the atoms that a mixture names, and these; others as they are, for all atoms."""
    if values["kind"] != "mixture" or not values["parts"]:
        return values, ()
    atoms, prior = values["parts"][0]
    return prior, tuple(atoms)


def _kind_of(values: Mapping[str, Any] | None) -> str:
    if values is None:
        return "automatic"
    return str(values["region"]["kind"] if values["kind"] == "region" else values["kind"])
