"""Constraints on what runs may do: the commands that make them."""

from __future__ import annotations

from collections.abc import Callable

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.pick_order import PickOrder
from gpff_desktop.session.measurements import KINDS

BALL, DISC = (1.0, 1.0, 1.0), (4.0, 4.0, 1.0)
_MENU = "Edit/Constrain"
_COUNTS = {name: count for count, name in KINDS.items()}
_WORDS = {2: "two", 3: "three", 4: "four"}


class Constraining:
    """What makes constraints, from the selection where they need one.

    Parameters
    ----------
    edits
        What is constrained.
    """

    def __init__(self, edits: Edits) -> None:
        self._edits, self._editor = edits, edits.editor
        self._order = PickOrder(edits.document)

    def commands(self) -> list[Command]:
        """The submenu Edit › Constrain; the panel has a button for each."""
        return [
            self._geometric("distance", "arrow-expand-horizontal"),
            self._geometric("angle", "angle-acute"),
            self._geometric("torsion", "rotate-orbit"),
            self._command("plane", "Plane", self._plane, "layers-outline", "Keep the selected atoms in one plane",
                          lambda: self._count() >= 4, "Select four or more atoms first"),
            self._command("rigid", "Rigid group", self._rigid, "link-variant",
                          "Let the selected atoms move as one body, of the shape they have",
                          lambda: self._count() >= 2, "Select two or more atoms first"),
            self._command("position", "Position", self._position, "map-marker-outline",
                          "Hold the selected atom at a place, exactly or by a pull",
                          lambda: self._count() == 1, "Select one atom first"),
            self._wall("sphere", "circle-outline"),
            self._wall("box", "cube-outline"),
            self._command("shape", "Shape", lambda: self._editor.hold_shape(DISC), "triangle-outline",
                          "Hold the shape of what is generated: rod, disc or ball",
                          self._edits.can_build, "Stop the run first"),
            self._command("clear", "Remove all constraints", self._editor.clear_constraints,
                          "close-box-multiple-outline", "Remove all constraints; locks stay",
                          self._has_any, "There are no constraints"),
        ]  # fmt: skip

    def _geometric(self, kind: str, icon: str) -> Command:
        count = _COUNTS[kind]
        return self._command(
            kind, kind.capitalize(), lambda: self._editor.constrain(kind, self._order.atoms), icon,
            f"Hold the {kind} of {_WORDS[count]} selected atoms, at what it is until you type another value",
            lambda: self._count() == count, f"Select {_WORDS[count]} atoms first",
        )  # fmt: skip

    def _wall(self, shape: str, icon: str) -> Command:
        return self._command(
            f"wall-{shape}", f"Wall: {shape}", lambda: self._editor.add_wall(shape), icon,
            f"Keep the selected atoms, or all that there will be, in a {shape}",
            self._edits.can_build, "Stop the run first",
        )  # fmt: skip

    def _plane(self) -> None:
        self._editor.constrain("plane")

    def _rigid(self) -> None:
        self._editor.constrain("rigid")

    def _position(self) -> None:
        self._editor.constrain("position")

    def _count(self) -> int:
        return len(self._edits.selected)

    def _has_any(self) -> bool:
        return bool(self._edits.entry and self._edits.entry.constraints)

    def _command(
        self, name: str, title: str, act: Callable[[], None], icon: str, hint: str,
        enabled: Callable[[], bool], needs: str,
    ) -> Command:  # fmt: skip
        return Command(
            f"constrain.{name}", title, _MENU, lambda: self._edits.do(act), icon=f"mdi6.{icon}", hint=hint,
            enabled_when=enabled, needs=needs,
        )  # fmt: skip
