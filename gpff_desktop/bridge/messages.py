"""What a host program and the bridge say to one another: JSON objects, one on each line."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gpff_desktop import elements
from gpff_desktop.structure import Structure

PROTOCOL = 1
"""Raised when a host that knows the former messages would misread the new ones."""


class MessageError(ValueError):
    """A message that cannot be understood; one line that says what to send instead."""


@dataclass(frozen=True)
class Request:
    """What a host asks for.

    Parameters
    ----------
    id
        Every answer carries it.
    kind
        Such as `relax`; what the message calls `type`.
    options
        The other values of the message, unchecked.
    """

    id: str | int | None
    kind: str
    options: Mapping[str, Any]


def read_request(line: str) -> Request:
    """The request on a line.

    Raises
    ------
    MessageError
        If it is not a JSON object with an `id` that can be told from others.
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise MessageError("the line is not JSON; send one JSON object on each line") from None
    if not isinstance(message, dict):
        raise MessageError('the line holds no JSON object; send one such as {"id": 1, "type": "hello"}')
    name, kind = message.pop("id", None), message.pop("type", "")
    if isinstance(name, bool) or not isinstance(name, str | int | None):
        raise MessageError("the 'id' of a request must be text or a whole number")
    return Request(name, kind if isinstance(kind, str) else json.dumps(kind), message)


class Kind(NamedTuple):
    """What an option may be: in words, and as a test of a JSON value."""

    words: str
    fits: Callable[[Any], bool]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(kind, value))


TEXT = Kind("text", lambda value: isinstance(value, str))
WHOLE = Kind("a whole number", _is_whole)
NUMBER = Kind("a number", lambda value: _is_whole(value) or isinstance(value, float))
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
ATOMS = Kind("a list of atoms counted from 0", _are(lambda value: _is_whole(value) and value >= 0))
STRUCTURE = Kind("an object with 'elements' and 'coordinates'", lambda value: isinstance(value, dict))
STRUCTURES = Kind(f"a list, each {STRUCTURE.words}", _are(STRUCTURE.fits))


def taken(request: Request, known: Mapping[str, Kind], required: Collection[str] = ()) -> dict[str, Any]:
    """The options of a request, checked; those that are null are as good as not given.

    Raises
    ------
    MessageError
        If one is unknown, missing or of another kind.
    """
    given = {name: value for name, value in request.options.items() if value is not None}
    for name, value in given.items():
        if name not in known:
            raise MessageError(f"{request.kind} has no option '{name}'; it has {', '.join(known)}")
        if not known[name].fits(value):
            raise MessageError(f"'{name}' of {request.kind} must be {known[name].words}")
    if missing := [name for name in required if name not in given]:
        raise MessageError(f"{request.kind} needs '{missing[0]}': {known[missing[0]].words}")
    return given


def structure_from(values: Mapping[str, Any]) -> Structure:
    """The structure in a message: `elements` as symbols or numbers, `coordinates` in Å, perhaps `bonds` and `title`.

    Raises
    ------
    MessageError
        If it is none.
    """
    try:
        numbers = [elements.number(one) if isinstance(one, str) else one for one in values["elements"]]
        positions = np.array(values["coordinates"], dtype=np.float64).reshape(len(numbers), 3)
    except KeyError as error:
        raise MessageError(f"a structure needs {error}") from None
    except (TypeError, ValueError) as error:
        unknown = str(error).startswith("unknown element")
        raise MessageError(str(error) if unknown else "a structure needs three coordinates for each element") from None
    try:
        properties = {str(key): str(text) for key, text in dict(values.get("properties") or {}).items()}
        title = str(values.get("title") or "")
        return Structure(np.array(numbers), positions, values.get("bonds"), title, properties)
    except (TypeError, ValueError, OverflowError) as error:
        raise MessageError(f"the structure cannot be read: {error}") from None


def structure_as(structure: Structure) -> dict[str, Any]:
    """A structure for a message; `structure_from` gives it back to the last bit."""
    return {
        "elements": [elements.symbol(z) for z in structure.numbers.tolist()],
        "numbers": structure.numbers.tolist(),
        "coordinates": structure.positions.tolist(),
        "bonds": structure.bonds.tolist() if structure.bonds is not None else None,
        "title": structure.title,
        "properties": dict(structure.properties),
    }
