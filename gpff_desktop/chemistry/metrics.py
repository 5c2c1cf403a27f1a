"""How good is a set of generated structures: validity, uniqueness, novelty, stability, strain, bond lengths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdForceFieldHelpers

from gpff_desktop import elements
from gpff_desktop.chemistry.bonds import connectivity
from gpff_desktop.chemistry.convert import to_rdkit
from gpff_desktop.chemistry.judge import Verdict, judge_all
from gpff_desktop.chemistry.molecules import quiet
from gpff_desktop.chemistry.stability import stability
from gpff_desktop.structure import Structure

_STRAIN_STEPS = 2_000
_LONGEST_BOND = 4.0


@dataclass(frozen=True)
class Summary:
    """What a set of structures is worth; all figures but `count` are fractions from 0 to 1.

    Parameters
    ----------
    count
        Number of structures.
    valid
        Share that passes the judge.
    unique
        Share of distinct molecules (canonical SMILES) among the valid.
    novel
        Share of those distinct molecules that is not in the reference set; `None` without a reference.
    atom_stability, molecule_stability
        Share of atoms, and of molecules, that are stable by EDM's bond table.
    """

    count: int
    valid: float
    unique: float
    novel: float | None
    atom_stability: float
    molecule_stability: float

    @property
    def valid_and_unique(self) -> float:
        """Distinct valid molecules per structure, the usual headline figure."""
        return self.valid * self.unique


@dataclass(frozen=True)
class Strain:
    """What MMFF94 gains on minimisation: energy in kcal/mol, and how far the heavy atoms move (RMSD in Å)."""

    energy: float
    rmsd: float


@dataclass(frozen=True)
class HistogramDistance:
    """Two distributions of a length compared: Wasserstein distance in Å, Jensen–Shannon divergence in bits (0 to 1)."""

    wasserstein: float
    jensen_shannon: float


def summarise(
    structures: Iterable[Structure],
    *,
    reference: AbstractSet[str] | None = None,
    verdicts: Sequence[Verdict] | None = None,
) -> Summary:
    """Judge a set of structures and count.

    Parameters
    ----------
    structures
        The set.
    reference
        Canonical SMILES, as the judge writes them, of the molecules that are not new.
    verdicts
        The judge's verdicts if they are known already, in the same order.

    Raises
    ------
    ValueError
        If the number of verdicts differs from that of the structures.
    """
    items = list(structures)
    verdicts = judge_all(items) if verdicts is None else verdicts
    if len(verdicts) != len(items):
        raise ValueError(f"{len(items)} structures but {len(verdicts)} verdicts")
    smiles = [verdict.smiles for verdict in verdicts if verdict.valid and verdict.smiles]
    distinct = set(smiles)
    stabilities = [stability(item) for item in items]
    return Summary(
        count=len(items),
        valid=_share(len(smiles), len(items)),
        unique=_share(len(distinct), len(smiles)),
        novel=None if reference is None else _share(len(distinct - reference), len(distinct)),
        atom_stability=_share(sum(s.stable_atoms for s in stabilities), sum(s.n_atoms for s in stabilities)),
        molecule_stability=_share(sum(s.molecule for s in stabilities), len(items)),
    )


def mmff_strain(structure: Structure) -> Strain | None:
    """Energy drop and heavy-atom RMSD on minimising a structure with MMFF94, at its bonds (perceived if unknown).

    Returns
    -------
    Strain or None
        `None` where MMFF94 has no parameters, the bonds make no proper molecule or the energy is not finite.
    """
    with quiet():
        try:
            mol = to_rdkit(structure, sanitize=True)
        except ValueError:
            return None
        parameters = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol)
        field = parameters and rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, parameters)
        if not field:
            return None
        before = field.CalcEnergy()
        try:
            field.Minimize(maxIts=_STRAIN_STEPS)
        except RuntimeError:  # atoms on one point have no gradient to follow
            return None
        drop = before - field.CalcEnergy()
    return Strain(drop, _heavy_rmsd(structure, mol)) if np.isfinite(drop) else None


def rmsd(a: Structure, b: Structure, align: bool = True) -> float:
    """Root mean square distance in Å between the same atoms, in the same order, of two structures.

    Parameters
    ----------
    a, b
        The structures.
    align
        Whether `b` is first moved and rotated onto `a` as well as possible (Kabsch 1976,
        doi:10.1107/S0567739476001873); mirror images stay apart.

    Raises
    ------
    ValueError
        If the atoms differ or there are none.
    """
    if not np.array_equal(a.numbers, b.numbers) or not len(a):
        raise ValueError("the structures must have the same atoms in the same order")
    return _rmsd(a.positions, b.positions, align)


def bond_lengths(structures: Iterable[Structure]) -> dict[str, np.ndarray]:
    """Bond lengths `[n]` in Å by pair of elements, such as `"C-H"`; bonds are those of `connectivity`."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for structure in structures:
        pairs = connectivity(structure)[:, :2]
        lengths = np.linalg.norm(structure.positions[pairs[:, 0]] - structure.positions[pairs[:, 1]], axis=1)
        for ends, length in zip(structure.numbers[pairs].tolist(), lengths.tolist(), strict=True):
            found["-".join(sorted(map(elements.symbol, ends)))].append(length)
    return {name: np.array(found[name]) for name in sorted(found)}


def compare_lengths(sample: np.ndarray, reference: np.ndarray, bin_width: float = 0.01) -> HistogramDistance:
    """Distance between two sets of lengths.

    Parameters
    ----------
    sample, reference
        Lengths `[n]` and `[m]` in Å.
    bin_width
        Width in Å of the bins of the Jensen–Shannon divergence; the Wasserstein distance needs none.

    Raises
    ------
    ValueError
        If either is empty.
    """
    if not len(sample) or not len(reference):
        raise ValueError("there are no lengths to compare")
    from scipy.spatial.distance import jensenshannon  # with scipy.stats, half of what starting the program takes
    from scipy.stats import wasserstein_distance

    longest = max(_LONGEST_BOND, float(np.max(sample)), float(np.max(reference)))
    bins = np.arange(0.0, longest + 2 * bin_width, bin_width)
    densities = [np.histogram(lengths, bins)[0] for lengths in (sample, reference)]
    divergence = float(jensenshannon(*densities, base=2)) ** 2
    return HistogramDistance(float(wasserstein_distance(sample, reference)), divergence)


def compare_bond_lengths(
    structures: Iterable[Structure], reference: Iterable[Structure]
) -> dict[str, HistogramDistance]:
    """Bond lengths against those of a reference set, for the pairs of elements that occur in both."""
    mine, theirs = bond_lengths(structures), bond_lengths(reference)
    return {name: compare_lengths(mine[name], theirs[name]) for name in mine if name in theirs}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _heavy_rmsd(before: Structure, after: Chem.Mol) -> float:
    heavy = before.numbers > 1
    if not heavy.any():
        return 0.0
    return _rmsd(before.positions[heavy], after.GetConformer().GetPositions()[heavy], align=True)


def _rmsd(a: np.ndarray, b: np.ndarray, align: bool) -> float:
    if align:
        a, b = a - a.mean(axis=0), b - b.mean(axis=0)
        u, _, vt = np.linalg.svd(b.T @ a)
        handedness = np.sign(np.linalg.det(u @ vt))
        b = b @ (u * [1.0, 1.0, handedness]) @ vt
    return float(np.sqrt(((a - b) ** 2).sum(axis=1).mean()))
