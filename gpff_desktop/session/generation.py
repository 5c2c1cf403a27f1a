"""One way to run a job: a request, its steps, and structures that explain where they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from gpff_desktop import elements
from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.field import DomainError, PseudoForceField
from gpff_desktop.engine.interventions import Intervention, Interventions
from gpff_desktop.engine.priors import Noise, candidate_seeds, from_structures
from gpff_desktop.engine.samplers import SamplerSettings, Step, Steps, sample, sampler
from gpff_desktop.engine.steering import (
    Constraint,
    InRegion,
    Isotropic,
    Prior,
    Steering,
    SteeringError,
    Surroundings,
    check_constraints,
    check_room,
)
from gpff_desktop.session.constraint_values import DEVIATION_KEY, worst
from gpff_desktop.session.defaults import chosen, default_sampler
from gpff_desktop.session.requests import GenerationRequest, RelaxationRequest, RequestError
from gpff_desktop.structure import Structure

PREFIX = "GPFF_"
RUN_KEY = f"{PREFIX}run"
EDITED_KEY = f"{PREFIX}edited"


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
    hand
        Brings changes made by hand to the steps.
    constraints
        What the results say how far they are from.
    """

    def __init__(
        self,
        field: PseudoForceField,
        start: Batch,
        steps: Steps,
        budget: int,
        provenance: Mapping[str, Any],
        templates: Sequence[Structure] = (),
        hand: Interventions | None = None,
        constraints: Sequence[Constraint] = (),
    ) -> None:
        self.field, self.start, self.steps, self.budget = field, start, steps, budget
        self.provenance = dict(provenance)
        self.templates, self.constraints = list(templates), tuple(constraints)
        self._hand = hand or Interventions()
        self._sizes = start.n_atoms.tolist()

    def __len__(self) -> int:
        return len(self._sizes)

    def intervene(self, intervention: Intervention) -> None:
        """Change a molecule by hand before the next evaluation; may be called in any thread.

        Raises
        ------
        RequestError
            If there is no such molecule or atom, or the model does not know an element.
        """
        if not 0 <= intervention.molecule < len(self):
            raise RequestError(f"there is no candidate {intervention.molecule + 1}; the run has {len(self)}")
        size = self._sizes[intervention.molecule]
        if strange := sorted(atom for atom in intervention.atoms if not 0 <= atom < size):
            raise RequestError(f"there is no atom {strange[0] + 1}; the molecule has {size}")
        if unknown := set(intervention.retyped.values()) - set(self.field.card.elements):
            names = ", ".join(elements.symbol(z) for z in sorted(unknown))
            raise RequestError(f"model '{self.field.card.name}' does not know {names}; choose another element")
        self._hand.add(intervention)

    def numbers(self, step: Step) -> list[np.ndarray]:
        """Atomic numbers `[n_atoms]` of each molecule after a step."""
        return self.start.split(step.numbers)

    def positions(self, step: Step) -> list[np.ndarray]:
        """Coordinates `[n_atoms, 3]` of each molecule after a step."""
        return self.start.split(step.positions)

    def structures(self, step: Step) -> list[Structure]:
        """The molecules after a step, with their provenance as properties."""
        molecules = zip(self.numbers(step), self.positions(step), strict=True)
        return [self._structure(k, numbers, x, step) for k, (numbers, x) in enumerate(molecules)]

    def _structure(self, index: int, numbers: np.ndarray, positions: np.ndarray, step: Step) -> Structure:
        properties = {**_readable(self.provenance), f"{PREFIX}candidate": str(index + 1)}
        if changes := self._hand.count(index):
            properties[EDITED_KEY] = f"{changes} {'change' if changes == 1 else 'changes'} by hand"
        properties[f"{PREFIX}nfe"] = str(int(step.nfe[index]))
        properties[f"{PREFIX}sigma"] = f"{float(step.sigma[index]):.4f}"
        properties[RUN_KEY] = json.dumps(self.provenance)
        if off := worst(self.constraints, positions):
            properties[DEVIATION_KEY] = off
        if self.templates:
            template = self.templates[index]
            # What an earlier run wrote is not true of this one.
            kept = {key: text for key, text in template.properties.items() if not key.startswith(PREFIX)}
            return replace(template, numbers=numbers, positions=positions, properties={**kept, **properties})
        title = f"{elements.formula(numbers)} {index + 1}"
        return Structure(numbers, positions, title=title, properties=properties)


def _readable(provenance: Mapping[str, Any]) -> dict[str, str]:
    names = ("model", "model_sha256", "sampler", "seed", "start_width", "noise", "n_locked", "prior", "constraints")
    return {f"{PREFIX}{name}": str(provenance[name]) for name in names if name in provenance}


