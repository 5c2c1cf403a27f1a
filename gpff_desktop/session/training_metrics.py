"""The curves of a training run, read from its metrics as they grow."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gpff_desktop.chemistry.formats import read_structures
from gpff_desktop.structure import Structure
from gpff_desktop.training.status import METRICS, SAMPLES


@dataclass(frozen=True, eq=False)
class Curve:
    """One figure over a run.

    Parameters
    ----------
    steps
        Optimisation steps `[n]`, ascending.
    seconds
        Seconds of training at these steps `[n]`.
    values
        The figure `[n]`.
    """

    steps: np.ndarray
    seconds: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.steps)


Curves = dict[str, Curve]
"""Curves by name: `train/loss`, `train/learning_rate`, `train/molecules_per_s`, `validation/mean`,
`validation/sigma_0.05` and so on, `samples/valid_percent`, `samples/novel_percent`, `samples/sigma`."""


class MetricsReader:
    """Reads a run's metrics, each line once.

    Parameters
    ----------
    run
        The run's folder.
    """

    def __init__(self, run: Path) -> None:
        self.path = run / METRICS
        self._offset = 0
        self._rows: dict[str, list[tuple[int, float, float]]] = {}

    def read(self) -> Curves:
        """All curves so far. Steps that were taken again after a crash replace those of the time before."""
        for line in self._new_lines():
            self._take(line)
        return {name: _curve(rows) for name, rows in self._rows.items()}

    def _new_lines(self) -> list[str]:
        try:
            if self.path.stat().st_size < self._offset:  # begun anew
                self._offset, self._rows = 0, {}
            with self.path.open("rb") as stream:
                stream.seek(self._offset)
                new = stream.read()
        except OSError:
            return []
        whole = new[: new.rfind(b"\n") + 1]  # the last line may still be being written
        self._offset += len(whole)
        return whole.decode("utf-8", errors="replace").splitlines()

    def _take(self, line: str) -> None:
        try:
            step, elapsed, kind, name, value = next(csv.reader([line]))
            row = (int(step), float(elapsed), float(value))
        except (ValueError, StopIteration, csv.Error):
            return  # the heading, or a line cut by a crash
        rows = self._rows.setdefault(f"{kind}/{name}", [])
        while rows and rows[-1][0] >= row[0]:
            rows.pop()
        rows.append(row)


def _curve(rows: list[tuple[int, float, float]]) -> Curve:
    steps, seconds, values = zip(*rows, strict=True)
    return Curve(np.array(steps), np.array(seconds), np.array(values))


def newest_samples(run: Path) -> list[Structure]:
    """The molecules that the average of a run generated last; none if there are none yet.

    Each carries its step and whether it is valid as `step` and `valid` among its properties.
    """
    try:
        return read_structures(run / SAMPLES).structures
    except (OSError, ValueError):
        return []
