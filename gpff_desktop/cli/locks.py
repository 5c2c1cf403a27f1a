"""Naming the atoms to lock: by number, or by a SMARTS pattern."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpff_desktop.structure import Structure

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_SHOWN_MATCHES = 6


def parse_atoms(text: str) -> tuple[int, ...]:
    """Indices (from 0, ascending) of atoms written as numbers and ranges counted from 1, such as `1-5,8`.

    Raises
    ------
    ValueError
        If the text is not such a list.
    """
    chosen: set[int] = set()
    for part in text.split(","):
        found = _RANGE.fullmatch(part.strip())
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 1 <= first <= last:
            raise ValueError(f"'{text}' is not a list of atoms; write numbers from 1 and ranges, such as 1-5,8")
        chosen.update(range(first - 1, last))
    return tuple(sorted(chosen))


def match_atoms(structure: Structure, smarts: str, choice: int | None) -> tuple[int, ...]:
    """Indices (from 0, ascending) of the atoms that a SMARTS pattern matches.

    Parameters
    ----------
    structure
        Where to look.
    smarts
        The pattern.
    choice
        Which match to take, counted from 1, if there are several.

    Raises
    ------
    ValueError
        If nothing matches, or several places do and none of them was chosen.
    """
    from gpff_desktop.chemistry.convert import match_smarts

    matches = [tuple(sorted(match)) for match in match_smarts(structure, smarts)]
    if not matches:
        raise ValueError(f"'{smarts}' matches nothing in the scaffold {structure.formula}")
    if choice is None and len(matches) == 1:
        return matches[0]
    if choice is None or not 1 <= choice <= len(matches):
        raise ValueError(f"'{smarts}' matches {len(matches)} places; choose with --lock-match K: {_listed(matches)}")
    return matches[choice - 1]


def _listed(matches: list[tuple[int, ...]]) -> str:
    shown = [
        f"{number} = atoms {','.join(str(k + 1) for k in match)}"
        for number, match in enumerate(matches[:_SHOWN_MATCHES], start=1)
    ]
    return "; ".join(shown) + ("; …" if len(matches) > _SHOWN_MATCHES else "")
