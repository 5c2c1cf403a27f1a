"""The tools of the view, of which one is in hand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.tools.draw import DrawTool
from gpff_desktop.gui.tools.hand import Hand
from gpff_desktop.gui.tools.measure import MeasureTool
from gpff_desktop.gui.tools.move import MoveTool
from gpff_desktop.gui.tools.select import SelectTool
from gpff_desktop.gui.tools.strokes import Strokes

_CURSORS = {
    "arrow": Qt.CursorShape.ArrowCursor,
    "cross": Qt.CursorShape.CrossCursor,
    "hand": Qt.CursorShape.OpenHandCursor,
    "grab": Qt.CursorShape.ClosedHandCursor,
    "move": Qt.CursorShape.SizeAllCursor,
    "rotate": Qt.CursorShape.SizeBDiagCursor,
}


class Toolbox(QObject):
    """Gives the view one tool at a time.

    Tools have function keys, because letters type element symbols.

    Parameters
    ----------
    edits
        Where the tools work.
    strokes
        What the Draw tool draws with.

    Attributes
    ----------
    changed
        Signal without arguments: another tool is in hand.
    hinted
        Signal with one line on how to use it.
    """

    changed = Signal()
    hinted = Signal(str)

    def __init__(self, edits: Edits, strokes: Strokes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._edits, self._canvas = edits, edits.canvas
        hands: list[Hand] = [SelectTool(strokes), DrawTool(strokes), MoveTool(strokes), MeasureTool(edits)]
        self.hands = {hand.name: hand for hand in hands}
        for hand in hands:
            hand.escaped.connect(self._on_escape)
            hand.hinted.connect(self._on_hint)
        self._canvas.native.installEventFilter(self)
        self.hand = self._chosen = hands[0]
        self._canvas.tool = self.hand

    def take(self, name: str) -> None:
        """Take a tool in hand."""
        lent = self.hand is not self._chosen
        self._chosen = self.hands[name]
        if lent:
            self.changed.emit()
        elif self._canvas.tool is not self.hand or self.hand is not self._chosen:
            self._hold(self._chosen)

    def lend(self, hand: Hand | None) -> None:
        """Put something else in the hand for a while, as during a run; None gives the tool back."""
        if (hand or self._chosen) is not self.hand:
            self._hold(hand or self._chosen)

    def _hold(self, hand: Hand) -> None:
        self.hand.put_away()
        self.hand = hand
        self._canvas.tool = hand
        self._canvas.native.setCursor(_CURSORS[hand.cursor])
        self.hinted.emit(hand.hint)
        self.changed.emit()

    def commands(self) -> list[Command]:
        """The tools in the Edit menu."""
        return [self._command(hand) for hand in self.hands.values()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: letters that type an element are not shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._types(event):
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def _types(self, event: QKeyEvent) -> bool:
        text = event.text()
        plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        draws = self.hand.name == "draw"
        # L locks the selection, as everywhere but in the Draw tool.
        is_letter = len(text) == 1 and text.isascii() and text.isalpha() and (draws or text not in "lL")
        return plain and self.hand.types and (is_letter or (draws and text.isdigit()))

    def _command(self, hand: Hand) -> Command:
        return Command(
            f"tool.{hand.name}",
            hand.title,
            "Edit/Tool",
            lambda: self.take(hand.name),
            hand.shortcut,
            hand.icon,
            f"{hand.title} tool: {hand.hint[0].lower()}{hand.hint[1:]}",
            checked_when=lambda: self._chosen is hand,
            exclusive=True,
            in_toolbar=True,
        )

    def _on_escape(self) -> None:
        """Esc goes back to selecting, then selects nothing."""
        if self.hand.name != "select":
            self.take("select")
        elif self._edits.has_selection():
            self._edits.do(self._edits.editor.select_none)

    def _on_hint(self, hint: str) -> None:
        self.hinted.emit(hint or self.hand.hint)
