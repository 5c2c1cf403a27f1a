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
from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
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
        draw(canvas)
        frames += 1
    return frames / (time.perf_counter() - start), (time.process_time() - processor) / frames


def resting(canvas: MoleculeCanvas) -> dict[str, float]:
    """Processor seconds, after the last movement, for the picture at rest, for its longest piece, and for what follows.

    Each piece holds up the event loop for as long at most. What follows is an atom pointed at and another one selected.
    """
    canvas.animating = False
    canvas.come_to_rest()
    draw(canvas)  # the first time of all, the driver compiles shaders
    canvas.animating = False
    draw(canvas)
    canvas.settle()
    pieces, more = [], [True]
    while more[-1]:
        pieces.append(_spent(canvas, lambda: more.append(canvas.refine())))
    pieces.append(_spent(canvas, canvas.app.process_events))
    front = canvas.project(int(np.argmax(canvas.molecule.positions @ canvas.camera.orientation[2])))
    _point_at(canvas, np.zeros(2))
    time.sleep(0.05)  # vispy passes over the second of two moves within 10 ms
    hover = _spent(canvas, lambda: _point_at(canvas, front))
    selection = _spent(canvas, lambda: (canvas.set_selection([0]), canvas.app.process_events()))
    canvas.set_selection([])
    return {"still": sum(pieces), "longest": max(*pieces, hover, selection), "hover": hover, "selection": selection}


def _point_at(canvas: MoleculeCanvas, place: np.ndarray) -> None:
    none, point = Qt.MouseButton.NoButton, QPointF(*(float(v) for v in place))
    move = QMouseEvent(QEvent.Type.MouseMove, point, point, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas.native, move)
    canvas.app.process_events()


def _spent(canvas: MoleculeCanvas, action: Callable[[], object]) -> float:
    """Processor seconds that an action takes until all of it is drawn."""
    start = time.process_time()
    action()
    canvas.set_current()
    vispy.gloo.gl.glFinish()
    return time.process_time() - start


def opening_seconds(canvas: MoleculeCanvas, structure: Structure) -> float:
    """Seconds from a structure to its first picture."""
    start = time.perf_counter()
    canvas.set_structure(structure)
    draw(canvas)
    return time.perf_counter() - start


def draw(canvas: MoleculeCanvas) -> None:
    """Draw what is due, and wait until it is drawn."""
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
        rest = resting(canvas)
        figures |= {f"rest_{name}_seconds_{n_atoms}": seconds for name, seconds in rest.items()}
    canvas.close()
    return figures


def _in_words(drawn: dict[str, float | str], n_atoms: int) -> str:
    def milliseconds(figure: str) -> str:
        return f"{1e3 * float(drawn[f'{figure}_{n_atoms}']):.0f} ms"

    opened = f"opened in {drawn[f'opening_seconds_{n_atoms}']:.2f} s"
    moved = f"{drawn[f'frames_per_second_{n_atoms}']:.0f} frames/s moving"
    still, longest, hover, selection = (
        milliseconds(f"rest_{figure}_seconds") for figure in ("still", "longest", "hover", "selection")
    )
    return (
        f"{opened}, {moved}; processor time: a moving frame {milliseconds('processor_seconds')}, the picture at rest "
        f"{still}, pointing at an atom {hover}, selecting one {selection}; the longest piece at rest {longest}"
    )


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
        print(f"  {n_atoms:>6} atoms: {_in_words(drawn, n_atoms)}")
    if options.json:
        options.json.write_text(json.dumps({"stalls": held, "drawing": drawn}, indent=1), encoding="utf-8")
    del application


if __name__ == "__main__":
    main()
