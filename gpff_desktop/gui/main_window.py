"""The main window: the molecule in the middle, panels around it, and the parts that make them work together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QWidget

from gpff_desktop.gui.actions import CommandSet
from gpff_desktop.gui.appearance import Appearance
from gpff_desktop.gui.background import Background
from gpff_desktop.gui.badge import ValidityBadge
from gpff_desktop.gui.candidates_panel import CandidatesPanel
from gpff_desktop.gui.commands import window_commands
from gpff_desktop.gui.conformers import Conformers
from gpff_desktop.gui.console import Console
from gpff_desktop.gui.context_menu import ContextMenu
from gpff_desktop.gui.drops import Drops
from gpff_desktop.gui.editing import Editing
from gpff_desktop.gui.elided_label import ElidedLabel
from gpff_desktop.gui.file_actions import FileActions
from gpff_desktop.gui.forces import ForceArrows
from gpff_desktop.gui.generate_panel import GeneratePanel
from gpff_desktop.gui.grow_panel import GrowPanel
from gpff_desktop.gui.growing import Growing
from gpff_desktop.gui.help import Help
from gpff_desktop.gui.live_bar import LiveBar
from gpff_desktop.gui.memory import Memory
from gpff_desktop.gui.models import Models, load_model
from gpff_desktop.gui.notices import Notices, add_notices
from gpff_desktop.gui.opening_bar import OpeningBar
from gpff_desktop.gui.panels import ScrolledPanel, hide_orphaned_tabs
from gpff_desktop.gui.perceiving import BondPerception
from gpff_desktop.gui.player import Player
from gpff_desktop.gui.plugins import Plugins
from gpff_desktop.gui.preferences import Preferences
from gpff_desktop.gui.recent import add_recent_files
from gpff_desktop.gui.recovery import Recovery
from gpff_desktop.gui.review import CONTEXT_MENU, Review
from gpff_desktop.gui.runs import Runs
from gpff_desktop.gui.session_view import SessionView
from gpff_desktop.gui.sessions import Sessions
from gpff_desktop.gui.stage import Stage
from gpff_desktop.gui.start_cloud import StartCloud
from gpff_desktop.gui.starts import Starts
from gpff_desktop.gui.structures import Structures
from gpff_desktop.gui.theme import Look, icon_size
from gpff_desktop.gui.tools.steer import SteerTool
from gpff_desktop.gui.training import Training
from gpff_desktop.gui.trajectory_panel import TrajectoryPanel
from gpff_desktop.gui.view import MoleculeView
from gpff_desktop.gui.worker import Backend
from gpff_desktop.session.attachment import START_WIDTH
from gpff_desktop.session.unsaved import Unsaved
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure

_CLOUD_WIDTH = 1.5
_SIDE_WIDTH = 480
_MESSAGE_MS = 8000
_LEFT, _RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
_LEAST_WIDTHS = {_LEFT: 230, _BOTTOM: 230}


class MainWindow(QMainWindow):
    """Everything the user sees. It builds the parts and connects them; what they do is theirs.

    Parameters
    ----------
    load
        Loads the model; called in the worker's thread.
    generate_at_start
        Generate the panel's formula as soon as the model is there.
    workbench
        What is worked on; by default a new one with the user's settings.

    Attributes
    ----------
    idle
        Signal without arguments: a run has ended and all its candidates are judged.
    """

    idle = Signal()

    def __init__(
        self, load: Callable[[], Backend], generate_at_start: bool = True, workbench: Workbench | None = None
    ) -> None:
        super().__init__()
        self.resize(1280, 820)
        self.workbench = workbench or Workbench()
        self.document = self.workbench.document
        self.view = MoleculeView(self)
        self.stage = Stage(self.view, self.document, self)
        self.appearance = Appearance(self.view.canvas, self)
        self.background = Background(self)
        self.perception = BondPerception(self.document, self.background, self)
        self.generate_panel = GeneratePanel()
        self.candidates_panel = CandidatesPanel(self.workbench.candidates)
        self.backend: Backend | None = None
        self.runs = Runs(
            partial(self._loaded, load), self.workbench, self.stage, self.generate_panel, generate_at_start, self
        )
        self.live_bar = LiveBar(self.runs.live)
        self.view.add_bar(self.live_bar)
        self.grow_panel = GrowPanel(START_WIDTH)
        self.growing = Growing(self.workbench, self.runs, self.grow_panel, self.generate_panel, self)
        self.models = Models(self._load_named, self.runs, self.generate_panel, self.workbench, self)
        self.review = Review(self.workbench, self.candidates_panel, self.stage, self.background, self)
        self.unsaved = Unsaved(self.document, self.workbench.candidates)
        self.notices = Notices()
        session_view = SessionView(self.view.canvas, self.appearance)
        self.sessions = Sessions(self, self.workbench, self.unsaved, session_view)
        self.recovery = Recovery(self.workbench, session_view.values, self.notices, self.background, self)
        self.trajectory_panel = TrajectoryPanel()
        self.player = Player(self.workbench, self.stage, self.trajectory_panel, self.background, self)
        self.forces = ForceArrows(self.workbench, self.stage, self.runs, self)
        self.badge = ValidityBadge(self.workbench, self.stage, self.background, self)
        self.structures = Structures(self.workbench, self.stage, self.unsaved, self)
        self.files = FileActions(
            self, self.workbench, self.stage, self.sessions, self.unsaved, self.notices, self.review.chosen
        )
        self.drops = Drops(self, lambda paths: self.files.open(*paths), self.files.open_text)
        open_text, opener = self.files.open_text, self.files.opener
        self.editing = Editing(self.workbench, self.stage, self.background, open_text, opener, self)
        self.starts = Starts(
            self.workbench, self.stage, self.generate_panel, self.editing.toolbox, self.background, self
        )
        self.conformers = Conformers(self.workbench, self.stage, self.runs, self.background, self)
        self.start_cloud = StartCloud(self.stage, self.starts, self.growing, self.generate_panel, self)
        self.steer_tool = SteerTool(self.editing.edits, self.runs)
        self.console = Console(self)
        self.training = Training(self)
        self.preferences = Preferences(self)
        self.plugins = Plugins(self)
        self.help = Help(self)
        self._lay_out()
        self.commands = CommandSet(self, window_commands(self), self.workbench.log)
        self.context_menu = ContextMenu(self.editing.edits, self.editing.toolbox, lambda: self.commands.actions, self)
        add_notices(self, self.notices)
        add_recent_files(self, self.files.recent, self.commands.actions["file.open-clipboard"])
        self._connect()
        self.memory = Memory(self)
        self._begin("Loading the model…" if generate_at_start else "")

    def _begin(self, title: str) -> None:
        self.memory.restore()
        hide_orphaned_tabs(self)
        self._show_cloud(title)
        self.runs.start()

    # Qt's hooks

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """End the threads and the process before the window goes, unless the user would lose something."""
        if not self.sessions.may_go():
            event.ignore()
            return
        self.recovery.close()
        self.files.opener.close()
        self.memory.save()
        self.training.close()
        self.plugins.close()
        self.models.close()
        self.hide()  # the thread may be loading the model, and cannot be interrupted in it
        self.runs.close()
        self.background.close()
        self.view.canvas.close()
        super().closeEvent(event)

    # What happens

    def _loaded(self, load: Callable[[], Backend]) -> Backend:
        """Called in the worker's thread; the console wants the field, too."""
        self.backend = load()
        return self.backend

    def _load_named(self, name: str) -> Backend:
        return self._loaded(partial(load_model, name))

    def _tell_if_idle(self) -> None:
        if not self.runs.is_running() and not self.review.busy:
            self.idle.emit()

    def _lend_hand(self) -> None:
        """While molecules are generated, the hand steers them."""
        steers = self.stage.running and self.runs.can_steer()
        self.editing.toolbox.lend(self.steer_tool if steers else None)

    def _on_runs(self) -> None:
        model = self.runs.model
        if model is not None:
            self._model_label.setText(f"Model {model.name}")
            self._device_label.setText(f"on {model.device}")
            self.review.judging.known = model.known
        self.commands.refresh()

    def _on_look(self, look: Look) -> None:
        self.generate_panel.set_icon_colors(look.accent_text, look.text, look.muted)
        self.candidates_panel.model.set_colors(look.good, look.bad)
        self.trajectory_panel.set_icon_colors(look.text, look.muted)
        self.badge.set_colors(look.good, look.bad)
        self.live_bar.set_icon_colors(look.text)
        self.structures.panel.list.delegate.set_colors(look.muted, look.accent)
        self.notices.set_colors(look.muted)
        self.files.recent.set_color(look.text)
        self.console.set_look(look)
        self.training.set_look(look)
        self.commands.color_icons(look.text, look.muted)
        self.commands.tool_bar.set_icon_size(icon_size(self.appearance.font_scale))

    def _show_cloud(self, title: str) -> None:
        """Show what the first run will start from: atoms anywhere, as from the prior."""
        numbers = self.generate_panel.formula.numbers
        if numbers is not None:
            positions = np.random.default_rng(0).normal(0.0, _CLOUD_WIDTH, (len(numbers), 3))
            self.view.show_structure(Structure(numbers, positions), title)

    def _on_model_failed(self) -> None:
        if self.runs.model is None:
            self._model_label.setText("No model")

    def _on_note(self, message: str) -> None:
        self._last_action.setText(message)

    def _on_warning(self, message: str) -> None:
        self._last_action.setText(message)
        self.statusBar().showMessage(message, _MESSAGE_MS)

    # Construction

    def _connect(self) -> None:
        self.workbench.noted.connect(self._on_note)
        self.workbench.warned.connect(self._on_warning)
        self.runs.changed.connect(self._on_runs)
        self.runs.worker.model_failed.connect(self._on_model_failed)
        self.training.changed.connect(self.commands.refresh)
        self.models.set_commands([self.commands.actions[c.id] for c in self.models.commands()[1:]])
        self.runs.generated.connect(self.review.add)
        self.runs.ended.connect(self._tell_if_idle)
        self.runs.ended.connect(self.recovery.save_now)
        self.review.judged_all.connect(self._tell_if_idle)
        self.appearance.changed.connect(lambda: self.editing.charges.set_on(self.appearance.labels == "charge"))
        self.runs.framed.connect(self.badge.take_frame)
        self.structures.panel.atoms.typing.connect(self.runs.live.hold)
        self.generate_dock.visibilityChanged.connect(self.generate_panel.start.set_in_sight)
        self.grow_dock.visibilityChanged.connect(self.grow_panel.set_in_sight)
        for show in (self.grow_dock.show, self.grow_dock.raise_):
            self.growing.wanted.connect(show)
        self.runs.framed.connect(lambda frame: self.editing.constraints_panel.follow(frame.structure.positions))
        self.runs.framed.connect(lambda frame: self.steer_tool.follow(frame.watched))
        self.stage.changed.connect(self._lend_hand)
        parts = (self.review, self.stage, self.appearance, self.editing.toolbox, self.player, self.forces)
        for signal in (part.changed for part in parts):
            signal.connect(self.commands.refresh)
        self.document.changed.connect(lambda *_: self.commands.refresh())
        self.document.history_changed.connect(self.commands.refresh)
        for dock in self.findChildren(QDockWidget):
            dock.visibilityChanged.connect(self.commands.refresh)
        self.constraints_dock.visibilityChanged.connect(self.editing.constraints_panel.set_in_front)
        self.view.hinted.connect(self._hint_label.setText)
        self._hint_label.setText(self.editing.toolbox.hand.hint)
        self.candidates_panel.export_clicked.connect(self.files.export)
        self.candidates_panel.table.addActions([self.commands.actions[name] for name in CONTEXT_MENU])
        self.appearance.look_changed.connect(self._on_look)

    def _lay_out(self) -> None:
        self.setCentralWidget(self.view)
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks)
        self.setCorner(Qt.Corner.BottomRightCorner, _RIGHT)
        self.setCorner(Qt.Corner.BottomLeftCorner, _LEFT)
        self.structures_dock = self._dock("Structures", self.structures.panel, _LEFT)
        self.build_dock = self._dock("Build", self.editing.build_panel, _LEFT)
        self.generate_dock = self._dock("Generate", self.generate_panel, _RIGHT)
        self.grow_dock = self._dock("Grow", self.grow_panel, _RIGHT)
        self.tabifyDockWidget(self.generate_dock, self.grow_dock)
        self.constraints_dock = self._dock("Constraints", self.editing.constraints_panel, _RIGHT)
        self.tabifyDockWidget(self.generate_dock, self.constraints_dock)
        self.train_dock = self._dock("Train", self.training.host, _RIGHT)
        self.tabifyDockWidget(self.generate_dock, self.train_dock)
        self.generate_dock.raise_()
        self.candidates_dock = self._dock("Candidates", self.candidates_panel, _BOTTOM)
        self.tabifyDockWidget(self.structures_dock, self.build_dock)
        self.structures_dock.raise_()
        self.resizeDocks([self.structures_dock, self.generate_dock], [310, 310], Qt.Orientation.Horizontal)
        self.trajectory_dock = self._dock("Trajectory", self.trajectory_panel, _BOTTOM)
        self.tabifyDockWidget(self.candidates_dock, self.trajectory_dock)
        self.console_dock = self._dock("Console", self.console.host, _BOTTOM)
        self.tabifyDockWidget(self.candidates_dock, self.console_dock)
        self.console_dock.hide()
        self.candidates_dock.raise_()
        self.resizeDocks([self.candidates_dock], [270], Qt.Orientation.Vertical)
        self._lay_out_status_bar()
        self.setMinimumSize(QSize(860, 560))

    def _lay_out_status_bar(self) -> None:
        self._model_label, self._device_label, self._last_action = QLabel("Loading the model…"), QLabel(), ElidedLabel()
        self._hint_label = ElidedLabel()
        self._hint_label.setObjectName("hint")
        for label, name in (
            (self._hint_label, "Atom under the pointer, or how to use the tool"),
            (self._model_label, "Model"),
            (self._device_label, "Device"),
            (self._last_action, "Last action"),
        ):
            label.setAccessibleName(name)
        self.statusBar().addWidget(self._last_action, 2)
        self.statusBar().addWidget(self._hint_label, 5)
        self.opening_bar = OpeningBar(self.files.opener)
        self.statusBar().addPermanentWidget(self.opening_bar)
        for label in (self._model_label, self._device_label):
            self.statusBar().addPermanentWidget(label)

    def _dock(self, title: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(title.lower())
        dock.setWidget(ScrolledPanel(content, title, _LEAST_WIDTHS.get(area, _SIDE_WIDTH)))
        dock.setAccessibleName(title)
        self.addDockWidget(area, dock)
        return dock
