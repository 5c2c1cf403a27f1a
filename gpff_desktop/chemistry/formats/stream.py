"""Reading a file record by record, with how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from types import TracebackType

from gpff_desktop.chemistry.formats.common import Record, Step, open_text, text_size

Parser = Callable[[Iterable[str]], Iterator[Record]]


class RecordStream(Iterator[Record]):
    """Records of a file in their order; nothing is held in memory, and closing it closes the file.

    Iterate over it and close it in one thread; `fraction` may be asked for in any.

    Parameters
    ----------
    steps
        Yields the records and the part of the file read with each.
    """

    def __init__(self, steps: Generator[Step, None, None]) -> None:
        self._steps = steps
        self._fraction = 0.0

    @property
    def fraction(self) -> float:
        """The part of the file that has been read, 0 to 1; 1 only when nothing is left."""
        return self._fraction

    def __next__(self) -> Record:
        try:
            fraction, record = next(self._steps)
        except StopIteration:
            self._fraction = 1.0
            raise
        self._fraction = max(self._fraction, min(fraction, 0.999))
        return record

    def close(self) -> None:
        """Stop reading; what has been read stays good. Does nothing the second time."""
        self._steps.close()

    def __enter__(self) -> RecordStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def text_steps(path: Path, parse: Parser) -> Generator[Step, None, None]:
    """Records of a text file, with the part of its bytes that has been read.

    Raises
    ------
    FormatError
        If the file cannot be read or is not text.
    """
    with open_text(path) as file:
        size = text_size(file)
        for record in parse(file):
            yield file.buffer.tell() / size, record
