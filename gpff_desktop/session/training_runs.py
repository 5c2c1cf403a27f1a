"""Training runs as processes of their own, which outlive the program that started them; one runs at a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from gpff_desktop.session.file_lock import FileLock, is_held
from gpff_desktop.session.training_metrics import Curves, MetricsReader, newest_samples
from gpff_desktop.session.training_request import GPFF, PACKAGE, RunRequest, train_arguments
from gpff_desktop.structure import Structure
from gpff_desktop.training.status import (
    CONFIG,
    LOCK,
    LOG,
    ORDER,
    STATE,
    RunError,
    RunStatus,
    State,
    express,
    forget_wish,
    mark_failed,
    read_status,
    write_record,
    write_status,
)

FOLDER_VARIABLE = "GPFF_RUNS"
_TURN = ".turn.lock"
_LONGEST_START = 120.0
_KILLED = (
    "the training was ended from outside, most often because the memory ran out: close other programs and resume, "
    "or start again with a smaller network or smaller batches"
)

_NO_ROOM = "its folder cannot be written to: make room on the disk and resume; what was saved last is kept"


def user_runs_folder() -> Path:
    """Where training runs are kept; the environment variable `GPFF_RUNS` names another folder."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("gpff-desktop", appauthor=False)) / "runs"


@dataclass(frozen=True)
class RunInfo:
    """A run as it stands.

    Parameters
    ----------
    path
        Its folder.
    status
        Where it stands.
    reader
        What reads its metrics.
    request
        What was asked for; `None` for a run that was started on the command line.
    """

    path: Path
    status: RunStatus
    reader: MetricsReader = field(compare=False, repr=False)
    request: RunRequest | None = None

    @property
    def name(self) -> str:
        """The name it is listed under: that of its folder."""
        return self.path.name

    @property
    def state(self) -> State:
        """The state of `status`."""
        return self.status.state

    @property
    def model_folder(self) -> Path:
        """Where the last good average is kept as a model."""
        return self.path / "model"

    @property
    def resumable(self) -> bool:
        """Whether `resume` would go on with it."""
        return self.state in ("paused", "failed")

    def metrics(self) -> Curves:
        """Its curves so far; only what is new is read."""
        return self.reader.read()

    def samples(self) -> list[Structure]:
        """The molecules generated last by its current average."""
        return newest_samples(self.path)

    def log(self) -> str:
        """What the trainer wrote on its standard output and error."""
        try:
            return (self.path / LOG).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


