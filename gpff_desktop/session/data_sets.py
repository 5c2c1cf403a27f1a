"""The data sets that the user has imported for training: where they lie, what is in them, and making a new one."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import platformdirs

from gpff_desktop.atomic_file import atomic_write
from gpff_desktop.chemistry.convert import depict
from gpff_desktop.chemistry.judge import judge
from gpff_desktop.data.checking import CheckProgress, check_sources
from gpff_desktop.data.importing import ImportProgress, import_dataset
from gpff_desktop.data.report import CheckReport, Thumbnail
from gpff_desktop.data.rules import ImportRules
from gpff_desktop.structure import Structure

FOLDER_VARIABLE = "GPFF_DATA"
PICTURE_SIZE = (192, 144)
_JUDGED = 1000
_SUFFIX, _SUMMARY = ".db", ".summary.json"


@dataclass(frozen=True)
class Summary:
    """What is in a data set, kept beside it so that a window can tell without reading it.

    Parameters
    ----------
    molecules
        How many structures it holds.
    elements
        The atomic numbers that occur.
    largest
        Atoms of the largest structure.
    source, licence
        Who made it or where it was published, and under which licence, as the user has said; empty if not known.
    """

    molecules: int
    elements: tuple[int, ...]
    largest: int
    source: str = ""
    licence: str = ""

    @classmethod
    def of(cls, report: CheckReport, rules: ImportRules) -> Summary:
        """What is left of checked sources when rules have been applied."""
        kept = [kind for kind in report.kinds if rules.reason(kind.faults, kind.n_atoms, kind.elements) is None]
        numbers = sorted({z for kind in kept for z in kind.elements})
        return cls(report.n_kept(rules), tuple(numbers), max((kind.n_atoms for kind in kept), default=0))


@dataclass(frozen=True)
class DataSet:
    """An imported data set.

    Parameters
    ----------
    path
        The database.
    summary
        What is in it; `None` if nobody wrote that down.
    """

    path: Path
    summary: Summary | None = None

    @property
    def name(self) -> str:
        """What it is called: its file, without the suffix."""
        return self.path.stem


def user_data_sets_folder() -> Path:
    """Where imported data sets lie; the environment variable `GPFF_DATA` names another folder."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("gpff-desktop", appauthor=False)) / "data"


def data_sets() -> list[DataSet]:
    """All imported data sets, the newest first."""
    folder = user_data_sets_folder()
    paths = [path for path in folder.glob(f"*{_SUFFIX}") if not path.name.startswith(".")] if folder.is_dir() else []
    return [DataSet(path, _read_summary(path)) for path in sorted(paths, key=_age)]


def free_name(sources: Sequence[Path]) -> str:
    """A name for a data set from what it is made of, which no other has."""
    first = sources[0].stem if sources else ""
    plain = "".join(c if c.isalnum() or c in " -_." else "_" for c in first).strip(" .")[:40] or "data"
    taken = {data_set.name.lower() for data_set in data_sets()}
    name, count = plain, 2
    while name.lower() in taken:
        name, count = f"{plain}-{count}", count + 1
    return name


@dataclass(frozen=True)
class Picture:
    """A structure of a report, drawn: a depiction as PNG, empty if it is no molecule that can be drawn."""

    thumbnail: Thumbnail
    png: bytes = b""


def check_steps(sources: Sequence[Path]) -> Generator[CheckProgress | tuple[Picture, ...], None, None]:
    """Check sources as `data.checking.check_sources` does; after the report come pictures of some structures."""
    report: CheckReport | None = None
    for progress in check_sources(sources, smiles=_JUDGED):
        report = progress.report
        yield progress
    if report is not None:
        yield tuple(Picture(one, _depiction(one.structure)) for one in report.thumbnails)


def _depiction(structure: Structure) -> bytes:
    smiles = judge(structure, time_limit=0.5).smiles
    try:
        return depict(smiles, PICTURE_SIZE) if smiles else b""
    except ValueError:
        return b""


def path_of_new(name: str) -> Path:
    """Where a new data set of this name goes; the folder is made.

    Raises
    ------
    ValueError, OSError
        If the name is taken or cannot be one, or the folder cannot be made.
    """
    if not name or set(name) & set('/\\:*?"<>|') or name.startswith("."):
        raise ValueError(f"'{name}' cannot be the name of a data set; use letters, digits, spaces, - and _")
    path = user_data_sets_folder() / f"{name}{_SUFFIX}"
    if path.exists():
        raise FileExistsError(f"there is a data set '{name}' already; choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def import_steps(
    sources: Sequence[Path], target: Path, rules: ImportRules, summary: Summary
) -> Generator[ImportProgress, None, None]:
    """Import checked sources, and write beside them what is in them; see `data.importing.import_dataset`."""
    for progress in import_dataset(sources, target, rules=rules):
        if progress.finished:
            _write_summary(target, summary)
        yield progress


def remember_origin(data_set: DataSet, source: str, licence: str) -> DataSet:
    """Write down who made a data set and under which licence, for models that are trained on it later.

    Where nobody wrote down what is in it, or it cannot be written, the data set is returned as it was.
    """
    if data_set.summary is None:
        return data_set
    summary = replace(data_set.summary, source=source, licence=licence)
    if summary != data_set.summary:
        _write_summary(data_set.path, summary)
    return replace(data_set, summary=_read_summary(data_set.path))


def remove_data_set(data_set: DataSet) -> None:
    """Delete an imported data set with what lies beside it.

    Raises
    ------
    OSError
        If it cannot be deleted.
    """
    data_set.path.unlink(missing_ok=True)
    for beside in (_beside(data_set.path), data_set.path.with_suffix(".db.packed.npz")):
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_suffix(_SUMMARY)


def _write_summary(path: Path, summary: Summary) -> None:
    with suppress(OSError), atomic_write(_beside(path)) as partial:
        partial.write_text(json.dumps(asdict(summary)), encoding="utf-8")


def _read_summary(path: Path) -> Summary | None:
    try:
        values = json.loads(_beside(path).read_text(encoding="utf-8"))
        known = int(values["molecules"]), tuple(map(int, values["elements"])), int(values["largest"])
        return Summary(*known, str(values.get("source", "")), str(values.get("licence", "")))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0
