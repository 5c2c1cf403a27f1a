"""Tripos MOL2, read only: any number of molecules with SYBYL atom types, bonds kekulized."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdkit import Chem

from gpff_desktop.chemistry.convert import from_rdkit
from gpff_desktop.chemistry.formats.common import Problem, Record, RecordError, require_sound
from gpff_desktop.chemistry.molecules import quiet
from gpff_desktop.structure import Structure

_MOLECULE = "@<TRIPOS>MOLECULE"
_ATOMS = "@<TRIPOS>ATOM"


def parse(lines: Iterable[str]) -> Iterator[Record]:
    """Molecules of a MOL2 file, one by one."""
    block: list[str] = []
    record = 0
    for number, line in enumerate(lines, start=1):
        if line.startswith(_MOLECULE):
            if block:
                yield _record(block, record, number - len(block))
            block, record = [], record + 1
        if record:
            block.append(line.rstrip("\n"))
    if block:
        yield _record(block, record, number - len(block) + 1)


def _record(block: list[str], record: int, first_line: int) -> Record:
    try:
        return _structure(block)
    except ValueError as error:
        return Problem.of(error, record, first_line)


def _structure(block: list[str]) -> Structure:
    try:
        with quiet():
            mol = Chem.MolFromMol2Block("\n".join([*block, ""]), sanitize=False, removeHs=False)
    except (ValueError, RuntimeError):
        mol = None
    if mol is None or mol.GetNumConformers() == 0:
        raise RecordError("its atoms cannot be read; SYBYL atom types such as C.3 are understood")
    first_atom = next(index for index, line in enumerate(block) if line.startswith(_ATOMS)) + 1
    require_sound(mol.GetConformer().GetPositions(), first_atom)
    for index in range(mol.GetNumAtoms()):
        if mol.GetAtomWithIdx(index).GetAtomicNum() == 0:
            raise RecordError(f"atom {index + 1} is not an element", first_atom + index)
    return from_rdkit(mol).with_title(block[1].strip() if len(block) > 1 else "")
