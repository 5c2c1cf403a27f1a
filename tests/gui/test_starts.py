"""Where atoms start, chosen in the real window: kept with the structure, shown as a cloud, undone like an edit."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from gpff_desktop.engine.steering import AsDrawn, FromStructure, InRegion, Isotropic, Mixture, NearAtom, Painted, Sphere
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.gui.prior_panel import PriorPanel

from .conftest import METHANE, ScriptedBackend
from .hands import Hands

LONG = 60_000


def choose(panel: PriorPanel, kind: str) -> None:
    box = panel.findChild(QComboBox)
    assert box is not None
    box.setCurrentIndex(box.findData(kind))
    box.activated.emit(box.currentIndex())


def cloud(window: MainWindow) -> np.ndarray:
    points: np.ndarray = window.view.canvas._overlays.cloud._points
    return points


def test_a_start_is_shown_as_a_cloud_kept_with_the_structure_and_undone(window: MainWindow, qtbot: QtBot) -> None:
    panel, document = window.generate_panel.start, window.document
    document.add([METHANE], "methane")
    choose(panel, "isotropic")
    assert document.required().prior == Isotropic(1.5)
    qtbot.waitUntil(lambda: len(cloud(window)) > 300, timeout=LONG)
    panel.page("isotropic").fields["sigma"].spins[0].setValue(0.4)
    assert document.required().prior == Isotropic(0.4)
    qtbot.waitUntil(lambda: 0.3 < cloud(window).std() < 0.5, timeout=LONG)

    document.select([0])
    choose(panel, "around")
    assert document.required().prior == NearAtom(0, 1.0)
    assert panel.around.take.text().startswith("C1")
    panel.some.setChecked(True)
    assert document.required().prior == Mixture((((0,), NearAtom(0, 1.0)),), AsDrawn(0.0))
    document.undo()
    assert not panel.some.isChecked()
    for _ in range(3):
        document.undo()
    assert (document.required().prior, panel.kind) == (None, "automatic")
    qtbot.waitUntil(lambda: not len(cloud(window)), timeout=LONG)


def test_a_region_is_dragged_by_its_handles_and_one_too_small_is_told_before_a_run(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    panel, document, canvas = window.generate_panel.start, window.document, window.view.canvas
    document.add([METHANE], "methane")
    choose(panel, "sphere")
    assert document.required().prior == InRegion(Sphere((0.0, 0.0, 0.0), 3.0))
    hands = Hands(window).face(0.4)
    start = tuple(canvas.project_points(canvas.handles.places[1:2])[0])
    hands.drag([start, (start[0] - 6, start[1]), (start[0] - 12, start[1])])
    prior = document.required().prior
    assert isinstance(prior, InRegion)
    assert isinstance(prior.region, Sphere)
    assert 0.2 < prior.region.radius < 2.9
    assert panel.page("sphere").fields["radius"].value == round(prior.region.radius, 2)
    document.undo()
    assert document.required().prior == InRegion(Sphere((0.0, 0.0, 0.0), 3.0)), "one drag is one step"
    panel.page("sphere").fields["radius"].spins[0].setValue(0.2)
    qtbot.waitUntil(lambda: "the sphere is too small for 21 atoms" in panel._note.text(), timeout=LONG)
    window.grow_dock.raise_()
    qtbot.waitUntil(lambda: canvas.handles.region is None, timeout=LONG)


def test_without_a_structure_the_panel_keeps_the_start_itself(
    window: MainWindow, qtbot: QtBot, backend: ScriptedBackend
) -> None:
    panel = window.generate_panel.start
    choose(panel, "structure")
    panel.conformer.line.setText("C((")
    panel.conformer.line.returnPressed.emit()
    qtbot.waitUntil(lambda: "is not a SMILES" in panel._note.text(), timeout=LONG)
    panel.conformer.line.setText("CO")
    panel.conformer.line.returnPressed.emit()
    qtbot.waitUntil(lambda: window.generate_panel.formula.text == "CH4O", timeout=LONG)
    with qtbot.waitSignal(window.idle, timeout=LONG):
        window.commands.run("run.generate")
    prior = backend.asked[-1].prior
    assert isinstance(prior, FromStructure)
    assert sorted(prior.numbers) == [1, 1, 1, 1, 6, 8]


def test_the_brush_paints_where_atoms_start(window: MainWindow) -> None:
    panel, document = window.generate_panel.start, window.document
    document.add([METHANE], "methane")
    choose(panel, "painted")
    hands = Hands(window).face()
    x, y = hands.atom(0)
    hands.drag([(x, y), (x + 15, y), (x + 30, y)])
    prior = document.required().prior
    assert isinstance(prior, InRegion)
    assert isinstance(prior.region, Painted)
    strokes = len(prior.region.strokes)
    hands.take("select")
    assert not panel.painted.brush.isChecked(), "another tool puts it away"
    hands.drag([(x, y), (x + 15, y)])
    assert len(document.required().prior.region.strokes) == strokes  # type: ignore[union-attr]
