"""`python -m gpff_desktop.bridge` is `gpff-bridge`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from gpff_desktop import __version__
from gpff_desktop.bridge import client


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer requests until standard input is closed; returns the exit status."""
    options = _parser().parse_args(arguments)
    if options.remember:
        try:
            print(f"host plugins will use {sys.executable} (noted in {client.remember(sys.executable)})")
        except OSError as error:
            print(f"gpff-bridge: {error}", file=sys.stderr)
            return 2
        return 0
    # Libraries and their C code may print: what they mean for standard output goes to standard error.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def send(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer, allow_nan=False).encode() + b"\n")
        answers.flush()

    from gpff_desktop.bridge.server import Bridge  # loads torch

    with suppress(KeyboardInterrupt):
        Bridge(send).serve(_lines())
    return 0


def _lines() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode(errors="replace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gpff-bridge",
        description="Serves PyMOL, ChimeraX, Avogadro and your own programs: JSON lines in, JSON lines out.",
        epilog="docs/hosts.md lists the messages.",
    )
    parser.add_argument(
        "--remember", action="store_true", help="tell host plugins that GPFF Desktop is here, then quit"
    )
    parser.add_argument("--version", action="version", version=f"GPFF Desktop {__version__}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
