"""XYZ and extended XYZ: any number of frames, coordinates exact to the last bit.

Both suffixes are written alike, with an extended comment line, so that where a structure came from is never lost;
programs that know only plain XYZ skip that line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np

from gpff_desktop import elements
from gpff_desktop.chemistry.formats.common import Problem, Record, open_text, quote, quote_unless, unquote
from gpff_desktop.structure import Structure

_COLUMNS = "species:S:1:pos:R:3"
_QUOTED = r'"(?:\\.|[^"\\])*"'
_PAIR = re.compile(rf'({_QUOTED}|[^\s="]+)(?:=({_QUOTED}|\{{[^}}]*\}}|\[[^\]]*\]|\S*))?')
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_.+\-:/%@#]+")
_RESERVED = re.compile(r"_*(title|Properties)")


def read(path: Path) -> Iterator[Record]:
    """Frames of an XYZ or extended-XYZ file, one by one."""
    with open_text(path) as file:
        yield from _frames(file)


def write(file: TextIO, structure: Structure) -> None:
    """Append one frame with an extended comment line."""
    rows = zip(structure.numbers.tolist(), structure.positions.tolist(), strict=True)
    file.write(f"{len(structure)}\n{_comment(structure)}\n")
    file.writelines(f"{elements.symbol(z):<2} {x!r:>20} {y!r:>20} {t!r:>20}\n" for z, (x, y, t) in rows)


def _frames(file: TextIO) -> Iterator[Record]:
    record = 0
    for head in file:
        if not head.strip():
            continue
        record += 1
        if not head.strip().isascii() or not head.strip().isdigit():
            yield Problem(record, f"expected a number of atoms but found '{head.strip()[:40]}'; the rest is not read")
            return
        count = int(head)
        comment = file.readline()
        lines = list(islice(file, count))
        if not comment or len(lines) < count:
            yield Problem(record, f"the file ends after {len(lines)} of {count} atoms")
            return
        try:
            yield _frame(comment.rstrip("\n"), lines)
        except ValueError as error:
            yield Problem(record, str(error))


def _frame(comment: str, lines: list[str]) -> Structure:
    pairs = _pairs(comment)
    columns = pairs.pop("Properties", None)
    species, position = _offsets(columns) if columns is not None else (0, 1)
    title, properties = (comment, {}) if columns is None else _named(pairs)
    numbers, positions = [], np.empty((len(lines), 3))
    for index, line in enumerate(lines):
        number, positions[index] = _atom(line, index, species, position)
        numbers.append(number)
    return Structure(np.array(numbers, dtype=np.int64), positions, title=title, properties=properties)


def _atom(line: str, index: int, species: int, position: int) -> tuple[int, list[float]]:
    fields = line.split()
    try:
        # Gaussian and Mathematica write exponents as D and *^ (so does QM9).
        values = [float(re.sub(r"\*\^|[Dd]", "e", text)) for text in fields[position : position + 3]]
        name = fields[species]
    except (ValueError, IndexError):
        values, name = [], ""
    if len(values) != 3:
        raise ValueError(f"the line of atom {index + 1} is not an element with three coordinates")
    return int(name) if name.isdigit() and 1 <= int(name) <= elements.MAX_NUMBER else elements.number(name), values


def _offsets(columns: str) -> tuple[int, int]:
    """Columns of the element and of x, from the extended-XYZ description such as `species:S:1:pos:R:3`."""
    parts, offset, found = columns.split(":"), 0, {}
    for name, width in zip(parts[::3], parts[2::3], strict=False):
        found[name] = offset
        offset += int(width) if width.isdigit() else 1
    symbol = found.get("species", found.get("Z", found.get("numbers")))
    if symbol is None or "pos" not in found:
        raise ValueError("the comment line does not say where element and position stand")
    return symbol, found["pos"]


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
