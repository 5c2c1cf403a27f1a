"""What commands print, and the checks that their files can be written before anything is computed."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

_ANY_WIDTH = 10_000


def print_json(document: Any) -> None:
    """Print the one JSON document of a command on stdout; numbers that are not finite, which JSON lacks, as null."""
    document = json.loads(json.dumps(document), parse_constant=lambda _: None)
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def print_table(table: Table) -> None:
    """Print a table on stdout; where that is no terminal, it is as wide as its cells rather than folded."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = Measurement.get(console, console.options.update_width(_ANY_WIDTH), table).maximum
    console.print(table)


def plain_table(*columns: str, title: str | None = None) -> Table:
    """An empty table in the look of all commands."""
    return Table(*columns, title=title, box=box.SIMPLE)


def progress_bar(*columns: str) -> Progress:
    """A bar on stderr with text columns such as `{task.fields[nfe]}`; invisible where stderr is no terminal."""
    console = Console(stderr=True)
    texts = (TextColumn(column) for column in columns)
    bar = (TextColumn("{task.description}"), BarColumn(), *texts, TimeRemainingColumn())
    return Progress(*bar, console=console, transient=True, disable=not console.is_terminal)


def check_structure_output(path: Path, count: int, force: bool) -> None:
    """Refuse a file of structures that could not be written in the end.

    Raises
    ------
    ValueError
        If the suffix cannot be written, keeps no coordinates or holds one structure only, or the folder is read-only.
    FileExistsError
        If the file exists and may not be replaced.
    """
    from gpff_desktop.chemistry.formats import FORMATS, writable_suffixes

    suffix = path.suffix.lower()
    if suffix not in writable_suffixes():
        known = ", ".join(writable_suffixes())
        raise ValueError(f"cannot write '{path.name}': suffixes that can be written are {known}")
    if not FORMATS[suffix].keeps_positions:
        raise ValueError(f"a {FORMATS[suffix].name} file keeps no coordinates; write .sdf or .xyz")
    if FORMATS[suffix].single and count > 1:
        raise ValueError(f"a {FORMATS[suffix].name} file holds one structure only; write .sdf for {count}")
    check_output(path, force)


def check_picture_output(path: Path, force: bool) -> None:
    """Refuse a picture that could not be written in the end; raises as `check_structure_output` does."""
    if path.suffix.lower() != ".png":
        raise ValueError(f"cannot write '{path.name}': pictures are written as .png")
    check_output(path, force)


def check_output(path: Path, force: bool) -> None:
    """Refuse a file that exists (unless `force`) or whose folder cannot be written to, as an `OSError`."""
    if path.is_dir():
        raise IsADirectoryError(f"'{path}' is a folder; add a file name")
    if path.exists() and not force:
        raise FileExistsError(f"'{path}' exists already; use --force to replace it or choose another name")
    check_folder(path.parent)


def check_folder(folder: Path) -> None:
    """Refuse a folder that is not there or cannot be written to, as an `OSError`."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder '{folder}'; make it first or choose another")
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(f"cannot write into folder '{folder}' ({error.strerror}); choose another") from error