class TrainingRuns:
    """The runs in a folder: started, listed, paused, resumed, stopped and removed.

    Everything is on disk: another program (or this one, started again) finds the runs and their queue as they are.

    Parameters
    ----------
    folder
        The folder; each run has a folder of its own in it.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Path(folder) if folder else user_runs_folder()
        self._children: dict[Path, subprocess.Popen[bytes]] = {}
        self._readers: dict[Path, MetricsReader] = {}
        self._known: dict[Path, RunInfo] = {}

    def runs(self) -> list[RunInfo]:
        """All runs, the oldest first."""
        if not self.folder.is_dir():
            return []
        found = [info for path in self.folder.iterdir() if (info := self._examined(path))]
        return sorted(found, key=lambda info: (_born(info.path), info.name))

    def run(self, name: str) -> RunInfo:
        """One run.

        Raises
        ------
        RunError
            If there is none of that name.
        """
        info = self._examined(self.folder / name) if name else None
        if info is None:
            raise RunError(f"there is no run '{name}'; look at the list of runs again")
        return info

    def poll(self) -> list[RunInfo]:
        """Runs that changed since the last call; starts the next of the queue when its turn has come.

        Call it about once a second. A run that ended without a word is marked as failed.
        """
        self._start_next()
        now = {info.path: info for info in self.runs()}
        changed = [info for path, info in now.items() if self._known.get(path) != info]
        self._known = now
        return changed

    def known(self) -> list[RunInfo]:
        """The runs as `poll` found them last, the oldest first; nothing is read again."""
        return list(self._known.values())

    def start(self, request: RunRequest) -> RunInfo:
        """Queue a new run; it starts at once when no other runs.

        Raises
        ------
        RunError
            If the request cannot be carried out, or a run of that name exists.
        OSError
            If its folder cannot be written.
        """
        request.check()
        path = self.folder / request.name
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            path.mkdir()
        except FileExistsError:
            raise RunError(f"there is a run '{request.name}' already; choose another name") from None
        write_record(path / ORDER, request.as_dict())
        return self._queue(path, RunStatus("queued"))

    def pause(self, name: str) -> RunInfo:
        """Ask a run to save and end, or take it out of the queue; nothing happens to one that does not run."""
        info = self.run(name)
        if info.status.active:
            express(info.path, "pause")
        elif info.state == "queued":
            write_status(info.path, info.status.now("paused", at=time.time()))
        return self.run(name)

    def resume(self, name: str) -> RunInfo:
        """Queue a paused or failed run again; it goes on where it was saved.

        Raises
        ------
        RunError
            If it is finished, or runs already.
        """
        info = self.run(name)
        if not info.resumable:
            raise RunError(f"run '{name}' is {info.state}: there is nothing to resume")
        forget_wish(info.path)
        return self._queue(info.path, info.status)

    def stop(self, name: str) -> RunInfo:
        """End a run early and make its model of the average so far; it cannot be resumed after.

        Raises
        ------
        RunError
            If it is finished, or has not learned anything yet.
        """
        info = self.run(name)
        if info.state == "finished":
            raise RunError(f"run '{name}' is finished already")
        if not info.status.active and not (info.path / STATE).exists():
            raise RunError(f"run '{name}' has not learned anything yet; remove it instead")
        express(info.path, "finish")
        return info if info.status.active else self._queue(info.path, info.status)

    def remove(self, name: str) -> None:
        """Delete a run and everything in its folder; a model that it installed stays.

        Raises
        ------
        RunError
            If it runs.
        OSError
            If a file cannot be deleted.
        """
        info = self.run(name)
        if info.status.active:
            raise RunError(f"run '{name}' is still training; pause or stop it first")
        shutil.rmtree(info.path)
        for table in (self._readers, self._children):
            table.pop(info.path, None)

    def _queue(self, path: Path, status: RunStatus) -> RunInfo:
        write_status(path, status.now("queued", at=time.time()))
        self._start_next()
        return self.run(path.name)

    def _examined(self, path: Path) -> RunInfo | None:
        ended = self._reaped(path)
        status = read_status(path)
        if status is None:
            return None
        if status.active and not self._is_alive(path, status, ended):
            mark_failed(path, _KILLED)  # unless it has said how it ended just now
            forget_wish(path)
            status = read_status(path) or status
            if status.active:  # nothing could be written
                status = status.now("failed", _NO_ROOM, at=status.since)
        reader = self._readers.setdefault(path, MetricsReader(path))
        return RunInfo(path, status, reader, _request(path))

    def _is_alive(self, path: Path, status: RunStatus, ended: bool) -> bool:
        if path in self._children or is_held(path / LOCK):
            return True
        # Started by another program, it takes its lock only after the libraries are loaded.
        return not ended and status.state == "starting" and time.time() - status.since < _LONGEST_START

    def _reaped(self, path: Path) -> bool:
        """Whether the trainer that was started here for a run has ended since the last look."""
        child = self._children.get(path)
        if child is None or child.poll() is None:
            return False
        del self._children[path]
        return True

    def _start_next(self) -> None:
        if not self.folder.is_dir():
            return
        turn = FileLock(self.folder / _TURN)
        if not turn.acquire():
            return  # another program is at it
        try:
            runs = self.runs()
            waiting = [info for info in runs if info.state == "queued"]
            if waiting and not any(info.status.active for info in runs):
                self._spawn(min(waiting, key=lambda info: info.status.since))
        finally:
            turn.release()

    def _spawn(self, info: RunInfo) -> None:
        write_status(info.path, info.status.now("starting", "loading the libraries", at=time.time()))
        try:
            self._children[info.path] = _trainer(info)
        except (OSError, RunError) as error:
            write_status(info.path, info.status.now("failed", str(error), at=time.time()))


def _trainer(info: RunInfo) -> subprocess.Popen[bytes]:
    if info.request is None:
        raise RunError(f"run '{info.name}' was started on the command line; resume it there with gpff train --resume")
    with (info.path / LOG).open("ab") as log:
        return subprocess.Popen(
            _command(info.request, info.path),
            cwd=PACKAGE,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **_detached(),
        )


def _command(request: RunRequest, path: Path) -> list[str]:
    arguments = train_arguments(request, path, resume=(path / CONFIG).exists())
    return [*GPFF, *arguments]


def _detached() -> dict[str, Any]:
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"start_new_session": True}


def _request(path: Path) -> RunRequest | None:
    try:
        return RunRequest.from_dict(json.loads((path / ORDER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _born(path: Path) -> float:
    try:
        return (path / ORDER).stat().st_mtime
    except OSError:
        return 0.0
