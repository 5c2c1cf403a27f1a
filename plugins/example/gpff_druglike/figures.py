"""Figures that say how much a molecule is like a drug, all from RDKit."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import QED, rdMolDescriptors

from gpff_desktop.chemistry.convert import read_smarts, to_rdkit
from gpff_desktop.structure import Structure

ROTATABLE = "[!$([NH]!@C(=O))&!D1&!$(*#*)]-&!@[!$([NH]!@C(=O))&!D1&!$(*#*)]"
"""RDKit's pattern of a rotatable bond: single, not in a ring, no amide, with heavy atoms beyond both ends."""
_ATOM = "atom"


@dataclass(frozen=True)
class Rule:
    """A figure and the most that a rule of thumb lets it be."""

    name: str
    value: float
    most: float
    digits: int = 0

    @property
    def kept(self) -> bool:
        """Whether it is no more than that."""
        return self.value <= self.most


def qed(structure: Structure) -> float:
    """Quantitative estimate of drug-likeness, 0 to 1 (Bickerton et al. 2012, doi:10.1038/nchem.1243)."""
    return float(QED.qed(_molecule(structure)))


def log_p(structure: Structure) -> float:
    """Octanol–water partition coefficient by atom contributions (Wildman & Crippen 1999, doi:10.1021/ci990307l)."""
    return float(rdMolDescriptors.CalcCrippenDescriptors(_molecule(structure))[0])


def tpsa(structure: Structure) -> float:
    """Topological polar surface area in Å² (Ertl et al. 2000, doi:10.1021/jm000942e)."""
    return float(rdMolDescriptors.CalcTPSA(_molecule(structure)))


def rules(structure: Structure) -> list[Rule]:
    """The rule of five (Lipinski et al. 1997) and the rules of oral bioavailability (Veber et al. 2002).

    Raises
    ------
    ValueError
        If an atom has an impossible number of bonds.
    """
    mol = _molecule(structure)
    return [
        Rule("Molecular weight", QED.properties(mol).MW, 500, 1),
        Rule("logP", rdMolDescriptors.CalcCrippenDescriptors(mol)[0], 5, 2),
        Rule("Hydrogen-bond donors", rdMolDescriptors.CalcNumLipinskiHBD(mol), 5),
        Rule("Hydrogen-bond acceptors", rdMolDescriptors.CalcNumLipinskiHBA(mol), 10),
        Rule("TPSA (Å²)", rdMolDescriptors.CalcTPSA(mol), 140, 1),
        Rule("Rotatable bonds", rdMolDescriptors.CalcNumRotatableBonds(mol), 10),
    ]


def rotatable_atoms(structure: Structure) -> list[int]:
    """Atoms (from 0) at the ends of rotatable bonds."""
    mol = _molecule(structure)
    ends = {end for bond in mol.GetSubstructMatches(read_smarts(ROTATABLE)) for end in bond}
    return sorted(mol.GetAtomWithIdx(end).GetIntProp(_ATOM) for end in ends)


def _molecule(structure: Structure) -> Chem.Mol:
    """Without hydrogens, as RDKit's figures are defined; its atoms remember which atoms of the structure they are."""
    mol = to_rdkit(structure, sanitize=True)
    for atom in mol.GetAtoms():
        atom.SetIntProp(_ATOM, atom.GetIdx())
    return Chem.RemoveHs(mol)
