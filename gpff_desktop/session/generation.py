"""One way to run a job: a request, its steps, and structures that explain where they come from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from gpff_desktop import elements
from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.field import DomainError, PseudoForceField
from gpff_desktop.engine.priors import Noise, around, candidate_seeds, from_structures, gaussian
from gpff_desktop.engine.samplers import SAMPLERS, Mode, SamplerSettings, Step, Steps, sample, sampler
from gpff_desktop.session.defaults import chosen, default_sampler
from gpff_desktop.structure import Structure

PREFIX = "GPFF_"
RUN_KEY = f"{PREFIX}run"


class RequestError(ValueError):
    """A request that cannot be carried out; the message is one line that says what to change."""


@dataclass(frozen=True)
class GenerationRequest:
    """What to generate, and how. Values left `None` follow the model's defaults for the budget.

    Parameters
    ----------
    formula
        Composition of one molecule, scaffold included.
    count
        Number of candidates.
    mode
        `relaxation` or `diffusion`.
    sampler
        A sampler of that mode; `None` for the model's choice.
    nfe
        Network evaluations for each candidate.
    seed
        Same seed, same candidates.
    start_width
        Standard deviation of the starting cloud in Å.
    noise
        λ of direct denoising in Å.
    scaffold
        Structure whose locked atoms are kept; its other atoms are given up and their elements placed anew.
    locked
        Indices (from 0) of the scaffold's atoms that stay, exactly where they are.
    settings
        All settings of the sampler, `noise` and `start_width` aside; `None` for the model's choice.
    """

    formula: str
    count: int = 1
    mode: Mode = "relaxation"
    sampler: str | None = None
    nfe: int = 60
    seed: int = 0
    start_width: float | None = None
    noise: float | None = None
    scaffold: Structure | None = None
    locked: tuple[int, ...] = ()
    settings: SamplerSettings | None = None

    def __post_init__(self) -> None:
        if self.count < 1:
            raise RequestError("the count must be at least 1")
        if self.nfe < 1:
            raise RequestError("the NFE budget must be at least 1")
        if self.mode not in ("relaxation", "diffusion"):
            raise RequestError(f"unknown mode '{self.mode}'; use relaxation or diffusion")
        if self.sampler is not None:
            self._check_sampler(self.sampler)
        if self.start_width is not None and not 0 < self.start_width < math.inf:
            raise RequestError("the start width must be positive")
        if self.noise is not None and not 0 <= self.noise < math.inf:
            raise RequestError("the noise must not be negative")
        if self.locked and self.scaffold is None:
            raise RequestError("there are locked atoms but no scaffold")
        if self.scaffold is not None and not self.locked:
            raise RequestError("lock at least one atom of the scaffold")
        self.added()

    def _check_sampler(self, name: str) -> None:
        if name not in SAMPLERS:
            raise RequestError(f"unknown sampler '{name}'; there are {', '.join(SAMPLERS)}")
        if SAMPLERS[name].mode != self.mode:
            fitting = ", ".join(s.id for s in SAMPLERS.values() if s.mode == self.mode)
            raise RequestError(f"sampler '{name}' is not of {self.mode} mode; its samplers are {fitting}")

    def kept(self) -> Structure | None:
        """The scaffold's locked atoms, or `None` without a scaffold.

        Raises
        ------
        RequestError
            If an index names no atom.
        """
        if self.scaffold is None:
            return None
        if strange := [k for k in self.locked if not 0 <= k < len(self.scaffold)]:
            raise RequestError(f"cannot lock atom {strange[0] + 1}: the scaffold has {len(self.scaffold)} atoms")
        keep = sorted(set(self.locked))
        return Structure(self.scaffold.numbers[keep], self.scaffold.positions[keep], title=self.scaffold.title)

    def added(self) -> np.ndarray:
        """Atomic numbers `[n_added]` that the run has to place.

        Raises
        ------
        RequestError
            If the formula is none, lacks atoms of the scaffold, or leaves nothing to place.
        """
        try:
            numbers = elements.parse_formula(self.formula)
        except ValueError as error:
            raise RequestError(str(error)) from None
        kept = self.kept()
        if kept is None:
            return numbers
        rest = numbers.tolist()
        for z in kept.numbers.tolist():
            if z not in rest:
                raise RequestError(f"formula {self.formula} lacks atoms of the locked scaffold {kept.formula}")
            rest.remove(z)
        if not rest:
            raise RequestError(f"formula {self.formula} leaves no atom to place beside the locked scaffold")
        return np.array(rest, dtype=np.int64)

    def as_dict(self) -> dict[str, Any]:
        """Plain values that `from_dict` turns into the same request."""
        values = {k: v for k, v in asdict(replace(self, scaffold=None, locked=())).items() if v is not None}
        del values["locked"]
        kept = self.kept()
        if kept is not None:
            values["scaffold"] = {"numbers": kept.numbers.tolist(), "positions": kept.positions.tolist()}
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> GenerationRequest:
        """The request that `as_dict` wrote."""
        rest = dict(values)
        if "settings" in rest:
            rest["settings"] = SamplerSettings(**rest["settings"])
        scaffold = rest.pop("scaffold", None)
        if scaffold is None:
            return cls(**rest)
        structure = Structure(scaffold["numbers"], scaffold["positions"])
        return cls(**rest, scaffold=structure, locked=tuple(range(len(structure))))


@dataclass(frozen=True)
class RelaxationRequest:
    """Structures to relax from where they are.

    Parameters
    ----------
    structures
        What to relax.
    locked
        Indices (from 0) of atoms that stay exactly where they are, the same in every structure.
    nfe
        Most network evaluations for each.
    f_max
        Done when no free atom's pseudo-force is longer, in Å.
    sampler
        `lbfgs` or `damped`.
    """

    structures: tuple[Structure, ...]
    locked: tuple[int, ...] = ()
    nfe: int = 100
    f_max: float = 0.05
    sampler: str = "lbfgs"

    def __post_init__(self) -> None:
        if not self.structures:
            raise RequestError("there is nothing to relax")
        if self.nfe < 1:
            raise RequestError("the NFE budget must be at least 1")
        if not 0 <= self.f_max < math.inf:
            raise RequestError("f_max must not be negative")
        if self.sampler not in ("lbfgs", "damped"):
            raise RequestError(f"'{self.sampler}' does not relax in place; use lbfgs or damped")


class Job:
    """A run that can be drawn step by step.

    Parameters
    ----------
    field
        The field.
    start
        Where it starts.
    steps
        Its steps; draw them to make it go on.
    budget
        Network evaluations for each molecule.
    provenance
        What a resulting structure says of its origin.
    templates
        Structures whose titles, bonds and properties the results keep, if they come from structures.
    """

    def __init__(
        self,
        field: PseudoForceField,
        start: Batch,
        steps: Steps,
        budget: int,
        provenance: Mapping[str, Any],
        templates: Sequence[Structure] = (),
    ) -> None:
        self.field, self.start, self.steps, self.budget = field, start, steps, budget
        self.provenance = dict(provenance)
        self.templates = list(templates)
        self._numbers = [z.astype(np.int64) for z in start.split(start.numbers)]

    def __len__(self) -> int:
        return len(self._numbers)

    def positions(self, step: Step) -> list[np.ndarray]:
        """Coordinates `[n_atoms, 3]` of each molecule after a step."""
        return self.start.split(step.positions)

    def structures(self, step: Step) -> list[Structure]:
        """The molecules after a step, with their provenance as properties."""
        return [self._structure(k, x, step) for k, x in enumerate(self.positions(step))]

    def _structure(self, index: int, positions: np.ndarray, step: Step) -> Structure:
        properties = {**_readable(self.provenance), f"{PREFIX}candidate": str(index + 1)}
        properties[f"{PREFIX}nfe"] = str(int(step.nfe[index]))
        properties[f"{PREFIX}sigma"] = f"{float(step.sigma[index]):.4f}"
        properties[RUN_KEY] = json.dumps(self.provenance)
        if self.templates:
            template = self.templates[index]
            # What an earlier run wrote is not true of this one.
            kept = {key: text for key, text in template.properties.items() if not key.startswith(PREFIX)}
            return replace(template, positions=positions, properties={**kept, **properties})
        numbers = self._numbers[index]
        title = f"{elements.formula(numbers)} {index + 1}"
        return Structure(numbers, positions, title=title, properties=properties)


def _readable(provenance: Mapping[str, Any]) -> dict[str, str]:
    names = ("model", "model_sha256", "sampler", "seed", "start_width", "noise", "n_locked")
    return {f"{PREFIX}{name}": str(provenance[name]) for name in names if name in provenance}


def generate(field: PseudoForceField, request: GenerationRequest) -> Job:
    """Prepare a generation; nothing is computed until its steps are drawn.

    Raises
    ------
    DomainError
        If the composition is outside the model's domain.
    RequestError
        If the request contradicts itself.
    """
    name = request.sampler or default_sampler(field.card, request.mode)
    try:
        choice = chosen(
            field.card, name, request.nfe, start_width=request.start_width, settings=request.settings,
            noise=request.noise,
        )  # fmt: skip
    except ValueError as error:
        raise RequestError(str(error)) from None
    width, settings = choice.start_width, choice.settings
    noise = Noise(candidate_seeds(request.seed, request.count), field.device)
    start, locks = _start(field, request, width, noise)
    steps = sample(name, field, start, budget=request.nfe, locks=locks, noise=noise, settings=settings)
    provenance = {
        **_origin(field, name),
        "seed": request.seed,
        "start_width": width,
        **({"noise": settings.noise} if "noise" in sampler(name).reads else {}),
        "n_locked": int(locks.locked.sum()) // request.count,
        "request": replace(request, sampler=name, start_width=width, noise=settings.noise, settings=settings).as_dict(),
    }
    return Job(field, start, steps, request.nfe, provenance)


def _start(field: PseudoForceField, request: GenerationRequest, width: float, noise: Noise) -> tuple[Batch, Locks]:
    added, kept = request.added(), request.kept()
    if kept is None:
        _check_composition(field, added)
        start = gaussian([added] * request.count, width, noise)
        return start, Locks.none(start)
    _check_composition(field, np.concatenate([kept.numbers, added]))
    start = around(kept, added, kept.centre, width, request.count, noise)
    return start, Locks.of_atoms(start, [range(len(kept))] * request.count)


def _check_composition(field: PseudoForceField, numbers: np.ndarray) -> None:
    field.check([Structure(numbers, np.zeros((len(numbers), 3)))])


def relax(field: PseudoForceField, request: RelaxationRequest) -> Job:
    """Prepare a relaxation; nothing is computed until its steps are drawn.

    Raises
    ------
    DomainError
        If a structure is outside the model's domain.
    ValueError
        If a locked atom is not there, or all atoms are locked.
    """
    field.check(request.structures)
    start = from_structures(request.structures, 0.0, Noise(range(len(request.structures)), field.device))
    locks = Locks.of_atoms(start, [request.locked] * len(request.structures))
    settings = SamplerSettings(f_max=request.f_max)
    steps = sample(request.sampler, field, start, budget=request.nfe, locks=locks, settings=settings)
    provenance = {**_origin(field, request.sampler), "f_max": request.f_max, "n_locked": len(set(request.locked))}
    return Job(field, start, steps, request.nfe, provenance, request.structures)


def _origin(field: PseudoForceField, name: str) -> dict[str, Any]:
    return {"model": field.card.name, "model_sha256": field.card.sha256, "sampler": name}


def repeat_request(structure: Structure) -> tuple[GenerationRequest, str, str]:
    """The request that a generated structure came from, and its model's name and hash.

    Raises
    ------
    RequestError
        If the structure was not generated, or its record is damaged.
    """
    try:
        record = json.loads(structure.properties[RUN_KEY])
        return GenerationRequest.from_dict(record["request"]), record["model"], record["model_sha256"]
    except KeyError:
        raise RequestError("the file holds no generated structure; only such files can be repeated") from None
    except (TypeError, ValueError) as error:
        raise RequestError(f"the record of the run is damaged ({error})") from None


__all__ = [
    "RUN_KEY", "DomainError", "GenerationRequest", "Job", "RelaxationRequest", "RequestError", "generate", "relax",
    "repeat_request",
]  # fmt: skip
