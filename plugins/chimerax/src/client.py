"""Talks to GPFF Desktop from another program: starts `gpff-bridge` and exchanges JSON lines with it.

Standard library only, Python 3.10 or newer. Host plugins carry a copy of this file; a test keeps the copies alike.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

PROTOCOL = 1
PYTHON_VARIABLE = "GPFF_PYTHON"
_SCRIPT = "gpff-bridge"
_LOOK_SECONDS = 0.05
_END_SECONDS = 10
# A host sets these for its own Python and Qt; ours would start with the wrong libraries.
_HOSTS_OWN = ("PYTHONHOME", "PYTHONPATH", "PYTHONEXECUTABLE", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH")

Told = Callable[[Mapping[str, Any]], object]


class BridgeError(ValueError):
    """GPFF Desktop cannot do what is asked, or is not there; the message is one line for the user."""


def settings_file() -> Path:
    """Where it is noted which Python has GPFF Desktop."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home())
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "gpff-desktop" / "bridge.json"


def remember(python: str) -> Path:
    """Note which Python has GPFF Desktop (or where `gpff-bridge` is) for all host programs; returns the file.

    Raises
    ------
    BridgeError
        If there is no such file.
    OSError
        If it cannot be noted.
    """
    if not Path(python).is_file():
        raise BridgeError(f"there is no file '{python}'; name the Python that GPFF Desktop is installed in")
    file = settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"python": os.path.abspath(python)}) + "\n", encoding="utf-8")
    return file


def bridge_command() -> list[str]:
    """What starts the bridge: the variable `GPFF_PYTHON`, else what was remembered, else what is on the path.

    Raises
    ------
    BridgeError
        If there is none of these.
    """
    if python := os.environ.get(PYTHON_VARIABLE) or _remembered() or shutil.which(_SCRIPT):
        is_script = os.path.basename(python).lower().startswith(_SCRIPT)
        return [python] if is_script else [python, "-m", "gpff_desktop.bridge"]
    raise BridgeError(
        f"GPFF Desktop was not found: run '{_SCRIPT} --remember' once where it is installed, "
        f"or set {PYTHON_VARIABLE} to its Python"
    )


def _remembered() -> str:
    try:
        return str(json.loads(settings_file().read_text(encoding="utf-8"))["python"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


class Client:
    """A bridge that is started when it is first needed, and again after it has died.

    Parameters
    ----------
    command
        What starts it; by default `bridge_command()`, looked up at each start.
    """

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command
        self._process: subprocess.Popen[str] | None = None
        self._complaints: IO[bytes] | None = None
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._ids = itertools.count(1)
        self._running: int | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def busy(self) -> bool:
        """Whether a request is being answered."""
        return self._running is not None

    def run(
        self, kind: str, *, step: Told | None = None, idle: Callable[[], object] | None = None, **options: Any
    ) -> Any:
        """Ask for something and wait for its result.

        Parameters
        ----------
        kind
            Such as `generate`; what messages call `type`.
        step
            Told each `started` and `step` message of a run.
        idle
            Called about twenty times a second while waiting, so that a window stays alive; it may call `cancel`.
        options
            The request's options.

        Returns
        -------
        dict
            The result message.

        Raises
        ------
        BridgeError
            If the request is refused, another one is running, or the bridge is missing or dies.
        """
        if self.busy:
            raise BridgeError("GPFF Desktop is busy; wait for the end or stop it")
        if self._process is None:
            self._start()
            self._greet(idle)
        return self._exchange(kind, options, step, idle)

    def cancel(self) -> None:
        """End the run in progress after the evaluation it is in; what it has reached is its result."""
        if self._running is not None:
            self._write({"id": 0, "type": "cancel", "of": self._running})

    def close(self) -> None:
        """End the bridge; a later request starts it again."""
        process, self._process, self._running = self._process, None, None
        if process is None:
            return
        try:
            if process.stdin:
                process.stdin.close()
        except OSError:
            pass  # it has died already
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> None:
        command = self._command or bridge_command()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  (outlives this call)
        self._answers = queue.SimpleQueue()
        environment = {key: value for key, value in os.environ.items() if key not in _HOSTS_OWN}
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints, encoding="utf-8",
                env=environment, start_new_session=True, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )  # fmt: skip
        except OSError as error:
            reason = error.strerror or error
            raise BridgeError(f"GPFF Desktop cannot be started with '{command[0]}': {reason}") from None
        threading.Thread(target=_listen, args=(self._process.stdout, self._answers), daemon=True).start()

    def _greet(self, idle: Callable[[], object] | None) -> None:
        spoken = self._exchange("hello", {}, None, idle).get("protocol")
        if spoken != PROTOCOL:
            self.close()
            raise BridgeError(
                f"this plugin speaks protocol {PROTOCOL}, GPFF Desktop {spoken}: update the older of them"
            )

    def _exchange(
        self, kind: str, options: Mapping[str, Any], step: Told | None, idle: Callable[[], object] | None
    ) -> dict[str, Any]:
        self._running = request_id = next(self._ids)
        try:
            self._write({"id": request_id, "type": kind, **options})
            while True:
                answer = self._next(idle)
                if answer.get("id") != request_id:
                    continue
                if answer["type"] == "result":
                    return answer
                if answer["type"] == "error":
                    raise BridgeError(str(answer["message"]))
                if step:
                    step(answer)
        except BridgeError:
            raise
        except BaseException:  # whoever stops waiting, as with Ctrl+C, wants no more of it
            self.cancel()
            raise
        finally:
            self._running = None

    def _next(self, idle: Callable[[], object] | None) -> dict[str, Any]:
        while True:
            try:
                answer = self._answers.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if idle:
                    idle()
                continue
            if answer is None:
                raise self._died()
            return answer

    def _write(self, message: Mapping[str, Any]) -> None:
        stream = self._process.stdin if self._process else None
        assert stream
        try:
            stream.write(json.dumps(message) + "\n")
            stream.flush()
        except OSError:
            self._answers.put(None)  # whoever waits is told

    def _died(self) -> BridgeError:
        self.close()
        assert self._complaints
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it gave no reason")
        return BridgeError(f"GPFF Desktop ended unexpectedly ({last[:200]}); try again")


def _listen(stream: IO[str], answers: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    """Pass on what the bridge says, and None when it has ended."""
    for line in stream:
        try:
            answers.put(json.loads(line))
        except ValueError:
            continue
    answers.put(None)


def told(structure: Mapping[str, Any]) -> str:
    """A result in a few words, such as `valid, CCO` or `not valid: 2 separate pieces`."""
    return f"valid, {structure['smiles']}" if structure["valid"] else f"not valid: {structure['reason']}"
