"""One sitting of a run: training with its status kept on disk, what it is asked to do, and the model in the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from types import TracebackType
from typing import cast

from gpff_desktop.chemistry.known import KNOWN, KnownMoleculesError, read_known, write_known
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.training.monitor import COMPOSITIONS, NFE, Monitor
from gpff_desktop.training.status import RunStatus, State, Wish, forget_wish, read_status, wish_of, write_status
from gpff_desktop.training.trainer import Report, Trainer

COMPILING = "compiling the network, which takes a minute or two"
_TELL_EVERY = 1.0


class Sitting:
    """Trains until the budget is spent, someone stops it or its folder asks it to. Use it as a context manager.

    Parameters
    ----------
    trainer
        The trainer.
    validation
        Held-out molecules.
    samples_every
        Minutes between generated samples; 0 for never.

    Attributes
    ----------
    last
        The last report; `None` if there was nothing left to do.
    wish
        What the run's folder asked for.
    """

    def __init__(self, trainer: Trainer, validation: PackedDataset, samples_every: float) -> None:
        self.trainer = trainer
        self.monitor = Monitor(trainer, validation, samples_every)
        self.last: Report | None = None
        self.wish: Wish | None = None
        self._told_at = 0.0
        self._status = read_status(trainer.run.path) or RunStatus("starting")

    def __enter__(self) -> Sitting:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.monitor.__exit__(kind, error, at)

    @property
    def finished(self) -> bool:
        """Whether there is nothing more to learn: the budget is spent, the loss has settled or someone said so."""
        return self.trainer.progress >= 1.0 or self.trainer.converged or self.wish == "finish"

    def train(self, stopped: Callable[[], bool]) -> Iterator[Report]:
        """Train and yield the reports; ends when `stopped()` or the run's folder says so."""
        self._enter("running", COMPILING if self.trainer.compiles else "taking the first step")
        with closing(cast("Generator[Report, None, None]", self.trainer.steps())) as reports:
            self._heed(stopped())
            for self.last in reports:
                self.monitor.follow(self.last)
                self._tell(self.last)
                yield self.last
                self._heed(stopped())

    def conclude(self) -> None:
        """Test the average, write its card and keep the list of the molecules it has seen beside it."""
        self._enter("running", "testing the model")
        trainer, monitor = self.trainer, self.monitor
        trainer.take_best()
        trainer.figures = {"validation_loss": {k: round(v, 4) for k, v in trainer.validate().items()}}
        if monitor.pause:
            monitor.sample()
            trainer.figures["valid"] = f"{monitor.samples['valid_percent']:.0f} % of {self._asked()} at {NFE} NFE"
        trainer.save_model()
        if monitor.pause and (known := self._known()):
            write_known(trainer.run.model_folder / KNOWN, known)

    def end(self, state: State, message: str, model: str = "") -> None:
        """Write down how it ended."""
        if model:
            self._status = replace(self._status, model=model)
        self._enter(state, message)
        forget_wish(self.trainer.run.path)

    def _asked(self) -> str:
        count = min(COMPOSITIONS, len(self.monitor.validation.compositions()))
        return f"{count} held-out composition{'s' * (count != 1)}"

    def _known(self) -> frozenset[str]:
        """Its own molecules and those of the model it began from; empty where its own are too many to judge."""
        own, parent = self.monitor.known, self.trainer.description.parent_folder
        if own is None or parent is None or not (parent / KNOWN).is_file():
            return own or frozenset()
        try:
            return own | read_known(parent / KNOWN)
        except KnownMoleculesError:
            return own

    def _heed(self, stopped: bool) -> None:
        self.wish = self.wish or wish_of(self.trainer.run.path)
        if stopped or self.wish:
            self.trainer.stop()

    def _enter(self, state: State, message: str) -> None:
        self._status = self._status.now(state, message, at=time.time())
        write_status(self.trainer.run.path, self._status)

    def _tell(self, report: Report) -> None:
        if time.monotonic() - self._told_at < _TELL_EVERY and report.progress < 1:
            return
        self._told_at = time.monotonic()
        self._status = replace(
            self._status,
            message="",
            step=report.step,
            progress=report.progress,
            elapsed=report.elapsed,
            loss=report.loss,
            molecules_per_s=report.speed,
            seconds_left=self.trainer.seconds_left,
        )
        write_status(self.trainer.run.path, self._status)
