"""What keyboards, screen readers and weak eyes need of the window."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, product

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QSlider,
    QTabBar,
    QTextEdit,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gpff_desktop.gui import theme
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.style_sheet import style_sheet
from gpff_desktop.gui.theme import Look

from .conftest import METHANE, WATER

LONG = 60_000
LOOKS = (theme.LIGHT, theme.DARK)
CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)


def open_everything(window: MainWindow, qtbot: QtBot) -> None:
    """All panels, with something in them, and all dialogues."""
    window.document.add([METHANE, WATER])
    window.document.select([0, 1])
    window.workbench.candidates.add([METHANE, WATER])
    for dock in window.findChildren(QDockWidget):
        dock.show()
    for name in (
        "select.smarts",
        "edit.preferences",
        "help.shortcuts",
        "help.about",
        "plugins.manage",
        "help.guide",
        "help.palette",
    ):
        window.commands.run(name)
    qtbot.waitUntil(lambda: window.console.panel is not None, timeout=LONG)


def controls(root: QWidget) -> Iterator[QWidget]:
    """All that can be worked with, without the parts that Qt makes controls of."""
    for widget in root.findChildren(QWidget):
        if isinstance(widget, CONTROLS) and not is_part_of_a_control(widget):
            yield widget


def is_part_of_a_control(widget: QWidget) -> bool:
    owners = ancestors(widget)
    whole = (QAbstractSpinBox, QComboBox, QAbstractItemView, QLineEdit, QTabBar, QMenu)
    inner = any(isinstance(owner, whole) for owner in owners) or isinstance(owners[0], QDockWidget)
    qt_made = any(w.objectName().startswith("qt_") for w in (widget, owners[0]) if not is_viewport(w))
    return inner or qt_made or isinstance(widget, QScrollBar | QHeaderView)


def is_viewport(widget: QWidget) -> bool:
    return widget.objectName() == "qt_scrollarea_viewport" and isinstance(widget.parentWidget(), QScrollArea)


def ancestors(widget: QWidget) -> list[QWidget]:
    found, at = [], widget.parentWidget()
    while at is not None:
        found.append(at)
        at = at.parentWidget()
    return found


def described(widget: QWidget) -> str:
    owners = [widget, *ancestors(widget)][:4]
    return " < ".join(w.accessibleName() or w.objectName() or type(w).__name__ for w in owners)


def test_every_control_has_a_name_a_tooltip_and_takes_the_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    open_everything(window, qtbot)
    found = list(controls(window))
    assert len(found) > 40
    wrong = [f"no name: {described(w)}" for w in found if not w.accessibleName()]
    wrong += [f"no tooltip: {described(w)}" for w in found if not w.toolTip()]
    wrong += [f"no keyboard: {described(w)}" for w in found if not w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert not wrong, "\n".join(wrong)
    assert_tab_walks_every_panel_in_reading_order(window)


def assert_tab_walks_every_panel_in_reading_order(window: MainWindow) -> None:
    for dialog in window.findChildren(QDialog):
        dialog.close()
    window.help.guide.finish()
    for dock in window.findChildren(QDockWidget):
        dock.raise_()
        panel = dock.widget()
        QApplication.processEvents()
        chain = [w for w in tab_chain(panel) if w.isVisibleTo(panel) and w.isEnabled()]
        places = [w.mapTo(panel, QPoint(0, 0)) for w in chain]
        rows = [round(place.y() / 24) for place in places]
        up = sum(max(0, before - after) for before, after in pairwise(rows))
        assert up <= len(rows), f"{dock.windowTitle()}: {[described(w) for w in chain]}"


def tab_chain(root: QWidget) -> list[QWidget]:
    """The controls of a panel in the order in which Tab reaches them."""
    own = set(controls(root))
    chain, at = [], root.nextInFocusChain()
    while at is not root:
        if at in own and at.focusPolicy() & Qt.FocusPolicy.TabFocus:
            chain.append(at)
        at = at.nextInFocusChain()
    return chain


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.view.name)
def test_the_style_sheet_shows_focus_for_every_kind_of_control(look: Look) -> None:
    sheet = style_sheet(look)
    kinds = (
        "QPushButton QToolButton QLineEdit QAbstractSpinBox QComboBox QPlainTextEdit QTextBrowser QCheckBox "
        "QRadioButton QSlider QTableView QTreeView QListView QTabBar"
    )
    for kind in kinds.split():
        assert re.search(rf"\b{kind}:focus\b", sheet), kind


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.view.name)
def test_text_stands_out_from_what_is_behind_it(look: Look) -> None:
    behind = (look.window, look.base, look.raised, look.hover, look.selected)
    pairs = [*product((look.text, look.muted, look.good, look.bad), behind)]
    pairs += [(look.accent_text, look.accent), (look.accent_text, look.accent_hover)]
    pairs += [(look.focus, behind) for behind in (look.base, look.window, look.raised)]
    for front, back in pairs:
        assert contrast(front, back) >= 4.5, (front, back)
    for back in (look.window, look.base, look.raised):
        assert contrast(look.edge, back) >= 3, (look.edge, back)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.1 between two colours `#rrggbb`."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_focused_control_looks_different(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG)
    for look in ("light", "dark"):
        window.appearance.set_look(look)
        panel = window.generate_panel
        for control in controls(panel):
            if not control.isEnabled() or not control.isVisible():
                continue
            panel.window().view.setFocus()  # type: ignore[attr-defined]
            rest = control.grab().toImage()
            control.setFocus(Qt.FocusReason.TabFocusReason)
            assert control.grab().toImage() != rest, f"{look}: {described(control)}"


def test_nothing_is_cut_off_in_the_smallest_window_with_large_text(window: MainWindow, qtbot: QtBot) -> None:
    open_everything(window, qtbot)
    window.help.palette.close_up()  # type: ignore[union-attr]
    window.appearance.set_font_scale(1.5)
    window.resize(window.minimumSize())
    wrong: list[str] = []
    for dock in window.findChildren(QDockWidget):
        dock.raise_()
        QApplication.processEvents()
        qtbot.waitUntil(lambda dock=dock: not dock.visibleRegion().isEmpty(), timeout=LONG)  # type: ignore[misc]
        if not window.rect().contains(QRect(dock.mapTo(window, QPoint(0, 0)), dock.size())):
            wrong.append(f"outside the window: {dock.windowTitle()}")
        wrong += [f"cut off: {described(w)}" for w in controls(dock) if w.isVisible() and is_cut_off(w)]
    for dialog in (*window.findChildren(QDialog), window.help.guide):
        wrong += [f"cut off: {described(w)}" for w in controls(dialog) if w.isVisible() and is_cut_off(w)]
    window.appearance.set_font_scale(1.0)
    assert not wrong, "\n".join(wrong)


def is_cut_off(control: QWidget) -> bool:
    """Whether a control is squeezed, or outside of its parents with no way to scroll to it."""
    least = control.minimumSizeHint()
    squeezed = isinstance(control, QAbstractButton | QComboBox | QAbstractSpinBox | QLineEdit) and (
        control.height() < least.height() - 2
        or (isinstance(control, QAbstractButton) and control.width() < least.width() - 2)
    )
    return squeezed or leaves_its_parents(control)


def leaves_its_parents(control: QWidget) -> bool:
    rect, at = control.rect(), control
    while (parent := at.parentWidget()) is not None and not at.isWindow():
        if isinstance(parent.parentWidget(), QScrollArea):
            return False
        rect = QRect(at.mapTo(parent, rect.topLeft()), rect.size())
        if not parent.rect().adjusted(-1, -1, 1, 1).contains(rect):
            return True
        at = parent
    return False


def test_the_tool_bar_and_the_tabs_of_panels_take_the_keyboard(window: MainWindow) -> None:
    bar = window.commands.tool_bar
    buttons = [b for b in bar.findChildren(QToolButton) if not b.objectName().startswith("qt_")]
    assert len(buttons) > 7
    assert all(b.focusPolicy() & Qt.FocusPolicy.TabFocus and b.accessibleName() for b in buttons)
    assert window.view.canvas.native.accessibleName()
    sliders = window.generate_panel.findChildren(QSlider)
    assert all(slider.accessibleName() for slider in sliders)


def test_validity_is_told_in_words_and_not_by_colour_alone(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()
    model = window.candidates_panel.table.model()
    texts = [
        str(model.index(row, column).data()) for row in range(model.rowCount()) for column in range(model.columnCount())
    ]
    assert any(text.startswith("✓ ") for text in texts)
    assert any(text.startswith("✗ ") for text in texts)
