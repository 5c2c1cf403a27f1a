"""Plugins in the window: what they add, and what happens when they fail."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QDockWidget, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.gui import background
from gpff_desktop.gui.candidate_figures import FigureColumn
from gpff_desktop.gui.candidates import Column
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.plugins_dialog import PluginsDialog

from .conftest import METHANE, WATER, LastingPool, ScriptedBackend

if TYPE_CHECKING:
    from tests.conftest import Site

LONG = 60_000
NEW_POOL = background.new_pool
HEAD = "from gpff_desktop.plugins import *\n"
ACTS = """
def delete(app):
    app.editor.delete([4])
    app.editor.delete([3])

def break_half_way(app):
    delete(app)
    app.candidates["no such key"]

def refuse(app):
    delete(app)
    raise EditError("pick a ring first")

def select(app):
    app.editor.select([1])

def ask(app):
    return app.no_such_thing

commands = (
    Command("delete", "Delete two", delete, shortcut="Ctrl+G"),
    Command("break", "Break", break_half_way, shortcut="Ctrl+Alt+F9"),
    Command("refuse", "Refuse", refuse, shortcut="no key"),
    Command("select", "Select one", select),
    Command("ask", "Ask", print, enabled_when=ask, needs="Something"),
)
plugin = Plugin("Acts", 1, commands)
"""
PANELS = """
from PySide6.QtWidgets import QPushButton

def good(app):
    button = QPushButton("Press")
    button.clicked.connect(pressed)
    app.on_change(lambda: button.setText(str(app.selection)))
    return button

def bad(app):
    raise RuntimeError("no panel today")

def listening(app):
    app.on_change(lambda: 1 / 0)
    return QPushButton("Listens")

def pressed():
    raise LookupError("in the slot")

panels = (Panel("bad", "Bad", bad), Panel("listening", "Listening", listening), Panel("good", "Good", good))
plugin = Plugin("Panels", 1, panels=panels)
"""
COLUMNS = """
import time

def size(structure):
    return len(structure)

def broken(structure):
    raise ValueError("no such basis")

def endless(structure):
    time.sleep(600)

columns = (Column("broken", "Broken", broken), Column("endless", "Endless", endless), Column("size", "Size", size))
plugin = Plugin("Columns", 1, columns=columns)
"""

SAMPLERS = """
def samplers():
    from gpff_desktop.engine.samplers import Sampler
    return [Sampler("halfway", "Half way", "relaxation", (), "Half the way", iter)]

