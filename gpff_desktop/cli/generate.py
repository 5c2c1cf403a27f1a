"""`gpff generate`: candidates for a formula, a scaffold to build on, or an earlier file once more."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from gpff_desktop.cli import repeating
from gpff_desktop.cli.errors import notice, user_errors
from gpff_desktop.cli.locks import match_atoms, parse_atoms
from gpff_desktop.cli.options import Device, Force, Json, LockAtoms, Model
from gpff_desktop.cli.output import (
    check_picture_output,
    check_structure_output,
    plain_table,
    print_json,
    print_table,
)
from gpff_desktop.cli.running import follow, load_field, read_all, warn_of_odd_electrons
from gpff_desktop.cli.steering import ConstraintOption, PriorOption, RestraintOption, parse_prior, parse_steering

if TYPE_CHECKING:
    from gpff_desktop.chemistry.judge import Verdict
    from gpff_desktop.session.generation import GenerationRequest, Job
    from gpff_desktop.structure import Structure

GENERATE_EXAMPLES = """
Examples:

    gpff generate --formula C7H10N2O2 --count 20 --out candidates.sdf

    gpff generate --formula C8H12O2 --mode diffusion --sampler heun --nfe 128 --seed 7 --out heun.xyz

    gpff generate --formula C6H11NO --scaffold lactam.sdf --lock-atoms 1-7 --count 8 --out grown.sdf

    gpff generate --formula C7H8O --scaffold toluene.sdf --lock c1ccccc1 --out phenols.sdf

    gpff generate --formula C8H12O2 --prior shaped:1.5:8,1,1 --constraint shape:8,1,1 --out rods.sdf

    gpff generate --formula C7H9NO --scaffold lactam.sdf --lock-atoms 1-7 --prior around:3:1.0 --out near.sdf

    gpff generate --formula C7H10N2O2 --constraint distance:1-2:1.54 --restraint torsion:1-2-3-4:60:2 --out held.sdf

    gpff generate --repeat candidates.sdf --out again.sdf

Constraints count the atoms of the result from 1: first the locked atoms in the order of the scaffold, then those that
are placed in the order of the formula (or of the structure that --prior starts from).
"""

Formula = Annotated[str | None, typer.Option(help="The whole molecule, scaffold included.", metavar="FORMULA")]
Count = Annotated[int | None, typer.Option(help="Number of candidates.", show_default="1")]
Mode = Annotated[str | None, typer.Option(help="relaxation or diffusion.", show_default="relaxation")]
Sampler = Annotated[str | None, typer.Option(help="A sampler of that mode.", show_default="the model's choice")]
Nfe = Annotated[int | None, typer.Option(help="Network evaluations for each candidate.", show_default="60")]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same candidates.", show_default="0")]
Width = Annotated[float | None, typer.Option(help="Width of the starting cloud in Å.", show_default="by budget")]
Noise = Annotated[float | None, typer.Option(help="λ of direct denoising in Å.", show_default="by budget")]
Scaffold = Annotated[Path | None, typer.Option(help="Structure whose locked atoms are kept; the rest is given up.")]
Lock = Annotated[str | None, typer.Option(help="SMARTS of the atoms to lock.", metavar="SMARTS")]
LockMatch = Annotated[int | None, typer.Option(help="Which match of --lock, where several places match.")]
Repeat = Annotated[Path | None, typer.Option(help="Run again what made this file, to the same coordinates.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Where to write: .sdf, .xyz, .extxyz or .mol.")]
Screenshot = Annotated[Path | None, typer.Option(help="A picture (.png) of the first valid candidate.")]


def generate_command(
    formula: Formula = None,
    count: Count = None,
    mode: Mode = None,
    sampler: Sampler = None,
    nfe: Nfe = None,
    seed: Seed = None,
    start_width: Width = None,
    noise: Noise = None,
    scaffold: Scaffold = None,
    lock: Lock = None,
    lock_match: LockMatch = None,
    lock_atoms: LockAtoms = None,
    prior: PriorOption = None,
    constraint: ConstraintOption = None,
    restraint: RestraintOption = None,
    repeat: Repeat = None,
    model: Model = None,
    device: Device = "auto",
    out: Out = None,
    screenshot: Screenshot = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Generate candidates for a formula; each is judged, and says in the file where it comes from."""
    from gpff_desktop.plugin_samplers import provide_sampler

    plain = {"formula": formula, "count": count, "mode": mode, "sampler": sampler, "nfe": nfe, "seed": seed}
    asked = _given(**plain, start_width=start_width, noise=noise)
    locking = _given(scaffold=scaffold, lock=lock, lock_match=lock_match, lock_atoms=lock_atoms)
    steering = _given(prior=prior, constraint=constraint or None, restraint=restraint or None)
    with user_errors():
        _check_outputs(out, screenshot, asked.get("count") or 1, force, required=repeat is None)
        if sampler:
            provide_sampler(sampler)
        if repeat:
            request, model = repeating.read_request(repeat, model, asked | locking | steering)
        else:
            request = _steered(_request(asked, **locking), **steering)
        warn_of_odd_electrons([request.formula])
        job = _job(request, model, device)
    document, structures = _run(job)
    _check_scaffold(document, structures, request)
    if repeat:
        document["largest_difference"] = repeating.largest_difference(structures, repeat)
    _deliver(document, structures, out, screenshot, force, as_json)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _check_outputs(out: Path | None, screenshot: Path | None, count: int, force: bool, *, required: bool) -> None:
    if out:
        check_structure_output(out, count, force)
    elif required:
        raise ValueError("name the file to write with --out, such as --out candidates.sdf")
    if screenshot:
        check_picture_output(screenshot, force)


