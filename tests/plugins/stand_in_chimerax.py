"""As much of ChimeraX as the bundle calls, in plain Python."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from gpff_desktop import elements


class Element:
    def __init__(self, number: int) -> None:
        self.number, self.name = number, elements.symbol(number)

    get_element = classmethod(lambda cls, number: cls(number))


class Atom:
    def __init__(self, structure: AtomicStructure, name: str, element: Element) -> None:
        self.structure, self.name, self.element = structure, name, element
        self.coord: tuple[float, ...] = ()
        self.neighbors: list[Atom] = []
        self.residue: Residue | None = None


class Residue:
    def __init__(self, name: str) -> None:
        self.name = name

    def add_atom(self, atom: Atom) -> None:
        atom.residue = self


class Model:
    def __init__(self, name: str, session: Any) -> None:
        self.name, self.session, self.position, self.parts = name, session, "origin", []

    def add(self, models: list[Any]) -> None:
        self.parts += models


class AtomicStructure(Model):
    def __init__(self, session: Any, name: str = "structure") -> None:
        super().__init__(name, session)
        self.atoms: list[Atom] = []
        self.coordsets: dict[int, Any] = {}
        self.active_coordset_id = 1

    def new_residue(self, name: str, chain: str, number: int) -> Residue:
        return Residue(name)

    def new_atom(self, name: str, element: Element) -> Atom:
        self.atoms.append(Atom(self, name, element))
        return self.atoms[-1]

    def new_bond(self, first: Atom, second: Atom) -> None:
        first.neighbors.append(second)
        second.neighbors.append(first)

    def add_coordset(self, number: int, places: Any) -> None:
        assert places.shape == (len(self.atoms), 3)
        self.coordsets[number] = places


class Session:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.added: list[Any] = []
        self.logger = types.SimpleNamespace(info=self.said.append, status=self.said.append)
        self.models = types.SimpleNamespace(add=self.added.extend)


class UserError(Exception):
    """What ChimeraX shows as an error."""


class CmdDesc:
    def __init__(self, required: Any = (), keyword: Any = (), required_arguments: Any = (), synopsis: str = "") -> None:
        self.required, self.keyword, self.required_arguments, self.synopsis = (
            required,
            keyword,
            required_arguments,
            synopsis,
        )


registered: dict[str, tuple[CmdDesc, Any]] = {}


def _register(name: str, description: CmdDesc, function: Any, logger: Any = None) -> None:
    registered[name] = description, function


def install(monkeypatch: pytest.MonkeyPatch) -> Session:
    """Make imports from `chimerax` find the stand-in; returns a session."""
    registered.clear()
    kinds = ("BoolArg", "FloatArg", "IntArg", "OpenFileNameArg", "PositiveIntArg", "StringArg")
    modules: dict[str, dict[str, Any]] = {
        "chimerax": {},
        "chimerax.core": {},
        "chimerax.core.toolshed": {"BundleAPI": object},
        "chimerax.core.errors": {"UserError": UserError},
        "chimerax.core.models": {"Model": Model},
        "chimerax.core.commands": {
            "CmdDesc": CmdDesc, "register": _register, "EnumOf": tuple, **{kind: kind for kind in kinds},
        },
        "chimerax.atomic": {"AtomicStructure": AtomicStructure, "AtomsArg": "AtomsArg", "Element": Element},
    }  # fmt: skip
    for name, content in modules.items():
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return Session()
