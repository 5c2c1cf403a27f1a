"""How the window and the molecule are drawn, as chosen in the View menu."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from gpff_desktop.gui import theme
from gpff_desktop.gui.theme import Look
from gpff_desktop.viewer.canvas import LABEL_KINDS, MoleculeCanvas
from gpff_desktop.viewer.style import PALETTES, REPRESENTATIONS

LOOKS = ("system", "light", "dark")
FONT_SCALES = (0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)


class Appearance(QObject):
    """The choices of the View menu, applied to a canvas and to the application.

    Attributes
    ----------
    changed
        Signal without arguments: any choice is different.
    look_changed
        Signal with the `Look` now in use; also sent when text has another size.
    """

    changed = Signal()
    look_changed = Signal(object)

    def __init__(self, canvas: MoleculeCanvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self.look_name, self.style, self.palette, self.labels, self.font_scale = (
            LOOKS[0],
            next(iter(REPRESENTATIONS)),
            PALETTES[0],
            "none",
            1.0,
        )
        QApplication.styleHints().colorSchemeChanged.connect(self._on_system_look)

    @property
    def look(self) -> Look:
        """The look in use."""
        return {"light": theme.LIGHT, "dark": theme.DARK}.get(self.look_name) or theme.system_look()

    def set_look(self, name: str) -> None:
        """Follow the system, or be light or dark."""
        self.look_name = name
        self._canvas.set_theme(self.look.view)
        self._apply_look()

    def set_style(self, name: str) -> None:
        """Draw molecules in one of `REPRESENTATIONS`."""
        self.style = name
        self._canvas.set_representation(REPRESENTATIONS[name])
        self.changed.emit()

    def set_palette(self, name: str) -> None:
        """Colour the elements by one of `PALETTES`."""
        self.palette = name
        self._canvas.set_palette(name)
        self.changed.emit()

    def set_labels(self, kind: str) -> None:
        """Label atoms in one of `LABEL_KINDS`."""
        assert kind in LABEL_KINDS
        self.labels = kind
        self._canvas.set_labels(kind)
        self.changed.emit()

    def set_font_scale(self, scale: float) -> None:
        """Make text so many times as large as the system's, within the range of `FONT_SCALES`."""
        scale = min(max(scale, FONT_SCALES[0]), FONT_SCALES[-1])
        if scale != self.font_scale:
            self.font_scale = scale
            self._apply_look()

    def grow_text(self) -> None:
        """Take the next larger of `FONT_SCALES`."""
        self.set_font_scale(min((s for s in FONT_SCALES if s > self.font_scale), default=FONT_SCALES[-1]))

    def shrink_text(self) -> None:
        """Take the next smaller of `FONT_SCALES`."""
        self.set_font_scale(max((s for s in FONT_SCALES if s < self.font_scale), default=FONT_SCALES[0]))

    @property
    def parallel(self) -> bool:
        """Whether the projection is parallel."""
        return self._canvas.camera.parallel

    def toggle_projection(self) -> None:
        """Switch between perspective and parallel projection."""
        self.set_parallel(not self.parallel)

    def set_parallel(self, on: bool) -> None:
        """Draw without perspective, or with it."""
        self._canvas.camera.parallel = on
        self.changed.emit()

    def _apply_look(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply_look(application, self.look, self.font_scale)
        self.look_changed.emit(self.look)
        self.changed.emit()

    def _on_system_look(self) -> None:
        if self.look_name == "system":
            self.set_look("system")
