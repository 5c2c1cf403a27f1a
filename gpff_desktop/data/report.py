"""What the check of a data set found, and what rules would leave of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gpff_desktop.data.inspecting import RecordFault
from gpff_desktop.data.rules import FEWEST, Fault, ImportRules
from gpff_desktop.structure import Structure


@dataclass(frozen=True)
class Kind:
    """What rules look at in a record: what is wrong with it, its size and the elements in it."""

    faults: frozenset[Fault]
    n_atoms: int
    elements: tuple[int, ...]


@dataclass(frozen=True)
class Histogram:
    """Counts in bins of one width.

    Parameters
    ----------
    start, width
        Where the first bin begins, and how wide each is, in Å.
    counts
        How many values lie in each bin.
    """

    start: float
    width: float
    counts: tuple[int, ...]

    @property
    def edges(self) -> np.ndarray:
        """Limits of the bins `[n_bins + 1]` in Å."""
        return self.start + self.width * np.arange(len(self.counts) + 1)


@dataclass(frozen=True)
class Thumbnail:
    """A structure to show, and where it stands."""

    file: str
    record: int
    structure: Structure


@dataclass(frozen=True)
class SmilesFigures:
    """What the judge of validity said of the structures.

    Parameters
    ----------
    n_judged
        How many it was asked about: all that do not overlap, or the first of them.
    n_valid
        How many are one neutral molecule.
    n_distinct
        How many different molecules these are; the others are conformers or repetitions.
    """

    n_judged: int
    n_valid: int
    n_distinct: int


@dataclass(frozen=True)
class CheckReport:
    """What is in the sources of a data set. A structure with several faults counts under each.

    Parameters
    ----------
    rules
        The rules that the check was asked about.
    kinds
        How many records there are of each kind.
    problems
        What is wrong with which record: the first thousand of each fault.
    elements
        Atoms of each element by symbol, lightest first.
    n_formulas
        How many compositions there are.
    nearest
        Distances of the two nearest atoms of each structure.
    bond_lengths
        Lengths of the bonds between each two elements, such as `C–H`, commonest pair first.
    n_with_forces, greatest_force
        How many records carry forces, and the greatest of them in eV/Å (`None` if there are none).
    thumbnails
        About a dozen structures of all sizes.
    smiles
        Figures of the molecules, if they were asked for.
    """

    rules: ImportRules
    kinds: Mapping[Kind, int]
    problems: tuple[RecordFault, ...] = ()
    elements: Mapping[str, int] = field(default_factory=dict)
    n_formulas: int = 0
    nearest: Histogram = Histogram(0.0, 0.0, ())
    bond_lengths: Mapping[str, Histogram] = field(default_factory=dict)
    n_with_forces: int = 0
    greatest_force: float | None = None
    thumbnails: tuple[Thumbnail, ...] = ()
    smiles: SmilesFigures | None = None

    @property
    def n_records(self) -> int:
        """Records read, unreadable ones among them."""
        return sum(self.kinds.values())

    @property
    def n_structures(self) -> int:
        """Records that are structures of atoms."""
        return self.n_records - self.faults.get(Fault.UNREADABLE, 0)

    @property
    def faults(self) -> dict[Fault, int]:
        """Records with each fault that occurs."""
        counts = {fault: sum(n for kind, n in self.kinds.items() if fault in kind.faults) for fault in Fault}
        return {fault: count for fault, count in counts.items() if count}

    @property
    def sizes(self) -> dict[int, int]:
        """Structures of each number of atoms, smallest first."""
        counts: Counter[int] = Counter()
        for kind, count in self.kinds.items():
            counts[kind.n_atoms] += count if kind.n_atoms else 0
        return {size: count for size, count in sorted(counts.items()) if count}

    def left_out(self, rules: ImportRules | None = None) -> dict[Fault, int]:
        """Records that some rules leave out, by the first reason that applies; the report's own rules by default.

        Nothing is read again: for a display that follows the user's choice of rules.
        """
        rules = rules or self.rules
        counts: Counter[Fault] = Counter()
        for kind, count in self.kinds.items():
            reason = rules.reason(kind.faults, kind.n_atoms, kind.elements)
            if reason:
                counts[reason] += count
        return {fault: counts[fault] for fault in Fault if counts[fault]}

    def n_kept(self, rules: ImportRules | None = None) -> int:
        """Structures that some rules keep; the report's own rules by default."""
        return self.n_records - sum(self.left_out(rules).values())

    def unusable(self, rules: ImportRules | None = None) -> str:
        """Why nothing can be learned from what the rules keep, and what to do, in one line; empty if it can."""
        kept, left_out = self.n_kept(rules), self.left_out(rules)
        if kept >= FEWEST:
            return ""
        if not self.n_structures and self.problems:
            first = self.problems[0]
            return f"no record can be read ({first.file}, record {first.record}: {first.message}); choose other files"
        reasons = ", ".join(f"{count:,} {fault}" for fault, count in left_out.items())
        change = "add structures or loosen the rules" if left_out else "add structures"
        return (
            f"{kept} of {self.n_records:,} records would be kept{f' ({reasons})' if reasons else ''}, but a training "
            f"needs {FEWEST} at least, of which one is held out to measure it; {change}"
        )

    def as_dict(self) -> dict[str, Any]:
        """The report as plain dictionaries, lists and numbers, fit for JSON; without structures."""
        return {
            "n_records": self.n_records,
            "n_structures": self.n_structures,
            "n_kept": self.n_kept(),
            "rules": self.rules.as_dict(),
            "unusable": self.unusable(),
            "faults": self.faults,
            "left_out": self.left_out(),
            "problems": [vars(problem) for problem in self.problems],
            "elements": dict(self.elements),
            "sizes": self.sizes,
            "n_formulas": self.n_formulas,
            "nearest": vars(self.nearest),
            "bond_lengths": {pair: vars(lengths) for pair, lengths in self.bond_lengths.items()},
            "n_with_forces": self.n_with_forces,
            "greatest_force": self.greatest_force,
            "smiles": None if self.smiles is None else vars(self.smiles),
            "thumbnails": [{"file": one.file, "record": one.record} for one in self.thumbnails],
        }
