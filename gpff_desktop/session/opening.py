"""Opening a file step by step, for a thread that tells how far it has come and may be asked to give up."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from gpff_desktop.chemistry.formats import FormatError, Problem, is_trajectory, open_records, readable_suffixes
from gpff_desktop.session.session_file import SUFFIX, Session, load_session
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import Structure

_FRAME_FORMATS = (".xyz", ".extxyz", ".pdb")
"""Where several records with the same atoms are one system in time; in SDF they are as likely conformers."""


@dataclass(frozen=True)
class Opened:
    """What a file held.

    Parameters
    ----------
    path
        The file.
    structures
        Its records that could be read, in their order; none for a session.
    problems
        Its records that could not.
    trajectory
        All structures as frames, if they are frames of one system.
    session
        What it holds if it is a session file.
    """

    path: Path
    structures: tuple[Structure, ...] = ()
    problems: tuple[Problem, ...] = ()
    trajectory: Trajectory | None = None
    session: Session | None = None

    @property
    def is_trajectory(self) -> bool:
        """Whether the structures are frames of one system."""
        return self.trajectory is not None

    @property
    def has_bonds(self) -> bool:
        """Whether the file says of any structure which atoms are bonded."""
        return any(structure.bonds is not None for structure in self.structures)

    def told(self) -> str:
        """One line on the records that could not be read; empty if all could."""
        if not self.problems:
            return ""
        count = "1 record" if len(self.problems) == 1 else f"{len(self.problems)} records"
        which = "" if len(self.problems) == 1 else "the first is "
        return f"{count} of '{self.path.name}' could not be read; {which}{self.problems[0]}"


@dataclass(frozen=True)
class Opening:
    """How far the opening of a file has come.

    Parameters
    ----------
    fraction
        The part of the file that has been read, 0 to 1.
    count, bad
        Records read so far, and records that could not be read.
    result
        Set in the last one only.
    """

    fraction: float
    count: int = 0
    bad: int = 0
    result: Opened | None = None


def openable_suffixes() -> list[str]:
    """Suffixes of all files that can be opened, sessions among them."""
    return [SUFFIX, *readable_suffixes()]


def open_file(path: Path | str) -> Generator[Opening, None, None]:
    """Open a file of structures or a session: after each record, how far it has come; in the end, the result.

    Nothing is opened before the first value is asked for. To give up, close the generator or ask for no more.

    Parameters
    ----------
    path
        A file with one of `openable_suffixes`.

    Raises
    ------
    FormatError
        If the file cannot be opened, its suffix is unknown or not a single record can be read.
    SessionFileError
        If it is a session that cannot be read.
    """
    path = Path(path)
    yield Opening(0.0)
    if path.suffix.lower() == SUFFIX:
        session = load_session(path)
        yield Opening(1.0, len(session), 0, Opened(path, session=session))
    else:
        yield from _records(path)


def _records(path: Path) -> Generator[Opening, None, None]:
    structures: list[Structure] = []
    problems: list[Problem] = []
    with open_records(path) as records:
        for record in records:
            if isinstance(record, Structure):
                structures.append(record)
            else:
                problems.append(record)
            yield Opening(records.fraction, len(structures), len(problems))
    if not structures:
        raise FormatError(_nothing_read(path, problems))
    yield Opening(1.0, len(structures), len(problems), _opened(path, structures, problems))


def _opened(path: Path, structures: list[Structure], problems: list[Problem]) -> Opened:
    frames = path.suffix.lower() in _FRAME_FORMATS and is_trajectory(structures)
    trajectory = Trajectory.of_structures(structures, path.stem) if frames else None
    return Opened(path, tuple(structures), tuple(problems), trajectory)


def _nothing_read(path: Path, problems: list[Problem]) -> str:
    if not problems:
        return f"'{path.name}' holds no structures; choose another file"
    return f"no structure of '{path.name}' could be read ({problems[0]}); is it another format?"
