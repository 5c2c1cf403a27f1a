"""`gpff relax`: structures cleaned up from where they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from gpff_desktop.cli.errors import user_errors
from gpff_desktop.cli.locks import parse_atoms
from gpff_desktop.cli.options import Device, Force, Json, LockAtoms, Model
from gpff_desktop.cli.output import check_structure_output, plain_table, print_json, print_table
from gpff_desktop.cli.running import follow, load_field, read_all, warn_of_odd_electrons
from gpff_desktop.cli.steering import ConstraintOption, RestraintOption, parse_steering

if TYPE_CHECKING:
    from gpff_desktop.session.generation import Job
    from gpff_desktop.structure import Structure

RELAX_EXAMPLES = """
Examples:

    gpff relax rough.xyz --out relaxed.sdf

    gpff relax drawn.sdf --lock-atoms 1-5,8 --nfe 200 --fmax 0.02 --out relaxed.sdf

    gpff relax drawn.sdf --constraint torsion:1-2-3-4:180 --constraint rigid:5-10 --out held.sdf

    gpff relax drawn.sdf --restraint distance:3-9:2.8:5 --out pulled.sdf

    gpff relax rough.xyz --sampler damped --out relaxed.xyz --json
"""


def relax_command(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Structures to relax: SDF, MOL, XYZ, PDB, …")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write: .sdf, .xyz, .extxyz or .mol.")],
    lock_atoms: LockAtoms = None,
    constraint: ConstraintOption = None,
    restraint: RestraintOption = None,
    nfe: Annotated[int, typer.Option(help="Most network evaluations for each structure.")] = 100,
    fmax: Annotated[float, typer.Option(help="Done when no pseudo-force is longer, in Å.")] = 0.05,
    sampler: Annotated[str, typer.Option(help="lbfgs or damped.")] = "lbfgs",
    model: Model = None,
    device: Device = "auto",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Relax structures from where they are, with the pseudo-forces."""
    with user_errors():
        structures = read_all(source)
        check_structure_output(out, len(structures), force)
        locked = parse_atoms(lock_atoms) if lock_atoms else ()
        warn_of_odd_electrons(item.formula for item in structures)
        asked = {"nfe": nfe, "f_max": fmax, "sampler": sampler}
        job = _job(
            structures, locked, model, device, constraints=parse_steering(constraint or (), restraint or ()), **asked
        )
    rows = _run(job, structures, out, force, aligned=not locked)
    if as_json:
        print_json({**job.provenance, "nfe": nfe, "out": str(out), "structures": rows})
    else:
        _print(rows)
        print(out)


def _job(structures: list[Structure], locked: tuple[int, ...], model: str | None, device: str, **asked: Any) -> Job:
    from gpff_desktop.session.generation import RelaxationRequest, relax

    request = RelaxationRequest(tuple(structures), locked, **asked)
    return relax(load_field(model, device), request)


def _run(job: Job, before: list[Structure], out: Path, force: bool, *, aligned: bool) -> list[dict[str, Any]]:
    from gpff_desktop.chemistry.formats import write_structures
    from gpff_desktop.chemistry.metrics import rmsd

    with user_errors():  # constraints that cannot be met, and files that cannot be written
        first, last = follow(job, "Relaxing")
        after = job.structures(last)
        write_structures(out, after, overwrite=force)
    return [
        {
            "structure": number,
            "title": old.title,
            "formula": old.formula,
            "rmsd": round(rmsd(old, new, align=aligned), 4),
            "sigma_before": round(float(first.sigma[number - 1]), 4),
            "sigma_after": round(float(last.sigma[number - 1]), 4),
            "nfe": int(last.nfe[number - 1]),
        }
        for number, (old, new) in enumerate(zip(before, after, strict=True), start=1)
    ]


def _print(rows: list[dict[str, Any]]) -> None:
    table = plain_table("structure", "title", "formula", "moved (RMSD), Å", "σ̂ before, Å", "σ̂ after, Å", "NFE")
    for row in rows:
        figures = (f"{row[key]:.3f}" for key in ("rmsd", "sigma_before", "sigma_after"))
        table.add_row(str(row["structure"]), escape(row["title"]), row["formula"], *figures, str(row["nfe"]))
    print_table(table)
