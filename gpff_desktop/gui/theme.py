"""Light and dark looks of the window, following the system unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from gpff_desktop.gui.style_sheet import style_sheet
from gpff_desktop.viewer import style

CONTROL_HEIGHT = 28
ICON_SIZE = 20

_SYSTEM_POINTS = "systemFontPoints"
_APPLIED = "gpff_applied_look"


@dataclass(frozen=True)
class Look:
    """Colours of one theme; `view` is the theme of the molecule view.

    `edge` outlines what can be pressed or filled in, and stands out 3:1 from what is around it, as `focus` does,
    which rings what has the keyboard; `border` only divides.
    """

    view: style.Theme
    window: str
    base: str
    raised: str
    text: str
    muted: str
    border: str
    edge: str
    hover: str
    accent: str
    accent_hover: str
    accent_text: str
    focus: str
    selected: str
    good: str
    bad: str


LIGHT = Look(
    view=style.LIGHT,
    window="#f4f5f7",
    base="#ffffff",
    raised="#ffffff",
    text="#1d2127",
    muted="#5d6673",
    border="#d0d5dc",
    edge="#858e9b",
    hover="#e6eaf0",
    accent="#2563c9",
    accent_hover="#1d53ad",
    accent_text="#ffffff",
    focus="#2563c9",
    selected="#dce8fb",
    good="#14693c",
    bad="#b3361e",
)
DARK = Look(
    view=style.DARK,
    window="#202329",
    base="#17191d",
    raised="#2a2e36",
    text="#e8eaee",
    muted="#a9b1bd",
    border="#3a404a",
    edge="#737d8b",
    hover="#333842",
    accent="#3d74d1",
    accent_hover="#356abf",
    accent_text="#ffffff",
    focus="#7aabf7",
    selected="#2b3d5c",
    good="#5ecb92",
    bad="#ff8f73",
)


def system_look() -> Look:
    """The look the desktop asks for."""
    return DARK if QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def apply_look(application: QApplication, look: Look, font_scale: float = 1.0) -> None:
    """Colour all widgets, with text so many times as large as the system's."""
    sheet = style_sheet(look)
    applied = f"{font_scale} {sheet}"
    if application.property(_APPLIED) == applied:
        return  # polishing every widget again takes longer than making a window
    if application.property(_APPLIED) is None:
        application.setStyle("Fusion")
    application.setProperty(_APPLIED, applied)
    application.setFont(_font(application, font_scale))
    application.setPalette(_palette(look))
    application.setStyleSheet(sheet)


def icon_size(font_scale: float) -> QSize:
    """Icons of the tool bar beside text of this size."""
    side = round(ICON_SIZE * max(1.0, font_scale))
    return QSize(side, side)


def _font(application: QApplication, scale: float) -> QFont:
    """The system's font, scaled; its size is kept aside the first time, as the application's own will change."""
    points = application.property(_SYSTEM_POINTS)
    if points is None:
        points = application.font().pointSizeF()
        application.setProperty(_SYSTEM_POINTS, points)
    font = QFont(application.font())
    font.setPointSizeF(points * scale)
    return font


def _palette(look: Look) -> QPalette:
    role = QPalette.ColorRole
    colors = {
        role.Window: look.window,
        role.Base: look.base,
        role.AlternateBase: look.window,
        role.Button: look.raised,
        role.ToolTipBase: look.raised,
        role.Text: look.text,
        role.WindowText: look.text,
        role.ButtonText: look.text,
        role.ToolTipText: look.text,
        role.PlaceholderText: look.muted,
        role.Highlight: look.accent,
        role.HighlightedText: look.accent_text,
        role.Link: look.focus,
        role.Accent: look.accent,
        role.Mid: look.border,
    }
    palette = QPalette()
    for name, color in colors.items():
        palette.setColor(name, QColor(color))
    for name in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(look.muted))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(look.border))
    return palette
