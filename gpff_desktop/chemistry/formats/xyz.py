"""XYZ and extended XYZ: any number of frames, coordinates exact to the last bit.

Both suffixes are written alike, with an extended comment line, so that where a structure came from is never lost;
programs that know only plain XYZ skip that line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

import numpy as np

from gpff_desktop import elements
from gpff_desktop.chemistry.formats.common import (
    Lines,
    Problem,
    Record,
    RecordError,
    force_property,
    quote,
    quote_unless,
    require_sound,
    unquote,
)
from gpff_desktop.chemistry.formats.sniff import ATOM_LINE
from gpff_desktop.structure import Structure

_COLUMNS = "species:S:1:pos:R:3"
_QUOTED = r'"(?:\\.|[^"\\])*"'
_PAIR = re.compile(rf'({_QUOTED}|[^\s="]+)(?:=({_QUOTED}|\{{[^}}]*\}}|\[[^\]]*\]|\S*))?')
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_.+\-:/%@#]+")
_RESERVED = re.compile(r"_*(title|Properties)")
_HEAD = re.compile(r"\s*[0-9]{1,9}\s*")
# Gaussian and Mathematica write exponents as D and *^ (so does QM9).
_EXPONENT = re.compile(r"\*\^|[Dd]")
_FIRST_ATOM = 2


def parse(text: Iterable[str]) -> Iterator[Record]:
    """Frames of an XYZ or extended-XYZ file, one by one."""
    lines, record = Lines(text), 0
    for head in lines:
        if not head.strip():
            continue
        record, number = record + 1, lines.number
        if _HEAD.fullmatch(head):
            yield _record(lines, int(head), record)
        else:
            yield Problem(record, f"expected a number of atoms but found '{head.strip()[:40]}'", number)
            _skip_to_next_frame(lines)


def write(file: TextIO, structure: Structure, record: int = 1) -> None:
    """Append one frame with an extended comment line."""
    rows = zip(structure.numbers.tolist(), structure.positions.tolist(), strict=True)
    file.write(f"{len(structure)}\n{_comment(structure)}\n")
    file.writelines(f"{elements.symbol(z):<2} {x!r:>20} {y!r:>20} {t!r:>20}\n" for z, (x, y, t) in rows)


def _record(lines: Lines, count: int, record: int) -> Record:
    """One frame whose head has just been read; what is not part of it is handed back."""
    first_line = lines.number
    body = lines.take(1 + count)
    try:
        if len(body) > count:
            return _frame(body[0].rstrip("\n"), body[1:])
        error = RecordError(f"the file ends after {max(0, len(body) - 1)} of {count} atoms", len(body))
    except RecordError as fault:
        error = fault
    ahead = lines.take(_FIRST_ATOM)
    end = _next_frame([*body, *ahead])
    lines.hand_back(ahead if end is None else [*body, *ahead][end:])
    if end is not None:
        error = RecordError(f"{count} atoms are announced, but the next frame begins after {end - 1}", 0)
    return Problem.of(error, record, first_line)


def _next_frame(lines: list[str]) -> int | None:
    """Where another frame begins among lines that follow the head of one, and two more."""
    for index in range(1, len(lines) - _FIRST_ATOM):
        if _HEAD.fullmatch(lines[index]) and ATOM_LINE.match(lines[index + _FIRST_ATOM]):
            return index
    return None


def _skip_to_next_frame(lines: Lines) -> None:
    for line in lines:
        if _HEAD.fullmatch(line):
            ahead = [line, *lines.take(2)]
            lines.hand_back(ahead if len(ahead) == 3 and ATOM_LINE.match(ahead[2]) else ahead[1:])
            if len(ahead) == 3 and ATOM_LINE.match(ahead[2]):
                return


def _frame(comment: str, lines: list[str]) -> Structure:
    pairs = _pairs(comment)
    columns = pairs.pop("Properties", None)
    species, position, force = _offsets(columns) if columns is not None else (0, 1, None)
    title, properties = (comment, {}) if columns is None else _named(pairs)
    numbers, positions = [], np.empty((len(lines), 3))
    for index, line in enumerate(lines):
        number, positions[index] = _atom(line, index, species, position)
        numbers.append(number)
    require_sound(positions, _FIRST_ATOM)
    if force is not None:
        properties |= _forces(lines, force)
    return Structure(np.array(numbers, dtype=np.int64), positions, title=title, properties=properties)


def _atom(line: str, index: int, species: int, position: int) -> tuple[int, list[float]]:
    fields = line.split()
    try:
        values, name = _floats(fields[position : position + 3]), fields[species]
        if len(values) == 3:
            known = name.isdecimal() and 1 <= int(name) <= elements.MAX_NUMBER
            return int(name) if known else elements.number(name), values
        fault = f"the line of atom {index + 1} is not an element with three coordinates"
    except IndexError:
        fault = f"the line of atom {index + 1} is not an element with three coordinates"
    except ValueError as error:
        fault = f"atom {index + 1}: {error}"
    raise RecordError(fault, _FIRST_ATOM + index)


def _forces(lines: list[str], column: int) -> dict[str, str]:
    """The greatest force of a frame, as a property; nothing if a force is not three numbers."""
    try:
        return force_property(np.array([_floats(line.split()[column : column + 3]) for line in lines]).reshape(-1, 3))
    except ValueError:
        return {}


def _floats(texts: list[str]) -> list[float]:
    try:
        return [float(text) for text in texts]
    except ValueError:
        return [float(_EXPONENT.sub("e", text)) for text in texts]


def _offsets(columns: str) -> tuple[int, int, int | None]:
    """Columns of the element, of x and of the force along x, if any: `species:S:1:pos:R:3:forces:R:3`."""
    parts, offset, found = columns.split(":"), 0, {}
    for name, width in zip(parts[::3], parts[2::3], strict=False):
        found[name] = offset
        offset += int(width) if width.isdecimal() else 1
    symbol = found.get("species", found.get("Z", found.get("numbers")))
    if symbol is None or "pos" not in found:
        raise RecordError("the comment line does not say where element and position stand", 1)
    return symbol, found["pos"], found.get("forces", found.get("force"))


def _pairs(comment: str) -> dict[str, str]:
    if "Properties=" not in comment:
        return {}
    return {unquote(key): unquote(value) if value else "T" for key, value in _PAIR.findall(comment)}


def _named(pairs: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    title = pairs.get("title", "")
    rest = ((key, value) for key, value in pairs.items() if key != "title")
    return title, {key[1:] if _RESERVED.fullmatch(key) else key: value for key, value in rest}


def _comment(structure: Structure) -> str:
    title = {"title": structure.title} if structure.title else {}
    # A property may be called like one of the format's own keys: an underscore keeps them apart.
    own = {f"_{key}" if _RESERVED.fullmatch(key) else key: value for key, value in structure.properties.items()}
    pairs = (f"{_word(key)}={_word(str(value))}" for key, value in {**title, **own}.items())
    return " ".join([f"Properties={_COLUMNS}", *pairs])


def _word(text: str) -> str:
    return quote_unless(True, text) if _PLAIN_WORD.fullmatch(text) else quote(text)
