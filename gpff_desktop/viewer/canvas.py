"""The 3D canvas: one molecule, what is laid over it, and how it looks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from vispy import app, scene

from gpff_desktop import elements
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.interaction import InteractiveCanvas
from gpff_desktop.viewer.style import BALL_AND_STICK, LIGHT, Representation, Theme

_IDLE_SECONDS = 0.3
LABEL_KINDS = ("none", "element", "index", "element and index")


class MoleculeCanvas(InteractiveCanvas):
    """A vispy canvas that shows a molecule.

    Parameters
    ----------
    theme
        Light or dark colours.
    size
        Width and height in logical pixels.
    **options
        Passed to vispy's `SceneCanvas` (`app`, `parent`, `show`…).
    """

    def __init__(self, theme: Theme = LIGHT, size: tuple[int, int] = (800, 600), **options: Any) -> None:
        super().__init__(theme, size, **options)
        self._representation, self._palette = BALL_AND_STICK, "cpk"
        self._selection: frozenset[int] = frozenset()
        self._open = True
        self._animating = False
        self._label_kind = "none"
        self._labels = _label_visual(self._view.scene)
        self._idle = app.Timer(_IDLE_SECONDS, connect=self._come_to_rest, iterations=1, app=self.app)
        self.camera.moved.connect(self._on_motion)
        self.set_theme(theme)

    def set_structure(self, structure: Structure, fit: bool = True) -> None:
        """Show a structure; with `fit`, look at its flattest side and bring all of it into view."""
        self._hovered = self._pivot = None
        self.molecule.set_structure(structure)
        self._selection = frozenset(i for i in self._selection if i < len(structure))
        self._update_labels()
        if fit:
            self.camera.set_orientation(self.camera.facing(self.molecule.positions))
            self.fit()
        self._on_motion()

    def set_positions(self, positions: np.ndarray, bonds: np.ndarray | None = None) -> None:
        """Move the atoms to `[n_atoms, 3]` in Å (a live frame); other bonds `[n_bonds, 3]` if given."""
        self.molecule.set_positions(positions, bonds)
        self.molecule.update_fog()
        if self._labels.visible:
            self._labels.pos = self.molecule.positions
        self._on_motion()

    def set_theme(self, theme: Theme) -> None:
        """Use light or dark colours."""
        self._theme = theme
        self.bgcolor = theme.background
        self._apply_look()

    def set_representation(self, representation: Representation) -> None:
        """Draw as ball-and-stick, licorice, space-filling or wire."""
        self._representation = representation
        self._apply_look()

    def set_palette(self, palette: str) -> None:
        """Colour the elements by one of `style.PALETTES`."""
        self._palette = palette
        self._apply_look()

    def set_selection(self, atoms: Iterable[int]) -> None:
        """Make these atoms glow."""
        self._selection = frozenset(atoms)
        self.molecule.set_highlights(self._selection, self._hovered)

    def set_ghosts(self, structures: Sequence[Structure]) -> None:
        """Lay other structures over the molecule, thin and faded, each with its own colour of carbon."""
        self._ghosts.set_structures(structures)
        self._on_motion()

    def set_labels(self, kind: str) -> None:
        """Label atoms; `kind` is one of `LABEL_KINDS`."""
        if kind not in LABEL_KINDS:
            raise ValueError(f"unknown labels '{kind}'; choose from {', '.join(LABEL_KINDS)}")
        self._label_kind = kind
        self._update_labels()
        self.update()

    @property
    def selection(self) -> frozenset[int]:
        """Indices of the selected atoms."""
        return self._selection

    @property
    def animating(self) -> bool:
        """Whether live frames are coming; still-picture effects wait until they end."""
        return self._animating

    @animating.setter
    def animating(self, on: bool) -> None:
        self._animating = on
        self._on_motion()

    @property
    def occlusion_shown(self) -> bool:
        """Whether the picture in the window is drawn with ambient occlusion; it waits until nothing moves."""
        return bool(self._occlusion.active)

    def _hover(self, event: Any) -> None:
        if self._animating:
            return
        hovered = self.pick(event.pos[:2])
        if hovered != self._hovered:
            self._hovered = hovered
            self.molecule.set_highlights(self._selection, hovered)
            self.atom_hovered.emit(hovered)

    def _apply_look(self) -> None:
        self.molecule.set_look(self._representation, self._palette, self._theme)
        self._ghosts.set_look(self._palette, self._theme)
        self._update_labels()
        self.update()

    def _update_labels(self) -> None:
        numbers = self.molecule.structure.numbers
        shown = self._label_kind != "none" and len(numbers) > 0
        if shown:
            self._labels.text = _label_texts(numbers, self._label_kind)
            self._labels.pos = self.molecule.positions
        if self._labels.visible != shown:
            self._labels.visible = shown

    def close(self) -> None:
        """Close the canvas; its timer would draw on a window that is gone."""
        self._idle.stop()
        self._open = False
        super().close()

    def _on_motion(self) -> None:
        if not self._open:
            return
        self._occlusion.active = False
        self._idle.stop()
        if not self._animating:
            self._idle.start(iterations=1)
        self.update()

    def _come_to_rest(self, event: Any = None) -> None:
        self._occlusion.active = not self._animating
        self.update()


def _label_visual(parent: scene.Node) -> scene.visuals.Text:
    labels = scene.visuals.Text(parent=parent, face="DejaVu Sans", bold=True, font_size=9, color=(0.05, 0.05, 0.05))
    labels.order = 10
    labels.set_gl_state(depth_test=False, blend=True, blend_func=("src_alpha", "one_minus_src_alpha"))
    labels.visible = False
    return labels


def _label_texts(numbers: np.ndarray, kind: str) -> list[str]:
    symbols = [elements.symbol(int(z)) if "element" in kind else "" for z in numbers]
    return [f"{symbol}{i + 1}" if "index" in kind else symbol for i, symbol in enumerate(symbols)]
