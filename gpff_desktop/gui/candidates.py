"""The table of generated candidates behind the panel that shows it: cells, order and filter."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPixmap

from gpff_desktop.session.candidates import Candidate, CandidateList

KEY_ROLE = Qt.ItemDataRole.UserRole
_PICTURES_KEPT = 300
_GOLD = QColor("#c8881a")  # 3:1 or more against the table of either theme
_TOP = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex
_SortKey = tuple[bool, Any]


class Column(IntEnum):
    """The columns of the table, from the left."""

    STAR = 0
    NUMBER = 1
    PICTURE = 2
    SMILES = 3
    VALID = 4
    UNIQUE = 5
    NOVEL = 6
    FORMULA = 7
    SIGMA = 8
    ENERGY = 9
    STRAIN = 10
    RMSD = 11
    DRIFT = 12
    SCAFFOLD = 13
    HELD = 14
    RUN = 15


@dataclass(frozen=True)
class _Figure:
    """A column with a number in it: what its cells read, and how."""

    value: Callable[[Candidate], float | None]
    digits: int


HEADERS: dict[Column, tuple[str, str]] = {
    Column.STAR: ("★", "Stars: your choice; click one, or press * with rows selected"),
    Column.NUMBER: ("#", "Number of the candidate; it stays as others go"),
    Column.PICTURE: ("Structure", "Structural formula, as read off the coordinates"),
    Column.SMILES: ("SMILES", "The molecule in one line; empty where the coordinates make none"),
    Column.VALID: ("Valid", "Whether the coordinates make one closed-shell molecule, and if not, why"),
    Column.UNIQUE: ("Unique", "Whether an earlier candidate is the same molecule"),
    Column.NOVEL: ("New", "Whether the molecule is missing among those the model was trained on"),
    Column.FORMULA: ("Formula", "Composition"),
    Column.SIGMA: ("σ̂ (Å)", "Noise that the last pseudo-forces showed"),
    Column.ENERGY: ("Energy (Å²)", "Pseudo-energy: squared distance to where the pseudo-forces point"),
    Column.STRAIN: ("Strain", "What MMFF94 gains on minimising the structure, in kcal/mol"),
    Column.RMSD: ("RMSD (Å)", "How far atoms are from where the run started"),
    Column.DRIFT: ("Drift (Å)", "The furthest that a locked atom moved"),
    Column.SCAFFOLD: ("Scaffold", "Whether bonds and stereo of the scaffold are still there, and if not, what is lost"),
    Column.HELD: ("Constraints", "The furthest that it is from what the run was asked to respect, pulls included"),
    Column.RUN: ("Run", "The run that found it, and whether it was stopped"),
}
_FIGURES = {
    Column.SIGMA: _Figure(lambda c: c.sigma, 3),
    Column.ENERGY: _Figure(lambda c: c.energy, 3),
    Column.STRAIN: _Figure(lambda c: c.judgement.strain if c.judgement else None, 1),
    Column.RMSD: _Figure(lambda c: c.rmsd_to_start, 2),
    Column.DRIFT: _Figure(lambda c: c.lock_drift, 3),
}
OPTIONAL = (Column.NOVEL, Column.ENERGY, Column.RMSD, Column.DRIFT, Column.SCAFFOLD, Column.HELD)
"""Columns that are shown only where something is known."""


def validity(candidate: Candidate) -> str:
    """`valid`, why not, or that the judge is at work."""
    if candidate.judgement is None:
        return "judging…"
    return "✓ valid" if candidate.judgement.valid else f"✗ {candidate.judgement.reason or 'not valid'}"


def survival(candidate: Candidate) -> str:
    """`kept`, or what was lost of the scaffold; empty where there was none."""
    loss = candidate.judgement.loss if candidate.judgement else None
    return "" if loss is None else f"✗ {loss}" if loss else "✓ kept"


class CandidatesModel(QAbstractTableModel):
    """Qt's view of the candidates, in the order in which they came.

    Parameters
    ----------
    candidates
        The list that is shown.

    Attributes
    ----------
    filled
        Optional columns in which something is known.
    filled_changed
        Signal without arguments.
    """

    filled_changed = Signal()

    def __init__(self, candidates: CandidateList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.candidates = candidates
        self.keys: list[int] = list(iter_keys(candidates))
        self._rows = {key: row for row, key in enumerate(self.keys)}
        self.filled: frozenset[Column] = frozenset()
        self._pictures: OrderedDict[int, QPixmap] = OrderedDict()
        self._good, self._bad = QColor("green"), QColor("red")
        candidates.added.connect(self._on_added)
        candidates.updated.connect(self._on_updated)
        candidates.removed.connect(self._on_removed)

    def row_of(self, key: int) -> int | None:
        """The row of a candidate, or None if it is gone."""
        return self._rows.get(key)

    def candidate(self, row: int) -> Candidate:
        """The candidate in a row."""
        return self.candidates[self.keys[row]]

    def set_colors(self, good: str, bad: str) -> None:
        """Colours of what is valid and what is not."""
        self._good, self._bad = QColor(good), QColor(bad)
        if self.keys:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.keys) - 1, len(Column) - 1))

    def text(self, row: int, column: int) -> str:
        """What a cell says."""
        return _text(self.candidates, self.candidate(row), Column(column))

    def sort_key(self, row: int, column: int) -> _SortKey | None:
        """By what a column sorts its rows; None where nothing is known."""
        return _sort_key(self.candidates, self.candidate(row), Column(column))

    # Qt's hooks

    def rowCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of candidates."""
        return 0 if parent.isValid() else len(self.keys)

    def columnCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """Qt's hook: titles of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        title, hint = HEADERS[Column(section)]
        return {Qt.ItemDataRole.DisplayRole: title, Qt.ItemDataRole.ToolTipRole: hint}.get(Qt.ItemDataRole(role))

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: what a cell shows."""
        row, column = index.row(), Column(index.column())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.text(row, column)
        if role == KEY_ROLE:
            return self.keys[row]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(self.keys[row]) if column == Column.PICTURE else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._color(self.candidate(row), column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(self.candidate(row), column) or self.text(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def _color(self, candidate: Candidate, column: Column) -> QColor | None:
        if column == Column.STAR and candidate.starred:
            return _GOLD
        if column == Column.VALID and candidate.judgement:
            return self._good if candidate.valid else self._bad
        if column == Column.SCAFFOLD and candidate.judgement:
            return self._bad if candidate.judgement.loss else self._good
        return None

    def _picture(self, key: int) -> QPixmap | None:
        """The depiction, decoded when it is first drawn; the ones drawn longest ago are given up again."""
        judgement = self.candidates[key].judgement
        if judgement is None or not judgement.picture:
            return None
        if key not in self._pictures:
            picture = QPixmap()
            picture.loadFromData(judgement.picture)
            self._pictures[key] = picture
            if len(self._pictures) > _PICTURES_KEPT:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return self._pictures[key]

    # What happens to the list

    def _on_added(self, keys: tuple[int, ...]) -> None:
        first = len(self.keys)
        self.beginInsertRows(_TOP, first, first + len(keys) - 1)
        self._rows.update({key: first + place for place, key in enumerate(keys)})
        self.keys.extend(keys)
        self.endInsertRows()
        self._note_filled(range(first, len(self.keys)))

    def _on_updated(self, key: int) -> None:
        row = self._rows.get(key)
        if row is not None:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))
            self._note_filled([row])

    def _note_filled(self, rows: Iterable[int]) -> None:
        """Columns once shown stay until the table is empty: one that came and went would be no help."""
        found = {column for column in OPTIONAL for row in rows if column not in self.filled and self.text(row, column)}
        if found:
            self.filled |= found
            self.filled_changed.emit()

    def _on_removed(self, keys: tuple[int, ...]) -> None:
        gone = sorted((self._rows[key] for key in keys if key in self._rows), reverse=True)
        for first, last in _blocks(gone):
            self.beginRemoveRows(_TOP, first, last)
            del self.keys[first : last + 1]
            self.endRemoveRows()
        for key in keys:
            self._pictures.pop(key, None)
        self._rows = {key: row for row, key in enumerate(self.keys)}
        if not self.keys and self.filled:
            self.filled = frozenset()
            self.filled_changed.emit()


