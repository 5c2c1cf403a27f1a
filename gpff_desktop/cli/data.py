"""`gpff data`: importing data sets and looking at them."""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gpff_desktop.cli.data_report import print_report
from gpff_desktop.cli.data_rules import (
    Elements,
    Equilibrium,
    KeepDuplicates,
    KeepOverlapping,
    MaxAtoms,
    MinAtoms,
    OnePiece,
    rules_of,
)
from gpff_desktop.cli.errors import fail, notice, user_errors
from gpff_desktop.cli.options import Json
from gpff_desktop.cli.output import print_json

if TYPE_CHECKING:  # the commands load them themselves: `gpff --help` should not wait for torch and RDKit
    from gpff_desktop.data.importing import ImportProgress
    from gpff_desktop.data.report import CheckReport
    from gpff_desktop.data.rules import ImportRules
    from gpff_desktop.data.statistics import DatasetStatistics

data_app = typer.Typer(help="Check and import data sets for training, and see what they hold.", no_args_is_help=True)

SHOWN_PROBLEMS = 10
SHOWN_FORMULAS = 10
BAR = 30

CHECK_EXAMPLES = """
Examples:

    gpff data check molecules.sdf frames.xyz more/

    gpff data check more/ --one-piece --equilibrium --elements H,C,N,O --smiles

    gpff data check set.db --json
"""
IMPORT_EXAMPLES = """
Examples:

    gpff data import dsgdb9nsd.xyz.tar.bz2 --out qm9.db

    gpff data import molecules.sdf frames.xyz more/ --out mine.db

    gpff data import more/ --out mine.db --one-piece --equilibrium --max-atoms 60

    gpff data import set.npz --out set.db --force --json
"""
STATS_EXAMPLES = """
Examples:

    gpff data stats qm9.db

    gpff data stats set.npz --json
"""
SMILES_EXAMPLES = """
Examples:

    gpff data smiles qm9.db --out known.smi.gz
"""


Sources = Annotated[
    list[Path],
    typer.Argument(
        help="SDF, XYZ, extended XYZ, PDB, MOL2, .npz, .db, QM9's tar archive, or folders of these.", metavar="SOURCE"
    ),
]


@data_app.command("check", epilog=CHECK_EXAMPLES)
def check_command(
    sources: Sources,
    keep_duplicates: KeepDuplicates = False,
    keep_overlapping: KeepOverlapping = False,
    one_piece: OnePiece = False,
    equilibrium: Equilibrium = False,
    min_atoms: MinAtoms = 1,
    max_atoms: MaxAtoms = None,
    elements: Elements = None,
    smiles: Annotated[bool, typer.Option("--smiles", help="Count valid and different molecules; slower.")] = False,
    as_json: Json = False,
) -> None:
    """See whether structures are fit for training; exit code 2 if too few are. Nothing is written."""
    with user_errors():
        rules = rules_of(keep_duplicates, keep_overlapping, one_piece, equilibrium, min_atoms, max_atoms, elements)
        report = _check(sources, rules, smiles)
    if as_json:
        print_json(report.as_dict())
    else:
        print_report(report)
    if report.unusable():
        fail(report.unusable())


@data_app.command("import", epilog=IMPORT_EXAMPLES)
def import_command(
    sources: Sources,
    out: Annotated[Path, typer.Option("--out", "-o", help="The database to make, *.db.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the database if it exists.")] = False,
    keep_duplicates: KeepDuplicates = False,
    keep_overlapping: KeepOverlapping = False,
    one_piece: OnePiece = False,
    equilibrium: Equilibrium = False,
    min_atoms: MinAtoms = 1,
    max_atoms: MaxAtoms = None,
    elements: Elements = None,
    as_json: Json = False,
) -> None:
    """Import structures into one database for training; unfit records are listed and left out."""
    from gpff_desktop.data.rules import FEWEST

    with user_errors():
        rules = rules_of(keep_duplicates, keep_overlapping, one_piece, equilibrium, min_atoms, max_atoms, elements)
        progress = _import(sources, out, rules, force)
    if as_json:
        figures = {key: value for key, value in asdict(progress).items() if key not in ("file", "fraction", "finished")}
        print_json({"database": str(out), **figures})
    else:
        _print_import(progress, out)
    if progress.n_kept < FEWEST:
        notice(f"a training needs at least {FEWEST} structures; add some before you train on these {progress.n_kept}")


