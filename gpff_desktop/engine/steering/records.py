"""Records of what steers a run: frozen values that files and documents hold as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, ClassVar, Self

Vector = tuple[float, float, float]


class SteeringError(ValueError):
    """A prior or a constraint that cannot be; the message is one line that says which and what to change."""


class Record:
    """A frozen dataclass with a name (`kind`) under which JSON brings it back."""

    kind: ClassVar[str] = ""
    _kinds: ClassVar[dict[str, type[Record]]] = {}

    def __init_subclass__(cls, kind: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        if kind:
            cls.kind = kind
            Record._kinds[kind] = cls

    def to_dict(self) -> dict[str, Any]:
        """Plain values that `from_dict` turns into the same record; what is `None` is left out."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        return {"kind": self.kind, **{name: _plain(value) for name, value in values.items() if value is not None}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The record that `to_dict` wrote.

        Raises
        ------
        SteeringError
            If the values are no record of this family.
        """
        try:
            rest = dict(values)
            record = Record._kinds[rest.pop("kind")](**{name: _restored(value) for name, value in rest.items()})
        except SteeringError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError):
            raise SteeringError(f"{dict(values)} is no {cls.__name__.lower()} that this program knows") from None
        if not isinstance(record, cls):
            raise SteeringError(f"a {record.kind} is no {cls.__name__.lower()}")
        return record


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _restored(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Record.from_dict(value)
    if isinstance(value, list):
        return tuple(_restored(item) for item in value)
    return value


def put(record: Record, **values: Any) -> None:
    """Set fields of a frozen record while it is being made."""
    for name, value in values.items():
        object.__setattr__(record, name, value)


def vector(values: Iterable[float], what: str) -> Vector:
    """Three finite numbers.

    Raises
    ------
    SteeringError
        If they are not; `what` names them.
    """
    numbers = tuple(float(value) for value in values)
    if len(numbers) != 3 or not all(map(math.isfinite, numbers)):
        raise SteeringError(f"{what} needs three finite numbers")
    return numbers[0], numbers[1], numbers[2]


def positive_vector(values: Iterable[float], what: str) -> Vector:
    """Three positive numbers; raises as `vector` does."""
    numbers = vector(values, what)
    if min(numbers) <= 0:
        raise SteeringError(f"{what} must be positive")
    return numbers


def positive(value: float, what: str) -> float:
    """A positive, finite number; raises as `vector` does."""
    if not 0 < value < math.inf:
        raise SteeringError(f"{what} must be positive")
    return float(value)


def atoms_of(atoms: Iterable[int], what: str, count: int | None = None, least: int = 1) -> tuple[int, ...]:
    """Distinct indices (from 0), as many as a record needs; raises as `vector` does."""
    chosen = tuple(int(atom) for atom in atoms)
    if count is not None and len(chosen) != count:
        raise SteeringError(f"{what} needs {count} atom{'s' * (count > 1)}, but {len(chosen)} are named")
    if len(chosen) < least:
        raise SteeringError(f"{what} needs at least {least} atoms, but {len(chosen)} are named")
    if repeated := [atom for atom in chosen if chosen.count(atom) > 1]:
        raise SteeringError(f"{what} names atom {repeated[0] + 1} twice")
    return chosen


def labelled(atoms: Iterable[int]) -> str:
    """Atoms as the user counts them, from 1: `1-2-3`."""
    return "-".join(str(atom + 1) for atom in atoms)