def _request(
    asked: dict[str, Any],
    scaffold: Path | None = None,
    lock: str | None = None,
    lock_match: int | None = None,
    lock_atoms: str | None = None,
) -> GenerationRequest:
    from gpff_desktop.session.generation import GenerationRequest, RequestError

    if "formula" not in asked:
        raise RequestError("name a formula with --formula, such as --formula C7H10N2O2")
    if lock and lock_atoms:
        raise RequestError("choose the locked atoms with either --lock or --lock-atoms")
    if scaffold is None:
        if lock or lock_atoms:
            raise RequestError("locked atoms need a structure to be atoms of: add --scaffold FILE")
        return GenerationRequest(**asked)
    structures = read_all(scaffold)
    if len(structures) > 1:
        notice(f"{scaffold.name} holds {len(structures)} structures; the first is the scaffold")
    chosen = match_atoms(structures[0], lock, lock_match) if lock else parse_atoms(lock_atoms) if lock_atoms else ()
    return GenerationRequest(**asked, scaffold=structures[0], locked=chosen)


def _steered(
    request: GenerationRequest,
    prior: str | None = None,
    constraint: Sequence[str] = (),
    restraint: Sequence[str] = (),
) -> GenerationRequest:
    """The request with a prior and constraints as they are written on the command line."""
    constraints = parse_steering(constraint, restraint)
    kept = request.kept()
    chosen = parse_prior(prior, kept.centre.tolist() if kept else (0.0, 0.0, 0.0)) if prior else None
    return replace(request, prior=chosen, constraints=constraints) if chosen or constraints else request


def _job(request: GenerationRequest, model: str | None, device: str) -> Job:
    from gpff_desktop.session.generation import generate

    return generate(load_field(model, device), request)


def _run(job: Job) -> tuple[dict[str, Any], list[Structure]]:
    """The command's document, and the candidates with the judge's verdicts among their properties."""
    from gpff_desktop.chemistry.judge import judge_all

    began = time.monotonic()
    with user_errors():  # constraints that cannot be met
        _, last = follow(job, "Generating")
    structures = job.structures(last)
    verdicts = judge_all(structures)
    rows = _rows(verdicts, last.sigma.tolist(), last.nfe.tolist())
    document = {
        **{key: value for key, value in job.provenance.items() if key != "request"},
        "nfe": job.budget,
        "count": len(rows),
        "valid": sum(row["valid"] for row in rows),
        "unique": sum(row["valid"] and row["same_as"] is None for row in rows),
        "seconds": round(time.monotonic() - began, 3),
        "candidates": rows,
    }
    judged = [item.with_properties(**_judgement(verdict)) for item, verdict in zip(structures, verdicts, strict=True)]
    return document, judged