def generate(field: PseudoForceField, request: GenerationRequest) -> Job:
    """Prepare a generation; nothing is computed until its steps are drawn.

    Raises
    ------
    DomainError
        If the composition is outside the model's domain.
    RequestError
        If the request contradicts itself. Drawing the steps raises a `SteeringError` if an exact constraint turns
        out not to be met in the end.
    """
    name = request.sampler or default_sampler(field.card, request.mode)
    try:
        choice = chosen(
            field.card, name, request.nfe, scaffold=request.scaffold is not None, start_width=_start_width(request),
            settings=request.settings, noise=request.noise,
        )  # fmt: skip
        width, settings = choice.start_width, choice.settings
        noise = Noise(candidate_seeds(request.seed, request.count), field.device)
        begin = _begin(field, request, request.prior or Isotropic(width), noise)
    except DomainError:
        raise
    except ValueError as error:
        raise RequestError(str(error)) from None
    steps = sample(
        name, field, begin.start, budget=request.nfe, locks=begin.locks, noise=noise, settings=settings,
        steering=begin.steering, hand=(hand := Interventions()),
    )  # fmt: skip
    provenance = {
        **_origin(field, name),
        "seed": request.seed,
        "start_width": width,
        **({"noise": settings.noise} if "noise" in sampler(name).reads else {}),
        "n_locked": int(begin.locks.locked.sum()) // request.count,
        **({"prior": request.prior.kind} if request.prior else {}),
        **_told(request.constraints),
        "request": replace(request, sampler=name, start_width=width, noise=settings.noise, settings=settings).as_dict(),
    }
    return Job(field, begin.start, steps, request.nfe, provenance, hand=hand, constraints=request.constraints)


def _start_width(request: GenerationRequest) -> float | None:
    if request.start_width is None and request.prior is not None and request.prior.width > 0:
        return request.prior.width
    return request.start_width


@dataclass(frozen=True, eq=False)
class _Begin:
    start: Batch
    locks: Locks
    steering: Steering


def _begin(field: PseudoForceField, request: GenerationRequest, prior: Prior, noise: Noise) -> _Begin:
    """Where a generation starts: kept atoms at their places, the others drawn from the prior."""
    kept, added = request.kept(), request.added()
    there = kept.positions if kept else np.zeros((0, 3))
    numbers = np.concatenate([kept.numbers, added]) if kept else added
    _check_composition(field, numbers)
    if isinstance(prior, InRegion):
        check_room(prior.region, added)
    known = {len(there) + atom: place for atom, place in prior.known(len(added)).items()}
    reference = np.concatenate([there, np.zeros((len(added), 3))])
    for atom, place in known.items():
        reference[atom] = place
    check_constraints(request.constraints, numbers, range(len(there)), list(known), reference)
    cloud = prior.draw(len(added), range(request.count), noise, Surroundings(there))
    fixed = torch.from_numpy(there.copy()).to(noise.device).expand(request.count, -1, -1)
    positions = torch.cat([fixed, cloud], 1).flatten(0, 1)
    sizes = torch.full((request.count,), len(numbers), device=noise.device)
    start = Batch(torch.from_numpy(numbers).repeat(request.count).to(noise.device), positions, sizes)
    locks = Locks.of_atoms(start, [range(len(there))] * request.count) if kept else Locks.none(start)
    shape = torch.from_numpy(reference).repeat(request.count, 1).to(noise.device)
    return _Begin(start, locks, Steering(request.constraints, start, locks, shape))


def _told(constraints: Sequence[Constraint]) -> dict[str, Any]:
    return {"constraints": "; ".join(c.describe() for c in constraints)} if constraints else {}


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
    steps = sample(
        request.sampler, field, start, budget=request.nfe, locks=locks, settings=settings,
        steering=_steering(request, start, locks), hand=(hand := Interventions()),
    )  # fmt: skip
    provenance = {
        **_origin(field, request.sampler),
        "f_max": request.f_max,
        "n_locked": len(set(request.locked)),
        **_told(request.constraints),
        **({"constraint_records": [c.to_dict() for c in request.constraints]} if request.constraints else {}),
    }
    return Job(field, start, steps, request.nfe, provenance, request.structures, hand, request.constraints)


def _steering(request: RelaxationRequest, start: Batch, locks: Locks) -> Steering:
    """The constraints of a relaxation, checked in every structure.

    Raises
    ------
    RequestError
        If they cannot hold, or a single atom is free.
    """
    try:
        for structure in request.structures:
            if len(structure) - len(set(request.locked)) < 2:
                raise RequestError("a single atom is free to move; a run needs at least two, so unlock another")
            everything = range(len(structure))
            check_constraints(
                request.constraints, structure.numbers, sorted(set(request.locked)), everything, structure.positions
            )
        return Steering(request.constraints, start, locks)
    except SteeringError as error:
        raise RequestError(str(error)) from None


def _origin(field: PseudoForceField, name: str) -> dict[str, Any]:
    return {"model": field.card.name, "model_sha256": field.card.sha256, "sampler": name}


def repeat_request(structure: Structure) -> tuple[GenerationRequest, str, str]:
    """The request that a generated structure came from, and its model's name and hash.

    Raises
    ------
    RequestError
        If the structure was not generated, was changed by hand meanwhile, or its record is damaged.
    """
    if EDITED_KEY in structure.properties:
        raise RequestError("the structure was changed by hand while it was generated; such a run cannot be repeated")
    try:
        record = json.loads(structure.properties[RUN_KEY])
        return GenerationRequest.from_dict(record["request"]), record["model"], record["model_sha256"]
    except KeyError:
        raise RequestError("the file holds no generated structure; only such files can be repeated") from None
    except (TypeError, ValueError) as error:
        raise RequestError(f"the record of the run is damaged ({error})") from None


__all__ = [
    "EDITED_KEY", "RUN_KEY", "DomainError", "GenerationRequest", "Job", "RelaxationRequest", "RequestError", "generate",
    "relax", "repeat_request",
]  # fmt: skip
