"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the output if it exists.")]
Device = Annotated[str, typer.Option("--device", help="Where to compute: auto, cpu, cuda or cuda:1.")]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME|PATH", help="An installed model, or the folder of one.", show_default="qm9"),
]
LockAtoms = Annotated[
    str | None,
    typer.Option("--lock-atoms", metavar="1-5,8", help="Atoms that stay exactly where they are, counted from 1."),
]
