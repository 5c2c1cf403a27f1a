"""Labels and padlocks of atoms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from vispy.scene import Node

from gpff_desktop import elements
from gpff_desktop.viewer.captions import Captions
from gpff_desktop.viewer.impostors import Stage
from gpff_desktop.viewer.lettering import PADLOCK
from gpff_desktop.viewer.style import Color

LABEL_KINDS = ("none", "element", "index", "element and index", "charge")
MOST_LABELS = 2000
_TEXT_PIXELS, _LOCK_PIXELS = 13.0, 15.0
_LOCK_SHIFT = (10.0, -10.0)
_CLEARANCE = 0.5


class AtomMarks(Node):
    """Scene node with a label or a padlock in front of some atoms.

    Parameters
    ----------
    stage
        Shared with the other shapes of the canvas.
    locks
        Whether the marks are padlocks: drawn beside the place of labels, and whatever is in front of them.
    """

    def __init__(self, stage: Stage, locks: bool = False, parent: Node | None = None) -> None:
        super().__init__(parent=parent)
        size, shift = (_LOCK_PIXELS, _LOCK_SHIFT) if locks else (_TEXT_PIXELS, (0.0, 0.0))
        self._captions = Captions(stage, size, shift, in_front=locks, parent=self)
        self._texts: dict[int, str] = {}

    def set_texts(self, texts: dict[int, str]) -> None:
        """Say what is written at which atom; call `follow` next."""
        self._texts = {atom: text for atom, text in texts.items() if text}

    def set_colors(self, ink: Color, halo: Color) -> None:
        """Colours of the marks and of the margin around them."""
        self._captions.set_colors(ink, halo)

    def follow(self, positions: np.ndarray, radii: np.ndarray) -> None:
        """Move to where the atoms `[n_atoms, 3]`, of radii `[n_atoms]`, now are."""
        atoms = [atom for atom in self._texts if atom < len(positions)]
        shown = np.array(atoms, dtype=np.int64)
        self._captions.set_captions([self._texts[a] for a in atoms], positions[shown], radii[shown] + _CLEARANCE)


def padlocked(atoms: Iterable[int]) -> dict[int, str]:
    """A padlock for each locked atom."""
    return dict.fromkeys(sorted(atoms), PADLOCK)


def label_texts(
    numbers: np.ndarray, kind: str, charges: Sequence[int] | None, selection: Iterable[int]
) -> dict[int, str]:
    """Labels by atom. Where there are more than `MOST_LABELS` atoms only the selected ones get theirs.

    Parameters
    ----------
    numbers
        Atomic numbers `[n_atoms]`.
    kind
        One of `LABEL_KINDS`.
    charges
        Formal charges `[n_atoms]`, if known; neutral atoms get no charge label.
    selection
        Indices of the selected atoms.
    """
    if kind == "none":
        return {}
    atoms = range(len(numbers)) if len(numbers) <= MOST_LABELS else sorted(selection)[:MOST_LABELS]
    if kind == "charge":
        return {} if charges is None else {a: charge_text(int(charges[a])) for a in atoms if a < len(charges)}
    symbols = {a: elements.symbol(int(numbers[a])) if "element" in kind else "" for a in atoms}
    return {a: f"{symbol}{a + 1}" if "index" in kind else symbol for a, symbol in symbols.items()}


def charge_text(charge: int) -> str:
    """A formal charge as chemists write it: `+`, `−`, `2+`; nothing for 0."""
    sign = "+" if charge > 0 else "−"
    return "" if not charge else sign if abs(charge) == 1 else f"{abs(charge)}{sign}"
