"""Reading in a process of its own: Python's lock, which a parser does not let go of, would hold up a window."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

from gpff_desktop.session.candidates import Candidate
from gpff_desktop.session.entry import Entry, State
from gpff_desktop.session.opening import Opening
from gpff_desktop.session.processes import process_context
from gpff_desktop.session.session_file import Session
from gpff_desktop.session.source import OpeningError, Ready, Source, read

_LOOK_SECONDS = 0.05
_AT_ONCE = 100


@dataclass(frozen=True)
class _Failure:
    message: str


def read_elsewhere(source: Source) -> Generator[Opening | Ready, None, None]:
    """Read a source as `source.read` does, in another process; closing the generator ends that at once.

    It yields something at least every twentieth of a second, so that whoever follows it can give up.

    Raises
    ------
    OpeningError
        In one line, if the source cannot be read.
    """
    context = process_context()
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(sender, source), daemon=True)
    process.start()
    sender.close()  # the end of the process is then the end of what can be received
    try:
        yield from _received(receiver, source)
    finally:
        process.kill()
        process.join()
        receiver.close()


def _received(receiver: Connection, source: Source) -> Generator[Opening | Ready, None, None]:
    items: list[Any] = []
    latest = Opening(0.0)
    while True:
        yield latest
        if not receiver.poll(_LOOK_SECONDS):
            continue
        message = _next(receiver, source)
        if isinstance(message, _Failure):
            raise OpeningError(message.message)
        if isinstance(message, Ready):
            yield _joined(message, items)
            return
        if isinstance(message, Opening):
            latest = message
        else:
            items.extend(message)


def _next(receiver: Connection, source: Source) -> Any:
    try:
        return receiver.recv()
    except EOFError:
        raise OpeningError(f"reading '{source.name}' was cut off; open a part of it if memory is short") from None


def _serve(sender: Connection, source: Source) -> None:
    """What the process does."""
    with suppress(BrokenPipeError):  # nobody wants to know any more
        try:
            for message in read(source):
                for part in _taken_apart(message) if isinstance(message, Ready) else [message]:
                    sender.send(part)
        except BrokenPipeError:
            raise
        except (ValueError, OSError) as error:
            sender.send(_Failure(next(iter(str(error).splitlines()), type(error).__name__)))


def _taken_apart(ready: Ready) -> Generator[Sequence[Entry | Candidate] | Ready, None, None]:
    """Portions small enough to be taken between two turns of an event loop, and what is left without them."""
    session = ready.opened.session
    items: tuple[Entry | Candidate, ...] = ready.entries
    if session is not None:
        items = (*session.state.entries, *session.candidates)
        session = replace(session, state=State(current=session.state.current), candidates=())
    yield from (items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE))
    yield replace(ready, opened=replace(ready.opened, session=session), entries=())


def _joined(ready: Ready, items: Sequence[Entry | Candidate]) -> Ready:
    entries = tuple(item for item in items if isinstance(item, Entry))
    session = ready.opened.session
    if session is None:
        return replace(ready, entries=entries)
    candidates = tuple(item for item in items if isinstance(item, Candidate))
    whole = Session(State(entries, session.state.current), candidates, session.view, session.program)
    return replace(ready, opened=replace(ready.opened, session=whole))
