"""Python at the user's fingertips: runs what is typed into the console, in the program itself."""

from __future__ import annotations

import _thread
import ast
import codeop
import io
import re
import rlcompleter
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import TracebackType
from typing import Any, Literal, TextIO

from gpff_desktop.session.entry import EditError

Kind = Literal["out", "error"]
_FILE = "<console>"
_PATIENCE, _PAUSE = 0.3, 0.05
_LAST_NAME = re.compile(r"[\w.]+$")


class Interpreter:
    """Runs source text in the main thread and gives what it prints to `write`.

    Parameters
    ----------
    names
        Gives the names at hand; asked before each run, so that they mean what is there now.
    write
        Takes text and what it is: `"out"` or `"error"`.
    interrupted
        Asked now and then while what was typed runs for long; if it says so, that ends.
    """

    def __init__(
        self,
        names: Callable[[], Mapping[str, object]],
        write: Callable[[str, Kind], None],
        interrupted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._names, self._write, self._interrupted = names, write, interrupted
        self.namespace: dict[str, Any] = {"__name__": "__console__", "__doc__": None}
        self.namespace.update(names())

    def run(self, source: str) -> None:
        """Run statements one after the other; values of expressions are printed. Errors are printed, never raised."""
        self.namespace.update(self._names())
        try:
            statements = ast.parse(source, _FILE).body
        except (SyntaxError, ValueError, OverflowError, MemoryError) as error:
            self._write("".join(traceback.format_exception_only(error)), "error")
            return
        with self._redirected():
            try:
                with _Watchman(self._interrupted):
                    for statement in statements:
                        exec(compile(ast.Interactive([statement]), _FILE, "single"), self.namespace)
            except BaseException as error:
                self._write(_explained(error), "error")

    def complete(self, text: str) -> list[str]:
        """Ways to go on with the name that `text` ends with; each replaces that name."""
        self.namespace.update(self._names())
        name = last_name(text)
        if not name:
            return []
        completer = rlcompleter.Completer(self.namespace)
        found: list[str] = []
        while (match := completer.complete(name, len(found))) is not None:
            found.append(match)
        return sorted({match.rstrip("( ") for match in found})

    @contextmanager
    def _redirected(self) -> Iterator[None]:
        """Let this thread's output go to the console, and nothing wait for input."""
        hook, stdin = sys.displayhook, sys.stdin
        out, error = _Output(self._write, "out", sys.stdout), _Output(self._write, "error", sys.stderr)
        sys.displayhook, sys.stdin = self._show, _NoInput()
        try:
            with redirect_stdout(out), redirect_stderr(error):
                yield
        finally:
            sys.displayhook, sys.stdin = hook, stdin

    def _show(self, value: object) -> None:
        if value is not None:
            self._write(f"{value!r}\n", "out")
            self.namespace["_"] = value


class _Watchman:
    """Asks now and then, in the main thread and in the middle of what runs there, whether to go on.

    It comes as a signal does, whatever Python code runs and without slowing it down.
    """

    def __init__(self, interrupted: Callable[[], bool]) -> None:
        self._interrupted = interrupted
        self._done = threading.Event()
        self._expected = self._asking = False

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGINT, self._ask)
        self._thread = threading.Thread(target=self._knock, daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        signal.signal(signal.SIGINT, self._before or signal.SIG_DFL)

    def _knock(self) -> None:
        pause = _PATIENCE
        while not self._done.wait(pause):
            pause = _PAUSE
            if not self._asking:
                self._expected = True
                _thread.interrupt_main()

    def _ask(self, *_: object) -> None:
        if self._asking or self._done.is_set():
            return
        knocked, self._expected, self._asking = self._expected, False, True
        try:
            stop = self._interrupted()
        finally:
            self._asking = False
        if stop or not knocked:  # Ctrl+C in the terminal
            raise KeyboardInterrupt


def is_complete(source: str) -> bool:
    """Whether to run what is typed; otherwise another line is wanted, as in the middle of a block."""
    try:
        if codeop.compile_command(source, _FILE, "single") is not None:
            return True
    except (SyntaxError, ValueError, OverflowError):  # several statements, or a mistake that running will explain
        return not source.splitlines()[-1].startswith((" ", "\t"))
    return False


def last_name(text: str) -> str:
    """The dotted name that a text ends with; empty if it ends with none."""
    found = _LAST_NAME.search(text)
    return found.group() if found else ""


class _Output(io.TextIOBase):
    """Takes what the thread that made it prints; other threads print where they always do."""

    def __init__(self, write: Callable[[str, Kind], None], kind: Kind, elsewhere: TextIO) -> None:
        self._write, self._kind, self._elsewhere = write, kind, elsewhere
        self._thread = threading.get_ident()

    def write(self, text: str) -> int:
        if threading.get_ident() == self._thread:
            self._write(text, self._kind)
        elif self._elsewhere is not None:  # there is none where the program was started without a terminal
            self._elsewhere.write(text)
        return len(text)

    def writable(self) -> bool:
        return True


class _NoInput(io.TextIOBase):
    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        raise EOFError("the console cannot ask for input; write the value into the command")

    def readable(self) -> bool:
        return True


def _explained(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "Stopped.\n"
    if isinstance(error, SystemExit):
        return "The console stays as long as the window; close that with Ctrl+Q.\n"
    if isinstance(error, EditError):
        return f"{type(error).__name__}: {error}\n"
    return "".join(traceback.format_exception(type(error), error, _own_frames(error.__traceback__)))


def _own_frames(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the user's first line on."""
    while trace is not None and trace.tb_frame.f_code.co_filename != _FILE:
        trace = trace.tb_next
    return trace
