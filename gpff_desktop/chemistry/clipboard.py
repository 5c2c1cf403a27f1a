"""Structures as text for the clipboard, and back: what the text is, is told from the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from itertools import islice
from typing import Literal

from rdkit import Chem

from gpff_desktop.chemistry.formats import FORMATS, FormatError, Problem, ReadResult, write_text
from gpff_desktop.chemistry.formats.sniff import ATOM_LINE, sniff_text
from gpff_desktop.chemistry.molecules import quiet
from gpff_desktop.structure import Structure

Kind = Literal["sdf", "xyz", "smiles"]
MOST_SMILES = 1_000
"""More molecules than this are not embedded from the clipboard: it would take minutes."""

_SUFFIX: dict[Kind, str] = {"sdf": ".sdf", "xyz": ".xyz", "smiles": ".smi"}
_SNIFFED = 65_536
_QUOTED = 40
_LONGEST_SMILES = 5_000
_SMILES = re.compile(r"[A-Za-z0-9@+\-\[\]()=#$%/\\.:*~]+")
_COUNTS = re.compile(r"^[ \d]{3}[ \d]{3}.*V[23]000\s*$")
_COUNTS_LINE = 3
_ASKED = 20
_FEW = 5
_ATOM_WORDS = 4
_HOPELESS = 100
"""So many bad records at the beginning, and the rest is not looked at: the text only seemed to be what it is not."""


def to_text(structures: Sequence[Structure], kind: Kind) -> str:
    """Structures as text in one format.

    Parameters
    ----------
    structures
        At least one.
    kind
        `"sdf"` keeps everything, `"xyz"` all but the bonds, `"smiles"` the bonds and titles alone.

    Raises
    ------
    FormatError
        If there are none, one holds no atoms, or one has no SMILES; the message names it by number.
    """
    text = StringIO()
    write_text(text, FORMATS[_SUFFIX[kind]], structures)
    return text.getvalue()


def from_text(text: str) -> ReadResult:
    """Structures of a text: SDF or MOL, MOL2, XYZ (also without its first two lines), PDB, or SMILES, one a line.

    Line ends of any system, a byte order mark, tabs and blank lines around do no harm.

    Raises
    ------
    FormatError
        If it is none of these, or not one of its first hundred records can be read.
    """
    suffix, text = _recognised(text.removeprefix("\ufeff"))
    entry = FORMATS[suffix]
    assert entry.parse is not None
    structures: list[Structure] = []
    problems: list[Problem] = []
    # StringIO makes one kind of line break of all of them.
    for record in entry.parse(StringIO(text, newline=None)):
        if isinstance(record, Structure):
            structures.append(record)
        else:
            problems.append(record)
        if not structures and len(problems) == _HOPELESS:
            break
    if not structures:
        reason = str(problems[0]) if problems else "it holds no structures"
        raise FormatError(f"the text looks like {entry.name} but cannot be read ({reason})")
    return ReadResult(structures, problems)


def is_list_of_smiles(text: str) -> bool:
    """Whether a text is of no format with coordinates and has many lines of a word or two, as SMILES have."""
    lines = [line.split() for line in text[:_SNIFFED].splitlines() if line.strip()]
    return len(lines) > _FEW and not sniff_text(text[:_SNIFFED]) and all(len(words) < _ATOM_WORDS for words in lines)


def _recognised(text: str) -> tuple[str, str]:
    """The suffix of the format, and the text with what it lacks of it."""
    start = text[:_SNIFFED].replace("\r\n", "\n").replace("\r", "\n")
    found = sniff_text(start)
    if found:
        return found[0], _with_header(text, start) if found[0] == ".sdf" else text
    lines = [line for line in start.split("\n") if line.strip()]
    if lines and all(map(_is_atom, lines[:-1] if len(text) > _SNIFFED else lines)):
        return ".xyz", _as_frame(text)
    if _are_smiles(lines):
        if sum(1 for line in text.splitlines() if line.strip()) > MOST_SMILES:
            raise FormatError(f"these are more than {MOST_SMILES} SMILES; save them as a .smi file and open that")
        return ".smi", text
    raise FormatError(_not_understood(text))


def _is_atom(line: str) -> bool:
    # A number may stand for an element where a frame is announced; four numbers alone are any table.
    return line.lstrip()[:1].isalpha() and ATOM_LINE.match(line) is not None


def _as_frame(text: str) -> str:
    atoms = [line for line in text.splitlines() if line.strip()]
    return "\n".join([str(len(atoms)), "", *atoms, ""])


def _with_header(text: str, start: str) -> str:
    """A mol block whose empty first lines were lost in copying gets them back."""
    for index, line in enumerate(islice(start.split("\n"), _COUNTS_LINE)):
        if _COUNTS.match(line):
            return "\n" * (_COUNTS_LINE - index) + text
    return text


def _are_smiles(lines: list[str]) -> bool:
    """Whether most of the first words are SMILES: a bad one among them should be named, not hide the others."""
    words = [line.split(maxsplit=1)[0] for line in lines[:_ASKED] if not line.startswith("#")]
    with quiet():
        return 2 * sum(map(_is_smiles, words)) > len(words)


def _is_smiles(word: str) -> bool:
    # A word in small letters such as "no" could be a ring's atoms, but those without a ring make no molecule.
    return (
        len(word) <= _LONGEST_SMILES
        and _SMILES.fullmatch(word) is not None
        and Chem.MolFromSmiles(word, sanitize=word.isalpha() and word.islower()) is not None
    )


def _not_understood(text: str) -> str:
    known = "SDF, MOL, XYZ, PDB and SMILES are"
    words = " ".join(text.lstrip()[: 4 * _QUOTED].split())
    if not words:
        return f"there is no text to paste; {known} understood"
    return f"'{words[:_QUOTED]}' is no structure; {known} understood"