plugin = Plugin("Mine", 1, samplers=samplers)
"""


def told(window: MainWindow) -> list[str]:
    """The notices that wait, the newest first."""
    return [notice.text for notice in window.notices.waiting]


def headers(window: MainWindow) -> list[str]:
    """Titles of the table of candidates as they are seen, from the left."""
    header = window.candidates_panel.table.horizontalHeader()
    sections = map(header.logicalIndex, range(header.count()))
    return [header.model().headerData(section, Qt.Orientation.Horizontal) for section in sections]


def cells(window: MainWindow, title: str, role: int = Qt.ItemDataRole.DisplayRole) -> list[str]:
    """What a column of the table of candidates reads, from the top."""
    order = window.candidates_panel.order
    heads = [order.headerData(place, Qt.Orientation.Horizontal) for place in range(order.columnCount())]
    return [order.index(row, heads.index(title)).data(role) for row in range(order.rowCount())]


def opened(window: MainWindow) -> PluginsDialog:
    window.commands.run("plugins.manage")
    assert window.plugins.dialog is not None
    return window.plugins.dialog


def dock(window: MainWindow, name: str) -> QDockWidget | None:
    found = window.findChild(QDockWidget, name)
    return found if isinstance(found, QDockWidget) else None


def test_the_example_adds_a_command_a_panel_and_columns_and_takes_them_away(
    window: MainWindow, qtbot: QtBot, site: Site
) -> None:
    site.install_example()
    before = headers(window)
    window.plugins.load()
    assert told(window) == []

    window.document.add([from_smiles("CCCC")])
    window.commands.run("help.palette")
    qtbot.keyClicks(window.help.palette.entry, "rotatable")  # type: ignore[union-attr]
    assert window.help.palette.chosen.id == "druglike.select-rotatable-bonds"  # type: ignore[union-attr]
    steps = len(window.document.history.names)
    qtbot.keyClick(window.help.palette.entry, Qt.Key.Key_Return)  # type: ignore[union-attr]
    assert window.document.required().selected == {1, 2}
    assert len(window.document.history.names) == steps, "selecting is no step"

    window.commands.run("panel.druglike.rules")
    panel = dock(window, "druglike.rules")
    assert panel is not None
    assert "All rules are kept" in texts(panel)
    window.document.add([from_smiles("C" * 20)])
    qtbot.waitUntil(lambda: "2 of 6 rules broken" in texts(panel), timeout=LONG)

    window.workbench.candidates.add([METHANE, WATER])
    qtbot.waitUntil(lambda: cells(window, "TPSA (Å²)") == ["0.0", "31.5"], timeout=LONG)
    assert window.review.chosen()[1].properties["GPFF_druglike_tpsa"] == "31.5"
    assert headers(window).index("logP") == headers(window).index("σ̂ (Å)") - 2

    window.plugins.set_on("druglike", False)
    window.commands.run("help.palette")
    assert not any(c.id.startswith("druglike") for c in window.help.palette.model.shown)  # type: ignore[union-attr]
    assert headers(window) == before
    qtbot.waitUntil(lambda: dock(window, "druglike.rules") is None, timeout=LONG)
    assert [action.text() for action in menu_of(window)] == ["Manage plugins…"]
    assert window.workbench.settings.load().plugins == {"druglike": False}

    window.plugins.set_on("druglike", True)
    qtbot.waitUntil(lambda: cells(window, "TPSA (Å²)") == ["0.0", "31.5"], timeout=LONG)
    window.commands.run("druglike.select-rotatable-bonds")
    assert len(window.document.required().selected) == 18


def texts(widget: QWidget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def menu_of(window: MainWindow) -> list:
    (menu,) = [action.menu() for action in window.menuBar().actions() if action.text() == "Plugins"]
    return menu.actions()  # type: ignore[attr-defined]


def test_a_failing_command_changes_nothing_and_says_so_in_one_line(window: MainWindow, site: Site) -> None:
    site.install("acts", HEAD + ACTS)
    window.plugins.load()
    warned: list[str] = []
    window.workbench.warned.connect(warned.append)
    window.document.add([METHANE])
    before = window.document.state

    window.commands.run("acts.break")
    assert told(window)[0] == "The plugin Acts failed in 'Break': KeyError: 'no such key'"
    assert window.document.state == before
    window.commands.run("acts.refuse")
    assert warned == ["pick a ring first"]
    assert window.document.state == before
    window.commands.run("acts.delete")
    assert len(window.document.required().structure) == 3
    window.commands.run("edit.undo")
    assert window.document.state.entries[0].structure is before.entries[0].structure

    assert not window.commands.actions["acts.ask"].isEnabled()
    window.commands.refresh_now()
    asking = [text for text in told(window) if "while asking whether 'Ask' can be done: AttributeError" in text]
    assert len(asking) == 1
    window.notices.waiting[0].buttons["Details…"].click()
    dialog = window.plugins.dialog
    assert dialog is not None
    dialog.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert "Acts, from the package gpff-acts 1.2" in copied
    assert 'site_acts.py", line' in copied
    assert window.commands.taken("Ctrl+G") is window.commands.commands["run.generate"]
    assert not window.commands.commands["acts.delete"].shortcut
    assert "'Delete two' has no shortcut, as Ctrl+G is that of 'Generate'" in copied
    assert "'Refuse' has no shortcut, as 'no key' is no key" in copied
    assert dialog.table.item(0, 3).text() == "Failed"


def test_commands_that_edit_wait_for_the_end_of_a_run(
    window: MainWindow, qtbot: QtBot, site: Site, backend: ScriptedBackend
) -> None:
    site.install("acts", HEAD + ACTS)
    window.plugins.load()
    backend.go_on.clear()
    window.runs.generate()
    qtbot.waitUntil(lambda: window.stage.running, timeout=LONG)
    assert not window.commands.actions["acts.delete"].isEnabled()
    with qtbot.waitSignal(window.idle, timeout=LONG):
        backend.go_on.set()
    assert window.commands.actions["acts.delete"].isEnabled()


def test_panels_that_fail_leave_the_window_and_the_other_panels_alone(
    window: MainWindow, qtbot: QtBot, site: Site
) -> None:
    site.install("panels", HEAD + PANELS)
    hook = sys.excepthook
    window.plugins.load()
    for name in ("bad", "listening", "good"):
        window.commands.run(f"panel.panels.{name}")
    assert told(window) == ["The plugin Panels failed in the panel Bad: RuntimeError: no panel today"]
    bad, good = dock(window, "panels.bad"), dock(window, "panels.good")
    assert bad is not None
    assert good is not None
    assert "Manage plugins… says why" in texts(bad)
    (button,) = [b for b in good.findChildren(QPushButton) if b.text() == "Press"]

    window.document.add([METHANE])
    window.document.select([2])
    qtbot.waitUntil(lambda: button.text() == "[2]", timeout=LONG)
    window.document.select([3])
    qtbot.waitUntil(lambda: button.text() == "[3]", timeout=LONG)
    assert [t for t in told(window) if "changed" in t] == [
        "The plugin Panels failed as something changed: ZeroDivisionError: division by zero"
    ]
    button.click()
    assert told(window)[0] == "The plugin Panels failed: LookupError: in the slot"
    window.plugins.close()
    assert sys.excepthook == hook


def test_columns_that_fail_or_hang_are_told_once_and_the_others_are_filled(
    window: MainWindow, qtbot: QtBot, site: Site, own_pool: None
) -> None:
    site.install("columns", HEAD + COLUMNS)
    window.plugins.load()
    window.workbench.candidates.add([METHANE, WATER, WATER.with_positions(5 * WATER.positions)])
    patience = window.plugins.columns._patience
    qtbot.waitUntil(lambda: len(told(window)) == 1, timeout=LONG)
    patience.setInterval(2_000)  # only for the endless one, which comes next; a busy machine takes longer to begin
    qtbot.waitUntil(lambda: len(told(window)) == 2, timeout=LONG)
    patience.setInterval(10 * LONG)
    qtbot.waitUntil(lambda: cells(window, "Size") == ["5.00", "3.00", ""], timeout=LONG)
    qtbot.waitUntil(lambda: not window.plugins.columns.busy, timeout=LONG)
    assert cells(window, "Broken") == cells(window, "Endless") == ["", "", ""]
    assert cells(window, "Broken", Qt.ItemDataRole.ToolTipRole)[:2] == ["ValueError: no such basis"] * 2
    assert sorted(told(window)) == [
        "The plugin Columns failed in the column broken for candidate 1: ValueError: no such basis",
        "The plugin Columns failed in the column endless for candidate 1: no answer within 2 s; the column is given up",
    ]
    window.workbench.candidates.remove([1])
    assert cells(window, "Size") == ["3.00", ""]
    window.plugins.close()


@pytest.fixture
def own_pool(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of its own for what begins from here on, as it will be killed."""
    monkeypatch.setattr(background, "new_pool", NEW_POOL)


