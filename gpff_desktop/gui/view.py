"""The molecule view as a Qt widget: live frames at a steady rate, and a few words over the picture."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from gpff_desktop import elements
from gpff_desktop.gui.messages import Frame
from gpff_desktop.gui.run_overlay import RunOverlay
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.canvas import MoleculeCanvas
from gpff_desktop.viewer.framing import Rectangle

FRAME_SECONDS = 1 / 30
_LEAST_SIZE = (160, 120)
_FOLLOW = 0.3
_TURN_PART = 0.3
_TURNS = 12
_NOTHING = Structure(np.empty(0), np.empty((0, 3)))
_WELCOME = "Nothing is open: generate, open a file or draw"


class MoleculeView(QWidget):
    """Shows a structure at rest, or the frames of a run as they come; of several waiting frames the newest wins.

    Attributes
    ----------
    hinted
        Signal with a few words about the atom under the pointer; beside the molecule, how to use the tool in hand.
    """

    hinted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = MoleculeCanvas()
        self.structure: Structure | None = None
        self._waiting: Frame | None = None
        self._follow = True
        self._last_draw = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._draw_waiting)
        self._turn = QTimer(self, interval=round(1000 * FRAME_SECONDS))
        self._turn.timeout.connect(self._turn_on)
        self._target, self._turns_left = np.eye(3), 0
        self._hint = ""
        self._words = ""
        self._title = _overlay(self.canvas.native, "Shown molecule")
        self._marks = _overlay(self.canvas.native, "Selected and locked atoms")
        self.run_overlay = RunOverlay(self.canvas.native)
        self._laid_over: list[QWidget] = [self.run_overlay]
        self._badge = self._title_words = ""
        self._lay_out()
        self.canvas.covered = self._covered
        self.canvas.camera.moved.connect(self._on_camera)
        self.canvas.atom_hovered.connect(self._on_hover)
        self._fitting = False

    def show_structure(self, structure: Structure, title: str = "", fit: bool = True) -> None:
        """Show a structure at rest."""
        self._waiting = None
        self.canvas.animating = False
        self._draw_structure(structure, fit)
        self.set_title(title or structure.title)

    def show_nothing(self) -> None:
        """Show an empty scene."""
        self.show_structure(_NOTHING, _WELCOME, fit=False)
        self.structure = None

    def move_atoms(self, structure: Structure) -> None:
        """Show the same atoms elsewhere, or with other bonds; the camera stays."""
        self.structure = structure
        self.canvas.set_positions(structure.positions, structure.bonds)

    def start_run(self) -> None:
        """Expect frames; the camera follows them until the user moves it."""
        self.run_overlay.begin()
        self._follow = True
        self._turn.stop()
        self.canvas.animating = True

    def play(self, frame: Frame) -> None:
        """Take a frame of a run; it is drawn unless a newer one comes first."""
        self._waiting = frame
        if not self._timer.isActive():
            wait = self._last_draw + FRAME_SECONDS - time.monotonic()
            self._timer.start(max(0, round(1000 * wait)))

    def end_run(self) -> None:
        """No more frames will come."""
        self._draw_waiting()
        self.run_overlay.end()
        self.canvas.animating = False

    def fit(self) -> None:
        """Bring the molecule into view."""
        self._follow = True
        self._ease(1.0)

    @property
    def turning(self) -> bool:
        """Whether the picture is still turning toward the best side of what was opened."""
        return self._turn.isActive()

    def follow(self) -> None:
        """Bring the molecule back into view, by and by, unless the user has moved the camera."""
        if self._follow:
            self._turn_to(self._target if self.turning else self.canvas.camera.orientation)

    def set_title(self, title: str) -> None:
        """Formula and atom count of what is shown, followed by `title`."""
        self._title_words = title
        shown = self.structure
        what = ""
        if shown is not None and len(shown):
            what = f"<b style='font-size: 17px'>{_formula_markup(shown.formula)}</b> &nbsp;{len(shown)} atoms"
        self._title.setText("<br>".join(filter(None, (what, title, self._badge))))

    def set_badge(self, markup: str) -> None:
        """Say below the title whether what is shown is valid; empty where that is not known."""
        if markup != self._badge:
            self._badge = markup
            self.set_title(self._title_words)

    def set_marks(self, selected: int, locked: int) -> None:
        """Say how many atoms are selected and locked."""
        counts = ((selected, "selected"), (locked, "locked"))
        self._marks.setText(" · ".join(f"{count} {what}" for count, what in counts if count))

    def set_hint(self, hint: str) -> None:
        """How to use the tool in hand; told while no atom is under the pointer."""
        self._hint = hint
        self.hinted.emit(self._words or hint)

    def add_bar(self, bar: QWidget) -> None:
        """Lay a small panel over the lower edge of the picture; it takes no room while it is hidden."""
        self._bars.addWidget(bar, 0, Qt.AlignmentFlag.AlignHCenter)
        self._laid_over.append(bar)

    def _draw_structure(self, structure: Structure, fit: bool) -> None:
        first = self.structure is None
        if fit:
            self.canvas.set_selection([])
        self.structure = structure
        self._fitting = True
        self.canvas.set_structure(structure, fit=fit and first)
        self._fitting = False
        if fit:
            self._follow = True
            self._turn.stop()
            if not first:
                self._turn_to(self.canvas.camera.facing(structure.positions))

    def _turn_to(self, orientation: np.ndarray) -> None:
        self._target, self._turns_left = orientation, _TURNS
        self._turn.start()

    def _turn_on(self) -> None:
        """Turn a part of the way toward the side that shows most, slowing down; the last turn arrives."""
        self._turns_left -= 1
        if not self._turns_left:
            self._turn.stop()
        part = _TURN_PART if self._turns_left else 1.0
        camera = self.canvas.camera
        self._fitting = True
        camera.set_orientation(camera.turned_toward(self._target, part))
        self.canvas.fit(part)
        self._fitting = False

    def _draw_waiting(self) -> None:
        frame, self._waiting = self._waiting, None
        if frame is None:
            return
        self._last_draw = time.monotonic()
        shown, structure = self.structure, frame.structure
        if shown is None or not np.array_equal(shown.numbers, structure.numbers):
            retyped = shown is not None and len(shown) == len(structure)
            self._draw_structure(structure, fit=not retyped)
        else:
            self.structure = structure
            self.canvas.set_positions(structure.positions, structure.bonds)
        self.set_title("")
        self.run_overlay.show_frame(frame)
        if self._follow:
            self._ease(_FOLLOW)

    def _ease(self, part: float) -> None:
        self._fitting = True
        self.canvas.fit(part)
        self._fitting = False

    def _covered(self) -> list[Rectangle]:
        """What lies over the picture."""
        labels = [label for label in (self._title, self._marks) if label.text()]
        shown = [one.geometry() for one in (*labels, *self._laid_over) if not one.isHidden()]
        return [(one.x(), one.y(), one.width(), one.height()) for one in shown]

    def _on_hover(self, atom: int | None) -> None:
        if atom is None or self.structure is None or atom >= len(self.structure):
            self._words = ""
        else:
            self._words = _atom_text(self.structure, atom)
        self.hinted.emit(self._words or self._hint)

    def _on_camera(self) -> None:
        if not self._fitting:
            self._follow = False
            self._turn.stop()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.canvas.native, 0, 0)
        # Said outright, as else a bar laid over the picture would make it grow, and shift what is under the pointer.
        self.canvas.native.setMinimumSize(*_LEAST_SIZE)
        over = QVBoxLayout(self.canvas.native)
        over.setContentsMargins(12, 12, 12, 12)
        self._bars = QVBoxLayout()
        for label in (self._title, self._marks):
            over.addWidget(label, 0, Qt.AlignmentFlag.AlignLeft)
        over.addStretch(1)
        over.addWidget(self.run_overlay, 0, Qt.AlignmentFlag.AlignLeft)
        over.addLayout(self._bars)
        self.canvas.native.setAccessibleName("Molecule")
        self.canvas.native.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def _overlay(parent: QWidget, name: str) -> QLabel:
    label = QLabel(parent)
    label.setProperty("role", "overlay")
    label.setAccessibleName(name)
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    return label


def _formula_markup(formula: str) -> str:
    return "".join(f"<sub>{c}</sub>" if c.isdigit() else c for c in formula)


def _atom_text(structure: Structure, atom: int) -> str:
    x, y, z = structure.positions[atom]
    return f"{elements.symbol(int(structure.numbers[atom]))}{atom + 1} at {x:.2f}, {y:.2f}, {z:.2f} Å"
