"""Light and dark looks of the window, following the system unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from gpff_desktop.viewer import style

CONTROL_HEIGHT = 28


@dataclass(frozen=True)
class Look:
    """Colours of one theme; `view` is the theme of the molecule view."""

    view: style.Theme
    window: str
    base: str
    raised: str
    text: str
    muted: str
    border: str
    accent: str
    accent_text: str
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
    accent="#2563c9",
    accent_text="#ffffff",
    selected="#dce8fb",
    good="#1a7f4b",
    bad="#b3361e",
)
DARK = Look(
    view=style.DARK,
    window="#202329",
    base="#17191d",
    raised="#2a2e36",
    text="#e8eaee",
    muted="#9aa3b0",
    border="#3a404a",
    accent="#3f78d8",
    accent_text="#ffffff",
    selected="#2b3d5c",
    good="#5ecb92",
    bad="#ff8f73",
)


def system_look() -> Look:
    """The look the desktop asks for."""
    return DARK if QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def apply_look(application: QApplication, look: Look) -> None:
    """Colour all widgets."""
    application.setStyle("Fusion")
    application.setPalette(_palette(look))
    application.setStyleSheet(_style_sheet(look))


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
        role.Link: look.accent,
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


def _style_sheet(look: Look) -> str:
    return f"""
        QMainWindow::separator {{ background: {look.border}; width: 1px; height: 1px; }}
        QDockWidget::title {{ padding: 7px 10px; background: {look.window}; font-weight: 600; }}
        QToolBar {{ border: 0; border-bottom: 1px solid {look.border}; padding: 3px 6px; spacing: 4px; }}
        QToolBar QToolButton {{ padding: 4px 8px; border-radius: 4px; }}
        QStatusBar {{ border-top: 1px solid {look.border}; }}
        QStatusBar::item {{ border: 0; }}
        QStatusBar QLabel {{ color: {look.muted}; padding: 2px 8px; }}
        QTableView {{
            border: 0; selection-background-color: {look.selected}; selection-color: {look.text};
        }}
        QHeaderView::section {{
            background: {look.window}; color: {look.muted};
            border: 0; border-bottom: 1px solid {look.border}; padding: 5px 8px;
        }}
        QLabel[role="hint"] {{ color: {look.muted}; }}
        QLabel[role="error"] {{ color: {look.bad}; }}
        QLabel[role="overlay"] {{ color: {look.text}; background: transparent; }}
        QPushButton {{
            padding: 6px 14px; border: 1px solid {look.border}; border-radius: 5px; background: {look.raised};
        }}
        QPushButton:hover, QPushButton:focus {{ border-color: {look.accent}; }}
        QPushButton:disabled {{ background: {look.window}; color: {look.muted}; }}
        QPushButton[role="primary"]:enabled {{
            background: {look.accent}; color: {look.accent_text}; border-color: {look.accent}; font-weight: 600;
        }}
        QPushButton[role="primary"]:enabled:focus {{ border: 2px solid {look.text}; padding: 5px 13px; }}
        QPushButton[role="segment"] {{ border-radius: 0; }}
        QPushButton[role="toggle"] {{ padding: 5px 9px; }}
        QPushButton[role="toggle"]:checked, QPushButton[role="segment"]:checked {{
            background: {look.accent}; color: {look.accent_text}; border-color: {look.accent};
        }}
        QPushButton[role="segment"]:checked:focus {{ border: 2px solid {look.text}; padding: 5px 13px; }}
        QPushButton[role="toggle"]:checked:focus {{ border: 2px solid {look.text}; padding: 4px 8px; }}
        QProgressBar {{ border: 0; border-radius: 3px; background: {look.border}; max-height: 6px; }}
        QProgressBar::chunk {{ background: {look.accent}; border-radius: 3px; }}
    """
