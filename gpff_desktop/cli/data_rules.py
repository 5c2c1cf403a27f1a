"""The options of `gpff data check` and `import` that say what is to be left out of a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # `gpff --help` should not wait for RDKit
    from gpff_desktop.data.rules import ImportRules

_PANEL = "What is left out"

KeepDuplicates = Annotated[
    bool, typer.Option("--keep-duplicates", help="Keep geometries met before.", rich_help_panel=_PANEL)
]
KeepOverlapping = Annotated[
    bool, typer.Option("--keep-overlapping", help="Keep structures with atoms on each other.", rich_help_panel=_PANEL)
]
OnePiece = Annotated[
    bool, typer.Option("--one-piece", help="Leave out what is in several fragments.", rich_help_panel=_PANEL)
]
Equilibrium = Annotated[
    bool,
    typer.Option(
        "--equilibrium",
        help="Leave out what is likely no minimum of energy, by forces or, without them, bond lengths.",
        rich_help_panel=_PANEL,
    ),
]
MinAtoms = Annotated[
    int, typer.Option("--min-atoms", metavar="N", help="Leave out smaller structures.", rich_help_panel=_PANEL)
]
MaxAtoms = Annotated[
    int | None,
    typer.Option(
        "--max-atoms", metavar="N", help="Leave out larger structures.", show_default="none", rich_help_panel=_PANEL
    ),
]
Elements = Annotated[
    str | None,
    typer.Option(
        "--elements",
        metavar="H,C,N,O",
        help="Leave out structures with other elements.",
        show_default="all",
        rich_help_panel=_PANEL,
    ),
]


def rules_of(
    keep_duplicates: bool,
    keep_overlapping: bool,
    one_piece: bool,
    equilibrium: bool,
    min_atoms: int,
    max_atoms: int | None,
    elements: str | None,
) -> ImportRules:
    """The rules that the options stand for.

    Raises
    ------
    ValueError
        If an element is unknown, or nothing could pass.
    """
    from gpff_desktop.data.rules import ImportRules
    from gpff_desktop.elements import number

    return ImportRules(
        drop_duplicates=not keep_duplicates,
        drop_overlapping=not keep_overlapping,
        drop_fragments=one_piece,
        drop_off_equilibrium=equilibrium,
        min_atoms=min_atoms,
        max_atoms=max_atoms,
        elements=None if elements is None else frozenset(number(name) for name in elements.split(",") if name.strip()),
    )
