"""The check of a data set before anything is trained: streamed, in little memory, stopped by not asking for more."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from gpff_desktop import elements
from gpff_desktop.chemistry.judge import judge
from gpff_desktop.data.duplicates import SeenTexts
from gpff_desktop.data.inspecting import Inspection, Inspector, RecordFault, pair_name, unreadable
from gpff_desktop.data.report import CheckReport, Histogram, Kind, SmilesFigures, Thumbnail
from gpff_desktop.data.rules import Fault, ImportRules
from gpff_desktop.data.sources import SourceRecord, iterate_sources, require_source
from gpff_desktop.structure import Structure

CHUNK = 200
LISTED = 1000
THUMBNAILS = 12

_BIN = 0.02
_LONGEST = 5.0
_N_BINS = round(_LONGEST / _BIN)


@dataclass(frozen=True)
class CheckProgress:
    """How far a check has come.

    Parameters
    ----------
    file
        Name of the file read last.
    fraction
        The part of the sources that has been read, 0 to 1.
    n_read, n_problems
        Records read, and those with a fault, so far.
    report
        What was found; `None` until all has been read.
    """

    file: str = ""
    fraction: float = 0.0
    n_read: int = 0
    n_problems: int = 0
    report: CheckReport | None = None


def check_sources(
    paths: Sequence[Path | str],
    *,
    rules: ImportRules | None = None,
    smiles: float = 0,
    chunk: int = CHUNK,
) -> Iterator[CheckProgress]:
    """Check files, folders and archives for training; nothing is written. Closing the iterator stops the check.

    A structure costs 8 bytes in a set (about 90 with what Python needs for it), whatever its size.

    Parameters
    ----------
    paths
        What can be imported, see `import_dataset`.
    rules
        What is to be left out; the report can be asked about other rules too.
    smiles
        Of how many structures, the first ones, the SMILES is found, to count valid and distinct molecules; `math.inf`
        for all. This takes longer than all the rest.
    chunk
        Records read between two progress reports.

    Yields
    ------
    CheckProgress
        One for each chunk; the last has the report.

    Raises
    ------
    OSError
        If a source is not there or a folder cannot be read.
    ValueError
        If a source is of an unknown kind, or there is none.
    """
    sources = [Path(path) for path in paths]
    if not sources:
        raise ValueError("there is nothing to check; name a file or a folder")
    for path in sources:
        require_source(path)
    return _check(sources, _Tally(rules or ImportRules(), smiles), chunk)


def _check(sources: list[Path], tally: _Tally, chunk: int) -> Iterator[CheckProgress]:
    file = ""
    for n_read, record in enumerate(iterate_sources(sources), start=1):
        file = record.file
        tally.add(record)
        if n_read % chunk == 0:
            yield CheckProgress(file, record.fraction, n_read, tally.n_problems)
    report = tally.report()
    yield CheckProgress(file, 1.0, report.n_records, tally.n_problems, report)


class _Tally:
    """What a report is made of, growing record by record."""

    def __init__(self, rules: ImportRules, smiles: float) -> None:
        self.n_problems = 0
        self._rules = rules
        self._inspector = Inspector()
        self._kinds: Counter[Kind] = Counter()
        self._problems: defaultdict[Fault, list[RecordFault]] = defaultdict(list)
        self._atoms = np.zeros(elements.MAX_NUMBER + 1, dtype=np.int64)
        self._formulas = SeenTexts()
        self._nearest = np.zeros(_N_BINS, dtype=np.int64)
        self._bonds: defaultdict[tuple[int, int], np.ndarray] = defaultdict(lambda: np.zeros(_N_BINS, dtype=np.int64))
        self._forces: tuple[int, float] = (0, 0.0)
        self._thumbnails = _Thumbnails()
        self._molecules = SeenTexts()
        self._to_judge = smiles
        self._n_judged = self._n_valid = 0

    def add(self, record: SourceRecord) -> None:
        """Count one record."""
        content = record.content
        inspection = self._inspector.inspect(content) if isinstance(content, Structure) else unreadable(content)
        kind = Kind(frozenset(inspection.faults), 0, ())
        if isinstance(content, Structure) and Fault.UNREADABLE not in inspection.faults:
            kind = Kind(kind.faults, len(content), tuple(np.unique(content.numbers).tolist()))
            self._add_structure(record, content, inspection)
        self._kinds[kind] += 1
        self.n_problems += bool(inspection.faults)
        for fault, message in inspection.faults.items():
            if len(self._problems[fault]) < LISTED:
                self._problems[fault].append(RecordFault(record.file, record.record, fault, message))

    def _add_structure(self, record: SourceRecord, structure: Structure, inspection: Inspection) -> None:
        self._atoms += np.bincount(structure.numbers, minlength=len(self._atoms))
        self._formulas.add(structure.formula)
        self._nearest += _binned(np.array([inspection.closest]))
        keys = inspection.bond_pairs @ [256, 1]
        for key in np.unique(keys).tolist():
            self._bonds[divmod(key, 256)] += _binned(inspection.bond_lengths[keys == key])
        if inspection.force is not None:
            count, greatest = self._forces
            self._forces = (count + 1, max(greatest, inspection.force))
        if not inspection.faults.keys() & {Fault.PERIODIC, Fault.OVERLAPPING}:
            self._thumbnails.offer(Thumbnail(record.file, record.record, structure))
            self._judge(structure)

    def _judge(self, structure: Structure) -> None:
        if self._n_judged >= self._to_judge:
            return
        self._n_judged += 1
        smiles = judge(structure).smiles
        if smiles is not None:
            self._n_valid += 1
            self._molecules.add(smiles)

    def report(self) -> CheckReport:
        """The report on all that was counted."""
        n_with_forces, greatest = self._forces
        pairs = sorted(self._bonds.items(), key=lambda item: -int(item[1].sum()))
        return CheckReport(
            rules=self._rules,
            kinds=dict(self._kinds),
            problems=tuple(problem for fault in Fault for problem in self._problems[fault]),
            elements={elements.symbol(int(z)): int(self._atoms[z]) for z in np.flatnonzero(self._atoms)},
            n_formulas=len(self._formulas),
            nearest=_histogram(self._nearest),
            bond_lengths={pair_name(*pair): _histogram(counts) for pair, counts in pairs},
            n_with_forces=n_with_forces,
            greatest_force=greatest if n_with_forces else None,
            thumbnails=self._thumbnails.chosen(),
            smiles=self._smiles_figures(),
        )

    def _smiles_figures(self) -> SmilesFigures | None:
        return SmilesFigures(self._n_judged, self._n_valid, len(self._molecules)) if self._to_judge else None


class _Thumbnails:
    """A few structures of each size, drawn at random by reservoir sampling; a dozen are chosen at the end."""

    def __init__(self) -> None:
        self._random = random.Random(0)
        self._offered: Counter[int] = Counter()
        self._held: defaultdict[int, list[Thumbnail]] = defaultdict(list)

    def offer(self, candidate: Thumbnail) -> None:
        """Perhaps hold on to one more structure."""
        size = len(candidate.structure)
        self._offered[size] += 1
        place = self._random.randrange(self._offered[size])
        if len(self._held[size]) < THUMBNAILS:
            self._held[size].append(candidate)
        elif place < THUMBNAILS:
            self._held[size][place] = candidate

    def chosen(self) -> tuple[Thumbnail, ...]:
        """Twelve of them, or all if there are fewer: sizes evenly spread, smallest first."""
        sizes = sorted(self._held)
        spread = [sizes[round(at)] for at in np.linspace(0, len(sizes) - 1, min(THUMBNAILS, len(sizes)))]
        rounds = zip_longest(*(self._held[size] for size in spread))
        found = [one for each in rounds for one in each if one is not None][:THUMBNAILS]
        return tuple(sorted(found, key=lambda one: len(one.structure)))


def _binned(values: np.ndarray) -> np.ndarray:
    bins = (values[values < _LONGEST] / _BIN).astype(np.int64)
    return np.bincount(bins, minlength=_N_BINS)


def _histogram(counts: np.ndarray) -> Histogram:
    """The bins from the first to the last that holds something."""
    filled = np.flatnonzero(counts)
    if not len(filled):
        return Histogram(0.0, _BIN, ())
    first, last = int(filled[0]), int(filled[-1])
    return Histogram(round(first * _BIN, 6), _BIN, tuple(counts[first : last + 1].tolist()))