def test_plugins_that_cannot_be_used_are_listed_with_the_reason_and_the_others_work(
    window: MainWindow, site: Site
) -> None:
    site.install("good", HEAD + "plugin = Plugin('Good', 1, (Command('hello', 'Hello', lambda app: app.say('hi')),))")
    site.install("absent", "import site_missing")
    site.install(
        "icon", HEAD + "plugin = Plugin('Icon', 1, (Command('a', 'A', print), Command('b', 'B', print, icon='no')))"
    )
    site.install(
        "side", HEAD + "plugin = Plugin('Side', 1, (Command('a', 'A', print),), (Panel('b', 'B', print, side='top'),))"
    )
    window.plugins.load()
    problems = {name: state.problem for name, state in window.plugins.states.items()}
    assert problems["good"] == ""
    assert "No module named 'site_missing'" in problems["absent"]
    assert "names an icon 'no' that is not there" in problems["icon"]
    assert "a panel at the side 'top'" in problems["side"]
    assert [name for name in window.commands.commands if name.startswith(("icon", "side"))] == []
    said: list[str] = []
    window.workbench.noted.connect(said.append)
    window.commands.run("good.hello")
    assert said == ["hi"]

    dialog = opened(window)
    rows = {dialog.table.item(row, 0).text(): row for row in range(dialog.table.rowCount())}
    assert {name: dialog.table.item(row, 3).text() for name, row in rows.items()} == {
        "absent": "Failed", "Good": "On", "Icon": "Failed", "Side": "Failed",
    }  # fmt: skip
    dialog.table.item(rows["Good"], 0).setCheckState(Qt.CheckState.Unchecked)
    assert "good.hello" not in window.commands.commands
    assert dialog.table.item(rows["Good"], 3).text() == "Off"
    (site.folder / "site_missing.py").write_text(HEAD + "plugin = Plugin('Back', 1)")
    (site.folder / "site_absent.py").write_text("from site_missing import plugin")
    for on in (False, True):
        window.plugins.set_on("absent", on)
    assert window.plugins.states["absent"].problem == "", "what was mended works without a new start"


