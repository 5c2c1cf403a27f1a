"""A bridge in this process with the shipped model, and what it says."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from gpff_desktop.bridge.server import Bridge
from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.session.fields import load_field

shipped = cache(load_field)


class Talk:
    """Sends requests to a bridge and keeps what it answers."""

    def __init__(self) -> None:
        self.answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.heard: Callable[[dict[str, Any]], object] = lambda answer: None
        self.bridge = Bridge(self._take, shipped)

    def say(self, message: object) -> None:
        self.bridge.take(message if isinstance(message, str) else json.dumps(message))

    def until_the_end(self) -> list[dict[str, Any]]:
        """Answers up to the next result or error."""
        answers = []
        while not answers or answers[-1]["type"] not in ("result", "error"):
            answers.append(self.answers.get(timeout=300))
        return answers

    def ask(self, kind: str, **options: Any) -> dict[str, Any]:
        self.say({"id": 1, "type": kind, **options})
        return self.until_the_end()[-1]

    def refused(self, kind: str, **options: Any) -> str:
        """The one line that a request is refused with."""
        answer = self.ask(kind, **options)
        assert answer["type"] == "error"
        assert answer["message"]
        assert "\n" not in answer["message"]
        return str(answer["message"])

    def _take(self, answer: dict[str, Any]) -> None:
        json.dumps(answer, allow_nan=False)
        self.answers.put(answer)
        self.heard(answer)


@pytest.fixture
def talk():
    one = Talk()
    yield one
    one.bridge.close()


def message_of(smiles: str, *, bonds: bool = True) -> dict[str, Any]:
    """A molecule as hosts send it."""
    structure = from_smiles(smiles)
    values = {"elements": structure.numbers.tolist(), "coordinates": structure.positions.tolist()}
    return {**values, "bonds": structure.bonds.tolist()} if bonds else values
