"""Work done step by step in a process of its own: Python's lock, held by it, would hold up a window."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from gpff_desktop.session.processes import process_context

_LOOK_SECONDS = 0.05


class SteppingError(ValueError):
    """The work failed; the message is one line for the user."""


@dataclass(frozen=True)
class _Failure:
    message: str


@dataclass(frozen=True)
class _Done:
    pass


def steps_elsewhere(
    work: Callable[..., Any], *arguments: Any, cut_off: str, patience: float = 0.0
) -> Generator[Any, None, None]:
    """What a generator function of a module yields, when it is run in another process.

    `None` comes at least every twentieth of a second while there is nothing else, so that whoever follows it can give
    up. Closing the generator ends the process.

    Parameters
    ----------
    work, arguments
        The function and what it is called with; picklable, as is what it yields.
    cut_off
        What to say if the process is killed.
    patience
        Seconds that the function has, once nobody follows it, to leave nothing behind before its process is killed.

    Raises
    ------
    SteppingError
        In one line, if the function raised a `ValueError` or `OSError`, or its process was killed.
    """
    context = process_context()
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(sender, work, arguments), daemon=True)
    process.start()
    sender.close()  # the end of the process is then the end of what can be received
    try:
        yield from _received(receiver, cut_off)
    finally:
        receiver.close()  # its next step finds nobody there
        _end(process, patience)


def _received(receiver: Connection, cut_off: str) -> Generator[Any, None, None]:
    while True:
        if not receiver.poll(_LOOK_SECONDS):
            yield None
            continue
        try:
            message = receiver.recv()
        except EOFError:
            raise SteppingError(cut_off) from None
        if isinstance(message, _Failure):
            raise SteppingError(message.message)
        if isinstance(message, _Done):
            return
        yield message


def _end(process: BaseProcess, patience: float) -> None:
    if patience:
        process.join(patience)
    process.kill()
    process.join()


def _serve(sender: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """What the process does."""
    with suppress(BrokenPipeError):  # nobody wants to know any more
        try:
            with closing(work(*arguments)) as steps:
                for step in steps:
                    sender.send(step)
            sender.send(_Done())
        except BrokenPipeError:
            raise
        except (ValueError, OSError) as error:
            sender.send(_Failure(next(iter(str(error).splitlines()), type(error).__name__)))
