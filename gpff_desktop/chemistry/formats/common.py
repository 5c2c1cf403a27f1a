"""What all file formats share: the words for what goes wrong, opening text, and quoting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from gpff_desktop.structure import Structure

_PEEK = 4096


class FormatError(ValueError):
    """A file that cannot be read or written; the message is one line for the user."""


@dataclass(frozen=True)
class Problem:
    """A record of a file that could not be read.

    Parameters
    ----------
    record
        Its number, counted from 1.
    message
        What is wrong with it, one line.
    """

    record: int
    message: str


@dataclass(frozen=True)
class ReadResult:
    """What a file held: the structures that opened and the records that did not."""

    structures: list[Structure]
    problems: list[Problem]


Record = Structure | Problem


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a text file for reading, as UTF-8 with anything else replaced.

    Raises
    ------
    FormatError
        If the file is missing, unreadable, empty or not text.
    """
    require_file(path)
    with path.open("rb") as binary:
        start = binary.read(_PEEK)
    if not start.strip():
        raise FormatError(f"'{path.name}' is empty; choose another file")
    if b"\0" in start:
        raise FormatError(f"'{path.name}' is not a text file; choose a molecule file")
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        yield file


def require_file(path: Path) -> None:
    """Make sure a file is there and may be read.

    Raises
    ------
    FormatError
        If it is missing, a folder or not readable.
    """
    if path.is_dir():
        raise FormatError(f"'{path}' is a folder; choose a file in it")
    try:
        path.open("rb").close()
    except FileNotFoundError:
        raise FormatError(f"there is no file '{path}'; check its name") from None
    except OSError as error:
        raise FormatError(f"'{path}' cannot be read ({error.strerror}); check its permissions") from error


def quote(text: str) -> str:
    """Text as one line in double quotes, with JSON's escapes, which extended XYZ shares."""
    return json.dumps(text, ensure_ascii=not _encodable(text))


def unquote(text: str) -> str:
    """The text behind `quote`; anything else comes back unchanged."""
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text


def quote_unless(plain: bool, text: str) -> str:
    """Text as it is if it may stand there plainly and cannot be mistaken for quoted text, else quoted."""
    return text if plain and not text.startswith('"') and "\0" not in text and _encodable(text) else quote(text)


def one_line(text: str) -> bool:
    """Whether text keeps its meaning as the rest of a line: no line breaks, no spaces at the ends."""
    return text == text.strip() and not any(mark in text for mark in "\n\r\ufeff")


def _encodable(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
