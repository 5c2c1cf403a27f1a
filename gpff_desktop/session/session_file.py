"""Whole sessions in one file: open structures with their marks, candidates and the view, as JSON that explains itself.

Nothing in such a file is ever executed or unpickled. Coordinates come back exact to the last bit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gpff_desktop import __version__
from gpff_desktop.atomic_file import atomic_write
from gpff_desktop.session.candidates import Candidate
from gpff_desktop.session.entry import State
from gpff_desktop.session.plain import free_values, from_candidate, from_entry, take, to_candidate, to_entry

SUFFIX = ".gpff"
VERSION = 1

_FORMAT = "GPFF Desktop session"
_PEEK = 64
_SHOWN = 60
_AT_ONCE = 500

T = TypeVar("T")


class SessionFileError(ValueError):
    """A session that cannot be read or written; the message is one line for the user."""


@dataclass(frozen=True)
class Session:
    """What a session file holds.

    Parameters
    ----------
    state
        The open structures; keys count from 1 in their order.
    candidates
        With keys that count from 1 in their order.
    view
        What the window wants to remember, in JSON's types.
    program
        Version of the program that wrote it.
    """

    state: State = field(default_factory=State)
    candidates: tuple[Candidate, ...] = ()
    view: Mapping[str, Any] = field(default_factory=dict)
    program: str = __version__

    def __len__(self) -> int:
        return len(self.state.entries) + len(self.candidates)


def save_session(
    path: Path | str, state: State, candidates: Iterable[Candidate] = (), view: Mapping[str, Any] | None = None
) -> None:
    """Write a session: all of it, or the file stays as it was.

    Parameters
    ----------
    path
        Where to; an existing file is replaced.
    state
        The open structures.
    candidates
        The candidates.
    view
        Camera, representation and the like: any nest of mappings, sequences, arrays, numbers and text.

    Raises
    ------
    SessionFileError
        If it cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise SessionFileError(f"'{path}' is a folder; add a file name")
    try:
        with atomic_write(path) as partial, partial.open("w", encoding="ascii", newline="\n") as file:
            file.writelines(_pieces(state, candidates, view or {}))
    except OSError as error:
        raise SessionFileError(f"cannot write '{path}' ({error.strerror or error}); choose another folder") from error


def load_session(path: Path | str) -> Session:
    """Read a session.

    Raises
    ------
    SessionFileError
        If the file cannot be read, is no session, is damaged or was written by a newer version of the program.
    """
    path = Path(path)
    values = _values(path)
    _check_origin(path, values)
    try:
        return _session(values)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise _damaged(path, error) from error


def _pieces(state: State, candidates: Iterable[Candidate], view: Mapping[str, Any]) -> Iterator[str]:
    """The text of a session, one line for each structure."""
    keys = [entry.key for entry in state.entries]
    head = {
        "format": _FORMAT,
        "version": VERSION,
        "program": __version__,
        "current": keys.index(state.current) if state.current in keys else None,
        "view": free_values(view),
    }
    yield "{\n" + ",\n".join(f"{_json(name)}: {_json(value)}" for name, value in head.items())
    yield from _list("entries", map(from_entry, state.entries))
    yield from _list("candidates", map(from_candidate, candidates))
    yield "\n}\n"


def _list(name: str, records: Iterable[Any]) -> Iterator[str]:
    yield f",\n{_json(name)}: ["
    for index, record in enumerate(records):
        yield ("," if index else "") + "\n"
        yield from _json_pieces(record)
    yield "\n]"


def _json_pieces(value: Any) -> Iterator[str]:
    """The text of a value, long lists in portions: a thread that writes them holds up no other for long."""
    if not _is_long(value):
        yield _json(value)
    elif isinstance(value, dict):
        for index, (name, inner) in enumerate(value.items()):
            yield f"{', ' if index else '{'}{_json(name)}: "
            yield from _json_pieces(inner)
        yield "}"
    else:
        for first in range(0, len(value), _AT_ONCE):
            yield (", " if first else "[") + _json(value[first : first + _AT_ONCE])[1:-1]
        yield "]"


def _is_long(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_is_long, value.values()))
    return isinstance(value, list) and len(value) > _AT_ONCE


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False)


def _values(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            start = file.read(_PEEK)
            # A film of ten gigabytes called .gpff is not read to its end.
            text = start + file.read() if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else b""
    except FileNotFoundError:
        raise SessionFileError(f"there is no file '{path}'; check its name") from None
    except OSError as error:
        raise SessionFileError(f"'{path}' cannot be read ({error.strerror}); check its permissions") from error
    if not text:
        raise _foreign(path)
    try:
        return json.loads(text.decode("utf-8-sig"), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise SessionFileError(
            f"'{path.name}' is cut short or damaged in line {error.lineno}; open an older copy of it"
        ) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, error) from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def _check_origin(path: Path, values: Any) -> None:
    if not isinstance(values, dict) or values.get("format") != _FORMAT:
        raise _foreign(path)
    version = values.get("version")
    if type(version) is int and version > VERSION:
        program = _one_line(str(values.get("program")))
        raise SessionFileError(
            f"'{path.name}' was written by a newer version of this program ({program}); update it to open the file"
        )


def _session(values: Any) -> Session:
    if take(values, "version", int) < 1:
        raise ValueError("there is no such version of the format")
    entries = _each("structure", take(values, "entries", list), to_entry)
    candidates = _each("candidate", take(values, "candidates", list), to_candidate)
    current = take(values, "current", int, type(None))
    if current is not None and not 0 <= current < len(entries):
        raise ValueError("the structure on view is not there")
    state = State(entries, None if current is None else entries[current].key)
    return Session(state, candidates, take(values, "view", dict), take(values, "program", str))


def _each(name: str, records: list[Any], read: Callable[[int, Any], T]) -> tuple[T, ...]:
    found = []
    for key, record in enumerate(records, start=1):
        try:
            found.append(read(key, record))
        except (ValueError, TypeError, OverflowError) as error:
            raise ValueError(f"{name} {key}: {error}") from error
    return tuple(found)


def _foreign(path: Path) -> SessionFileError:
    return SessionFileError(f"'{path.name}' is not a session of GPFF Desktop; choose another file")


def _damaged(path: Path, error: Exception) -> SessionFileError:
    reason = "nested too deep" if isinstance(error, RecursionError) else _one_line(str(error))
    return SessionFileError(f"'{path.name}' is damaged ({reason}); open an older copy of it")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
