"""Priors and constraints as they are written on the command line; atoms counted from 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from gpff_desktop.cli.locks import parse_atoms

if TYPE_CHECKING:
    from gpff_desktop.engine.steering import Constraint, Prior, Region

T = TypeVar("T")

PRIOR_FORMS = (
    "isotropic:1.5",
    "shaped:1.5:4,1,1",
    "sphere:0,0,0:3",
    "box:0,0,0:6,6,4",
    "ellipsoid:0,0,0:2,2,5",
    "around:7:1.0",
    "point:0,0,2:1.0",
    "conformer:CCO:0.3",
    "structure:FILE:0.5",
)
CONSTRAINT_FORMS = (
    "distance:1-2:1.54",
    "angle:1-2-3:109.5",
    "torsion:1-2-3-4:60",
    "plane:1,2,3,4",
    "position:1:0,0,2",
    "rigid:1-6",
    "sphere:0,0,0:5",
    "box:0,0,0:8,8,6",
    "ellipsoid:0,0,0:3,3,6",
    "shape:4,1,1",
)
RESTRAINT_FORMS = tuple(f"{form}:2" for form in CONSTRAINT_FORMS[:5])

PriorOption = Annotated[
    str | None,
    typer.Option(
        "--prior",
        metavar="KIND:…",
        help=f"Where atoms start: {'; '.join(PRIOR_FORMS)}.",
        show_default="isotropic",
    ),
]
ConstraintOption = Annotated[
    list[str] | None,
    typer.Option("--constraint", metavar="KIND:…", help=f"Met exactly (repeatable): {'; '.join(CONSTRAINT_FORMS)}."),
]
RestraintOption = Annotated[
    list[str] | None,
    typer.Option(
        "--restraint",
        metavar="KIND:…:WEIGHT",
        help=f"Pulled at (repeatable), weight 1 as strongly as the field: {'; '.join(RESTRAINT_FORMS)}.",
    ),
]


def parse_prior(text: str, centre: Sequence[float] = (0.0, 0.0, 0.0)) -> Prior:
    """A prior as written with `--prior`.

    Parameters
    ----------
    text
        One of the forms of `PRIOR_FORMS`.
    centre
        Where a conformer is put `[3]` in Å.

    Raises
    ------
    ValueError
        If it is none, or names a file or a molecule that cannot be read.
    """
    kind, _, rest = text.partition(":")
    if kind == "conformer":
        from gpff_desktop.session.growth import conformer_prior

        smiles, sigma = _with_noise(rest)
        return conformer_prior(smiles, sigma, centre)
    if kind == "structure":
        return _from_file(*_with_noise(rest))
    return _parsed(text, _priors(), "prior", PRIOR_FORMS)


def parse_steering(constraints: Sequence[str], restraints: Sequence[str]) -> tuple[Constraint, ...]:
    """The constraints written with `--constraint` and `--restraint`.

    Raises
    ------
    ValueError
        If one is of no known form.
    """
    exact = [_parsed(text, _constraints(), "constraint", CONSTRAINT_FORMS) for text in constraints]
    return (*exact, *(_restraint(text) for text in restraints))


def _restraint(text: str) -> Constraint:
    bare, _, weight = text.rpartition(":")
    forms = {form.partition(":")[0]: form for form in RESTRAINT_FORMS}
    form = forms.get(text.partition(":")[0])
    if form and text.count(":") != form.count(":"):
        raise ValueError(f"'{text}' is no restraint; write it such as {form}, with the weight last")
    return _parsed(bare, _constraints(weight) if form else {}, "restraint", RESTRAINT_FORMS)


def _parsed(text: str, makers: dict[str, Callable[..., T]], what: str, forms: Sequence[str]) -> T:
    kind, *parts = text.split(":")
    example = next((form for form in forms if form.partition(":")[0] == kind), None)
    if example is None:
        raise ValueError(f"'{text}' is no {what}; write one such as {', '.join(forms)}")
    from gpff_desktop.engine.steering import SteeringError

    try:
        return makers[kind](*parts)
    except SteeringError as error:
        raise ValueError(f"'{text}': {error}") from None
    except (TypeError, ValueError):
        raise ValueError(f"'{text}' is no {what}; write it such as {example}") from None


def _priors() -> dict[str, Callable[..., Prior]]:
    from gpff_desktop.engine.steering import InRegion, Isotropic, NearAtom, NearPoint, Shaped

    return {
        "isotropic": lambda width: Isotropic(float(width)),
        "shaped": lambda width, ratio: Shaped(float(width), _numbers(ratio)),
        "point": lambda centre, width: NearPoint(_numbers(centre), float(width)),
        "around": lambda atom, width: NearAtom(int(atom) - 1, float(width)),
        **{kind: lambda *parts, kind=kind: InRegion(_region(kind, *parts)) for kind in _REGIONS},
    }


def _constraints(weight: str | None = None) -> dict[str, Callable[..., Constraint]]:
    from gpff_desktop.engine.steering import Angle, Distance, Plane, Position, RigidGroup, Shape, Torsion, Wall

    def pull() -> float | None:
        return None if weight is None else float(weight)

    return {
        "distance": lambda atoms, value: Distance(_chain(atoms), float(value), pull()),
        "angle": lambda atoms, value: Angle(_chain(atoms), float(value), pull()),
        "torsion": lambda atoms, value: Torsion(_chain(atoms), float(value), pull()),
        "plane": lambda atoms: Plane(parse_atoms(atoms), pull()),
        "position": lambda atom, point: Position(_chain(atom), _numbers(point), pull()),
        "rigid": lambda atoms: RigidGroup(parse_atoms(atoms)),
        "shape": lambda ratio: Shape(_numbers(ratio)),
        **{kind: lambda *parts, kind=kind: Wall(_region(kind, *parts)) for kind in _REGIONS},
    }


_REGIONS = ("sphere", "box", "ellipsoid")


def _region(kind: str, centre: str, size: str) -> Region:
    from gpff_desktop.engine.steering import Box, Ellipsoid, Sphere

    if kind == "sphere":
        return Sphere(_numbers(centre), float(size))
    return (Box if kind == "box" else Ellipsoid)(_numbers(centre), _numbers(size))


def _numbers(text: str) -> tuple[float, float, float]:
    x, y, z = (float(part) for part in text.split(","))
    return x, y, z


def _chain(text: str) -> tuple[int, ...]:
    """Atoms in the order in which they are written, such as `1-2-3`, from 0."""
    return tuple(int(part) - 1 for part in text.split("-"))


def _with_noise(text: str) -> tuple[str, float]:
    """A SMILES or file name and the noise behind its last colon; no noise where that is no number."""
    name, _, noise = text.rpartition(":")
    try:
        return (name, float(noise)) if name else (text, 0.0)
    except ValueError:
        return text, 0.0


def _from_file(name: str, sigma: float) -> Prior:
    from gpff_desktop.cli.running import read_all
    from gpff_desktop.engine.steering import FromStructure

    return FromStructure.of(read_all(Path(name))[0], sigma)