def _check_scaffold(document: dict[str, Any], structures: list[Structure], request: GenerationRequest) -> None:
    """Say of each candidate why the scaffold did not survive in it; empty where it did."""
    from gpff_desktop.session.scaffold import scaffold_kept

    if request.scaffold is None:
        return
    for k, (row, structure) in enumerate(zip(document["candidates"], structures, strict=True)):
        row["scaffold_lost"] = scaffold_kept(structure, request.scaffold, request.locked)
        structures[k] = structure.with_properties(GPFF_scaffold=row["scaffold_lost"] or "kept")
    document["kept_scaffold"] = sum(row["valid"] and not row["scaffold_lost"] for row in document["candidates"])


def _rows(verdicts: list[Verdict], sigmas: list[float], nfes: list[int]) -> list[dict[str, Any]]:
    first: dict[str, int] = {}
    rows = []
    for number, (verdict, sigma, nfe) in enumerate(zip(verdicts, sigmas, nfes, strict=True), start=1):
        seen = first.setdefault(verdict.smiles, number) if verdict.smiles else number
        rows.append(
            {
                "candidate": number,
                "valid": verdict.valid,
                "reason": verdict.reason,
                "smiles": verdict.smiles,
                "same_as": None if seen == number else seen,
                "sigma": round(sigma, 4),
                "nfe": nfe,
            }
        )
    return rows


def _judgement(verdict: Verdict) -> dict[str, str]:
    found = {"GPFF_valid": "yes" if verdict.valid else "no"}
    return found | ({"GPFF_smiles": verdict.smiles} if verdict.smiles else {"GPFF_reason": verdict.reason})


def _deliver(
    document: dict[str, Any],
    structures: list[Structure],
    out: Path | None,
    screenshot: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    from gpff_desktop.chemistry.formats import write_structures

    if out:
        with user_errors():
            write_structures(out, structures, overwrite=force)
    drawn = screenshot if screenshot and _draw(document, structures, screenshot) else None
    if as_json:
        print_json({**document, "out": out and str(out), "screenshot": drawn and str(drawn)})
        return
    _print(document)
    for path in filter(None, (out, drawn)):
        print(path)


def _print(document: dict[str, Any]) -> None:
    around = ["scaffold"] if "kept_scaffold" in document else []
    table = plain_table("candidate", "valid", *around, "SMILES", "unique", "σ̂, Å")
    for row in document["candidates"]:
        unique = "" if not row["valid"] else f"as {row['same_as']}" if row["same_as"] else "yes"
        valid = "yes" if row["valid"] else row["reason"]
        kept = [(row["scaffold_lost"] or "kept") if row["valid"] else ""] if around else []
        smiles = escape(row["smiles"] or "")
        table.add_row(str(row["candidate"]), escape(valid), *kept, smiles, unique, f"{row['sigma']:.3f}")
    print_table(table)
    made = f"{document['model']}, {document['sampler']}, {document['nfe']} NFE, seed {document['seed']}"
    of_these = f", {document['kept_scaffold']} with the scaffold" if around else ""
    print(f"{document['valid']} of {document['count']} valid{of_these}, {document['unique']} different ({made})")
    if "largest_difference" in document:
        print(f"Largest difference from the file: {document['largest_difference']:.6f} Å")


def _draw(document: dict[str, Any], structures: list[Structure], path: Path) -> bool:
    """Draw the first valid candidate, or the first; `False`, with a warning, where nothing can be drawn."""
    first_valid = next((row["candidate"] - 1 for row in document["candidates"] if row["valid"]), 0)
    from gpff_desktop.chemistry.bonds import perceive_bonds

    shown = structures[first_valid]
    try:
        from gpff_desktop.viewer.export import save_png
        from gpff_desktop.viewer.offscreen import render_structure

        save_png(render_structure(shown.with_bonds(perceive_bonds(shown))), path)
    except Exception as error:  # graphics drivers fail in their own ways; the molecules are what counts
        notice(f"warning: no picture could be drawn: {error}")
        return False
    return True