@data_app.command("stats", epilog=STATS_EXAMPLES)
def stats_command(
    dataset: Annotated[Path, typer.Argument(help="A data set, .db or .npz.")],
    as_json: Json = False,
) -> None:
    """Show what a data set holds: elements, sizes, formulas, nearest atoms and extents."""
    from gpff_desktop.data.packed import load_dataset
    from gpff_desktop.data.statistics import dataset_statistics

    with user_errors():
        figures = dataset_statistics(load_dataset(dataset))
    if as_json:
        print(json.dumps(figures.as_dict(), indent=2))
    else:
        _print_statistics(figures)


@data_app.command("smiles", epilog=SMILES_EXAMPLES)
def smiles_command(
    dataset: Annotated[Path, typer.Argument(help="A data set, .db or .npz.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The list to make, *.smi or *.smi.gz.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the list if it exists.")] = False,
) -> None:
    """List the distinct valid molecules of a data set as SMILES, to tell new molecules from known ones."""
    from gpff_desktop.chemistry.known import is_list, write_known
    from gpff_desktop.data.packed import load_dataset
    from gpff_desktop.session.evaluation import molecules_of

    with user_errors():
        if not is_list(out):
            raise ValueError(f"'{out}' is no name for a list of SMILES; use .smi or .smi.gz")
        if out.exists() and not force:
            raise FileExistsError(f"'{out}' exists already; use --force to replace it or choose another name")
        loaded = load_dataset(dataset)
        count = write_known(out, molecules_of(loaded, processes=os.cpu_count() or 1))
    print(f"{out}: {count:,} molecules of {len(loaded):,} structures")


def _check(sources: list[Path], rules: ImportRules, smiles: bool) -> CheckReport:
    from gpff_desktop.data.checking import check_sources

    with Console(stderr=True).status("Checking …") as status:
        for progress in check_sources(sources, rules=rules, smiles=math.inf if smiles else 0):
            status.update(f"Checking {escape(progress.file)}: {progress.n_read:,} records ({progress.fraction:.0%})")
    assert progress.report is not None
    return progress.report


def _import(sources: list[Path], out: Path, rules: ImportRules, force: bool) -> ImportProgress:
    from gpff_desktop.data.importing import ImportProgress, import_dataset

    progress = ImportProgress()
    console = Console(stderr=True)
    with console.status("Importing …") as status:  # shows nothing where stderr is no terminal
        for progress in import_dataset(sources, out, rules=rules, overwrite=force):
            status.update(
                f"Importing {escape(progress.file)}: {progress.n_kept:,} structures ({progress.fraction:.0%})"
            )
    return progress


def _print_import(progress: ImportProgress, out: Path) -> None:
    print(f"{out}: {progress.n_kept:,} of {progress.n_read:,} records kept")
    if progress.n_problems:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in progress.left_out.items())
        print(f"{progress.n_problems:,} left out: {reasons}")
    for problem in progress.problems[:SHOWN_PROBLEMS]:
        print(f"  {problem.file}, record {problem.record}: {problem.message}")
    if progress.n_problems > SHOWN_PROBLEMS:
        print(f"  … and {progress.n_problems - SHOWN_PROBLEMS:,} more (--json lists the first thousand)")


def _print_statistics(figures: DatasetStatistics) -> None:
    console = Console(highlight=False)
    console.print(f"{figures.n_structures:,} structures, {figures.n_atoms:,} atoms, {len(figures.formulas):,} formulas")
    console.print("Elements: " + ", ".join(f"{symbol} {count:,}" for symbol, count in figures.elements.items()))
    console.print(f"Repeated geometries: {figures.n_duplicates:,}; in more than one piece: {figures.n_disconnected:,}")
    if figures.closest_distance:
        low, middle, high = (figures.closest_distance[key] for key in ("min", "median", "max"))
        console.print(f"Nearest two atoms: {low:.2f} to {high:.2f} Å, median {middle:.2f} Å")
    console.print(_sizes_table(figures))
    formulas = Table("formula", "structures", title=f"Commonest of {len(figures.formulas):,} formulas", box=box.SIMPLE)
    for formula, count in list(figures.formulas.items())[:SHOWN_FORMULAS]:
        formulas.add_row(formula, f"{count:,}")
    console.print(formulas)


def _sizes_table(figures: DatasetStatistics) -> Table:
    table = Table("atoms", "structures", "radius of gyration, Å", "", title="Sizes", box=box.SIMPLE)
    most = max(figures.sizes.values(), default=1)
    for size, count in figures.sizes.items():
        table.add_row(
            str(size), f"{count:,}", f"{figures.radius_of_gyration[size]:.2f}", "█" * round(BAR * count / most)
        )
    return table
