"""One canvas for all tests of the view: opening a window is slow under software rendering."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import vispy

from gpff_desktop.structure import Structure
from gpff_desktop.viewer.canvas import MoleculeCanvas
from gpff_desktop.viewer.governor import Governor
from gpff_desktop.viewer.style import BALL_AND_STICK, LIGHT


class Steady(Governor):
    """Draws the same share of the pixels on any machine and under any load."""

    def __init__(self, share: float = 1.0) -> None:
        super().__init__()
        self._share = share

    @property
    def share(self) -> float:
        return self._share


@pytest.fixture(scope="package")
def shared_canvas(qapp: object) -> Iterator[MoleculeCanvas]:
    vispy.use(app="pyside6")
    canvas = MoleculeCanvas(size=(400, 300), show=True)
    canvas.app.process_events()
    yield canvas
    canvas.close()
    canvas.app.process_events()


@pytest.fixture
def canvas(shared_canvas: MoleculeCanvas) -> MoleculeCanvas:
    """The canvas as a user first sees it, but in parallel projection so that lengths can be predicted."""
    shared_canvas._governor = Steady()
    shared_canvas.animating = False
    shared_canvas.set_theme(LIGHT)
    shared_canvas.set_representation(BALL_AND_STICK)
    shared_canvas.set_palette("cpk")
    shared_canvas.set_labels("none")
    shared_canvas.set_selection([])
    shared_canvas.set_locked([])
    shared_canvas.set_measurements([])
    shared_canvas.set_arrows(None)
    shared_canvas.set_band(None)
    shared_canvas.set_sketch(None)
    shared_canvas.set_ghosts([])
    shared_canvas.set_charges(None)
    shared_canvas.set_pivot(None)
    shared_canvas.tool = None
    shared_canvas.camera.parallel = True
    shared_canvas.camera.set_orientation(np.eye(3))
    shared_canvas.camera.center = (0.0, 0.0, 0.0)
    shared_canvas.camera.scale_factor = 6.0
    return shared_canvas


@pytest.fixture
def formaldehyde() -> Structure:
    """H2C=O in the plane of the screen, oxygen to the right."""
    positions = [[0.0, 0.0, 0.0], [1.2, 0.0, 0.0], [-0.55, 0.94, 0.0], [-0.55, -0.94, 0.0]]
    return Structure([6, 8, 1, 1], positions, [[0, 1, 2], [0, 2, 1], [0, 3, 1]])


@pytest.fixture
def scattered() -> Structure:
    """Twenty atoms that do not overlap in any view along z."""
    grid = np.stack(np.meshgrid(np.arange(5), np.arange(4)), axis=-1).reshape(-1, 2) * 1.6
    depth = np.random.default_rng(0).uniform(-3, 3, (20, 1))
    return Structure(np.tile([1, 6, 7, 8], 5), np.hstack([grid, depth])).centred()
