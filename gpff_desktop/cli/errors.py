"""How commands fail: one line on stderr, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

FAILED, WRONG_INPUT = 1, 2


@contextmanager
def user_errors() -> Iterator[None]:
    """Turn what a user can cause into one line on stderr and exit code 2."""
    try:
        yield
    except (ValueError, OSError) as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """End the command: the user's input is wrong, and `message` says what to do."""
    notice(message)
    raise typer.Exit(WRONG_INPUT)


def notice(message: str) -> None:
    """Tell the user something in one line on stderr."""
    typer.echo("gpff: " + " ".join(message.split()), err=True)
