"""The QM9 distribution's own XYZ dialect, from its tar archive or one of its files.

A file holds one molecule: the number of atoms; `gdb INDEX` and properties between tabs; for each atom its symbol, x, y,
z in Å and a Mulliken charge; then vibrational frequencies, SMILES and InChI lines, which are skipped. Small numbers are
written `6.3*^-6` (Ramakrishnan et al., Scientific Data 1, 140022, 2014).
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from gpff_desktop import elements
from gpff_desktop.structure import Structure

OPENERS: dict[str, Callable[..., Any]] = {
    ".tar": nullcontext,
    ".bz2": bz2.open,
    ".gz": gzip.open,
    ".tgz": gzip.open,
    ".xz": lzma.open,
}
"""What opens the bytes of a tar archive, by its last suffix."""


def is_qm9_text(text: str) -> bool:
    """Whether the text of an .xyz file is of QM9's dialect."""
    lines = text.split("\n", 2)
    return len(lines) > 1 and lines[0].strip().isdecimal() and lines[1].startswith("gdb ")


def is_qm9_file(path: Path) -> bool:
    """Whether an .xyz file is of QM9's dialect, judged by its first two lines."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return is_qm9_text(file.read(100))


def parse_qm9(text: str) -> Structure:
    """The structure of one QM9 file, titled `gdb INDEX`.

    Raises
    ------
    ValueError
        If the text is not of that dialect, or is cut short.
    """
    if not is_qm9_text(text):
        raise ValueError("not of QM9's format: its second line should begin with 'gdb'")
    lines = text.splitlines()
    n_atoms = int(lines[0])
    atoms = [line.replace("*^", "e").split() for line in lines[2 : 2 + n_atoms]]
    if len(atoms) < n_atoms or any(len(fields) < 4 for fields in atoms):
        raise ValueError(f"{n_atoms} atoms are announced, fewer follow")
    numbers = np.array([elements.number(fields[0]) for fields in atoms])
    positions = np.array([[float(x) for x in fields[1:4]] for fields in atoms])
    return Structure(numbers, positions, title=" ".join(lines[1].split()[:2]))


def iterate_archive(path: Path) -> Iterator[tuple[float, str, str]]:
    """Each .xyz file in a tar archive (`dsgdb9nsd.xyz.tar.bz2`), streamed, not unpacked.

    Yields
    ------
    tuple[float, str, str]
        The part of the archive read so far, and the name and text of the file.

    Raises
    ------
    ValueError
        If the archive cannot be read, or ends early.
    """
    # Opened here rather than by tarfile, whose streams take a cut-off compressed file for a whole one.
    decompress = OPENERS[path.suffix.lower()]
    try:
        size = max(1, path.stat().st_size)
        with path.open("rb") as raw, decompress(raw) as plain, tarfile.open(fileobj=plain, mode="r|") as archive:
            for member in archive:
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep all 130,000
                content = archive.extractfile(member) if member.isfile() and member.name.endswith(".xyz") else None
                if content is not None:
                    text = _whole(content.read(), member).decode("utf-8", errors="replace")
                    yield raw.tell() / size, Path(member.name).name, text
    except (tarfile.TarError, EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        raise ValueError(f"'{path.name}' is not a whole tar archive: {error}") from error


def _whole(content: bytes, member: tarfile.TarInfo) -> bytes:
    if len(content) < member.size:
        raise EOFError(f"it ends within {member.name}")
    return content
