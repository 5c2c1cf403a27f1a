"""The preferences: every choice that is remembered, in one place, taking effect at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFormLayout, QLabel, QVBoxLayout

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.appearance import FONT_SCALES, LOOKS
from gpff_desktop.gui.field_label import field_label
from gpff_desktop.gui.help import bring_up, close_button
from gpff_desktop.session.about import ModelSummary, model_summaries
from gpff_desktop.viewer.canvas import LABEL_KINDS
from gpff_desktop.viewer.style import PALETTES, REPRESENTATIONS

if TYPE_CHECKING:
    from gpff_desktop.gui.main_window import MainWindow

BONDS = {"file": "Keep those of the file", "perceive": "Find them from coordinates"}


class Preferences(QObject):
    """Opens the dialogue of preferences."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: PreferencesDialog | None = None

    def commands(self) -> list[Command]:
        """The command at the end of the Edit menu."""
        return [
            Command(
                "edit.preferences",
                "Preferences…",
                "Edit",
                self.show,
                "Ctrl+,",
                "mdi6.cog-outline",
                "Colours, text size, drawing and what is used at the next start",
            )
        ]

    def show(self) -> None:
        """Bring up the dialogue."""
        if self.dialog is None:
            self.dialog = PreferencesDialog(self._window)
        bring_up(self.dialog)


class PreferencesDialog(QDialog):
    """A form whose fields follow the View menu, and the other way round."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._shows: list[Callable[[], None]] = []
        self.setWindowTitle("Preferences")
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(10)
        self._fill()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(14)
        layout.addLayout(self._form)
        layout.addStretch(1)
        layout.addWidget(close_button(self))
        self.setMinimumWidth(420)
        window.appearance.changed.connect(self._refresh)
        window.memory.changed.connect(self._refresh)
        window.background.call(model_summaries, then=self._add_models)
        self._refresh()

    def _add_models(self, models: list[ModelSummary]) -> None:
        """The cards are read in another process, as that imports torch."""
        for model in models:
            if not model.problem and self._models.findData(model.name) < 0:
                self._models.addItem(model.name, model.name)

    def _fill(self) -> None:
        looks, memory = self._window.appearance, self._window.memory
        self._head("Window")
        looks_titles = {name: name.capitalize() for name in LOOKS}
        self._choice("&Theme", looks_titles, lambda: looks.look_name, looks.set_look, "Light, dark or as the system")
        sizes = {str(scale): f"{scale:.0%}" for scale in FONT_SCALES}
        self._choice(
            "Text &size",
            sizes,
            lambda: str(looks.font_scale),
            lambda scale: looks.set_font_scale(float(scale)),
            "Size of text and icons, compared with the system's",
        )
        self._head("Molecules")
        styles = {name: style.title for name, style in REPRESENTATIONS.items()}
        self._choice("&Drawn as", styles, lambda: looks.style, looks.set_style, "How atoms and bonds are drawn")
        palettes = {name: name.replace("cpk", "CPK").capitalize().replace("Cpk", "CPK") for name in PALETTES}
        self._choice("&Colours", palettes, lambda: looks.palette, looks.set_palette, "Colours of the elements")
        labels = {kind: kind.capitalize() for kind in LABEL_KINDS}
        self._choice("&Labels", labels, lambda: looks.labels, looks.set_labels, "What is written beside atoms")
        self._switch("&Parallel projection", lambda: looks.parallel, looks.set_parallel, "Draw without perspective")
        self._choice(
            "&Bonds of files",
            BONDS,
            lambda: memory.settings.bonds,
            lambda bonds: memory.set(bonds=bonds),
            "Whether the bonds in a file are kept when it is opened",
        )
        self._head("Generating")
        models = {"": "The first installed", **({name: name} if (name := memory.settings.model) else {})}
        self._models = self._choice(
            "&Model at the next start",
            models,
            lambda: memory.settings.model,
            lambda model: memory.set(model=model),
            "The model that is loaded when the program starts",
        )

    def _head(self, title: str) -> None:
        label = QLabel(title)
        label.setProperty("role", "title")
        label.setContentsMargins(0, 8 if self._form.rowCount() else 0, 0, 0)
        self._form.addRow(label)

    def _choice(
        self, title: str, choices: dict[str, str], chosen: Callable[[], str], choose: Callable[[str], None], hint: str
    ) -> QComboBox:
        combo = QComboBox()
        for name, text in choices.items():
            combo.addItem(text, name)
        combo.setAccessibleName(title.replace("&", ""))
        combo.setToolTip(hint)
        combo.activated.connect(lambda _: choose(combo.currentData()))
        self._form.addRow(field_label(title, combo), combo)
        self._shows.append(lambda: combo.setCurrentIndex(max(0, combo.findData(chosen()))))
        return combo

    def _switch(self, title: str, is_on: Callable[[], bool], turn: Callable[[bool], None], hint: str) -> None:
        box = QCheckBox(title)
        box.setAccessibleName(title.replace("&", ""))
        box.setToolTip(hint)
        box.clicked.connect(turn)
        self._form.addRow("", box)
        self._shows.append(lambda: box.setChecked(is_on()))

    def _refresh(self) -> None:
        for show in self._shows:
            show()
