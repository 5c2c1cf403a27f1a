"""The hand on a generation that is running: atoms of the molecule that is watched are dragged, locked and retyped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

import numpy as np

from gpff_desktop import elements
from gpff_desktop.engine.interventions import Intervention
from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.tools.hand import Hand
from gpff_desktop.gui.tools.symbols import TypedSymbol
from gpff_desktop.viewer.tools import LEFT, KeyEvent, PointerEvent


class Steered(Protocol):
    """A run that takes changes by hand; `Runs` does."""

    @property
    def watched(self) -> int:
        """Which of its molecules is on view."""

    @property
    def kept(self) -> int:
        """How many atoms, the first ones, stay where they were before the run."""

    def intervene(self, intervention: Intervention) -> bool:
        """Change a molecule before the next evaluation; False, and a line for the user, if that cannot be."""


class SteerTool(Hand):
    """Drags atoms, which are held as long; clicks lock and unlock them; letters make them another element.

    Parameters
    ----------
    edits
        Knows the view.
    run
        What is steered.
    """

    name, title = "steer", "Steer"
    cursor = "hand"
    hint = "Drag an atom: the run goes on around it · click: lock or unlock it · type an element for it"

    def __init__(self, edits: Edits, run: Steered) -> None:
        super().__init__(edits)
        self._run = run
        self._locked: defaultdict[int, set[int]] = defaultdict(set)
        self._molecule = -1
        self._touched: int | None = None
        self._grip = np.zeros(3)

    def follow(self, molecule: int) -> None:
        """A frame of this molecule of the run is on view."""
        if molecule != self._molecule and not self._held:
            self._molecule, self._touched = molecule, None
            self._mark()

    def grasp(self, event: PointerEvent) -> bool:
        """Take hold of an atom that was not locked before the run."""
        atom = event.atom
        if event.button != LEFT or event.modifiers or atom is None:
            return False
        if atom < self._run.kept:
            self.edits.workbench.warned.emit("This atom was locked before the run and stays; take hold of another one")
            return False
        self._molecule, self._touched = self._run.watched, atom
        self._grip = np.array(self.canvas.molecule.positions[atom], dtype=float)
        return True

    def pull(self, down: PointerEvent, event: PointerEvent) -> None:
        """Hold the atom under the pointer."""
        shift = self.canvas.unproject(event.position, self._grip) - self.canvas.unproject(down.position, self._grip)
        x, y, z = (self._grip + shift).tolist()
        if self._touched is not None:
            self._change(held={self._touched: (x, y, z)})
            self._mark()

    def drop(self, down: PointerEvent, event: PointerEvent) -> None:
        """Let the run have the atom again, unless it is locked."""
        atom = self._touched
        if atom is not None and atom not in self._locked[self._molecule]:
            self._change(released=frozenset([atom]))

    def click(self, event: PointerEvent) -> bool:
        """Lock the atom where it is, or unlock it."""
        if event.button == LEFT and event.atom is not None and event.atom == self._touched:
            self._toggle_lock(event.atom)
        return False

    def key(self, event: KeyEvent) -> bool:
        """See `viewer.tools.Tool`; Esc is the run's."""
        return event.name != "Escape" and super().key(event)

    def take_symbol(self, typed: TypedSymbol) -> None:
        """Make the atom last touched this element."""
        if self._touched is not None:
            self._change(retyped={self._touched: elements.number(typed.symbol)})

    def put_away(self) -> None:
        """The run is over."""
        self._down, self._held, self._touched, self._molecule = None, False, None, -1
        self._locked.clear()
        self.canvas.set_locked([])
        self.canvas.set_selection([])

    @property
    def types(self) -> bool:
        """Whether letters are element symbols now."""
        return self._touched is not None

    def _toggle_lock(self, atom: int) -> None:
        locked = self._locked[self._molecule]
        if atom in locked:
            locked.remove(atom)
            self._change(released=frozenset([atom]))
        else:
            locked.add(atom)
            self._change(held={atom: None})
        self._mark()

    def _change(
        self,
        held: Mapping[int, tuple[float, float, float] | None] | None = None,
        released: frozenset[int] = frozenset(),
        retyped: Mapping[int, int] | None = None,
    ) -> None:
        self._run.intervene(Intervention(self._molecule, held or {}, released, retyped or {}))

    def _mark(self) -> None:
        kept = range(self._run.kept)
        self.canvas.set_locked([*kept, *self._locked[self._molecule]])
        self.canvas.set_selection([] if self._touched is None else [self._touched])
