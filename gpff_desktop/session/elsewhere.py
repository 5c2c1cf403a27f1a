"""Reading in a process of its own: Python's lock, which a parser does not let go of, would hold up a window."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from gpff_desktop.session.candidates import Candidate
from gpff_desktop.session.entry import Entry, State
from gpff_desktop.session.opening import Opening
from gpff_desktop.session.session_file import Session
from gpff_desktop.session.source import OpeningError, Ready, Source, read
from gpff_desktop.session.stepping import SteppingError, steps_elsewhere

_AT_ONCE = 100


def read_elsewhere(source: Source) -> Generator[Opening | Ready, None, None]:
    """Read a source as `source.read` does, in another process; closing the generator ends that at once.

    It yields something at least every twentieth of a second, so that whoever follows it can give up.

    Raises
    ------
    OpeningError
        In one line, if the source cannot be read.
    """
    cut_off = f"reading '{source.name}' was cut off; open a part of it if memory is short"
    try:
        with closing(steps_elsewhere(_portions, source, cut_off=cut_off)) as messages:
            yield from _received(messages)
    except SteppingError as error:
        raise OpeningError(str(error)) from None


def _received(messages: Generator[Any, None, None]) -> Generator[Opening | Ready, None, None]:
    items: list[Any] = []
    latest = Opening(0.0)
    for message in messages:
        if isinstance(message, Ready):
            yield _joined(message, items)
            return
        if isinstance(message, Opening):
            latest = message
        elif message is not None:
            items.extend(message)
        yield latest


def _portions(source: Source) -> Generator[Opening | Sequence[Entry | Candidate] | Ready, None, None]:
    """What the process does."""
    for message in read(source):
        if isinstance(message, Ready):
            yield from _taken_apart(message)
        else:
            yield message


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
