"""The table of generated candidates behind the panel that shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPixmap

from gpff_desktop.gui.judgement import Judgement
from gpff_desktop.structure import Structure

COLUMNS = ("#", "Structure", "SMILES", "Valid", "Unique", "Formula", "σ̂ left")
NUMBER, PICTURE, SMILES, VALID, UNIQUE, FORMULA, SIGMA = range(len(COLUMNS))
_TOP = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Candidate:
    """A generated structure and what is known of it.

    Parameters
    ----------
    structure
        As generated or opened; bonds that it did not have are perceived by the judge.
    judgement
        None until the judge has answered.
    duplicate_of
        Row of the first candidate with the same SMILES, if this is a later one.
    picture
        The 2D depiction, if there is one.
    """

    structure: Structure
    judgement: Judgement | None = None
    duplicate_of: int | None = None
    picture: QPixmap | None = None

    @property
    def validity(self) -> str:
        """`valid`, why not, or that the judge is at work."""
        if self.judgement is None:
            return "judging…"
        return "✓ valid" if self.judgement.valid else f"✗ {self.judgement.reason or 'not valid'}"

    @property
    def uniqueness(self) -> str:
        """`unique`, which row it repeats, or nothing for what is not valid."""
        if self.judgement is None or not self.judgement.valid:
            return ""
        return "unique" if self.duplicate_of is None else f"same as {self.duplicate_of + 1}"

    @property
    def noise_left(self) -> str:
        """Noise level that the last forces showed, if the structure was generated."""
        sigma = self.structure.properties.get("GPFF_sigma")
        return f"{float(sigma):.3f} Å" if sigma else ""


class CandidatesModel(QAbstractTableModel):
    """Qt's view of the candidates; rows are only added and judged, or all cleared."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Candidate] = []
        self._first_with: dict[str, int] = {}
        self._good, self._bad = QColor("green"), QColor("red")

    def add(self, structures: tuple[Structure, ...]) -> range:
        """Append candidates; the range of their rows."""
        first = len(self.rows)
        added = range(first, first + len(structures))
        if structures:
            self.beginInsertRows(_TOP, added.start, added.stop - 1)
            self.rows.extend(Candidate(structure) for structure in structures)
            self.endInsertRows()
        return added

    def set_judgement(self, row: int, judgement: Judgement) -> None:
        """Note what the judge said about a row."""
        picture = QPixmap()
        picture.loadFromData(judgement.picture)
        first = self._first_with.setdefault(judgement.smiles, row) if judgement.valid else row
        structure = self.rows[row].structure
        self.rows[row] = replace(
            self.rows[row],
            structure=structure.with_bonds(judgement.bonds) if structure.bonds is None else structure,
            judgement=judgement,
            duplicate_of=first if first != row else None,
            picture=None if picture.isNull() else picture,
        )
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def clear(self) -> None:
        """Remove all candidates."""
        self.beginResetModel()
        self.rows.clear()
        self._first_with.clear()
        self.endResetModel()

    def set_colors(self, good: str, bad: str) -> None:
        """Colours of what is valid and what is not."""
        self._good, self._bad = QColor(good), QColor(bad)
        if self.rows:
            self.dataChanged.emit(self.index(0, VALID), self.index(len(self.rows) - 1, VALID))

    def summary(self) -> str:
        """How many candidates there are, and how many of them are valid and unique."""
        judged = [row for row in self.rows if row.judgement]
        valid = [row for row in judged if row.judgement and row.judgement.valid]
        unique = [row for row in valid if row.duplicate_of is None]
        if not self.rows:
            return "No candidates yet"
        share = f" ({100 * len(valid) / len(judged):.0f} %)" if judged else ""
        return f"{len(self.rows)} candidates · {len(valid)} valid{share} · {len(unique)} unique"

    def rowCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of candidates."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _TOP) -> int:  # noqa: N802
        """Qt's hook: number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802
        """Qt's hook: titles of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: what a cell shows."""
        candidate, column = self.rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(index.row(), column)
        if role == Qt.ItemDataRole.DecorationRole and column == PICTURE:
            return candidate.picture
        if role == Qt.ItemDataRole.ForegroundRole and column == VALID and candidate.judgement:
            return self._good if candidate.judgement.valid else self._bad
        if role == Qt.ItemDataRole.AccessibleTextRole and column == PICTURE:
            return f"Structural formula of {candidate.judgement.smiles}" if candidate.judgement else ""
        if role == Qt.ItemDataRole.TextAlignmentRole and column == NUMBER:
            return Qt.AlignmentFlag.AlignCenter
        return None

    def _text(self, row: int, column: int) -> str:
        candidate = self.rows[row]
        smiles = candidate.judgement.smiles if candidate.judgement else ""
        texts = {
            NUMBER: str(row + 1),
            SMILES: smiles,
            VALID: candidate.validity,
            UNIQUE: candidate.uniqueness,
            FORMULA: candidate.structure.formula,
            SIGMA: candidate.noise_left,
        }
        return texts.get(column, "")
