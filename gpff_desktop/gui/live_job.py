"""A live run between two threads: scenes go in, steps come out, and of both only the newest counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from gpff_desktop.session.scene import LiveStep, Scene

LEAST_SECONDS = 1 / 60
"""Steps are not made more often than screens show them."""


class ModelLiveRun(Protocol):
    """A molecule that follows the field; see `session.live.LiveRun`."""

    def take(self, scene: Scene) -> None:
        """Go on with this scene; `ValueError` in one line if that cannot be."""

    def step(self) -> LiveStep | None:
        """Evaluate once and move the free atoms; None if all is at rest."""


class LiveJob:
    """The worker is one step ahead of the window at most: what is computed is also seen, and neither waits for long."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._scene: Scene | None = None
        self._step: LiveStep | None = None
        self._over = False

    # In the window's thread

    def show(self, scene: Scene) -> None:
        """Go on with this scene before the next evaluation; one that still waits is forgotten."""
        with self._news:
            if self._scene is not None and self._scene.anew:
                scene = replace(scene, anew=True)
            self._scene = scene
            self._news.notify()

    def newest(self) -> LiveStep | None:
        """The newest step, once."""
        with self._news:
            step, self._step = self._step, None
            self._news.notify()
        return step

    def end(self) -> None:
        """Make no more steps."""
        with self._news:
            self._over = True
            self._news.notify()

    # In the worker's thread

    def follow(self, run: ModelLiveRun, tell: Callable[[], None], refuse: Callable[[ValueError], None]) -> None:
        """Step until the job is ended; `tell` that there is a step, or why a scene is refused."""
        while not self._over:
            scene = self._next_scene()
            try:
                if scene is not None:
                    run.take(scene)
            except ValueError as error:
                refuse(error)
            began = time.monotonic()
            step = run.step()
            if step is None:
                self._wait(lambda: self._scene is not None)
                continue
            self._wait(lambda: self._step is None)
            self._give(step)
            tell()
            self._wait(lambda: False, began + LEAST_SECONDS - time.monotonic())

    def _next_scene(self) -> Scene | None:
        with self._news:
            scene, self._scene = self._scene, None
            return scene

    def _give(self, step: LiveStep) -> None:
        with self._news:
            self._step = step

    def _wait(self, ready: Callable[[], bool], seconds: float | None = None) -> None:
        """Wait until something is ready, the job is ended, or that many seconds have gone by."""
        if seconds is None or seconds > 0:
            with self._news:
                self._news.wait_for(lambda: self._over or ready(), seconds)
