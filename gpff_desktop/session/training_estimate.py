"""How long a training would take on this machine: a few real steps, measured in a process of their own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator
from dataclasses import dataclass

from gpff_desktop.session.training_request import GPFF, PACKAGE, RunRequest, measure_arguments
from gpff_desktop.training.status import RunError

_LONGEST = 300.0


@dataclass(frozen=True)
class Estimate:
    """What was measured.

    Parameters
    ----------
    molecules
        Molecules that would be trained on.
    molecules_per_s
        Speed in molecules per second, the network not compiled; a run of an hour or more compiles it and is faster.
    seconds_per_epoch
        Time of one pass over the data.
    device
        Where it was measured.
    """

    molecules: int
    molecules_per_s: float
    seconds_per_epoch: float
    device: str

    def seconds(self, request: RunRequest) -> float:
        """Time that a request would take."""
        return 3600 * request.hours if request.hours is not None else (request.epochs or 0) * self.seconds_per_epoch

    def epochs(self, request: RunRequest) -> float:
        """Passes over the data that a request would make."""
        return self.seconds(request) / self.seconds_per_epoch


def estimate_speed(request: RunRequest) -> Estimate:
    """Measure some seconds of the training that is asked for; it takes longer where libraries load slowly.

    Call it from a thread: it waits for a process.

    Raises
    ------
    RunError
        If the request cannot be carried out; the message is the trainer's own line.
    """
    request.check()
    command = [*GPFF, *measure_arguments(request)]
    try:
        done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, timeout=_LONGEST, check=False)
    except subprocess.TimeoutExpired:
        raise RunError("measuring took too long on this machine; start with a budget of time instead") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise RunError(said[-1].removeprefix("gpff: ") if said else "the speed could not be measured; try again")
    return Estimate(**json.loads(done.stdout))


def estimate_steps(request: RunRequest) -> Generator[Estimate, None, None]:
    """`estimate_speed` as work that can be given up, see `session.stepping`."""
    yield estimate_speed(request)
