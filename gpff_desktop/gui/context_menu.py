"""The menu under the right mouse button: what can be done to what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QMenu

from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.toolbox import Toolbox
from gpff_desktop.viewer.tools import PointerEvent

_ELEMENTS = ("element.h", "element.c", "element.n", "element.o", "element.f", "element.s", "element.cl")
_ORDERS = ("bond.1", "bond.2", "bond.3", "bond.0")
_ON_ATOMS: tuple[str, ...] = (
    "edit.cut", "edit.copy", "edit.duplicate", "edit.delete", "", "lock.toggle", "lock.all-but", "",
    "select.grow", "select.piece", "build.measure", "build.hydrogens",
)  # fmt: skip
_BESIDE: tuple[str, ...] = (
    "edit.paste", "select.all", "select.invert", "", "build.hydrogens", "build.smiles", "", "view.fit",
)  # fmt: skip


class ContextMenu(QObject):
    """Opens over the view, except with the Draw tool, whose right button deletes.

    Parameters
    ----------
    edits, toolbox
        What is clicked, and with what.
    actions
        Gives the actions of the commands by name.
    """

    def __init__(
        self,
        edits: Edits,
        toolbox: Toolbox,
        actions: Callable[[], Mapping[str, QAction]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._edits, self._actions = edits, actions
        self._native = edits.canvas.native
        self.menu: QMenu | None = None
        for hand in toolbox.hands.values():
            hand.asked.connect(self._on_click)
        self._native.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: the menu key opens the menu of the selection."""
        if isinstance(event, QContextMenuEvent) and event.reason() == QContextMenuEvent.Reason.Keyboard:
            self._open(self._native.mapToGlobal(self._native.rect().center()))
            return True
        return super().eventFilter(watched, event)

    def _on_click(self, event: PointerEvent) -> None:
        """What is clicked and not yet selected is selected first."""
        if self._edits.stage.running:
            return
        under = frozenset([event.atom]) if event.atom is not None else frozenset(event.bond or ())
        if under and not under <= self._edits.selected:
            self._edits.do(lambda: self._edits.editor.select(sorted(under)))
        place = QPoint(*(round(v) for v in event.position))
        self._open(self._native.mapToGlobal(place), bool(under))

    def _open(self, place: QPoint, on_atoms: bool = True) -> None:
        actions = self._actions()
        self.menu = QMenu(self._native)
        self.menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu.destroyed.connect(self._forget)
        selected = self._edits.selected if on_atoms else frozenset[int]()
        if selected:
            self._add_submenu("Element", _ELEMENTS, actions)
        if len(selected) == 2:
            self._add_submenu("Bond", _ORDERS, actions)
        for name in _ON_ATOMS if selected else _BESIDE:
            if name:
                self.menu.addAction(actions[name])
            else:
                self.menu.addSeparator()
        self.menu.popup(place)

    def _add_submenu(self, title: str, names: tuple[str, ...], actions: Mapping[str, QAction]) -> None:
        assert self.menu is not None
        submenu = self.menu.addMenu(title)
        for name in names:
            submenu.addAction(actions[name])

    def _forget(self) -> None:
        self.menu = None
