"""Host plugins with the bridge in this process: the shipped model answers, no process is started."""

from __future__ import annotations

import queue
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gpff_desktop.bridge import client
from gpff_desktop.bridge.server import Bridge
from gpff_desktop.session.fields import load_field

PLUGINS = Path(__file__).parents[2] / "plugins"
shipped = cache(load_field)


class Direct:
    """Answers as `client.Client` does, without a process; few evaluations are made whatever is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.opened: list[Any] = []

    def run(
        self,
        kind: str,
        *,
        step: Callable[[Mapping[str, Any]], object] | None = None,
        idle: object = None,
        **options: Any,
    ) -> dict[str, Any]:
        import json

        self.asked.append((kind, options))
        if kind == "open":
            self.opened.extend(options["structures"])
            return {"type": "result", "file": "somewhere.sdf"}
        answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        bridge = Bridge(answers.put, shipped)
        few = {"nfe": min(6, options["nfe"])} if "nfe" in options else {}
        bridge.take(json.dumps({"id": 1, "type": kind, **options, **few}))
        while (answer := answers.get(timeout=300))["type"] not in ("result", "error"):
            if step:
                step(json.loads(json.dumps(answer)))
        bridge.close()
        if answer["type"] == "error":
            raise client.BridgeError(answer["message"])
        return dict(json.loads(json.dumps(answer)))

    def cancel(self) -> None:
        self.asked.append(("cancel", {}))

    def close(self) -> None:
        self.asked.append(("close", {}))

    def __enter__(self) -> Direct:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def direct() -> Direct:
    return Direct()


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make a folder of `plugins` importable for one test; what was imported meanwhile is forgotten again."""
    before = set(sys.modules)

    def make(folder: str) -> None:
        monkeypatch.syspath_prepend(str(PLUGINS / folder))

    yield make
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("gpff_pymol", "gpff_chimerax", "avogadro_gpff"):
            del sys.modules[name]
