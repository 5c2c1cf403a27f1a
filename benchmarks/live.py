"""Live at work in the real window: frames per second and the time from an edit to its frame, beside their limit.

    python -m benchmarks.live [--device cuda] [--seconds S] [--json FILE]

Needs a display; without one, `make bench` runs it under Xvfb, that is, with everything drawn by the processor.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import vispy
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.window import draw
from gpff_desktop.engine.precision import pick_device
from gpff_desktop.gui.backend import load_backend
from gpff_desktop.gui.main_window import MainWindow
from gpff_desktop.session.generation import GenerationRequest, generate
from gpff_desktop.structure import Structure

FORMULA = "C9H15NO5"
"""30 atoms."""
TEMPERATURE = 0.02
"""Å: keeps the molecule from coming to rest."""
SECONDS = 6.0
EDITS_PER_SECOND = 60
_REPEATS = 20


def measure(seconds: float, device: str = "auto") -> dict[str, float]:
    """A molecule dragged by one atom, its frames counted as they are drawn; times in seconds."""
    window = MainWindow(lambda: load_backend(None, device), generate_at_start=False)
    window.show()
    _until(window.runs.can_generate)
    assert window.backend is not None
    molecule = _molecule(window)
    window.document.add([molecule], keep_bonds=False)
    figures = _limit(window, molecule)
    live = window.runs.live
    live.set_temperature(TEMPERATURE)
    live.start()
    _until(lambda: live.meter.frames > 5)
    drag = _Drag(window)
    frames, start, processor = live.meter.frames, time.perf_counter(), time.process_time()
    drag.timer.start()
    _until(lambda: time.perf_counter() - start > seconds)
    drag.timer.stop()
    frames, elapsed = live.meter.frames - frames, time.perf_counter() - start
    figures |= {
        "frames_per_second": frames / elapsed,
        "processor_seconds_per_frame": (time.process_time() - processor) / frames,
        "edit_to_frame_seconds": live.meter.latency,
    }
    window.document.abandon()
    live.end()
    window.sessions.ask = lambda _: "discard"
    window.close()
    return figures


class _Drag:
    """An atom moved to and fro by a timer, as a pointer would, within one gesture."""

    def __init__(self, window: MainWindow) -> None:
        self._document = window.document
        self._began = time.perf_counter()
        self._home = window.document.required().structure.positions[0].copy()
        self.timer = QTimer(window, interval=round(1000 / EDITS_PER_SECOND))
        self.timer.timeout.connect(self._move)
        self._document.begin("Move 1 atom")

    def _move(self) -> None:
        entry = self._document.required()
        positions = entry.structure.positions.copy()
        positions[0] = self._home + np.array([np.sin(3 * (time.perf_counter() - self._began)) / 2, 0.0, 0.0])
        self._document.edit_entry("Move 1 atom", entry.with_structure(entry.structure.with_positions(positions)))


def _molecule(window: MainWindow) -> Structure:
    assert window.backend is not None
    *_, last = (job := generate(window.backend.field, GenerationRequest(FORMULA, nfe=30, seed=1))).steps
    return job.structures(last)[0]


def _limit(window: MainWindow, molecule: Structure) -> dict[str, float]:
    """Seconds, and seconds of processor time, of one bare evaluation of the field and of one picture."""
    backend, canvas = window.backend, window.view.canvas
    assert backend is not None
    rng = np.random.default_rng(0)

    def render() -> None:
        canvas.set_positions(molecule.positions + rng.normal(0.0, 0.02, (len(molecule), 3)))
        draw(canvas)

    canvas.animating = True
    timed = {"evaluation": _timed(lambda: backend.forces(molecule)), "render": _timed(render)}
    canvas.animating = False
    figures = {f"{name}_seconds": wall for name, (wall, _) in timed.items()}
    figures |= {f"{name}_processor_seconds": spent for name, (_, spent) in timed.items()}
    return figures | {"limit_frames_per_second": 1 / sum(wall for wall, _ in timed.values())}


def _timed(act: Callable[[], object]) -> tuple[float, float]:
    act()
    walls, processor = [], time.process_time()
    for _ in range(_REPEATS):
        start = time.perf_counter()
        act()
        walls.append(time.perf_counter() - start)
    return float(np.median(walls)), (time.process_time() - processor) / _REPEATS


def _until(done: Callable[[], bool]) -> None:
    while not done():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)


def main() -> None:
    """Measure, print, and write a file on request."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="auto", help="where the model computes: auto, cpu, cuda or cuda:1")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long to drag")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    pick_device(options.device)  # refused here, not in the window's thread
    vispy.use(app="pyside6")
    application = QApplication.instance() or QApplication([])
    assert application is not None
    figures = measure(options.seconds, options.device)
    print(
        f"live, {FORMULA} (30 atoms): {figures['frames_per_second']:.0f} frames/s while an atom is dragged, "
        f"{1e3 * figures['processor_seconds_per_frame']:.0f} ms of processor time each, "
        f"{1e3 * figures['edit_to_frame_seconds']:.0f} ms from an edit to its frame"
    )
    print(
        f"  limit: {figures['limit_frames_per_second']:.0f} frames/s by one bare evaluation "
        f"({1e3 * figures['evaluation_seconds']:.0f} ms, {1e3 * figures['evaluation_processor_seconds']:.0f} ms of "
        f"processor time) and one picture ({1e3 * figures['render_seconds']:.0f} ms, "
        f"{1e3 * figures['render_processor_seconds']:.0f} ms) in turn"
    )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
