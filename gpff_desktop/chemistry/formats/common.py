"""What all file formats share: the words for what goes wrong, opening text, lines with numbers, and quoting."""

from __future__ import annotations

import json
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np

from gpff_desktop.structure import Structure

PEEK = 65_536
"""Bytes at the start of a file that are looked at to tell what it is."""


LATTICE, PERIODIC, FORCE = "Lattice", "pbc", "greatest_force"
"""Properties that say, in extended XYZ's words, what cell a structure was read with, and its greatest force in eV/Å."""


class FormatError(ValueError):
    """A file that cannot be read or written; the message is one line for the user."""


class RecordError(ValueError):
    """What is wrong with one record.

    Parameters
    ----------
    message
        One line.
    line
        Which line of the record is meant, counted from 0; `None` if it is not one line.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Problem:
    """A record of a file that could not be read.

    Parameters
    ----------
    record
        Its number, counted from 1.
    message
        What is wrong with it, one line.
    line
        The line of the file where the fault is, counted from 1; `None` where lines mean nothing.
    """

    record: int
    message: str
    line: int | None = None

    @classmethod
    def of(cls, error: ValueError, record: int, first_line: int) -> Problem:
        """The problem behind an error, for a record that begins at the line `first_line` of the file."""
        offset = error.line if isinstance(error, RecordError) else None
        message = next(iter(str(error).splitlines()), "it cannot be read")
        return cls(record, message, first_line + (offset or 0))

    def __str__(self) -> str:
        place = f"record {self.record}" if self.line is None else f"record {self.record}, line {self.line}"
        return f"{place}: {self.message}"


@dataclass(frozen=True)
class ReadResult:
    """What a file held: the structures that opened and the records that did not."""

    structures: list[Structure]
    problems: list[Problem]


Record = Structure | Problem
Step = tuple[float, Record]
"""A record, and how much of the file (0 to 1) has been read with it."""


class Lines(Iterator[str]):
    """Lines of a text, counted; lines that were taken too many can be handed back."""

    def __init__(self, source: Iterable[str]) -> None:
        self._source = iter(source)
        self._returned: deque[str] = deque()
        self.number = 0

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._source)
        self.number += 1
        return line

    def take(self, count: int) -> list[str]:
        """The next lines, fewer than `count` at the end of the text."""
        return list(islice(self, count))

    def hand_back(self, lines: list[str]) -> None:
        """Make these the next lines again."""
        self._returned.extendleft(reversed(lines))
        self.number -= len(lines)


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a text file for reading, as UTF-8 with anything else replaced.

    Raises
    ------
    FormatError
        If the file is missing, unreadable, empty or not text.
    """
    start = file_start(path)
    if not start.strip():
        raise FormatError(f"'{path.name}' is empty; choose another file")
    if b"\0" in start:
        raise FormatError(f"'{path.name}' is not a text file; choose a molecule file")
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        yield file


def file_start(path: Path) -> bytes:
    """The first bytes of a file.

    Raises
    ------
    FormatError
        If it is missing, a folder or not readable.
    """
    try:
        if path.is_dir():
            raise FormatError(f"'{path}' is a folder; choose a file in it")
        with path.open("rb") as file:
            return file.read(PEEK)
    except FileNotFoundError:
        raise FormatError(f"there is no file '{path}'; check its name") from None
    except OSError as error:
        reason = error.strerror or error
        raise FormatError(f"'{path}' cannot be read ({reason}); check its name and permissions") from error


def text_size(file: TextIO) -> int:
    """Bytes of an open file, at least 1."""
    return max(1, os.fstat(file.fileno()).st_size)


def require_sound(positions: np.ndarray, first_line: int | None) -> None:
    """Refuse a record without atoms or with a coordinate that is not finite.

    Parameters
    ----------
    positions
        `[n_atoms, 3]`.
    first_line
        The line of the first atom in the record, if each atom has one line.

    Raises
    ------
    RecordError
        Naming the first such atom and its line.
    """
    if not len(positions):
        raise RecordError("it holds no atoms")
    finite = np.isfinite(positions).all(axis=1)
    if not finite.all():
        atom = int(np.flatnonzero(~finite)[0])
        line = None if first_line is None else first_line + atom
        raise RecordError(f"atom {atom + 1} has a coordinate that is not a number", line)


def is_periodic(structure: Structure) -> bool:
    """Whether a structure was read from a cell that repeats in some direction."""
    directions = structure.properties.get(PERIODIC)
    if directions is None:
        return LATTICE in structure.properties
    return bool({"T", "TRUE", "1"} & set(re.findall(r"\w+", directions.upper())))


def greatest_force(structure: Structure) -> float | None:
    """The greatest force on an atom that a file gave with a structure, in eV/Å; `None` if it gave none."""
    try:
        return abs(float(structure.properties[FORCE]))
    except (KeyError, ValueError):
        return None


def force_property(forces: np.ndarray) -> dict[str, str]:
    """The property that keeps the greatest of some forces, `[n_atoms, 3]` in eV/Å."""
    return {FORCE: f"{np.linalg.norm(forces, axis=1).max(initial=0.0):.6g}"}


def cell_properties(vectors: np.ndarray, periodic: Iterable[bool]) -> dict[str, str]:
    """The properties that keep a cell: its vectors `[3, 3]` in Å, and in which of their directions it repeats."""
    lattice = " ".join(f"{float(value):.10g}" for value in np.ravel(vectors))
    return {LATTICE: lattice, PERIODIC: " ".join("T" if repeats else "F" for repeats in periodic)}


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
    return not re.search("[\ud800-\udfff]", text)
