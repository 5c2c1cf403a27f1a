"""The window at work: stalls of its event loop while molecules are generated, and frames per second of the 3D view.

    python -m benchmarks.window [--count N] [--nfe K] [--json FILE]

Needs a display; without one, `make bench` runs it under Xvfb, that is, with everything drawn by the processor.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import vispy
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from gpff_desktop.gui.backend import load_backend
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.structure import Structure
from gpff_desktop.viewer.canvas import MoleculeCanvas

BEAT = 0.005
STALL = 0.050
FORMULA = "C7H10N2O2"
SECONDS = 4.0
SIZES = (50, 1000)
HUGE = 100_000


@dataclass
class Pulse:
    """A timer in the window's thread; a beat that comes late tells how long the event loop was held up."""

    gaps: list[float] = field(default_factory=list)
    last: float = 0.0

    def start(self, window: MainWindow) -> QTimer:
        """Begin to beat."""
        self.last = time.perf_counter()
        timer = QTimer(window, interval=round(1000 * BEAT), timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self.beat)
        timer.start()
        return timer

    def beat(self) -> None:
        """Note how late this beat is."""
        now = time.perf_counter()
        self.gaps.append(max(0.0, now - self.last - BEAT))
        self.last = now


def stalls(count: int, nfe: int) -> dict[str, float]:
    """Generate with the shipped model and say how long the event loop was held up meanwhile."""
    window = MainWindow(lambda: load_backend(None), generate_at_start=False)
    window.show()
    _until(window.runs.can_generate)
    window.generate_panel.set_values(formula=FORMULA, count=count, nfe=nfe, seed=1)
    _run(window)  # the first run also loads RDKit into the judge's process
    pulse, frames = Pulse(), []
    window.runs.worker.frame.connect(frames.append)
    timer = pulse.start(window)
    _run(window)
    timer.stop()
    window.close()
    gaps = np.array(pulse.gaps)
    return {
        "beats": len(gaps),
        "frames": len(frames),
        "median_ms": 1e3 * float(np.median(gaps)),
        "p99_ms": 1e3 * float(np.quantile(gaps, 0.99)),
        "worst_ms": 1e3 * float(gaps.max()),
        "over_50_ms": int((gaps > STALL).sum()),
    }


def _run(window: MainWindow) -> None:
    ended: list[bool] = []
    connection = window.idle.connect(lambda: ended.append(True))
    window.runs.generate()
    _until(lambda: bool(ended))
    window.disconnect(connection)


def _until(done: Callable[[], bool]) -> None:
    while not done():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def lattice(n_atoms: int) -> Structure:
    """Atoms of H, C, N and O on a disordered grid with typical bond lengths, chained by alternating bonds."""
    rng = np.random.default_rng(0)
    side = int(np.ceil(n_atoms ** (1 / 3)))
    grid = np.stack(np.meshgrid(*3 * [np.arange(side)], indexing="ij"), axis=-1).reshape(-1, 3)[:n_atoms]
    positions = 1.5 * grid + rng.normal(0.0, 0.12, (n_atoms, 3))
    first = np.arange(n_atoms - 1)
    bonds = np.stack([first, first + 1, 1 + first % 2], axis=1)
    return Structure(rng.choice([1, 6, 7, 8], n_atoms), positions, bonds).centred()


def moving(canvas: MoleculeCanvas, structure: Structure) -> tuple[float, float]:
    """Live frames drawn per second, and seconds of processor time for each; atoms move and bonds change every frame."""
    canvas.set_structure(structure)
    canvas.animating = True
    rng = np.random.default_rng(1)
    assert structure.bonds is not None
    frames, start, processor = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < SECONDS:
        moved = structure.positions + rng.normal(0.0, 0.02, structure.positions.shape)
        canvas.set_positions(moved, structure.bonds[frames % 2 :])
        _draw(canvas)
        frames += 1
    return frames / (time.perf_counter() - start), (time.process_time() - processor) / frames


def still_seconds(canvas: MoleculeCanvas) -> float:
    """Seconds for the first frame after the last movement: smooth edges and, unless it is huge, ambient occlusion."""
    canvas.animating = False
    _draw(canvas)
    start = time.perf_counter()
    canvas.come_to_rest()
    _draw(canvas)
    return time.perf_counter() - start


def opening_seconds(canvas: MoleculeCanvas, structure: Structure) -> float:
    """Seconds from a structure to its first picture."""
    start = time.perf_counter()
    canvas.set_structure(structure)
    _draw(canvas)
    return time.perf_counter() - start


def _draw(canvas: MoleculeCanvas) -> None:
    canvas.app.process_events()
    canvas.set_current()
    vispy.gloo.gl.glFinish()


def drawing() -> dict[str, float | str]:
    """Speed of the 3D view in a 1000 x 700 window."""
    canvas = MoleculeCanvas(size=(1000, 700), show=True)
    canvas.app.process_events()
    canvas.set_current()
    figures: dict[str, float | str] = {"renderer": str(vispy.gloo.gl.glGetParameter(vispy.gloo.gl.GL_RENDERER))}
    for n_atoms in (*SIZES, HUGE):
        structure = lattice(n_atoms)
        figures[f"opening_seconds_{n_atoms}"] = opening_seconds(canvas, structure)
        figures[f"frames_per_second_{n_atoms}"], figures[f"processor_seconds_{n_atoms}"] = moving(canvas, structure)
        figures[f"still_seconds_{n_atoms}"] = still_seconds(canvas)
    canvas.close()
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=12, help="candidates generated at a time")
    parser.add_argument("--nfe", type=int, default=60, help="network evaluations for each")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    vispy.use(app="pyside6")
    application = QApplication.instance() or QApplication([])
    held, drawn = stalls(options.count, options.nfe), drawing()
    print(f"window while {options.count} candidates of {FORMULA} are generated with {options.nfe} evaluations:")
    print(f"  event loop late by {held['median_ms']:.1f} ms (median), {held['p99_ms']:.0f} ms (99 of 100)", end="")
    print(f", {held['worst_ms']:.0f} ms at worst; {held['over_50_ms']} of {held['beats']} beats over 50 ms")
    print(f"3D view drawn by {drawn['renderer']}:")
    for n_atoms in (*SIZES, HUGE):
        opening, fps, processor, still = (
            drawn[f"{figure}_{n_atoms}"]
            for figure in ("opening_seconds", "frames_per_second", "processor_seconds", "still_seconds")
        )
        print(f"  {n_atoms:>6} atoms: opened in {opening:.2f} s, {fps:.0f} frames/s moving", end=" ")
        print(f"({1e3 * float(processor):.0f} ms of processor time each), {still:.2f} s for the picture at rest")
    if options.json:
        options.json.write_text(json.dumps({"stalls": held, "drawing": drawn}, indent=1), encoding="utf-8")
    del application


if __name__ == "__main__":
    main()
