"""GPFF in Avogadro 2: menu commands as a package (Avogadro 2.0) and as scripts (before)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .client import Client
from .commands import COMMANDS, run

__version__ = "0.1.0"
_MENU = "&Extensions|GPFF"


def main(arguments: Sequence[str] | None = None) -> int:
    """`avogadro-gpff COMMAND`, as Avogadro 2.0 calls it; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] not in COMMANDS:
        print(f"usage: avogadro-gpff {{{','.join(COMMANDS)}}} < molecule.json", file=sys.stderr)
        return 2
    return script(given[0], ["--run-command", *given[1:]])


def script(name: str, arguments: Sequence[str] | None = None) -> int:
    """One command with the flags that Avogadro gives to scripts; returns the exit status."""
    parser = argparse.ArgumentParser(prog=name)
    for flag in ("--display-name", "--menu-path", "--print-options", "--user-options", "--run-command", "--debug"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--lang", nargs="?")
    asked, rest = parser.parse_known_args(arguments)
    if asked.display_name:
        print(COMMANDS[name].title)
    elif asked.menu_path:
        print(_MENU)
    elif asked.print_options or asked.user_options:
        print(json.dumps({"userOptions": _options(name), "inputMoleculeFormat": "cjson"}))
    else:
        text = next((one for one in rest if one.startswith("{")), None) or sys.stdin.read()
        with Client() as bridge:
            print(json.dumps(run(name, text, bridge)))
    return 0


def _options(name: str) -> object:
    file = Path(__file__).parent / "options" / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
