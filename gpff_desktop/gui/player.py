"""Plays the frames that belong to what is on view, keeps one as a structure, writes all to a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QProgressDialog, QWidget

from gpff_desktop.chemistry.bonds import connectivity
from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.background import Background
from gpff_desktop.gui.stage import Stage
from gpff_desktop.gui.trajectory_panel import TrajectoryPanel
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.session.trajectory_file import frames_of, write_trajectory
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.movie import save_movie

_MENU = "View/Trajectory"
_SAME = 1e-3
_MOVIE_SIZE = (800, 600)
_FILTERS = ("Animated GIF (*.gif)", "MP4 video (*.mp4)", "XYZ file of many frames (*.xyz)")


class Player(QObject):
    """Between the trajectory panel and the view.

    Parameters
    ----------
    workbench, stage
        What is worked on, and what is on view.
    panel
        The controls.
    background
        Where files of coordinates are written.
    window
        Owns the dialogues.

    Attributes
    ----------
    changed
        Signal without arguments: there are other frames, or they begin or cease to follow one another.
    """

    changed = Signal()

    def __init__(
        self, workbench: Workbench, stage: Stage, panel: TrajectoryPanel, background: Background, window: QWidget
    ) -> None:
        super().__init__(window)
        self._workbench, self._stage, self._panel = workbench, stage, panel
        self._background, self._window = background, window
        self._trajectory: Trajectory | None = None
        self._framed: Structure | None = None
        self._rest: Structure | None = None
        self._rest_frame: int | None = None
        self._rest_is_entry = False
        self._title = ""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._connect()

    @property
    def playing(self) -> bool:
        """Whether frames follow one another."""
        return self._timer.isActive()

    # What the user can do

    def can_play(self) -> bool:
        """Whether frames are known of what is on view, and no run is shown."""
        return self._trajectory is not None and not self._stage.running

    def toggle(self) -> None:
        """Play or pause; from the last frame it begins with the first."""
        if self.playing or not self.can_play():
            self._pause()
            return
        if self._panel.frame == self._last:
            self.show(0)
        self._timer.start(round(1000 / self._panel.speed))
        self._panel.set_playing(True)
        self.changed.emit()

    def step(self, by: int) -> None:
        """Show the frame that many places on, or the first or last there is."""
        self._pause()
        if self.can_play():
            self.show(min(max(self._panel.frame + by, 0), self._last))

    def show(self, frame: int) -> None:
        """Show a frame, counted from 0; the camera follows unless the user has moved it."""
        trajectory = self._trajectory
        if trajectory is None or self._stage.running:
            return
        self._panel.set_frame(frame)
        if frame == self._rest_frame and self._rest is not None:
            self._framed = self._rest
            self._show_rest(self._rest, trajectory)
        else:
            structure = trajectory.structure(frame).with_title(self._frame_title())
            self._framed = structure.with_bonds(connectivity(structure))
            self._stage.show_preview(self._framed, structure.title, False, trajectory)
        self._stage.view.follow()

    def keep(self) -> None:
        """Open the frame on view in the document, as one step."""
        if not self.can_play():
            return
        self._pause()
        shown, trajectory, document = self._stage.structure, self._trajectory, self._workbench.document
        if self._stage.preview is not None:
            self._stage.accept()
        elif shown is not None:
            (key,) = document.add([shown.with_title(self._frame_title())], keep_bonds=False)
            document.set_trajectory(key, trajectory)
        self._workbench.noted.emit(f"Kept frame {self._panel.frame + 1} as a structure")

    def export(self, path: Path | None = None) -> None:
        """Write all frames as XYZ, GIF or MP4, as the suffix says; asks where without `path`."""
        if not self.can_play() or self._trajectory is None:
            return
        self._pause()
        path = path or self._ask_path()
        if path is None:
            return
        if path.suffix.lower() in (".gif", ".mp4"):
            self._export_movie(path, self._trajectory)
        else:
            self._background.call(
                write_trajectory,
                path,
                self._trajectory,
                then=lambda count: self._workbench.noted.emit(f"Wrote {count} frames to {path.name}"),
                failed=self._workbench.warned.emit,
            )

    def commands(self) -> list[Command]:
        """The player's part of the View menu."""
        command = partial(
            Command, menu=_MENU, enabled_when=self.can_play, needs="Show something whose steps are known first"
        )
        return [
            command(
                "trajectory.play", "Play", callback=self.toggle, shortcut="Ctrl+T", icon="mdi6.play-outline",
                hint="Play the steps of the run that led to what is on view, or pause",
                checked_when=lambda: self.playing,
            ),
            *(
                command(
                    f"trajectory.{name}", title, callback=step, shortcut=keys, icon=f"mdi6.{icon}", hint=f"Show {hint}"
                )
                for name, title, step, keys, icon, hint in self._steps()
            ),
            command(
                "trajectory.keep", "Keep frame", callback=self.keep, shortcut="Ctrl+K",
                icon="mdi6.content-save-outline", hint="Open the frame on view in the document",
            ),
            command(
                "trajectory.export", "Export trajectory…", callback=self.export, icon="mdi6.movie-open-outline",
                hint="Write all frames as an XYZ file, a GIF or an MP4",
            ),
        ]  # fmt: skip

    def _steps(self) -> list[tuple[str, str, Callable[[], None], str, str, str]]:
        """Id, title, what it does, shortcut, icon and what is shown, of each command that changes the frame."""
        return [
            ("back", "One frame back", lambda: self.step(-1), "Ctrl+Left", "step-backward", "the frame before"),
            ("on", "One frame on", lambda: self.step(1), "Ctrl+Right", "step-forward", "the next frame"),
            ("first", "First frame", lambda: self.step(-self._last), "Ctrl+Home", "skip-backward", "the first frame"),
            ("last", "Last frame", lambda: self.step(self._last), "Ctrl+End", "skip-forward", "the last frame"),
        ]

    # What happens

    @property
    def _last(self) -> int:
        return len(self._trajectory) - 1 if self._trajectory else 0

    def _frame_title(self) -> str:
        return f"{self._title} · frame {self._panel.frame + 1}"

    def _tick(self) -> None:
        frame = self._panel.frame + 1
        if frame > self._last:
            if not self._panel.loops:
                self._pause()
                return
            frame = 0
        self.show(frame)

    def _pause(self) -> None:
        if self.playing:
            self._timer.stop()
            self._panel.set_playing(False)
            self.changed.emit()

    def _show_rest(self, rest: Structure, trajectory: Trajectory) -> None:
        """Show again what was on view before any frame was: the very entry or candidate."""
        if self._rest_is_entry:
            self._stage.end_preview(fit=False)
        else:
            self._stage.show_preview(rest, self._title, False, trajectory)

    def _on_stage(self) -> None:
        if self._stage.running:
            self._pause()
        if self._framed is not None and self._stage.structure is self._framed:
            return
        self._framed = None
        trajectory = self._stage.trajectory
        if trajectory is not self._trajectory:
            self._pause()
            self._trajectory = trajectory
            self._panel.set_trajectory(trajectory)
        self._rest, self._rest_is_entry = self._stage.structure, self._stage.preview is None
        self._title = self._stage.title
        if trajectory is not None and self._rest is not None:
            self._rest_frame = _frame_of(trajectory, self._rest)
            self._panel.set_frame(self._last if self._rest_frame is None else self._rest_frame)
        self.changed.emit()

    def _ask_path(self) -> Path | None:
        name, chosen = QFileDialog.getSaveFileName(
            self._window, "Export trajectory", "trajectory.gif", ";;".join(_FILTERS)
        )
        if not name:
            return None
        path = Path(name)
        return path if path.suffix else path.with_suffix(chosen.rsplit("*", 1)[-1].rstrip(")"))

    def _export_movie(self, path: Path, trajectory: Trajectory) -> None:
        """Draw picture after picture in the window's thread, which owns the graphics; a dialogue keeps it alive."""
        dialog = QProgressDialog(f"Drawing {path.name}", "Cancel", 0, len(trajectory), self._window)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.show()

        def go_on(done: int, total: int) -> bool:
            dialog.setValue(min(done, total - 1))  # it would close at the end, before the file is complete
            QApplication.processEvents()
            return not dialog.wasCanceled()

        frames = [frame.with_bonds(connectivity(frame)) for frame in frames_of(trajectory)]
        try:
            written = save_movie(
                self._stage.view.canvas,
                path,
                frames,
                size=_MOVIE_SIZE,
                fps=self._panel.speed,
                occlusion=False,
                progress=go_on,
            )
        except ValueError as error:
            self._workbench.warned.emit(str(error))
            return
        finally:
            dialog.close()
            dialog.deleteLater()
        self._workbench.noted.emit(f"Wrote {path.name}" if written else f"{path.name} was not written")

    def _connect(self) -> None:
        panel = self._panel
        self._stage.changed.connect(self._on_stage)
        panel.frame_chosen.connect(self._on_chosen)
        panel.play_clicked.connect(self.toggle)
        panel.keep_clicked.connect(self.keep)
        panel.export_clicked.connect(lambda: self.export())
        self._workbench.document.changed.connect(lambda *_: self._on_document())

    def _on_chosen(self, frame: int) -> None:
        self._pause()
        self.show(frame)

    def _on_document(self) -> None:
        if self._stage.trajectory is not self._trajectory:
            self._framed = None
            self._on_stage()


def _frame_of(trajectory: Trajectory, structure: Structure) -> int | None:
    """The frame that a structure is: the last, if it is that one, else the first alike; None if there is none."""
    if not np.array_equal(trajectory.numbers, structure.numbers):
        return None
    for index in (len(trajectory) - 1, *range(min(len(trajectory), 1000))):
        if np.allclose(trajectory.positions[index], structure.positions, rtol=0.0, atol=_SAME):
            return index
    return None
