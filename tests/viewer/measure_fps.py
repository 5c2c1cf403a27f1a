"""Frames per second of the 3D view: `xvfb-run -s "-screen 0 1280x1024x24" python tests/viewer/measure_fps.py`."""

from __future__ import annotations

import sys
import time

import numpy as np
import vispy

from gpff_desktop.structure import Structure
from gpff_desktop.viewer.canvas import MoleculeCanvas

SECONDS = 5.0


def lattice(n_atoms: int) -> Structure:
    """Atoms of H, C, N and O on a disordered grid with typical bond lengths, chained by alternating bonds."""
    rng = np.random.default_rng(0)
    side = int(np.ceil(n_atoms ** (1 / 3)))
    grid = np.stack(np.meshgrid(*3 * [np.arange(side)], indexing="ij"), axis=-1).reshape(-1, 3)[:n_atoms]
    positions = 1.5 * grid + rng.normal(0.0, 0.12, (n_atoms, 3))
    first = np.arange(n_atoms - 1)
    bonds = np.stack([first, first + 1, 1 + first % 2], axis=1)
    return Structure(rng.choice([1, 6, 7, 8], n_atoms), positions, bonds).centred()


def measure(canvas: MoleculeCanvas, structure: Structure, new_bonds: bool) -> tuple[float, float]:
    """Live frames drawn per second and processor time per frame in ms; each has new positions, maybe new bonds."""
    canvas.set_structure(structure)
    canvas.animating = True
    rng = np.random.default_rng(1)
    frames, start, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < SECONDS:
        moved = structure.positions + rng.normal(0.0, 0.02, structure.positions.shape)
        bonds = structure.bonds[frames % 2 :] if new_bonds and structure.bonds is not None else None
        canvas.set_positions(moved, bonds)
        canvas.app.process_events()
        canvas.set_current()
        vispy.gloo.gl.glFinish()
        frames += 1
    return frames / (time.perf_counter() - start), 1e3 * (time.process_time() - cpu) / frames


def still(canvas: MoleculeCanvas) -> float:
    """Seconds for one frame as drawn when nothing moves."""
    while not canvas.occlusion_shown:
        canvas.app.process_events()
    canvas.app.process_events()
    vispy.gloo.gl.glFinish()
    start = time.perf_counter()
    canvas.update()
    canvas.app.process_events()
    canvas.set_current()
    vispy.gloo.gl.glFinish()
    return time.perf_counter() - start


def main() -> None:
    """Measure 50 and 1,000 atoms in a 1000 × 700 window."""
    vispy.use(app="pyside6")
    canvas = MoleculeCanvas(size=(1000, 700), show=True)
    canvas.app.process_events()
    print(f"renderer: {vispy.gloo.gl.glGetParameter(vispy.gloo.gl.GL_RENDERER)}")
    for n_atoms in (50, 1000):
        for new_bonds in (False, True):
            fps, cpu = measure(canvas, lattice(n_atoms), new_bonds)
            note = "bonds change every frame" if new_bonds else "bonds stay"
            print(f"{n_atoms} atoms, {note}: {fps:.1f} frames/s, {cpu:.0f} ms of processor time a frame")
        canvas.animating = False
        print(f"{n_atoms} atoms, at rest with ambient occlusion: {still(canvas):.2f} s a frame")
    canvas.close()


if __name__ == "__main__":
    sys.exit(main())
