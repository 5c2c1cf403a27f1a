"""Sends candidates to a judging process and tells the window what comes back."""

from __future__ import annotations

import multiprocessing
from multiprocessing.pool import Pool

from PySide6.QtCore import QObject, Signal

from gpff_desktop.gui import judgement
from gpff_desktop.structure import Structure


class CandidateJudge(QObject):
    """One process that judges; it starts with the first candidate.

    Attributes
    ----------
    judged
        Signal with the key of a candidate and its `Judgement`.
    failed
        Signal with the key of a candidate and one line on why it could not be judged.
    """

    judged = Signal(int, object)
    failed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool: Pool | None = None

    def start(self) -> None:
        """Start the process now, so that the first candidate does not wait for it."""
        if self._pool is None:
            self._pool = new_pool()

    def submit(self, key: int, structure: Structure) -> None:
        """Judge a structure; `judged` or `failed` brings `key` back."""
        self.start()
        assert self._pool is not None
        self._pool.apply_async(
            judgement.judge_arrays,
            (structure.numbers, structure.positions),
            callback=lambda result: self.judged.emit(key, result),
            error_callback=lambda error: self.failed.emit(key, str(error).splitlines()[0] if str(error) else "failed"),
        )

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool.join()
            self._pool = None


def new_pool() -> Pool:
    """A pool of one process; forking one that runs Qt and torch threads would deadlock sooner or later."""
    return multiprocessing.get_context("spawn").Pool(1)