class CandidatesOrder(QSortFilterProxyModel):
    """The rows that pass the filter, sorted by any column; what is not known comes last either way.

    Parameters
    ----------
    source
        The table.
    """

    def __init__(self, source: CandidatesModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = source
        self._words: tuple[str, ...] = ()
        self._valid = self._unique = self._starred = False
        self._matches: frozenset[int] | None = None
        self.setSourceModel(source)

    def set_filter(
        self,
        *,
        text: str | None = None,
        valid: bool | None = None,
        unique: bool | None = None,
        starred: bool | None = None,
    ) -> None:
        """Show only rows that hold all words of a text, and that are valid, unique or starred; None leaves it be."""
        if text is not None:
            self._words = tuple(text.split())
        self._valid = self._valid if valid is None else valid
        self._unique = self._unique if unique is None else unique
        self._starred = self._starred if starred is None else starred
        self.invalidateRowsFilter()

    def set_matches(self, keys: frozenset[int] | None) -> None:
        """Show only these candidates of those that pass the filter; None for all of them."""
        if keys != self._matches:
            self._matches = keys
            self.invalidateRowsFilter()

    def filterAcceptsRow(self, row: int, parent: _Index) -> bool:  # noqa: N802
        """Qt's hook: whether a row is shown."""
        candidate = self.source.candidate(row)
        if self._matches is not None and candidate.key not in self._matches:
            return False
        if self._starred and not candidate.starred:
            return False
        if (self._valid or self._unique) and not candidate.valid:
            return False
        if self._unique and self.source.candidates.duplicate_of(candidate.key) is not None:
            return False
        return not self._words or _holds(candidate, self._words)

    def lessThan(self, left: _Index, right: _Index) -> bool:  # noqa: N802
        """Qt's hook: the order of two rows."""
        column = left.column()
        a, b = self.source.sort_key(left.row(), column), self.source.sort_key(right.row(), column)
        if a is None or b is None:
            # Qt turns the comparison round for a descending order.
            return a is None if self.sortOrder() == Qt.SortOrder.DescendingOrder and a != b else b is None and a != b
        return bool(a < b)


def iter_keys(candidates: CandidateList) -> Iterable[int]:
    """The keys of a list, in its order."""
    return (candidate.key for candidate in candidates)


def _holds(candidate: Candidate, words: tuple[str, ...]) -> bool:
    """Whether all words occur; case tells elements from aromatic atoms, unless a word is all in small letters."""
    smiles = candidate.judgement.smiles if candidate.judgement else ""
    texts = (smiles, candidate.structure.formula, candidate.run, validity(candidate))
    return all(any(word in text or word in text.lower() for text in texts) for word in words)


def _text(candidates: CandidateList, candidate: Candidate, column: Column) -> str:
    judgement = candidate.judgement
    if column in _FIGURES:
        figure = _FIGURES[column]
        value = figure.value(candidate)
        return "" if value is None else f"{value:.{figure.digits}f}"
    if column == Column.UNIQUE:
        return _uniqueness(candidates, candidate)
    if column == Column.NOVEL:
        return "" if judgement is None or judgement.novel is None else "new" if judgement.novel else "known"
    return {
        Column.STAR: "★" if candidate.starred else "☆",
        Column.NUMBER: str(candidate.key),
        Column.SMILES: judgement.smiles if judgement else "",
        Column.VALID: validity(candidate),
        Column.FORMULA: candidate.structure.formula,
        Column.SCAFFOLD: survival(candidate),
        Column.HELD: candidate.deviation,
        Column.RUN: candidate.run,
    }.get(column, "")


def _uniqueness(candidates: CandidateList, candidate: Candidate) -> str:
    """`unique`, which candidate it repeats, or nothing for what is not valid."""
    if not candidate.valid:
        return ""
    first = candidates.duplicate_of(candidate.key)
    return "unique" if first is None else f"same as {first}"


def _sort_key(candidates: CandidateList, candidate: Candidate, column: Column) -> Any:
    if column in _FIGURES:
        return _FIGURES[column].value(candidate)
    if column in (Column.NUMBER, Column.RUN):
        return candidate.key
    if column == Column.STAR:
        return (not candidate.starred, candidate.key)
    if column == Column.PICTURE:
        column = Column.SMILES
    if column == Column.VALID:
        return (not candidate.valid, validity(candidate)) if candidate.judgement else None
    if column == Column.UNIQUE and candidate.valid:
        return candidates.duplicate_of(candidate.key) or 0
    return _text(candidates, candidate, column) or None


def _spoken(candidate: Candidate, column: Column) -> str:
    """What a screen reader says where the cell shows a picture or a sign."""
    if column == Column.STAR:
        return "starred" if candidate.starred else "not starred"
    if column == Column.PICTURE and candidate.judgement:
        return f"Structural formula of {candidate.judgement.smiles}"
    return ""


def _alignment(column: Column) -> Qt.AlignmentFlag:
    if column in (Column.STAR, Column.NUMBER):
        return Qt.AlignmentFlag.AlignCenter
    side = Qt.AlignmentFlag.AlignRight if column in _FIGURES else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _blocks(rows: list[int]) -> list[tuple[int, int]]:
    """Unbroken runs (first, last) of rows given in descending order."""
    runs = groupby(enumerate(rows), key=lambda item: item[0] + item[1])
    blocks = [[row for _, row in run] for _, run in runs]
    return [(block[-1], block[0]) for block in blocks]
