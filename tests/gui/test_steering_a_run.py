"""The hand on a generation that is running, in the real window."""

from __future__ import annotations

import numpy as np
import pytest

from gpff_desktop.engine.interventions import Intervention
from tests.gui.hands import Hands

LONG = 30_000
SPREAD = np.array([[3.0 * k, 2.0 * (k % 2), 0.0] for k in range(21)])


@pytest.fixture
def hands(window, backend, qtbot):
    """Hands on a run that waits for them, with all its atoms side by side."""
    backend.positions = SPREAD
    window.generate_panel.set_values(nfe=500)
    window.commands.run("run.generate")
    qtbot.waitUntil(lambda: np.array_equal(window.view.structure.positions, SPREAD), timeout=LONG)
    backend.go_on.clear()
    yield Hands(window).face(0.9)
    backend.go_on.set()
    window.commands.run("run.stop")
    qtbot.waitUntil(lambda: not window.runs.is_running(), timeout=LONG)


def test_an_atom_of_a_run_is_dragged_locked_and_retyped_and_the_tool_comes_back(hands, window, backend, qtbot):
    toolbox = window.editing.toolbox
    assert toolbox.hand is window.steer_tool
    start = hands.atom(4)
    hands.drag([start, (start[0] + 20, start[1]), (start[0] + 40, start[1] - 10)])
    *held, released = backend.interventions
    assert held
    assert all(set(change.held) == {4} for change in held)
    moved = np.array(held[-1].held[4]) - SPREAD[4]
    assert moved[0] > 0.2
    assert moved[1] > 0.05
    assert released == Intervention(0, released=frozenset({4}))
    assert window.view.canvas.selection == {4}
    del backend.interventions[:]

    hands.click(hands.atom(7))
    hands.click(hands.atom(7))
    hands.key("n")
    assert backend.interventions == [
        Intervention(0, held={7: None}), Intervention(0, released=frozenset({7})), Intervention(0, retyped={7: 7})
    ]  # fmt: skip

    said = []
    window.workbench.warned.connect(said.append)
    hands.key("f")
    assert said == ["the model does not know F"]

    window.commands.run("tool.move")
    assert toolbox.hand is window.steer_tool
    backend.go_on.set()
    window.commands.run("run.stop")
    qtbot.waitUntil(lambda: not window.runs.is_running(), timeout=LONG)
    assert toolbox.hand.name == "move"
    assert not window.view.canvas.selection


def test_a_drag_beside_the_atoms_turns_the_view_and_does_nothing_to_the_run(hands, window, backend):
    before = window.view.canvas.camera.orientation.copy()
    x, y = hands.corner
    hands.drag([(x, y), (x - 30, y + 20), (x - 60, y + 40)])
    assert np.abs(window.view.canvas.camera.orientation - before).max() > 0.01
    assert not backend.interventions
