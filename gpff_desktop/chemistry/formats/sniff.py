"""What a file or a pasted text looks like, told from its beginning and not from its name."""

from __future__ import annotations

import re

_SDF = re.compile(r"^(?:M  END|\$\$\$\$)\s*$|^[ \d]{3}[ \d]{3}.*V[23]000\s*$", re.MULTILINE)
_PDB = re.compile(r"^(?:ATOM  |HETATM).{24}(?: *-?\d+\.\d+){3}", re.MULTILINE)
_MOL2 = re.compile(r"^@<TRIPOS>MOLECULE", re.MULTILINE)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:(?:[eEdD]|\*\^)[-+]?\d+)?"
_ATOM = rf"[ \t]*(?:[A-Z][A-Za-z]?|[a-z]{{1,2}}|\d{{1,3}})(?:[ \t]+{_NUMBER}){{3}}"
ATOM_LINE = re.compile(rf"{_ATOM}(?:\s|$)")
"""An element and three coordinates, as XYZ has them; more columns may follow."""
_XYZ = re.compile(rf"\s*\d{{1,9}}[ \t]*\r?\n[^\n]*\n{_ATOM}(?:\s|$)")

_MAGIC = {b"SQLite format 3\0": ".db", b"PK\x03\x04": ".npz"}


def sniff(start: bytes) -> list[str]:
    """Suffixes of the formats that the beginning of a file looks like, the likeliest first; often just one or none."""
    for magic, suffix in _MAGIC.items():
        if start.startswith(magic):
            return [suffix]
    return [] if b"\0" in start else sniff_text(start.decode("utf-8-sig", errors="replace"))


def sniff_text(text: str) -> list[str]:
    """As `sniff`, for the beginning of a text. SMILES are never told: too many words are SMILES."""
    tests = {
        ".mol2": _MOL2.search(text),
        ".sdf": _SDF.search(text),
        ".pdb": _PDB.search(text),
        ".xyz": _XYZ.match(text),
    }
    return [suffix for suffix, found in tests.items() if found]
