"""What the window remembers: choices are taken up at the start and written soon after they change."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QObject, QTimer, Signal
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDockWidget, QLineEdit, QSpinBox, QWidget

from gpff_desktop.session.settings import Scalar
from gpff_desktop.viewer.canvas import LABEL_KINDS
from gpff_desktop.viewer.style import PALETTES, REPRESENTATIONS

if TYPE_CHECKING:
    from gpff_desktop.gui.main_window import MainWindow

_WAIT_MS = 600
_LAYOUT = 1


class Memory(QObject):
    """Keeps the settings file in step with a window.

    Parameters
    ----------
    window
        Whose choices these are.

    Attributes
    ----------
    changed
        Signal without arguments: a setting that only the preferences show is different.
    """

    changed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._store = window, window.workbench.settings
        self.settings = self._store.load()
        self._known: dict[str, Any] = {}
        self._samplers_restored = False
        self._timer = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._timer.timeout.connect(self.save)

    def restore(self) -> None:
        """Make the window as it was left, then begin to watch it."""
        settings, looks = self.settings, self._window.appearance
        looks.font_scale = settings.font_scale
        looks.set_look(settings.theme)
        if settings.representation in REPRESENTATIONS:
            looks.set_style(settings.representation)
        if settings.palette in PALETTES:
            looks.set_palette(settings.palette)
        if settings.labels in LABEL_KINDS:
            looks.set_labels(settings.labels)
        looks.set_parallel(settings.parallel)
        set_panel_values(self._window.generate_panel, settings.generate)
        self._window.restoreGeometry(_bytes(settings.geometry))
        self._window.restoreState(_bytes(settings.window_state), _LAYOUT)
        self.take_as_given()
        self._watch()
        if self._store.problem:
            self._window.workbench.warned.emit(self._store.problem)

    def take_as_given(self) -> None:
        """Regard the present choices as saved, such as those of the command line, which are for one time."""
        self._known = self._collected()

    def set(self, **changes: Any) -> None:
        """Change settings that nothing but the settings file holds."""
        self.settings = self._store.update(**changes)
        self.changed.emit()
        self._tell_problem()

    def save(self) -> None:
        """Write what is different from what was last written."""
        self._timer.stop()
        now = self._collected()
        different = {name: value for name, value in now.items() if value != self._known.get(name)}
        if different:
            self.settings = self._store.update(**different)
            self._known = now
            self._tell_problem()

    def _tell_problem(self) -> None:
        if self._store.problem:
            self._window.workbench.warned.emit(self._store.problem)

    def _watch(self) -> None:
        window = self._window
        for signal in (window.appearance.changed, window.generate_panel.changed):
            signal.connect(self._timer.start)
        for dock in window.findChildren(QDockWidget):
            dock.visibilityChanged.connect(self._timer.start)
        window.runs.changed.connect(self._on_runs)

    def _on_runs(self) -> None:
        """The model's samplers can be chosen only when it is there."""
        if self._window.runs.model is not None and not self._samplers_restored:
            self._samplers_restored = True
            set_panel_values(self._window.generate_panel, self.settings.generate, (QComboBox,))
        self._timer.start()

    def _collected(self) -> dict[str, Any]:
        window, looks = self._window, self._window.appearance
        return {
            "theme": looks.look_name,
            "representation": looks.style,
            "palette": looks.palette,
            "labels": looks.labels,
            "parallel": looks.parallel,
            "font_scale": looks.font_scale,
            "generate": panel_values(window.generate_panel),
            "geometry": _text(window.saveGeometry()),
            "window_state": _text(window.saveState(_LAYOUT)),
        }


_FIELDS = (QAbstractButton, QComboBox, QLineEdit, QSpinBox)


def panel_values(panel: QWidget) -> dict[str, Scalar]:
    """What the named fields of a panel are set to: texts, numbers, choices and switches."""
    return {field.accessibleName(): _value(field) for field in _fields(panel)}


def set_panel_values(panel: QWidget, values: Any, kinds: tuple[type, ...] = _FIELDS) -> None:
    """Set the named fields of a panel as `panel_values` found them; what does not fit is left alone."""
    for field in _fields(panel):
        value = values.get(field.accessibleName())
        if not isinstance(field, kinds):
            continue
        if isinstance(field, QAbstractButton) and value is not None and field.isChecked() is not value:
            field.click()
        elif isinstance(field, QComboBox) and field.findData(value) >= 0:
            field.setCurrentIndex(field.findData(value))
        elif isinstance(field, QLineEdit) and isinstance(value, str):
            field.setText(value)
        elif isinstance(field, QSpinBox) and isinstance(value, int):
            field.setValue(value)


def _fields(panel: QWidget) -> list[QWidget]:
    """Switches first, as they decide what the others offer. A spin box's own line is not a field."""
    own = [w for w in panel.findChildren(QWidget) if isinstance(w, _FIELDS) and w.accessibleName()]
    fields = [w for w in own if not isinstance(w, QAbstractButton) or (w.isCheckable() and w.property("role"))]
    return sorted(fields, key=lambda field: not isinstance(field, QAbstractButton))


def _value(field: QWidget) -> Scalar:
    if isinstance(field, QAbstractButton):
        return field.isChecked()
    if isinstance(field, QComboBox):
        return str(field.currentData() or "")
    return field.text() if isinstance(field, QLineEdit) else field.value()  # type: ignore[attr-defined]


def _text(state: QByteArray) -> str:
    return base64.b64encode(state.data()).decode()


def _bytes(text: str) -> QByteArray:
    try:
        return QByteArray(base64.b64decode(text))
    except (binascii.Error, ValueError):
        return QByteArray()
