"""Python typed into the console."""

from __future__ import annotations

import builtins
import signal
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.session.command_log import CommandLog
from gpff_desktop.session.entry import EditError
from gpff_desktop.session.interpreter import Interpreter, is_complete


class Session:
    """An interpreter with what it wrote."""

    def __init__(self, **names: object) -> None:
        self.names = dict(names)
        self.written: list[tuple[str, str]] = []
        self.interpreter = Interpreter(lambda: self.names, lambda text, kind: self.written.append((kind, text)))

    def __call__(self, source: str) -> str:
        self.written.clear()
        self.interpreter.run(source)
        return "".join(text for _, text in self.written)


def test_values_of_expressions_are_printed_and_kept() -> None:
    session = Session()
    assert session("6 * 7") == "42\n"
    assert session("_ + 1\nprint('x')") == "43\nx\n"
    assert session("None") == ""
    assert not hasattr(builtins, "_")


def test_several_statements_run_in_order() -> None:
    assert Session()("total = 0\nfor i in range(4):\n    total += i\ntotal") == "6\n"


def test_names_mean_what_is_there_now_and_own_variables_stay() -> None:
    session = Session(selection=[1])
    session("mine = selection")
    session.names["selection"] = [2]
    assert session("mine, selection") == "([1], [2])\n"


def test_errors_are_printed_from_the_line_that_was_typed() -> None:
    session = Session()
    shown = session("def f():\n    return 1 / 0\nf()")
    assert shown.startswith("Traceback")
    assert "ZeroDivisionError" in shown
    assert "interpreter.py" not in shown
    assert {kind for kind, _ in session.written} == {"error"}
    assert "SyntaxError" in session("1 +")


def test_a_mistake_of_the_user_is_told_in_one_line() -> None:
    def refuse() -> None:
        raise EditError("nothing is selected; select atoms first")

    assert Session(refuse=refuse)("refuse()") == "EditError: nothing is selected; select atoms first\n"


@pytest.mark.parametrize("source", ["exit()", "raise SystemExit", "raise KeyboardInterrupt"])
def test_nothing_typed_ends_the_program(source: str) -> None:
    assert Session()(source)


def test_nothing_waits_for_input() -> None:
    assert "cannot ask for input" in Session()("input('name? ')")
    assert "cannot ask for input" in Session()("import sys; sys.stdin.readline()")


def test_streams_and_hooks_are_as_before_after_a_run() -> None:
    before = sys.stdout, sys.stderr, sys.stdin, sys.displayhook
    Session()("1 / 0")
    assert (sys.stdout, sys.stderr, sys.stdin, sys.displayhook) == before


def test_other_threads_print_where_they_always_do(capsys: pytest.CaptureFixture[str]) -> None:
    def print_elsewhere() -> None:
        thread = threading.Thread(target=print, args=("elsewhere",))
        thread.start()
        thread.join()

    assert Session(f=print_elsewhere)("f()") == ""
    assert capsys.readouterr().out == "elsewhere\n"


def test_names_are_completed() -> None:
    session = Session(document={}, editor=CommandLog())
    assert session.interpreter.complete("docu") == ["document"]
    assert "document.items" in session.interpreter.complete("print(document.it")
    assert session.interpreter.complete("") == session.interpreter.complete("1 + ") == []


@pytest.mark.parametrize(
    ("source", "complete"),
    [
        ("1 + 1", True),
        ("print(", False),
        ("for i in x:", False),
        ("for i in x:\n    print(i)", False),
        ("for i in x:\n    print(i)\n", True),
        ("a = 1\nb = 2", True),
        ("def f(:", True),
        ("if x:\n    pass\nelse:", False),
    ],
)
def test_a_block_is_run_only_when_it_is_done(source: str, complete: bool) -> None:
    assert is_complete(source) is complete


@given(st.text(max_size=60))
def test_any_text_can_be_looked_at_while_it_is_typed(text: str) -> None:
    assert is_complete(text) in (True, False)
    assert isinstance(Session().interpreter.complete(text), list)


def test_the_more_exact_line_is_logged() -> None:
    log = CommandLog()
    with log.during('run("edit.delete")'):
        log.add("editor.delete()")
    with log.during('run("view.fit")'):
        pass
    with log.silent():
        log.add("editor.delete()")
    assert list(log.lines) == ["editor.delete()", 'run("view.fit")']


@pytest.mark.parametrize(
    "endless",
    [
        "while True: pass\n",
        "for step in iter(int, 1): pass\n",
        "def run():\n    while True:\n        try:\n            pass\n        finally:\n            pass\nrun()",
        "sum(1 for _ in iter(int, 1))",
    ],
)
def test_code_without_an_end_is_interrupted(endless: str) -> None:
    asked: list[int] = []
    written: list[str] = []

    def interrupted() -> bool:
        asked.append(1)
        return len(asked) == 3

    before = signal.getsignal(signal.SIGINT), threading.active_count()
    interpreter = Interpreter(dict, lambda text, _: written.append(text), interrupted)
    interpreter.run(endless)
    assert written == ["Stopped.\n"]
    assert len(asked) == 3
    assert (signal.getsignal(signal.SIGINT), threading.active_count()) == before
