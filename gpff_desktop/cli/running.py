"""Loading models and following jobs, as several commands do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gpff_desktop.cli.errors import notice
from gpff_desktop.cli.output import progress_bar

if TYPE_CHECKING:
    from gpff_desktop.engine.field import PseudoForceField
    from gpff_desktop.engine.samplers import Step
    from gpff_desktop.session.generation import Job
    from gpff_desktop.structure import Structure


def load_field(model: str | None, device: str, bfloat16: bool = False) -> PseudoForceField:
    """The field of an installed model or a model folder; the standard model if none is named.

    Raises
    ------
    ValueError
        If there is no such model or device, or the model is damaged.
    """
    from gpff_desktop.session import fields  # loads torch

    return fields.load_field(model, device, bfloat16)


def read_all(path: Path) -> list[Structure]:
    """All readable structures of a file; what is wrong with the others is said on stderr.

    Raises
    ------
    ValueError
        If nothing can be read.
    """
    from gpff_desktop.chemistry.formats import read_structures

    result = read_structures(path)
    for problem in result.problems:
        notice(f"{path.name}, record {problem.record} left out: {problem.message}")
    return result.structures


def follow(job: Job, description: str) -> tuple[Step, Step]:
    """Run a job to its end behind a progress bar on stderr; returns its first and its last step."""
    columns = ("step {task.fields[step]}", "NFE {task.fields[nfe]}", "σ̂ {task.fields[sigma]}")
    first = last = None
    with progress_bar(*columns) as bar:
        task = bar.add_task(description, total=job.budget, step=0, nfe=0, sigma="")
        for last in job.steps:
            first = first or last
            nfe, sigma = int(last.nfe.sum()), f"{float(last.sigma.mean()):.3f} Å"
            bar.update(task, completed=last.index, step=f"{last.index}/{last.budget}", nfe=nfe, sigma=sigma)
    assert first is not None
    assert last is not None
    return first, last


def warn_of_odd_electrons(formulas: Iterable[str]) -> None:
    """Say on stderr which formulas have an odd number of electrons."""
    from gpff_desktop import elements

    odd = sorted({formula for formula in formulas if elements.parse_formula(formula).sum() % 2})
    if odd:
        notice(f"warning: {', '.join(odd)}: an odd number of electrons; neutral, that can only be a radical")
