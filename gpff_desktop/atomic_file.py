"""Files that are wholly written, or stay as they were, and the hash that tells them apart."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A name beside `path`, with the same suffix, to write to; it takes the place of `path` if all goes well.

    The content is on the disk before the new name becomes visible, even if the power fails. A link stays a link, and
    a file that is replaced hands on its permissions. Two programs that write the same file never mix: one wins.

    Raises
    ------
    OSError
        If it cannot be written; nothing of it is left, and `path` is as it was.
    """
    target = Path(os.path.realpath(path))
    # Not made of the file's own name, which may be as long as a name can be.
    partial = target.with_name(f".{uuid4().hex}.partial{target.suffix}")
    try:
        yield partial
        _flush(partial)
        if target.exists():
            shutil.copymode(target, partial)
        os.replace(partial, target)
    finally:
        # What went wrong before is worth more to the user than what goes wrong in tidying up.
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
