"""The bridge's two threads: one takes requests, one runs them, so that a run can be cancelled at any evaluation."""

from __future__ import annotations

import math
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

import numpy as np

from gpff_desktop import __version__, elements
from gpff_desktop.bridge.desktop import open_in_desktop
from gpff_desktop.bridge.messages import (
    PROTOCOL,
    STRUCTURES,
    TEXT,
    WHOLE,
    Kind,
    MessageError,
    Request,
    read_request,
    structure_from,
    taken,
)
from gpff_desktop.bridge.runs import RUNS, Run, begin
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.samplers import Step
from gpff_desktop.session.fields import load_field
from gpff_desktop.session.models import DEFAULT_MODEL, installed_models

_KINDS = ("hello", *RUNS, "open", "cancel")
_ID = Kind("the id of a request", lambda value: TEXT.fits(value) or WHOLE.fits(value))
_FRAME_DECIMALS = 4


@dataclass(frozen=True, eq=False)
class _Task:
    request: Request
    cancelled: threading.Event = field(default_factory=threading.Event)


class Bridge:
    """Answers requests one after the other; loaded models stay loaded.

    Parameters
    ----------
    send
        Takes each answer; called in both threads, one at a time.
    load
        Gives the field of a model; the usual one for `None`.
    """

    def __init__(
        self,
        send: Callable[[dict[str, Any]], object],
        load: Callable[[str | None], PseudoForceField] = load_field,
    ) -> None:
        self._send_unguarded, self._load = send, lru_cache(maxsize=None)(load)
        self._sending = threading.RLock()  # whoever hears an answer may ask again at once
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._open: dict[_Task, None] = {}
        self._worker = threading.Thread(target=self._work, name="runs", daemon=True)
        self._worker.start()

    def serve(self, lines: Iterable[str]) -> None:
        """Take requests until there are no more; then whatever runs is cancelled, and its answers are sent."""
        try:
            for line in lines:
                if line.strip():
                    self.take(line)
        finally:
            self.close()

    def take(self, line: str) -> None:
        """Take one request; a `cancel` acts at once, all else waits its turn."""
        try:
            request = read_request(line)
        except MessageError as error:
            self._send(None, "error", message=str(error))
            return
        if request.kind == "cancel":
            self._answer(_Task(request), self._cancel)
            return
        task = _Task(request)
        self._open[task] = None
        self._tasks.put(task)

    def close(self) -> None:
        """Cancel everything and wait for the end."""
        for task in list(self._open):
            task.cancelled.set()
        self._tasks.put(None)
        self._worker.join()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._answer(task, self._do)
            del self._open[task]

    def _answer(self, task: _Task, answer: Callable[[_Task], dict[str, Any]]) -> None:
        """Send what a request comes to; nothing that goes wrong with one request ends the bridge."""
        try:
            self._send(task.request.id, "result", **answer(task))
        except BrokenPipeError:
            pass  # the host is gone, and its end of our input too
        except (ValueError, OSError) as error:
            self._send(task.request.id, "error", message=_one_line(str(error)))
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            self._send(task.request.id, "error", message=_one_line(f"{type(error).__name__}: {error}"))

    def _do(self, task: _Task) -> dict[str, Any]:
        request = task.request
        if request.kind in RUNS:
            return self._follow(task, begin(request, self._load))
        if request.kind == "hello":
            taken(request, {})
            return _greeting()
        if request.kind == "open":
            structures = taken(request, {"structures": STRUCTURES}, ["structures"])["structures"]
            return {"file": str(open_in_desktop([structure_from(one) for one in structures]))}
        raise MessageError(f"unknown request '{request.kind}'; there are {', '.join(_KINDS)}")

    def _cancel(self, task: _Task) -> dict[str, Any]:
        """End the request that is named, or all; what a run has reached is its result."""
        options = taken(task.request, {"of": _ID})
        ended = [one for one in list(self._open) if "of" not in options or one.request.id == options["of"]]
        for one in ended:
            one.cancelled.set()
        return {"cancelled": [one.request.id for one in ended]}

    def _follow(self, task: _Task, run: Run) -> dict[str, Any]:
        numbers = run.job.start.split(run.job.start.numbers)
        symbols = [[elements.symbol(z) for z in molecule.tolist()] for molecule in numbers]
        self._send(task.request.id, "started", elements=symbols, budget=run.job.budget)
        last: Step | None = None
        with closing(cast(Generator[Step, None, None], run.job.steps)) as steps:
            while not task.cancelled.is_set() and (step := next(steps, None)) is not None:
                last = step
                self._send(task.request.id, "step", **_progress(run, step))
        if last is None:
            return {"structures": [], "stopped": True, "nfe": 0}
        stopped = task.cancelled.is_set() and last.index != last.budget
        return {**run.result(last), "stopped": stopped, "nfe": int(last.nfe.sum())}

    def _send(self, request_id: str | int | None, kind: str, **values: Any) -> None:
        with self._sending:
            self._send_unguarded({"id": request_id, "type": kind, **values})


def _progress(run: Run, step: Step) -> dict[str, Any]:
    told = {"step": step.index, "budget": step.budget, "sigma": [_finite(one) for one in step.sigma.tolist()]}
    return {**told, "frames": [_frame(one) for one in run.job.positions(step)]} if run.frames else told


def _finite(value: float) -> float | None:
    return round(value, _FRAME_DECIMALS) if math.isfinite(value) else None


def _frame(positions: np.ndarray) -> list[list[float]] | None:
    """Coordinates `[n_atoms, 3]` to be shown; `None` if the molecule has diverged."""
    if not np.isfinite(positions).all():
        return None
    frame: list[list[float]] = positions.round(_FRAME_DECIMALS).tolist()
    return frame


def _greeting() -> dict[str, Any]:
    usable = [(model.name, model.card) for model in installed_models() if model.card]
    models = [
        {"name": name, "elements": [elements.symbol(z) for z in card.elements], "max_atoms": card.max_atoms}
        for name, card in usable
    ]
    return {
        "protocol": PROTOCOL,
        "version": __version__,
        "requests": _KINDS,
        "default": DEFAULT_MODEL,
        "models": models,
    }


def _one_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "something went wrong")
