"""Structures as RDKit molecules, ASE atoms and SMILES, and back; patterns and pictures of molecules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from ase import Atoms
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from gpff_desktop.chemistry.bonds import perceive_bonds
from gpff_desktop.chemistry.molecules import bonded_mol, bonds_of, quiet
from gpff_desktop.structure import Structure

_EMBEDDING_SECONDS = 20
_MINIMISER_STEPS = 2_000


def to_rdkit(structure: Structure, *, sanitize: bool = False) -> Chem.Mol:
    """An RDKit molecule with one conformer, explicit hydrogens and the structure's bonds (perceived if unknown).

    Parameters
    ----------
    structure
        What to convert.
    sanitize
        Whether to make it a proper molecule with aromaticity, as descriptors and force fields need.

    Raises
    ------
    ValueError
        If it is to be sanitised and an atom has an impossible number of bonds.
    """
    bonds = perceive_bonds(structure) if structure.bonds is None else structure.bonds
    with quiet():
        mol = bonded_mol(structure, bonds)
        if sanitize:
            Chem.SanitizeMol(mol)
    if structure.title:
        mol.SetProp("_Name", structure.title)
    return mol.GetMol()


def from_rdkit(mol: Chem.Mol, conformer: int = -1) -> Structure:
    """A structure with kekulized bonds from an RDKit molecule with coordinates; its `_Name` becomes the title.

    Raises
    ------
    ValueError
        If the molecule has no conformer or an atom is not an element.
    """
    if mol.GetNumConformers() == 0:
        raise ValueError("the molecule has no coordinates; embed it first")
    numbers = np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()], dtype=np.int64)
    title = mol.GetProp("_Name") if mol.HasProp("_Name") else ""
    return Structure(numbers, mol.GetConformer(conformer).GetPositions(), bonds_of(mol), title)


def to_ase(structure: Structure) -> Atoms:
    """ASE atoms; title and properties go to `info`."""
    atoms = Atoms(numbers=structure.numbers, positions=structure.positions)
    atoms.info.update(structure.properties)
    if structure.title:
        atoms.info["title"] = structure.title
    return atoms


def from_ase(atoms: Atoms) -> Structure:
    """A structure without bonds from ASE atoms; what `info` holds becomes properties, as text."""
    info = {str(key): str(value) for key, value in atoms.info.items()}
    return Structure(atoms.numbers, atoms.positions, title=info.pop("title", ""), properties=info)


def from_smiles(smiles: str, seed: int = 0) -> Structure:
    """A conformer of a molecule: embedded with ETKDG, hydrogens added, minimised with MMFF94 (or UFF).

    Parameters
    ----------
    smiles
        The molecule; it becomes the title.
    seed
        The same seed gives the same conformer.

    Raises
    ------
    ValueError
        If the SMILES cannot be read or no conformer is found.
    """
    with quiet():
        mol = Chem.AddHs(_parse_smiles(smiles))
        _embed(mol, smiles, seed)
        if rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
            rdForceFieldHelpers.MMFFOptimizeMolecule(mol, maxIters=_MINIMISER_STEPS)
        elif rdForceFieldHelpers.UFFHasAllMoleculeParams(mol):
            rdForceFieldHelpers.UFFOptimizeMolecule(mol, maxIters=_MINIMISER_STEPS)
    return from_rdkit(mol).with_title(smiles)


def read_smarts(smarts: str) -> Chem.Mol:
    """A SMARTS pattern to search with.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    with quiet():
        pattern = Chem.MolFromSmarts(smarts) if smarts.strip() else None
    if pattern is None:
        raise ValueError(f"'{smarts}' is not a SMARTS pattern; try one such as [OX2H] or c1ccccc1")
    return pattern


def match_smarts(structure: Structure, smarts: str) -> list[tuple[int, ...]]:
    """Atoms (counted from 0) of every match of a SMARTS pattern, in the order of the pattern.

    Raises
    ------
    ValueError
        If the pattern cannot be read.
    """
    pattern = read_smarts(smarts)
    return [tuple(match) for match in _searchable(structure).GetSubstructMatches(pattern, maxMatches=10_000)]


def hold_smarts(structures: Sequence[Structure], smarts: str) -> list[bool]:
    """Whether each of some structures holds a SMARTS pattern.

    Raises
    ------
    ValueError
        If the pattern cannot be read.
    """
    pattern = read_smarts(smarts)
    return [_searchable(structure).HasSubstructMatch(pattern) for structure in structures]


def _searchable(structure: Structure) -> Chem.Mol:
    """What is not a proper molecule can still be searched, with as much chemistry as it allows."""
    mol = Chem.RWMol(to_rdkit(structure))
    with quiet():
        Chem.SanitizeMol(mol, catchErrors=True)
        Chem.FastFindRings(mol)
    return mol


def depict(smiles: str, size: tuple[int, int] = (240, 180), kind: Literal["png", "svg"] = "png") -> bytes:
    """A picture of a molecule's structural formula.

    Parameters
    ----------
    smiles
        The molecule.
    size
        Width and height in pixels.
    kind
        `"png"` or `"svg"`.

    Raises
    ------
    ValueError
        If the SMILES cannot be read.
    """
    # Loaded where it is needed: a window's process must load Qt before it (see gui/__init__.py).
    from rdkit.Chem.Draw import rdMolDraw2D

    with quiet():
        mol = _parse_smiles(smiles)
        canvas = (rdMolDraw2D.MolDraw2DCairo if kind == "png" else rdMolDraw2D.MolDraw2DSVG)(*size)
        rdMolDraw2D.PrepareAndDrawMolecule(canvas, mol)
    canvas.FinishDrawing()
    drawing = canvas.GetDrawingText()
    return drawing if isinstance(drawing, bytes) else drawing.encode()


def _parse_smiles(smiles: str) -> Chem.Mol:
    mol = Chem.MolFromSmiles(smiles) if smiles.strip() else None
    if mol is None:
        raise ValueError(f"'{smiles}' is not a SMILES; write one such as CCO or c1ccccc1")
    return mol


def _embed(mol: Chem.Mol, smiles: str, seed: int) -> None:
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed
    parameters.timeout = _EMBEDDING_SECONDS
    for random_start in (False, True):
        parameters.useRandomCoords = random_start
        if rdDistGeom.EmbedMolecule(mol, parameters) >= 0:
            return
    raise ValueError(f"no conformer was found for '{smiles}'; try another molecule")
