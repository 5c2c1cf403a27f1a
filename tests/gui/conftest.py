"""The real window under Xvfb, with a scripted backend in place of a network."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import pytest
import vispy
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from gpff_desktop.engine.interventions import Intervention
from gpff_desktop.engine.steering import Constraint
from gpff_desktop.gui import background
from gpff_desktop.gui.candidates import Column
from gpff_desktop.gui.files import DISCARD
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.messages import GenerateSettings, LoadedModel, Progress, SamplerChoice
from gpff_desktop.session.candidates import Candidate
from gpff_desktop.session.scene import LiveStep, Scene
from gpff_desktop.structure import Structure

WATER = Structure([8, 1, 1], [[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]])
METHANE = Structure(
    [6, 1, 1, 1, 1],
    0.63 * np.array([[0.0, 0, 0], [1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]]),
)
LONG = 60_000
TORN_WATER = WATER.with_positions(WATER.positions * 4)


class ScriptedBackend:
    """Yields as many steps as the budget allows, then the candidates it was told to find.

    Attributes
    ----------
    candidates
        What runs end with.
    go_on
        Cleared by a test, it holds the next step back, as a slow evaluation would.
    pause
        Seconds that each step takes.
    constraints
        Those of the last relaxation.
    live_steps
        Steps that a live molecule makes after each scene before it rests.
    scenes, interventions
        What live runs were told, and what was done to others by hand.
    positions
        Where generated atoms are at every step `[n_atoms, 3]`; by default anywhere.
    begun, steps
        Steps begun and done so far, of all runs.
    """

    def __init__(self) -> None:
        self.model = LoadedModel(
            name="scripted",
            device="cpu",
            elements=frozenset({1, 6, 7, 8}),
            largest=40,
            samplers=(
                SamplerChoice("direct", "Direct denoising", "relaxation"),
                SamplerChoice("ancestral", "Ancestral", "diffusion"),
            ),
        )
        self.candidates: tuple[Structure, ...] = (METHANE, WATER, TORN_WATER, WATER)
        self.error = ""
        self.go_on = threading.Event()
        self.go_on.set()
        self.pause = 0.0
        self.begun = self.steps = 0
        self.positions: np.ndarray | None = None
        self.asked: list[GenerateSettings] = []
        self.live_steps = 5
        self.scenes: list[Scene] = []
        self.interventions: list[Intervention] = []
        self.closed_early = False
        self.constraints: tuple[Constraint, ...] = ()

    def generate(self, settings: GenerateSettings) -> ScriptedRun:
        self.asked.append(settings)
        kept = settings.scaffold.atoms.numbers.tolist() if settings.scaffold else []
        holding = tuple(one for one in self.candidates if one.numbers[: len(kept)].tolist() == kept)
        return ScriptedRun(self, settings.numbers, settings.nfe, holding)

    def relax(
        self, structure: Structure, locked: tuple[int, ...] = (), constraints: tuple[Constraint, ...] = ()
    ) -> ScriptedRun:
        self.constraints = constraints
        return ScriptedRun(self, structure.numbers, 4, (structure.with_title("relaxed"),))

    def live(self) -> ScriptedLive:
        return ScriptedLive(self)

    def relax_all(
        self, structures: tuple[Structure, ...], locked: tuple[int, ...] = (), constraints: tuple[object, ...] = ()
    ) -> ScriptedRun:
        return ScriptedRun(
            self, structures[0].numbers, 4, tuple(one.with_properties(relaxed="yes") for one in structures)
        )

    def forces(self, structure: Structure) -> np.ndarray:
        if self.error:
            raise ValueError(self.error)
        return 0.1 * structure.positions


class ScriptedRun:
    """Random positions for as many steps as the budget allows; its results are known from the beginning."""

    def __init__(
        self, backend: ScriptedBackend, numbers: np.ndarray, budget: int, results: tuple[Structure, ...]
    ) -> None:
        self._backend, self._numbers, self._results = backend, numbers, results
        self._drawn = False
        self._held: dict[int, tuple[float, float, float] | None] = {}
        self.steps = self._draw(budget)

    def starts(self) -> tuple[Structure, ...]:
        return self._results

    def results(self) -> tuple[Structure, ...]:
        return self._results if self._drawn else ()

    def intervene(self, intervention: Intervention) -> None:
        self._backend.interventions.append(intervention)
        if 9 in intervention.retyped.values():
            raise ValueError("the model does not know F")
        self._held |= intervention.held
        for atom in intervention.released:
            self._held.pop(atom, None)

    def _draw(self, budget: int) -> Generator[Progress, None, None]:
        backend, rng = self._backend, np.random.default_rng(0)
        if backend.error:
            raise ValueError(backend.error)
        shape = (max(1, len(self._results)), len(self._numbers), 3)
        try:
            for step in range(1, budget + 1):
                backend.begun += 1
                assert backend.go_on.wait(30)
                backend.steps += 1
                time.sleep(backend.pause)
                self._drawn = True
                positions, sigma = rng.normal(0, 1.5, shape), np.arange(1, shape[0] + 1) / step
                if backend.positions is not None:
                    positions[:] = backend.positions
                for atom, place in self._held.items():
                    positions[:, atom] = positions[:, atom] if place is None else place
                yield Progress(self._numbers, positions, 0.9 * positions, sigma, step, budget)
        except GeneratorExit:
            backend.closed_early = True
            raise


class ScriptedLive:
    """Every free atom goes on by `SHIFT` at each step, for as many steps after a scene as the backend says."""

    SHIFT = np.array([0.0, 0.0, 0.01])

    def __init__(self, backend: ScriptedBackend) -> None:
        self._backend, self._left, self._made = backend, 0, 0

    def take(self, scene: Scene) -> None:
        self._backend.scenes.append(scene)
        self._left = 0
        if self._backend.error:
            raise ValueError(self._backend.error)
        self._left = 0 if scene.paused else self._backend.live_steps
        kept = scene.anew or self._scene.paused or len(self._positions) != len(scene.structure)
        old = scene.structure.positions if kept else self._positions
        self._positions = np.where(scene.fixed[:, None], scene.structure.positions, old)
        self._scene = scene

    def step(self) -> LiveStep | None:
        if not self._left:
            return None
        assert self._backend.go_on.wait(30)
        self._left, self._made = self._left - 1, self._made + 1
        free = ~self._scene.fixed[:, None]
        self._positions = np.where(free, self._positions + self.SHIFT, self._positions)
        return LiveStep(self._positions, free * self.SHIFT, 0.1, self._made, self._scene.serial, not self._left)


def generate(window: MainWindow, qtbot: QtBot) -> None:
    """Generate and wait until everything is judged."""
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.runs.generate()


def column(window: MainWindow, index: Column) -> list[str]:
    """What a column of the table of candidates reads, from the top."""
    order = window.candidates_panel.order
    return [str(order.index(row, index).data()) for row in range(order.rowCount())]


def rows(window: MainWindow) -> list[Candidate]:
    """All candidates."""
    return list(window.workbench.candidates)


class LastingPool:
    """A judging process that outlives the windows which use it: starting one takes a second."""

    def __init__(self) -> None:
        self.pool = background.new_pool()
        self.apply_async = self.pool.apply_async

    def terminate(self) -> None:
        """A window lets go of it."""

    def join(self) -> None:
        """There is nothing to wait for."""


@pytest.fixture(scope="session")
def lasting_pool() -> Iterator[LastingPool]:
    lasting = LastingPool()
    yield lasting
    lasting.pool.terminate()
    lasting.pool.join()


@pytest.fixture(autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep tests away from the settings and sessions of whoever runs them."""
    folder = tmp_path_factory.mktemp("user")
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(folder / "config"))
    monkeypatch.setattr("platformdirs.user_state_dir", lambda *_, **__: str(folder / "state"))
    for variable in ("GPFF_RUNS", "GPFF_DATA", "GPFF_MODELS"):
        monkeypatch.setenv(variable, str(folder / variable.lower()))
    return folder


@pytest.fixture
def backend() -> Iterator[ScriptedBackend]:
    scripted = ScriptedBackend()
    yield scripted
    scripted.go_on.set()


@pytest.fixture
def window(
    qtbot: QtBot,
    backend: ScriptedBackend,
    lasting_pool: LastingPool,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MainWindow]:
    """A window whose model is loaded and that waits for the user; nothing of it may stay behind."""
    vispy.use(app="pyside6")
    monkeypatch.setattr(background, "new_pool", lambda: lasting_pool)
    threads = threading.active_count()
    opened = MainWindow(lambda: backend, generate_at_start=False)
    opened.sessions.ask = lambda _: DISCARD
    opened.resize(opened.minimumSize())
    opened.show()
    qtbot.waitUntil(opened.runs.can_generate, timeout=60_000)
    yield opened
    backend.go_on.set()
    opened.close()
    assert opened.runs.worker.isFinished()
    opened.deleteLater()
    qtbot.waitUntil(lambda: not isValid(opened), timeout=30_000)
    qtbot.waitUntil(lambda: threading.active_count() <= threads, timeout=30_000)
