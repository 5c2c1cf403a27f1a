"""What a run says of itself and what it is asked to do, as small files in its folder. Nothing here needs torch."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from gpff_desktop.atomic_file import atomic_write

STATUS, WISH, LOCK, LOG, ORDER = "status.json", "wish.txt", "run.lock", "log.txt", "request.json"
CONFIG, STATE, METRICS, SAMPLES = "config.json", "state.safetensors", "metrics.csv", "samples.extxyz"

State = Literal["queued", "starting", "running", "paused", "finished", "failed"]
Wish = Literal["pause", "finish"]
ACTIVE: tuple[State, ...] = ("starting", "running")


class RunError(ValueError):
    """A run cannot be used or started; the message is one line that says why and what to do."""


@dataclass(frozen=True)
class RunStatus:
    """Where a run stands.

    Parameters
    ----------
    state
        `queued`, `starting`, `running`, `paused`, `finished` or `failed`.
    message
        What there is to say, in one line: what it is doing other than training, how it ended, or what went wrong and
        what to do.
    since
        When it came into this state, in seconds since 1970.
    step
        Optimisation steps taken.
    progress
        Share of the budget used, 0 to 1.
    elapsed
        Seconds of training, over all sittings.
    seconds_left
        Estimate of the time left; `None` if unknown.
    molecules_per_s
        Speed, in molecules per second.
    loss
        Training loss; `None` before the first report.
    model
        Name under which the finished model was installed; empty if it was not.
    """

    state: State
    message: str = ""
    since: float = 0.0
    step: int = 0
    progress: float = 0.0
    elapsed: float = 0.0
    seconds_left: float | None = None
    molecules_per_s: float = 0.0
    loss: float | None = None
    model: str = ""

    @property
    def active(self) -> bool:
        """Whether a trainer works on it, or is about to."""
        return self.state in ACTIVE

    def now(self, state: State, message: str = "", *, at: float) -> RunStatus:
        """The status after coming into another state at a time (seconds since 1970); figures are kept."""
        return replace(self, state=state, message=message, since=at, seconds_left=None)


def read_status(run: Path) -> RunStatus | None:
    """The status of a run; `None` if it has none that can be read."""
    known = {field.name for field in fields(RunStatus)}
    try:
        values = json.loads((run / STATUS).read_text(encoding="utf-8"))
        status = RunStatus(**{name: value for name, value in values.items() if name in known})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return status if status.state in get_args(State) else None


def write_status(run: Path, status: RunStatus) -> None:
    """Write a status so that a reader sees the old one or the new one, never half of it.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    write_record(run / STATUS, asdict(status))


def mark_failed(run: Path, message: str) -> None:
    """Say of a run that was being trained that it failed, and why; nothing happens to any other."""
    status = read_status(run)
    if status is not None and status.active:
        with suppress(OSError):
            write_status(run, status.now("failed", message, at=time.time()))


def write_record(path: Path, values: Mapping[str, Any]) -> None:
    """Write plain values as JSON, wholly or not at all; raises `OSError` as `write_status` does."""
    with atomic_write(path) as partial:
        partial.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def express(run: Path, wish: Wish) -> None:
    """Ask the trainer of a run to pause (save and end) or to finish now with what it has.

    Raises
    ------
    OSError
        If the wish cannot be written down.
    """
    with atomic_write(run / WISH) as partial:
        partial.write_text(wish, encoding="utf-8")


def wish_of(run: Path) -> Wish | None:
    """What the trainer of a run is asked to do."""
    try:
        text = (run / WISH).read_text(encoding="utf-8")
    except OSError:
        return None
    return "pause" if text == "pause" else "finish" if text == "finish" else None


def forget_wish(run: Path) -> None:
    """Nothing is asked of the run any more."""
    with suppress(OSError):
        (run / WISH).unlink(missing_ok=True)
