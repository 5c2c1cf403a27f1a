"""What a run is asked for, checked once; with JSON both ways, so that files and documents can hold it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from gpff_desktop import elements
from gpff_desktop.engine.samplers import SAMPLERS, Mode, SamplerSettings
from gpff_desktop.engine.steering import Constraint, Prior, SteeringError
from gpff_desktop.structure import Structure


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
        Standard deviation of the starting cloud in Å. With a `prior`, the noise level at which diffusion mode begins
        (the prior's own width if `None`).
    noise
        λ of direct denoising in Å.
    scaffold
        Structure whose locked atoms are kept; its other atoms are given up and their elements placed anew.
    locked
        Indices (from 0) of the scaffold's atoms that stay, exactly where they are.
    settings
        All settings of the sampler, `noise` and `start_width` aside; `None` for the model's choice.
    prior
        Where the atoms to place start; `None` for a normal cloud of `start_width` around what is locked.
    constraints
        What the run must respect beside the locks. Atoms are counted from 0 in the result: first the locked atoms in
        the order of the scaffold, then those that are placed.
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
    prior: Prior | None = None
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        _check_constraints(self.constraints)
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
        if len(self.added()) < 2:
            raise RequestError(f"formula {self.formula} leaves a single atom to place; add at least one more")

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
        """Atomic numbers `[n_added]` that the run has to place, in the order of the prior.

        Raises
        ------
        RequestError
            If the formula is none, lacks atoms of the scaffold, leaves nothing to place, or does not fit the prior.
        """
        rest = self._rest()
        try:
            return self.prior.composition(rest) if self.prior else rest
        except SteeringError as error:
            raise RequestError(str(error)) from None

    def _rest(self) -> np.ndarray:
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
        bare = replace(self, scaffold=None, locked=(), prior=None, constraints=())
        values = {k: v for k, v in asdict(bare).items() if v is not None and k not in ("locked", "constraints")}
        if self.prior:
            values["prior"] = self.prior.to_dict()
        if self.constraints:
            values["constraints"] = [constraint.to_dict() for constraint in self.constraints]
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
        if "prior" in rest:
            rest["prior"] = Prior.from_dict(rest["prior"])
        rest["constraints"] = tuple(Constraint.from_dict(item) for item in rest.get("constraints", ()))
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
    constraints
        What the run must respect beside the locks, the same in every structure.
    """

    structures: tuple[Structure, ...]
    locked: tuple[int, ...] = ()
    nfe: int = 100
    f_max: float = 0.05
    sampler: str = "lbfgs"
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        _check_constraints(self.constraints)
        if not self.structures:
            raise RequestError("there is nothing to relax")
        if self.nfe < 1:
            raise RequestError("the NFE budget must be at least 1")
        if not 0 <= self.f_max < math.inf:
            raise RequestError("f_max must not be negative")
        if self.sampler not in ("lbfgs", "damped"):
            raise RequestError(f"'{self.sampler}' does not relax in place; use lbfgs or damped")


def _check_constraints(constraints: Iterable[object]) -> None:
    if any(not isinstance(constraint, Constraint) for constraint in constraints):
        raise RequestError("the constraints of a run are records of gpff_desktop.engine.steering")
