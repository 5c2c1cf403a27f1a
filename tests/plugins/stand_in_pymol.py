"""As much of PyMOL as the plugin calls: objects with states, in plain Python."""

from __future__ import annotations

import copy
import sys
import types
from typing import Any

import pytest
from PySide6 import QtWidgets


class Atom:
    def __init__(self) -> None:
        self.symbol = self.name = self.resn = self.resi = ""
        self.coord, self.index, self.hetatm = [0.0, 0.0, 0.0], 0, 0


class Bond:
    def __init__(self) -> None:
        self.index, self.order = [0, 0], 1


class Indexed:
    def __init__(self) -> None:
        self.atom: list[Atom] = []
        self.bond: list[Bond] = []

    def add_atom(self, atom: Atom) -> None:
        atom.index = len(self.atom) + 1
        self.atom.append(atom)

    def add_bond(self, bond: Bond) -> None:
        self.bond.append(bond)


class CmdException(Exception):  # noqa: N818  (PyMOL's name)
    """What PyMOL prints as an error."""


class StandIn:
    """One molecule for each object; selections are `all`, objects and `NAME and index 1+2`, perhaps after `bymol`."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Indexed]] = {}
        self.titles: dict[tuple[str, int], str] = {}
        self.groups: dict[str, str] = {}
        self.commands: dict[str, Any] = {}
        self.shown = 1

    def frame(self, number: int) -> None:
        self.shown = number

    def get_state(self) -> int:
        return self.shown

    def get_object_list(self, selection: str) -> list[str] | None:
        return [name for name in self.objects if self._atoms(selection, name)] or None

    def get_model(self, selection: str, state: int = 1) -> Indexed:
        (name,) = self.get_object_list(selection)
        model = copy.deepcopy(self.objects[name][state])
        chosen = self._atoms(selection, name)
        model.atom = [atom for atom in model.atom if atom.index in chosen]
        if len(chosen) < len(self.objects[name][1].atom):
            model.bond = []
        return model

    def create(self, name: str, selection: str, source_state: int = 0, target_state: int = 0, zoom: int = -1) -> None:
        self.objects.setdefault(name, {})[target_state] = self.get_model(selection, source_state)

    def load_model(self, model: Indexed, name: str, state: int = 0, discrete: int = 0) -> None:
        self.objects.setdefault(name, {})[state] = copy.deepcopy(model)

    def alter_state(self, state: int, name: str, expression: str, space: dict[str, Any]) -> None:
        for atom in self.objects[name][state].atom:
            exec(expression, space, place := {})
            atom.coord = [place["x"], place["y"], place["z"]]

    def rebuild(self, name: str) -> None:
        assert name in self.objects

    def set_title(self, name: str, state: int, title: str) -> None:
        self.titles[name, state] = title

    def get_title(self, name: str, state: int) -> str:
        return self.titles.get((name, state), "")

    def count_states(self, name: str) -> int:
        return len(self.objects[name])

    def get_names(self, kind: str = "objects") -> list[str]:
        return [*self.objects, *self.groups]

    def get_legal_name(self, name: str) -> str:
        return name.replace(" ", "_")

    def get_unused_name(self, prefix: str) -> str:
        return next(f"{prefix}{n:02d}" for n in range(1, 100) if f"{prefix}{n:02d}" not in self.objects)

    def group(self, name: str, members: str) -> None:
        self.groups[name] = members

    def extend(self, name: str, function: Any) -> None:
        self.commands[name] = function

    def _atoms(self, selection: str, name: str) -> set[int]:
        """Indices of an object's atoms in a selection."""
        everything = {atom.index for atom in self.objects[name][1].atom}
        text = selection.replace("(", " ").replace(")", " ").strip()
        whole = text.startswith("bymol ")
        words = text.removeprefix("bymol ").split()
        named = {word for word in words if word in self.objects}
        if (not named and "all" not in words) or (named and name not in named):
            return set()
        if whole or "index" not in words:
            return everything
        return everything & {int(one) for one in words[words.index("index") + 1].split("+")}


def install(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Make `import pymol` and `import chempy` find the stand-in."""
    cmd = StandIn()
    modules = {
        "pymol": {"cmd": cmd, "CmdException": CmdException, "plugins": types.SimpleNamespace()},
        "pymol.Qt": {"QtWidgets": QtWidgets},
        "chempy": {"Atom": Atom, "Bond": Bond},
        "chempy.models": {"Indexed": Indexed},
    }
    for name, content in modules.items():
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return cmd
