"""Runs as hosts ask for them: each is a job of the session, and what its result says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gpff_desktop import elements
from gpff_desktop.bridge.messages import (
    ATOMS,
    FLAG,
    NUMBER,
    STRUCTURE,
    TEXT,
    WHOLE,
    MessageError,
    Request,
    structure_as,
    structure_from,
    taken,
)
from gpff_desktop.chemistry.bonds import perceive_bonds
from gpff_desktop.chemistry.judge import judge
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.samplers import Step
from gpff_desktop.session.attachment import START_WIDTH, growth_site
from gpff_desktop.session.cleaning import Moved
from gpff_desktop.session.conformers import Search, sift, starts
from gpff_desktop.session.generation import GenerationRequest, Job, RelaxationRequest, generate, relax
from gpff_desktop.session.scaffold import Scaffold
from gpff_desktop.structure import Structure

_COMMON = {"model": TEXT, "frames": FLAG}
_SAMPLING = {"count": WHOLE, "mode": TEXT, "nfe": WHOLE, "seed": WHOLE, "sampler": TEXT, "noise": NUMBER}
_RELAX = {"structure": STRUCTURE, "locked": ATOMS, "nfe": WHOLE, "f_max": NUMBER, "sampler": TEXT, **_COMMON}
_GENERATE = {"formula": TEXT, "start_width": NUMBER, **_SAMPLING, **_COMMON}
_GROW = {
    "structure": STRUCTURE, "at": ATOMS, "locked": ATOMS, "formula": TEXT, "add": TEXT, "width": NUMBER, **_SAMPLING,
    **_COMMON,
}  # fmt: skip
_CONFORMERS = {
    "structure": STRUCTURE, "locked": ATOMS, "count": WHOLE, "start_noise": NUMBER, "apart": NUMBER, "seed": WHOLE,
    "nfe": WHOLE, **_COMMON,
}  # fmt: skip

Rows = list[dict[str, Any]]
Report = Callable[[list[Structure], Rows], dict[str, Any]]
"""Turns results and what is said of each into what is said of all."""


@dataclass(frozen=True, eq=False)
class Run:
    """A job, and what a host is told when it ends.

    Parameters
    ----------
    job
        The job.
    report
        Gets the results and their rows.
    frames
        Whether the host wants the coordinates of each step.
    """

    job: Job
    report: Report
    frames: bool = False

    def result(self, last: Step) -> dict[str, Any]:
        """What the run has come to with a step; bonds that the host gave are kept, others come from the coordinates."""
        structures = self.job.structures(last)
        rows = [_row(structure, sigma) for structure, sigma in zip(structures, last.sigma.tolist(), strict=True)]
        origin = {key: self.job.provenance.get(key) for key in ("model", "model_sha256", "sampler", "seed")}
        return {**origin, **self.report(structures, rows)}


def begin(request: Request, load: Callable[[str | None], PseudoForceField]) -> Run:
    """The run that a host asks for; nothing is computed yet.

    Parameters
    ----------
    request
        One of the kinds of `RUNS`.
    load
        Gives the field of a model; the usual one for `None`.

    Raises
    ------
    ValueError
        In one line, if it cannot be run.
    """
    return RUNS[request.kind](request, load)


def _relax(request: Request, load: Callable[[str | None], PseudoForceField]) -> Run:
    options = taken(request, _RELAX, ["structure"])
    model, frames = options.pop("model", None), options.pop("frames", False)
    before = structure_from(options.pop("structure"))
    locked = tuple(_within(before, options.pop("locked", [])))

    def report(structures: list[Structure], rows: Rows) -> dict[str, Any]:
        moved = Moved.between(before, structures[0], align=not locked)
        told = {"rmsd": moved.rmsd, "furthest": moved.furthest, "atom": moved.atom, "change": moved.change}
        return {"structures": rows, "moved": told}

    wanted = RelaxationRequest((before,), locked, **options)
    return Run(relax(load(model), wanted), report, frames)


def _generate(request: Request, load: Callable[[str | None], PseudoForceField]) -> Run:
    options = taken(request, _GENERATE, ["formula"])
    model, frames = options.pop("model", None), options.pop("frames", False)
    wanted = GenerationRequest(**options)
    return Run(generate(load(model), wanted), lambda _, rows: {"structures": rows}, frames)


def _grow(request: Request, load: Callable[[str | None], PseudoForceField]) -> Run:
    options = taken(request, _GROW, ["structure"])
    model, frames = options.pop("model", None), options.pop("frames", False)
    wanted, scaffold = _growth(options)

    def report(structures: list[Structure], rows: Rows) -> dict[str, Any]:
        for structure, row in zip(structures, rows, strict=True):
            row["loss"] = scaffold.loss(structure)
        return {"structures": rows, "kept": list(scaffold.kept)}

    return Run(generate(load(model), wanted), report, frames)


def _growth(options: dict[str, Any]) -> tuple[GenerationRequest, Scaffold]:
    """What to grow, and what stays: hydrogens give way `at` some atoms, or all atoms but the `locked` ones do."""
    structure = structure_from(options.pop("structure"))
    at, locked = _within(structure, options.pop("at", [])), _within(structure, options.pop("locked", []))
    add, width = options.pop("add", ""), options.pop("width", START_WIDTH)
    if at:
        site = growth_site(structure, at, frozenset(locked))
        scaffold = site.scaffold
        formula = _whole_formula(scaffold, options.pop("formula", ""), add)
        options["prior"] = site.start(len(site.added(formula)), width)
    elif locked:
        scaffold = Scaffold(structure, tuple(sorted(set(locked))))
        formula = _whole_formula(scaffold, options.pop("formula", ""), add)
    else:
        raise MessageError("grow needs 'at', where something is to grow, or 'locked', the atoms that stay")
    return GenerationRequest(formula, scaffold=scaffold.whole, locked=scaffold.kept, **options), scaffold


def _within(structure: Structure, atoms: list[int]) -> list[int]:
    if strange := [atom for atom in atoms if atom >= len(structure)]:
        raise MessageError(f"there is no atom {strange[0]}: the structure has {len(structure)}, counted from 0")
    return atoms


def _whole_formula(scaffold: Scaffold, whole: str, add: str) -> str:
    if bool(whole) == bool(add):
        raise MessageError("grow needs either 'formula', of the whole molecule, or 'add', of what is to grow")
    return whole or elements.formula([*scaffold.atoms.numbers.tolist(), *elements.parse_formula(add).tolist()])


def _conformers(request: Request, load: Callable[[str | None], PseudoForceField]) -> Run:
    options = taken(request, _CONFORMERS, ["structure"])
    model, frames = options.pop("model", None), options.pop("frames", False)
    structure = structure_from(options.pop("structure"))
    locked = tuple(_within(structure, options.pop("locked", [])))
    relaxing = {"nfe": options.pop("nfe")} if "nfe" in options else {}
    search = Search(noise=options.pop("start_noise", Search.noise), **options)
    if structure.bonds is None:
        structure = structure.with_bonds(perceive_bonds(structure))

    def report(structures: list[Structure], rows: Rows) -> dict[str, Any]:
        sifted = sift(structures, structure, search.apart)
        return {"structures": [rows[k] for k in sifted.kept], "found": sifted.text}

    field = load(model)
    field.check([structure])  # before RDKit spends its time on what the model will refuse
    wanted = RelaxationRequest(tuple(starts(structure, search, frozenset(locked))), locked, **relaxing)
    return Run(relax(field, wanted), report, frames)


RUNS: Mapping[str, Callable[[Request, Callable[[str | None], PseudoForceField]], Run]] = MappingProxyType(
    {"relax": _relax, "generate": _generate, "grow": _grow, "conformers": _conformers}
)


def _row(structure: Structure, sigma: float) -> dict[str, Any]:
    verdict = judge(structure)
    if structure.bonds is None:
        structure = structure.with_bonds(perceive_bonds(structure))
    judged = {"valid": verdict.valid, "reason": verdict.reason, "smiles": verdict.smiles or "", "sigma": sigma}
    return {**structure_as(structure), **judged}