def test_a_safe_start_imports_no_plugin_and_lists_them_all(window: MainWindow, qtbot: QtBot, site: Site) -> None:
    site.install("bad", "raise AssertionError('imported')")
    window.plugins.load(safe=True)
    dialog = opened(window)
    assert told(window) == []
    assert "--no-plugins" in dialog.words.text()
    assert dialog.table.item(0, 3).text() == "At the next start"
    qtbot.keyClick(dialog.table, Qt.Key.Key_Space)
    assert dialog.table.item(0, 3).text() == "Off"
    assert window.workbench.settings.load().plugins == {"bad": False}
    qtbot.keyClick(dialog.table, Qt.Key.Key_Space)
    assert dialog.table.item(0, 3).text() == "At the next start"
    assert told(window) == []


def test_without_plugins_the_list_says_how_to_get_one(window: MainWindow) -> None:
    window.plugins.load()
    dialog = opened(window)
    assert "pip" in dialog.words.text()
    assert not dialog.copy_button.isEnabled()


def test_a_panel_is_where_it_was_left_when_the_program_starts_again(
    qtbot: QtBot, site: Site, lasting_pool: LastingPool, backend: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "new_pool", lambda: lasting_pool)
    site.install_example()
    for place in (None, Qt.DockWidgetArea.BottomDockWidgetArea):
        window = MainWindow(lambda: backend, generate_at_start=False)
        window.show()
        window.plugins.load()
        panel = dock(window, "druglike.rules")
        assert panel is not None
        assert panel.isHidden() == (place is None)
        if place is None:
            window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, panel)
            window.commands.run("panel.druglike.rules")
        else:
            assert window.dockWidgetArea(panel) == place
        window.close()


def test_figures_sort_the_table_with_what_is_not_known_last(window: MainWindow) -> None:
    panel = window.candidates_panel
    panel.model.add_column(FigureColumn("x.size", "Size", "Number of atoms", 0))
    keys = window.workbench.candidates.add([METHANE, WATER, METHANE])
    panel.model.set_figure("x.size", keys[0], 5)
    panel.model.set_figure("x.size", keys[1], 3)
    for order, expected in (
        (Qt.SortOrder.AscendingOrder, ["3", "5", ""]),
        (Qt.SortOrder.DescendingOrder, ["5", "3", ""]),
    ):
        panel.table.sortByColumn(len(Column), order)
        assert cells(window, "Size") == expected
    panel.model.set_figure("x.size", keys[2], 4)
    assert cells(window, "Size") == ["5", "4", "3"]
    panel.model.remove_column("x.size")
    assert "Size" not in headers(window)


def test_samplers_are_offered_for_their_mode_and_asked_for_by_the_name_of_the_plugin(
    window: MainWindow, qtbot: QtBot, site: Site, backend: ScriptedBackend
) -> None:
    site.install("mine", HEAD + SAMPLERS)
    window.plugins.load()
    (combo,) = [c for c in window.generate_panel.findChildren(QComboBox) if c.accessibleName() == "Sampler"]
    combo.setCurrentIndex(combo.findText("Half way"))
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()
    assert backend.asked[-1].sampler == "mine.halfway"
    window.plugins.set_on("mine", False)
    assert combo.currentText() == "Automatic"
    assert combo.findText("Half way") == -1
    window.plugins.set_on("mine", True)
    assert told(window) == []
    assert combo.findText("Half way") > 0
    window.plugins.set_on("mine", False)
