"""The console: what has been done as Python, and a line to type more."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QTextBlock, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gpff_desktop.gui.console_watch import Watch
from gpff_desktop.gui.theme import LIGHT, Look
from gpff_desktop.session.command_log import CommandLog
from gpff_desktop.session.interpreter import Interpreter, is_complete, last_name

_MOST_LINES = 5000
_MOST_TYPED_LINES = 8
_INDENT = "    "
_LOGGED = int(QTextCharFormat.Property.UserProperty)
_KEYS = Qt.Key


class ConsolePanel(QWidget):
    """A log above, an entry below. What is typed runs in the window's thread, with live names, and can be stopped.

    Parameters
    ----------
    names
        Gives the names at hand.
    log
        What is done elsewhere in the window; it appears greyed, to be copied or run again by a double click.
    greeting
        First line of the log.
    """

    def __init__(
        self,
        names: Callable[[], Mapping[str, object]],
        log: CommandLog,
        greeting: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._log = log
        self._look = LIGHT
        self._pieces: list[tuple[str, str]] = []
        self.stop = QPushButton("Stop")
        self._watch = Watch(self.stop, self)
        self._running = False
        self.interpreter = Interpreter(names, self.write, self._watch.look)
        self.output = _Output()
        self.entry = _Entry()
        self._lay_out()
        self.write(f"{greeting}\n", "logged")
        for line in log.lines:
            self._on_logged(line)
        log.added.connect(self._on_logged)
        self.output.line_chosen.connect(self.entry.set_text)
        self.entry.submitted.connect(self.run)
        self.entry.completion_wanted.connect(self._complete)

    def run(self, source: str) -> None:
        """Run source text as if typed; Ctrl+C or Esc stops it."""
        if self._running:
            return
        lines = source.rstrip().splitlines()
        prompts = [">>> ", *["... "] * len(lines)]
        self.write("".join(f"{prompt}{line}\n" for prompt, line in zip(prompts, lines, strict=False)), "typed")
        self._running = True
        with self._log.silent():
            self.interpreter.run(source)
        self._running = False
        self._watch.end()

    def write(self, text: str, kind: str) -> None:
        """Append text to the log; `kind` is `typed`, `out`, `error` or `logged`."""
        self._pieces.append((text, kind))
        del self._pieces[:-_MOST_LINES]
        self._append(text, kind)
        self._scroll_to_end()

    def set_look(self, look: Look) -> None:
        """Write in the colours of a theme."""
        self._look = look
        self.output.clear()
        for text, kind in self._pieces:
            self._append(text, kind)
        self._scroll_to_end()

    def _scroll_to_end(self) -> None:
        self.output.verticalScrollBar().setValue(self.output.verticalScrollBar().maximum())

    def _append(self, text: str, kind: str) -> None:
        colors = {"typed": self._look.focus, "error": self._look.bad, "logged": self._look.muted}
        style = QTextCharFormat()
        style.setForeground(QColor(colors.get(kind, self._look.text)))
        style.setProperty(_LOGGED, kind == "logged")
        cursor = QTextCursor(self.output.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, style)

    def _on_logged(self, line: str) -> None:
        self.write(f"{line}\n", "logged")

    def _complete(self, before: str) -> None:
        found = self.interpreter.complete(before)
        common = _common_start(found)
        name = last_name(before)
        if len(common) > len(name):
            self.entry.insertPlainText(common[len(name) :])
        elif len(found) > 1:
            self.write("   ".join(match.rpartition(".")[2] for match in found) + "\n", "out")

    def _lay_out(self) -> None:
        prompt = QLabel(">>>")
        prompt.setProperty("role", "hint")
        prompt.setBuddy(self.entry)
        row = QHBoxLayout()
        row.setContentsMargins(10, 0, 8, 8)
        row.addWidget(prompt, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.entry, 1)
        row.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignTop)
        self.stop.setProperty("role", "compact")
        self.stop.setAccessibleName("Stop the code that runs")
        self.stop.setToolTip("Stop the code that runs (Ctrl+C)")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.output, 1)
        layout.addLayout(row)
        self.setFocusProxy(self.entry)


class _Output(QPlainTextEdit):
    """The log; a double click on a greyed line chooses it."""

    line_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setMaximumBlockCount(_MOST_LINES)
        self.setProperty("role", "code")
        self.setTabChangesFocus(True)
        self.setAccessibleName("Console log")
        self.setToolTip("What has been done, as Python; double-click a grey line to do it again")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Qt's hook."""
        block = self.cursorForPosition(event.position().toPoint()).block()
        if _is_logged(block):
            self.line_chosen.emit(block.text())
        else:
            super().mouseDoubleClickEvent(event)


class _Entry(QPlainTextEdit):
    """Where Python is typed: Enter runs what is complete, Up and Down recall, Tab completes a name."""

    submitted = Signal(str)
    completion_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._history: list[str] = []
        self._recalled = 0
        self.setProperty("role", "code")
        self.setAccessibleName("Python")
        self.setToolTip("Python: Enter runs, Shift+Enter adds a line, Up and Down recall, Tab completes a name")
        self.setPlaceholderText("Python, such as editor.select_all()")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.textChanged.connect(self._fit)
        self._fit()

    def set_text(self, text: str) -> None:
        """Write another text, with the cursor at its end."""
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's hook."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        actions = {
            _KEYS.Key_Return: self._enter,
            _KEYS.Key_Enter: self._enter,
            _KEYS.Key_Tab: self._tab,
            _KEYS.Key_Up: lambda: self._recall(-1),
            _KEYS.Key_Down: lambda: self._recall(1),
        }
        action = actions.get(_KEYS(event.key())) if plain else None
        if action is None or not action():
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802
        """Qt's hook: Tab moves on unless there is a name to complete."""
        if forward and last_name(self._before_cursor()):
            return False
        self.setTabChangesFocus(True)
        moved = super().focusNextPrevChild(forward)
        self.setTabChangesFocus(False)
        return moved

    def _before_cursor(self) -> str:
        cursor = self.textCursor()
        return cursor.block().text()[: cursor.positionInBlock()]

    def _enter(self) -> bool:
        source = self.toPlainText()
        if not source.strip():
            return True
        if not is_complete(source):
            self.insertPlainText("\n" + self._indent())
            return True
        self._history.append(source)
        self._recalled = len(self._history)
        self.clear()
        self.submitted.emit(source)
        return True

    def _indent(self) -> str:
        line = self._before_cursor()
        indent = line[: len(line) - len(line.lstrip())]
        return indent + _INDENT if line.rstrip().endswith(":") else indent if line.strip() else ""

    def _tab(self) -> bool:
        self.completion_wanted.emit(self._before_cursor())
        return True

    def _recall(self, step: int) -> bool:
        """Go through what was typed before; within several lines the arrows move the cursor."""
        if self.blockCount() > 1 and self._recalled == len(self._history):
            return False
        self._recalled = min(max(self._recalled + step, 0), len(self._history))
        self.set_text(self._history[self._recalled] if self._recalled < len(self._history) else "")
        return True

    def _fit(self) -> None:
        lines = min(max(self.blockCount(), 1), _MOST_TYPED_LINES)
        margins = self.contentsMargins().top() + self.contentsMargins().bottom()
        frame = 2 * round(self.document().documentMargin()) + margins + 6
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + frame)


def _common_start(words: list[str]) -> str:
    alike = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*words, strict=False))
    return "".join(letters[0] for letters in alike)


def _is_logged(block: QTextBlock) -> bool:
    fragments = block.begin()
    return not fragments.atEnd() and bool(fragments.fragment().charFormat().property(_LOGGED))
