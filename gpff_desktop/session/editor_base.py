"""What all operations of the editor share: they are told as the Python text that repeats them, and fail in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from psygnal import Signal

from gpff_desktop import elements
from gpff_desktop.chemistry.building import BuildError, Edit
from gpff_desktop.chemistry.building.edit import name as atom_name
from gpff_desktop.chemistry.formats import FormatError
from gpff_desktop.session.document import Document
from gpff_desktop.session.entry import EditError
from gpff_desktop.structure import Structure

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound="EditorBase")


def recorded(operation: Callable[Concatenate[E, P], R]) -> Callable[Concatenate[E, P], R]:
    """Tell `performed` of an operation that went well, unless it is part of another one."""

    @wraps(operation)
    def performing(editor: E, *args: P.args, **kwargs: P.kwargs) -> R:
        # Written before it runs: an argument that can be read only once is a list from here on.
        given = [_plain(value) for value in args]
        named = {key: _plain(value) for key, value in kwargs.items()}
        with editor._performing():
            result = operation(editor, *given, **named)  # type: ignore[arg-type]  # the same values, as lists
        if not editor._depth:
            texts = [*map(as_text, given), *(f"{key}={as_text(value)}" for key, value in named.items())]
            editor.performed.emit(f"editor.{operation.__name__}({', '.join(texts)})")
        return result

    return performing


class EditorBase:
    """A document and what operations on it need.

    Attributes
    ----------
    performed
        psygnal event with the Python text of each operation that was done.
    """

    performed = Signal(str)

    def __init__(self, document: Document) -> None:
        self.document = document
        self._depth = 0

    @contextmanager
    def _performing(self) -> Iterator[None]:
        self._depth += 1
        try:
            yield
        except (BuildError, FormatError) as error:
            raise EditError(str(error)) from None
        finally:
            self._depth -= 1

    def _chosen(self, atoms: Iterable[int] | None) -> list[int]:
        """The atoms that were given, else the selected ones."""
        entry = self.document.required()
        if atoms is None and not entry.selected:
            raise EditError("nothing is selected; select some atoms first")
        chosen = sorted({int(atom) for atom in (entry.selected if atoms is None else atoms)})
        self._check(chosen)
        return chosen

    def _one(self, atom: int | None, use: str) -> int:
        """The atom that was given, else the only selected one."""
        if atom is None:
            selected = self.document.required().selected
            if len(selected) != 1:
                raise EditError(f"select one atom to {use}")
            (atom,) = selected
        self._check([atom])
        return int(atom)

    def _check(self, atoms: list[int]) -> None:
        n_atoms = len(self.document.required().structure)
        for atom in atoms:
            if not 0 <= atom < n_atoms:
                raise EditError(f"there is no atom {atom + 1}; the structure has {n_atoms}")

    def _apply(self, name: str, edit: Edit, *, select: bool = False) -> None:
        """Make a step of an edit; its new atoms become the selection on request."""
        self.document.change(name, edit.structure, edit.origin)
        if select:
            self.document.select(edit.added.tolist())

    def _apply_bonds(self, name: str, edit: Edit, *, select: bool = False) -> None:
        """Make a step of an edit that says which bonds there are; from now on they stay as they are."""
        with self.document.gesture(name):
            self.document.keep_bonds(True)
            self._apply(name, edit, select=select)

    def _drawn(self) -> Structure:
        """The structure on view; without its bonds where they were only guessed from distances."""
        entry = self.document.required()
        return entry.structure if entry.keeps_bonds else entry.structure.with_bonds(None)

    def _named(self, *atoms: int) -> str:
        """Atoms in the names of steps: `C1–N5`."""
        self._check(list(atoms))
        structure = self.document.required().structure
        return "–".join(atom_name(structure, atom) for atom in atoms)


def atomic_number(symbol: str) -> int:
    """The atomic number of a symbol.

    Raises
    ------
    EditError
        If there is no such element.
    """
    try:
        return elements.number(symbol)
    except ValueError:
        raise EditError(f"there is no element '{symbol}'; write a symbol such as C or Cl") from None


def vector(values: Iterable[float]) -> np.ndarray:
    """Three finite numbers as an array `[3]`.

    Raises
    ------
    EditError
        If they are anything else.
    """
    try:
        found = np.array([float(value) for value in values])
    except (TypeError, ValueError):
        found = np.full(3, np.nan)
    if found.shape != (3,) or not np.isfinite(found).all():
        raise EditError("a place, a shift or an axis is three numbers x, y and z")
    return found


def as_text(value: Any) -> str:
    """A value as Python text that gives it back."""
    if isinstance(value, Structure):
        bonds = None if value.bonds is None else value.bonds.tolist()
        parts = (value.numbers.tolist(), value.positions.tolist(), bonds, value.title, dict(value.properties))
        return f"Structure({', '.join(map(repr, parts))})"
    return repr(value)


def _plain(value: Any) -> Any:
    """A value of Python's own types, sets in order."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, str | Structure) or not isinstance(value, Iterable):
        return value
    return [_plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
