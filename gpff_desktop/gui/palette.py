"""The command palette: every command of the window, found by typing a few letters."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QMainWindow,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gpff_desktop.gui.actions import Command, CommandSet, native
from gpff_desktop.gui.fuzzy import ranked

_Index = QModelIndex | QPersistentModelIndex
_COMMAND = Qt.ItemDataRole.UserRole
_WIDTH, _ROWS, _MARGIN = 620, 11, 8
_MOST_RECENT = 5


class CommandList(QAbstractListModel):
    """Commands that match what is typed; with nothing typed, those used last stand first."""

    def __init__(self, commands: CommandSet) -> None:
        super().__init__(commands)
        self._set = commands
        self._recent: list[str] = []
        self.shown: list[Command] = list(commands.commands.values())

    def search(self, query: str) -> None:
        """Show what matches, best first."""
        self.beginResetModel()
        everything = list(self._set.commands.values())
        recent = [self._set.commands[name] for name in self._recent if name in self._set.commands]
        if query.strip():
            self.shown = ranked(query, everything, _texts)
        else:
            self.shown = recent + [command for command in everything if command.id not in self._recent]
        self.endResetModel()

    def note_use(self, name: str) -> None:
        """Let a command stand first next time."""
        self._recent = [name, *(other for other in self._recent if other != name)][:_MOST_RECENT]

    def can_run(self, command: Command) -> bool:
        """Whether a command can be done now."""
        return self._set.actions[command.id].isEnabled()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Qt's hook."""
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt's hook."""
        command = self.shown[index.row()]
        if role == _COMMAND:
            return command
        if role == Qt.ItemDataRole.DisplayRole:
            return command.name
        if role == Qt.ItemDataRole.DecorationRole:
            return self._set.actions[command.id].icon()
        if role == Qt.ItemDataRole.ToolTipRole:
            return why_not(command) if not self.can_run(command) else command.hint
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = "" if self.can_run(command) else f", not now: {why_not(command)}"
            return f"{command.name}, {command.menu}, {native(command.shortcut)}{state}"
        return None


class Palette(QFrame):
    """A card over the window: type, choose with the arrows, Enter runs, Escape closes.

    Parameters
    ----------
    window
        Whom it lies over.
    commands
        What can be run.
    """

    def __init__(self, window: QMainWindow, commands: CommandSet) -> None:
        super().__init__(window)
        self._commands = commands
        self._before: QWidget | None = None
        self.setProperty("role", "card")
        self.setAccessibleName("Command palette")
        self.entry = QLineEdit()
        self.entry.setAccessibleName("Search commands")
        self.entry.setPlaceholderText("Search commands")
        self.entry.setToolTip("Type a few letters; the arrows choose, Enter runs, Escape closes")
        self.model = CommandList(commands)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Rows(self))
        self.list.setAccessibleName("Commands")
        self.list.setToolTip("Commands that match what is typed")
        self.list.setUniformItemSizes(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        layout.addWidget(self.entry)
        layout.addWidget(self.list)
        self.entry.textChanged.connect(self._search)
        self.list.clicked.connect(lambda _: self.run())
        for watched in (self.entry, self.list, window):
            watched.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Come up with nothing typed."""
        self._before = self.window().focusWidget()
        self.entry.clear()
        self._search("")
        self.show()
        self.raise_()
        self.entry.setFocus()

    def close_up(self) -> None:
        """Go, and give the keyboard back to whoever had it."""
        self.hide()
        if self._before is not None:
            self._before.setFocus()

    def run(self) -> None:
        """Run the chosen command; one that cannot be run now stays, with the reason shown."""
        command = self.chosen
        if command is None or not self.model.can_run(command):
            return
        self.close_up()
        self.model.note_use(command.id)
        self._commands.run(command.id)

    @property
    def chosen(self) -> Command | None:
        """The command that Enter would run."""
        index = self.list.currentIndex()
        return index.data(_COMMAND) if index.isValid() else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: keys of the entry move in the list; a click elsewhere closes."""
        kind = event.type()
        if kind == QEvent.Type.Resize and watched is self.parent() and self.isVisible():
            self._place()
        elif kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _OWN_KEYS:
            event.accept()  # not the window's Escape, which stops a run
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and watched is not self.parent():
            return self._key(event)
        elif kind == QEvent.Type.FocusOut and not self.isAncestorOf(self.window().focusWidget() or self.window()):
            self.hide()
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        row, key = self.list.currentIndex().row(), Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.close_up()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.run()
        elif key in _STEPS:
            self._choose(row + _STEPS[key])
        else:
            return False
        return True

    def _choose(self, row: int) -> None:
        count = self.model.rowCount()
        if count:
            self.list.setCurrentIndex(self.model.index(min(max(row, 0), count - 1)))

    def _search(self, query: str) -> None:
        self.model.search(query)
        self._choose(0)
        self._place()

    def _place(self) -> None:
        room = self.window().rect()
        row = _Rows.height(self.list)
        rows = min(max(self.model.rowCount(), 1), _ROWS)
        height = min(rows * row + self.entry.sizeHint().height() + 4 * _MARGIN, room.height() - 80)
        width = min(_WIDTH * max(1.0, self.fontMetrics().height() / 17), room.width() - 40)
        self.setGeometry(QRect(round((room.width() - width) / 2), 44, round(width), height))


class _Rows(QStyledItemDelegate):
    """Icon, title and menu at the left, shortcut or reason at the right."""

    @staticmethod
    def height(list_view: QWidget) -> int:
        return list_view.fontMetrics().height() + 14

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        return QSize(0, option.fontMetrics.height() + 14)  # type: ignore[attr-defined]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        command, model = index.data(_COMMAND), index.model()
        assert isinstance(model, CommandList)
        enabled = model.can_run(command)
        palette = option.palette  # type: ignore[attr-defined]
        rect = option.rect.adjusted(8, 0, -8, 0)  # type: ignore[attr-defined]
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]
            painter.fillRect(option.rect, palette.highlight())  # type: ignore[attr-defined]
        muted = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
        plain = palette.color(QPalette.ColorRole.Text)
        side = option.fontMetrics.height()  # type: ignore[attr-defined]
        mode = QIcon.Mode.Normal if enabled else QIcon.Mode.Disabled
        index.data(Qt.ItemDataRole.DecorationRole).paint(
            painter, rect.left(), rect.center().y() - side // 2, side, side, mode=mode
        )
        rect.setLeft(rect.left() + side + 10)
        right = native(command.shortcut) if enabled else why_not(command)
        _write(painter, rect, right, muted, Qt.AlignmentFlag.AlignRight)
        rect.setRight(rect.right() - painter.fontMetrics().horizontalAdvance(right) - 16)
        _write(painter, rect, command.name, plain if enabled else muted)
        rect.setLeft(rect.left() + painter.fontMetrics().horizontalAdvance(command.name) + 12)
        _write(painter, rect, command.menu.replace("/", " › "), muted)


def why_not(command: Command) -> str:
    """Why a disabled command cannot be done now."""
    return command.needs or "Not possible now"


def _texts(command: Command) -> tuple[str, ...]:
    return command.name, command.menu, command.hint, command.id


def _write(
    painter: QPainter, rect: QRect, text: str, color: QColor, side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
) -> None:
    painter.setPen(color)
    elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, elided)


_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _ROWS - 1, Qt.Key.Key_PageUp: 1 - _ROWS}
_OWN_KEYS = {Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, *_STEPS}
