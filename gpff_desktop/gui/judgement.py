"""What is said about a generated candidate. Runs in a process of its own: RDKit would hold up the window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpff_desktop.chemistry.bonds import perceive_bonds
from gpff_desktop.chemistry.convert import depict
from gpff_desktop.chemistry.judge import judge
from gpff_desktop.structure import Structure

PICTURE_SIZE = (112, 64)


@dataclass(frozen=True)
class Judgement:
    """Validity of a candidate and how to draw it.

    Parameters
    ----------
    valid, smiles, reason
        As the judge of validity puts it.
    bonds
        Perceived bonds `[n_bonds, 3]`.
    picture
        A 2D depiction as PNG, drawn at twice `PICTURE_SIZE`; empty if there is none.
    """

    valid: bool
    smiles: str
    reason: str
    bonds: np.ndarray
    picture: bytes


def judge_arrays(numbers: np.ndarray, positions: np.ndarray) -> Judgement:
    """Judge the structure with these atomic numbers `[n_atoms]` and positions `[n_atoms, 3]` in Å."""
    structure = Structure(numbers, positions)
    verdict = judge(structure)
    smiles = verdict.smiles or ""
    return Judgement(verdict.valid, smiles, verdict.reason, perceive_bonds(structure), _picture(smiles))


def _picture(smiles: str) -> bytes:
    width, height = PICTURE_SIZE
    try:
        return depict(smiles, (2 * width, 2 * height)) if smiles else b""
    except ValueError:
        return b""
