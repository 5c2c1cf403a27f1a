"""The one judge of validity: does a set of atoms read as one whole, neutral, closed-shell molecule?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context

from rdkit import Chem
from rdkit.Chem import rdDetermineBonds

from gpff_desktop import elements
from gpff_desktop.chemistry.bonds import crowded, determine_orders
from gpff_desktop.chemistry.molecules import bare_mol, quiet
from gpff_desktop.structure import Structure

LARGEST_JUDGED = 1_000
"""Above this many atoms nothing is judged: the pseudo-force field does not generate such molecules."""

# One combination of valences takes about 0.2 µs per atom in RDKit; five times that leaves room for slow machines.
_SECONDS_PER_ATOM_AND_ITERATION = 1e-6
_NO_VALENCE = re.compile(r"valence of atom (\d+) with atomic number \d+ and (\d+) bond")


@dataclass(frozen=True)
class Verdict:
    """What the judge found.

    Parameters
    ----------
    valid
        Whether the structure is one neutral molecule without charges or radicals.
    smiles
        Its canonical SMILES without stereo marks; `None` if it is not valid.
    reason
        Why it is not valid, in a few words, with atoms counted from 1; empty if it is.
    """

    valid: bool
    smiles: str | None
    reason: str


class _NotValidError(Exception):
    """Carries the reason."""


def judge(structure: Structure, time_limit: float = 5.0) -> Verdict:
    """Judge one structure from its coordinates alone; bonds it may carry are ignored.

    Valid means: RDKit's bond perception finds bond orders for total charge 0 without charged fragments, the molecule
    passes sanitisation, is one piece, has no formal charge and no radical, and has a canonical SMILES
    (Hessmann et al., arXiv:2605.19050). About 95 % of QM9 passes; zwitterions, nitro groups and the like do not.
    Sulfur alone is helped along (`bonds.determine_orders`): RDKit by itself rejects thiophenes and sulfoxides.

    Parameters
    ----------
    structure
        What to judge.
    time_limit
        Most seconds to spend. It is turned into a number of valence combinations, so that a verdict does not
        depend on how busy the machine is.

    Returns
    -------
    Verdict
        Never raises for any structure.
    """
    try:
        with quiet():
            return Verdict(True, _smiles(structure, time_limit), "")
    except _NotValidError as reason:
        return Verdict(False, None, str(reason))


def judge_all(structures: Iterable[Structure], time_limit: float = 5.0, processes: int = 1) -> list[Verdict]:
    """Judge many structures, in their order.

    Parameters
    ----------
    structures
        What to judge.
    time_limit
        Most seconds for each, see `judge`.
    processes
        Worker processes. One molecule of QM9 takes 0.2 ms, so more than 1 repays its start only from some ten
        thousand small molecules on, or for large ones; a script that asks for more needs the usual
        `if __name__ == "__main__":`.
    """
    if processes <= 1:
        return [judge(item, time_limit) for item in structures]
    # Workers are spawned: a fork would copy the locks of a running window and of torch's threads.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_judge_arrays, map(_arrays, structures), repeat(time_limit), chunksize=64))


def _arrays(structure: Structure) -> tuple:
    return structure.numbers, structure.positions


def _judge_arrays(arrays: tuple, time_limit: float) -> Verdict:
    return judge(Structure(*arrays), time_limit)


def _smiles(structure: Structure, time_limit: float) -> str:
    if not len(structure):
        raise _NotValidError("no atoms")
    if len(structure) > LARGEST_JUDGED:
        raise _NotValidError(f"more than {LARGEST_JUDGED} atoms")
    if crowded(structure):
        raise _NotValidError("atoms lie on each other")
    mol = bare_mol(structure)
    rdDetermineBonds.DetermineConnectivity(mol)
    _require_one_piece(mol)
    _find_orders(mol, time_limit)
    _sanitise(mol)
    _require_closed_shell(mol)
    return Chem.MolToSmiles(Chem.RemoveHs(mol), isomericSmiles=False)


def _require_one_piece(mol: Chem.Mol) -> None:
    pieces = len(Chem.GetMolFrags(mol))
    if pieces > 1:
        raise _NotValidError(f"{pieces} separate pieces")


def _find_orders(mol: Chem.RWMol, time_limit: float) -> None:
    iterations = max(1, int(time_limit / (_SECONDS_PER_ATOM_AND_ITERATION * mol.GetNumAtoms())))
    try:
        determine_orders(mol, iterations, charged=False)
    except ValueError as error:
        raise _NotValidError(_why_no_orders(mol, str(error))) from error
    except RuntimeError as error:
        raise _NotValidError("too many possible bond orders to settle in time") from error


def _why_no_orders(mol: Chem.Mol, message: str) -> str:
    found = _NO_VALENCE.search(message)
    if not found:
        return "no bond orders fit"
    index, bonds = int(found[1]), int(found[2])
    return f"no bond orders fit around {_name(mol, index)} with {bonds} bond{'s' * (bonds != 1)}"


def _sanitise(mol: Chem.RWMol) -> None:
    try:
        Chem.SanitizeMol(mol)
    except Chem.AtomValenceException as error:
        cause = error.cause  # type: ignore[attr-defined]  # missing from the stubs of RDKit
        raise _NotValidError(f"too many bonds on {_name(mol, cause.GetAtomIdx())}") from error
    except ValueError as error:
        raise _NotValidError("no bond orders fit") from error


def _require_closed_shell(mol: Chem.Mol) -> None:
    for atom in mol.GetAtoms():
        if atom.GetNumRadicalElectrons():
            raise _NotValidError(f"radical on {_name(mol, atom.GetIdx())}")
        if atom.GetFormalCharge():
            raise _NotValidError(f"charge on {_name(mol, atom.GetIdx())}")


def _name(mol: Chem.Mol, index: int) -> str:
    return f"atom {index + 1} ({elements.symbol(mol.GetAtomWithIdx(index).GetAtomicNum())})"
