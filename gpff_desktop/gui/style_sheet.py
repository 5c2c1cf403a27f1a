"""Qt style sheet of a look: every kind of control at rest, pointed at, focused, pressed, checked and disabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpff_desktop.resources_path import resources

if TYPE_CHECKING:
    from gpff_desktop.gui.theme import Look


def style_sheet(look: Look) -> str:
    """All rules, in the colours of a look."""
    return "".join(part(look) for part in (_frame, _bars, _buttons, _fields, _choices, _sliders, _lists, _words))


def _frame(look: Look) -> str:
    return f"""
        QMainWindow::separator {{ background: {look.border}; width: 1px; height: 1px; }}
        QMainWindow::separator:hover {{ background: {look.accent}; }}
        QSplitter::handle {{ background: {look.border}; }}
        QSplitter::handle:hover {{ background: {look.accent}; }}
        QSplitter::handle:horizontal {{ width: 1px; }}
        QSplitter::handle:vertical {{ height: 1px; }}
        QDockWidget {{
            font-weight: 600; titlebar-close-icon: url({_icon("close", look)});
            titlebar-normal-icon: url({_icon("float", look)});
        }}
        QDockWidget::title {{ padding: 7px 10px; background: {look.window}; border-bottom: 1px solid {look.border}; }}
        QDockWidget::close-button, QDockWidget::float-button {{
            border: 0; padding: 0; icon-size: 12px; subcontrol-origin: padding; subcontrol-position: right center;
        }}
        QDockWidget::close-button {{ right: 8px; }}
        QDockWidget::float-button {{ right: 28px; }}
        QDockWidget::close-button:hover {{ background: {look.border}; border-radius: 3px; }}
        QTabBar {{ qproperty-drawBase: 0; }}
        QTabBar::tab {{
            padding: 6px 12px; color: {look.muted}; background: {look.window};
            border: 1px solid transparent; border-bottom: 2px solid transparent;
        }}
        QTabBar::tab:selected {{ color: {look.text}; border-bottom-color: {look.accent}; }}
        QTabBar::tab:hover {{ color: {look.text}; background: {look.hover}; }}
        QTabBar:focus::tab:selected, QTabBar::tab:focus {{ border-color: {look.focus}; }}
        QTabWidget::pane {{ border: 0; border-top: 1px solid {look.border}; }}
        QGroupBox {{
            border: 1px solid {look.border}; border-radius: 5px; margin-top: 9px; padding-top: 9px; font-weight: 600;
        }}
        QGroupBox::title {{ subcontrol-origin: margin; left: 9px; padding: 0 4px; }}
        QScrollArea {{ border: 0; background: transparent; }}
        QScrollArea:focus {{ border: 1px solid {look.focus}; }}
        QScrollArea > QWidget > QWidget {{ background: transparent; }}
        QToolTip {{
            color: {look.text}; background: {look.raised}; border: 1px solid {look.border}; padding: 4px 6px;
        }}
    """


def _bars(look: Look) -> str:
    return f"""
        QMenuBar {{ background: {look.window}; border-bottom: 1px solid {look.border}; padding: 1px 4px; }}
        QMenuBar::item {{ padding: 5px 9px; border-radius: 4px; background: transparent; }}
        QMenuBar::item:selected {{ background: {look.hover}; }}
        QMenuBar::item:pressed {{ background: {look.selected}; }}
        QMenu {{ background: {look.raised}; border: 1px solid {look.border}; padding: 5px; }}
        QMenu::item {{ padding: 5px 26px 5px 12px; border-radius: 4px; color: {look.text}; }}
        QMenu::item:selected {{ background: {look.selected}; color: {look.text}; }}
        QMenu::item:disabled {{ color: {look.muted}; background: transparent; }}
        QMenu::icon {{ padding-left: 8px; }}
        QMenu::separator {{ height: 1px; background: {look.border}; margin: 5px 8px; }}
        QMenu::indicator {{ width: 14px; height: 14px; left: 7px; border-radius: 3px; }}
        QMenu::indicator:non-exclusive {{ border: 1px solid {look.edge}; }}
        QMenu::indicator:exclusive {{ border: 1px solid {look.edge}; border-radius: 7px; }}
        QMenu::indicator:checked {{
            background: {look.accent}; border-color: {look.accent}; image: url({_icon("check")});
        }}
        QMenu::indicator:exclusive:checked {{ image: url({_icon("dot")}); }}
        QMenu::right-arrow {{ image: url({_icon("right", look)}); width: 12px; height: 12px; right: 6px; }}
        QToolBar {{ border: 0; border-bottom: 1px solid {look.border}; padding: 3px 6px; spacing: 2px; }}
        QToolBar::separator {{ background: {look.border}; width: 1px; margin: 5px 5px; }}
        QStatusBar {{ border-top: 1px solid {look.border}; }}
        QStatusBar::item {{ border: 0; }}
        QStatusBar QLabel {{ color: {look.muted}; padding: 2px 8px; }}
    """


def _buttons(look: Look) -> str:
    return f"""
        QToolButton {{
            padding: 4px 6px; border: 1px solid transparent; border-radius: 5px; background: transparent;
        }}
        QToolButton:hover {{ background: {look.hover}; }}
        QToolButton:pressed {{ background: {look.selected}; }}
        QToolButton:checked {{ background: {look.selected}; border-color: {look.accent}; }}
        QToolButton:focus {{ border-color: {look.focus}; }}
        QToolButton:disabled {{ color: {look.muted}; }}
        QPushButton {{
            padding: 6px 14px; border: 1px solid {look.edge}; border-radius: 5px; background: {look.raised};
        }}
        QPushButton:hover {{ background: {look.hover}; }}
        QPushButton:pressed {{ background: {look.selected}; }}
        QPushButton:focus {{ border: 2px solid {look.focus}; padding: 5px 13px; }}
        QPushButton:disabled {{ background: {look.window}; color: {look.muted}; border-color: {look.border}; }}
        QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
        QPushButton:flat {{ background: transparent; border-color: transparent; }}
        QPushButton[role="primary"]:enabled {{
            background: {look.accent}; color: {look.accent_text}; border-color: {look.accent}; font-weight: 600;
        }}
        QPushButton[role="primary"]:enabled:hover {{ background: {look.accent_hover}; }}
        QPushButton[role="primary"]:enabled:focus {{ border: 2px solid {look.text}; padding: 5px 13px; }}
        QPushButton[role="segment"] {{ border-radius: 0; }}
        QPushButton[role="compact"] {{ padding: 2px 9px; }}
        QPushButton[role="menu"] {{ text-align: left; padding: 4px 22px 4px 8px; }}
        QPushButton[role="menu"]:focus {{ padding: 3px 21px 3px 7px; }}
        QPushButton::menu-indicator {{
            image: url({_icon("down", look)}); subcontrol-origin: padding; subcontrol-position: right center;
            width: 12px; height: 12px; right: 6px;
        }}
        QPushButton[role="toggle"] {{ padding: 5px 9px; }}
        QPushButton[role="toggle"]:focus {{ padding: 4px 8px; }}
        QPushButton[role="toggle"]:checked, QPushButton[role="segment"]:checked {{
            background: {look.accent}; color: {look.accent_text}; border-color: {look.accent};
        }}
        QPushButton[role="segment"]:checked:focus {{ border: 2px solid {look.text}; padding: 5px 13px; }}
        QPushButton[role="toggle"]:checked:focus {{ border: 2px solid {look.text}; padding: 4px 8px; }}
    """


def _fields(look: Look) -> str:
    kinds = ("QLineEdit", "QAbstractSpinBox", "QComboBox", "QPlainTextEdit", "QTextEdit", "QTextBrowser")
    field, focus, off = (", ".join(f"{kind}{state}" for kind in kinds) for state in ("", ":focus", ":disabled"))
    return f"""
        {field} {{
            background: {look.base}; color: {look.text}; border: 1px solid {look.edge}; border-radius: 5px;
            padding: 4px 6px; selection-background-color: {look.accent}; selection-color: {look.accent_text};
        }}
        {focus} {{ border: 2px solid {look.focus}; padding: 3px 5px; }}
        {off} {{ background: {look.window}; color: {look.muted}; border-color: {look.border}; }}
        QAbstractSpinBox {{ padding-right: 18px; qproperty-alignment: 'AlignRight | AlignVCenter'; }}
        QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
            subcontrol-origin: border; width: 18px; border: 0; background: transparent;
        }}
        QAbstractSpinBox::up-button {{ subcontrol-position: top right; border-top-right-radius: 4px; }}
        QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; border-bottom-right-radius: 4px; }}
        QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {look.hover}; }}
        QAbstractSpinBox::up-arrow {{ image: url({_icon("up", look)}); width: 10px; height: 10px; }}
        QAbstractSpinBox::down-arrow {{ image: url({_icon("down", look)}); width: 10px; height: 10px; }}
        QComboBox {{ padding-right: 22px; }}
        QComboBox:hover {{ background: {look.hover}; }}
        QComboBox::drop-down {{ border: 0; width: 22px; }}
        QComboBox::down-arrow {{ image: url({_icon("down", look)}); width: 12px; height: 12px; }}
        QComboBox QAbstractItemView, QListView[role="completions"] {{
            background: {look.raised}; border: 1px solid {look.border}; padding: 3px; outline: 0;
            selection-background-color: {look.selected}; selection-color: {look.text};
        }}
    """


def _choices(look: Look) -> str:
    return f"""
        QCheckBox, QRadioButton {{ spacing: 7px; padding: 2px; border: 1px solid transparent; border-radius: 4px; }}
        QCheckBox:focus, QRadioButton:focus {{ border-color: {look.focus}; }}
        QCheckBox:disabled, QRadioButton:disabled {{ color: {look.muted}; }}
        QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator {{
            width: 14px; height: 14px; border: 1px solid {look.edge}; border-radius: 3px; background: {look.base};
        }}
        QRadioButton::indicator {{ border-radius: 8px; }}
        QCheckBox::indicator:hover, QRadioButton::indicator:hover {{ border-color: {look.accent}; }}
        QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {{
            background: {look.accent}; border-color: {look.accent}; image: url({_icon("check")});
        }}
        QRadioButton::indicator:checked {{
            background: {look.accent}; border-color: {look.accent}; image: url({_icon("dot")});
        }}
    """


def _sliders(look: Look) -> str:
    return f"""
        QSlider {{ min-height: 22px; border: 1px solid transparent; border-radius: 4px; }}
        QSlider:focus {{ border-color: {look.focus}; }}
        QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {look.edge}; }}
        QSlider::sub-page:horizontal {{ border-radius: 2px; background: {look.accent}; }}
        QSlider::handle:horizontal {{
            width: 14px; margin: -6px 0; border-radius: 8px; border: 1px solid {look.edge}; background: {look.raised};
        }}
        QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ border: 2px solid {look.focus}; }}
        QSlider::sub-page:horizontal:disabled {{ background: {look.edge}; }}
        QProgressBar {{ border: 0; border-radius: 3px; background: {look.border}; max-height: 6px; }}
        QProgressBar::chunk {{ background: {look.accent}; border-radius: 3px; }}
        QAbstractScrollArea::corner {{ border: 0; background: transparent; }}
        QScrollBar {{ border: 0; background: transparent; }}
        QScrollBar:vertical {{ width: 11px; }}
        QScrollBar:horizontal {{ height: 11px; }}
        QScrollBar::handle {{ background: {look.edge}; border-radius: 3px; margin: 2px; }}
        QScrollBar::handle:vertical {{ min-height: 26px; }}
        QScrollBar::handle:horizontal {{ min-width: 26px; }}
        QScrollBar::handle:hover {{ background: {look.muted}; }}
        QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
        QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """


def _lists(look: Look) -> str:
    return f"""
        QAbstractItemView {{
            background: {look.base}; border: 0; outline: 0; alternate-background-color: {look.window};
            selection-background-color: {look.selected}; selection-color: {look.text};
        }}
        QTableView, QTreeView, QListView {{ border: 1px solid transparent; }}
        QTableView:focus, QTreeView:focus, QListView:focus {{ border: 1px solid {look.focus}; }}
        QAbstractItemView::item:hover {{ background: {look.hover}; }}
        QAbstractItemView::item:selected {{ background: {look.selected}; color: {look.text}; }}
        QAbstractItemView::item:focus {{ border: 1px solid {look.focus}; }}
        QHeaderView {{ background: {look.window}; border: 0; }}
        QHeaderView::section {{
            background: {look.window}; color: {look.muted};
            border: 0; border-bottom: 1px solid {look.border}; padding: 5px 8px;
        }}
        QHeaderView::section:hover {{ color: {look.text}; background: {look.hover}; }}
        QTableCornerButton::section {{ background: {look.window}; border: 0; }}
    """


def _words(look: Look) -> str:
    return f"""
        QLabel[role="hint"] {{ color: {look.muted}; }}
        QLabel[role="error"] {{ color: {look.bad}; }}
        QLabel[role="title"] {{ font-weight: 600; }}
        QLabel[role="overlay"] {{ color: {look.text}; background: transparent; }}
        QFrame[role="card"] {{
            background: {look.raised}; border: 1px solid {look.edge}; border-radius: 9px;
        }}
        QFrame[role="notice"] {{ background: {look.selected}; border: 0; border-bottom: 1px solid {look.border}; }}
        QToolBar[role="notices"] {{ border: 0; padding: 0; margin: 0; spacing: 0; }}
        QFrame[role="notice"] QPushButton {{ padding: 3px 11px; }}
        QLabel[role="drop"] {{
            background: #e6{look.selected[1:]}; color: {look.text}; font-size: 20px; font-weight: 600;
            border: 2px dashed {look.accent}; border-radius: 9px;
        }}
        QLabel[role="zone"] {{
            background: {look.base}; color: {look.muted}; border: 2px dashed {look.edge}; border-radius: 7px;
        }}
        QLabel[role="zone"][over="true"] {{ background: {look.selected}; border-color: {look.accent}; }}
        QToolButton[role="picture"] {{ background: white; color: #1d2127; border-color: {look.border}; padding: 0; }}
        QToolButton[role="picture"]:hover, QToolButton[role="picture"]:focus {{ border: 2px solid {look.focus}; }}
        QFrame[role="pointed"] {{ background: transparent; border: 2px solid {look.accent}; border-radius: 7px; }}
        QPlainTextEdit[role="code"], QLineEdit[role="code"] {{ font-family: monospace; }}
    """


def _icon(name: str, look: Look | None = None) -> str:
    file = f"{name}-{look.view.name}.svg" if look else f"{name}.svg"
    return (resources() / "icons" / file).as_posix()
