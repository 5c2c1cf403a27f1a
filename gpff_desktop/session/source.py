"""What can be opened - a file or a text - and reading it, step by step, into entries."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.chemistry.clipboard import from_text, is_list_of_smiles
from gpff_desktop.chemistry.formats import ReadResult
from gpff_desktop.session.document import new_entry
from gpff_desktop.session.entry import Entry
from gpff_desktop.session.opening import Opened, Opening, open_file

_REPORT_SECONDS = 1 / 15
_QUICK_SIZE, _SHORT_SIZE = 60_000, 1_000_000
_LONGEST_NAME = 30
_SLOW = (".smi", ".db", ".npz")


class OpeningError(ValueError):
    """Something that cannot be opened; the message is one line for the user."""


@dataclass(frozen=True)
class Source:
    """Something to open.

    Parameters
    ----------
    name
        What the user calls it.
    path
        The file; `None` for text.
    content
        The text, if it is no file.
    as_structures
        Whether frames of a trajectory become structures of their own.
    keep_bonds
        Whether bonds that a file has are kept.
    inserted
        Whether the content is a SMILES whose molecule goes beside what is on view, into the same structure.
    """

    name: str
    path: Path | None = None
    content: str = ""
    as_structures: bool = False
    keep_bonds: bool = True
    inserted: bool = False

    @classmethod
    def file(cls, path: Path, as_structures: bool = False, keep_bonds: bool = True) -> Source:
        """A file of structures, or a session."""
        return cls(path.name, path, "", as_structures, keep_bonds)

    @classmethod
    def text(cls, text: str, name: str) -> Source:
        """Structures in a text, such as what was dropped on a window."""
        return cls(name, None, text)

    @classmethod
    def smiles(cls, text: str) -> Source:
        """A molecule to insert."""
        name = text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"
        return cls(name, None, text, inserted=True)

    @property
    def is_quick(self) -> bool:
        """Whether it is read before anyone could see that it takes time."""
        return self.path is not None and not self._is_slow and self._size <= _QUICK_SIZE

    @property
    def is_short(self) -> bool:
        """Whether it is read in less time than a process takes to start."""
        return not self._is_slow and self._size <= _SHORT_SIZE

    @property
    def _is_slow(self) -> bool:
        if self.path is None:
            return self.inserted or is_list_of_smiles(self.content)
        return self.path.suffix.lower() in _SLOW and self.path.is_file()

    @property
    def _size(self) -> int:
        try:
            return len(self.content) if self.path is None else self.path.stat().st_size
        except OSError:
            return 0  # and fails at once


@dataclass(frozen=True)
class Ready:
    """What was read, as entries that can be opened without further work.

    Parameters
    ----------
    source
        Where it was read from.
    opened
        What the source held; its structures and frames are in the entries.
    entries
        None if the source is a session.
    """

    source: Source
    opened: Opened
    entries: tuple[Entry, ...] = ()


def read(source: Source) -> Generator[Opening | Ready, None, None]:
    """Read a source: now and then, how far it has come; in the end, what was read. To give up, close the generator.

    Raises
    ------
    ValueError
        In one line, if it cannot be read, or not into memory.
    """
    try:
        told = 0.0
        for opening in open_file(source.path) if source.path else _open_text(source):
            if opening.result is not None:
                yield from _built(source, opening.result)
            elif time.monotonic() - told > _REPORT_SECONDS:
                told = time.monotonic()
                yield opening
    except MemoryError:
        raise OpeningError(f"'{source.name}' does not fit into memory; open a part of it") from None


def _open_text(source: Source) -> Generator[Opening, None, None]:
    yield Opening(0.0)
    result = ReadResult([from_smiles(source.content)], []) if source.inserted else from_text(source.content)
    opened = Opened(Path(source.name), tuple(result.structures), tuple(result.problems))
    yield Opening(1.0, len(result.structures), len(result.problems), opened)


def _built(source: Source, opened: Opened) -> Generator[Opening | Ready, None, None]:
    """Entries with bonds; the frames of a trajectory are one, unless they are wanted as structures."""
    framed = opened.trajectory is not None and not source.as_structures
    structures = opened.structures[:1] if framed else opened.structures
    name = source.path.stem if source.path and len(structures) == 1 else ""
    entries: list[Entry] = []
    told = time.monotonic()
    for structure in structures:
        entry = new_entry(structure, name, source.path, source.keep_bonds)
        entries.append(replace(entry, trajectory=opened.trajectory) if framed else entry)
        if time.monotonic() - told > _REPORT_SECONDS:
            told = time.monotonic()
            yield Opening(1.0, len(opened.structures), len(opened.problems))
    yield Ready(source, replace(opened, structures=(), trajectory=None), tuple(entries))
