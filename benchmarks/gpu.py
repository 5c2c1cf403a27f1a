"""Whether everything works on a CUDA card, and how much faster it is there: one table, each line passed or failed.

    python -m benchmarks.gpu [--device cuda:1] [--seconds S] [--json FILE]

The CPU of the same machine is the yardstick. Ends with 0 if all passed, with 1 if something failed, and with 2 where
there is no CUDA device.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.speed import CPU, SAMPLE, field, many_molecules, our_training, rates
from gpff_desktop.data.packed import load_dataset
from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.checkpoint import ModelCard, load_model
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.network import ForceNetwork, NetworkSettings
from gpff_desktop.engine.precision import bfloat16_is_fast, can_compile, pick_device
from gpff_desktop.engine.samplers import SAMPLERS
from gpff_desktop.engine.steering import Distance
from gpff_desktop.session.generation import GenerationRequest, generate
from gpff_desktop.session.models import DEFAULT_MODEL, find_model
from gpff_desktop.structure import Structure
from gpff_desktop.training.description import Description
from gpff_desktop.training.run import RunDirectory
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.trainer import Hardware, Report, Trainer

CLOSE = 1e-4
"""Å by which pseudo-forces of the card and of the CPU may differ."""
FRAMES = 30.0
"""Frames per second that Live has to reach with 30 atoms on a card."""
DISTANCE = 1.5
_STEPS = 200


@dataclass(frozen=True)
class Check:
    """A line of the table: what was looked at, what came out, what was asked for, and whether it passed.

    `passed` is `None` where nothing was asked for.
    """

    name: str
    found: str
    asked: str
    passed: bool | None


def agreement(device: torch.device, count: int = 64) -> Iterator[Check]:
    """Pseudo-forces of noised molecules on the card and on the CPU, of the shipped model and of some SO3net."""
    for name, make in {"PaiNN, the shipped model": _shipped, "SO3net": _so3net}.items():
        apart = _apart([make(on) for on in (CPU, device)], count)
        yield Check(f"pseudo-forces, {name}", f"{apart:.1e} Å apart", f"{CLOSE:g} Å", apart <= CLOSE)


def _apart(fields: list[PseudoForceField], count: int) -> float:
    """Largest difference in Å of what two fields say of noised molecules."""
    sample, rng = load_dataset(SAMPLE), np.random.default_rng(0)
    molecules = (sample.structure(k) for k in range(count))
    noised = [s.with_positions(s.positions + rng.normal(0.0, 0.5, s.positions.shape)) for s in molecules]
    first, second = (f.forces(Batch.from_structures(noised, f.device)).cpu() for f in fields)
    return float((first - second).abs().max())


def _shipped(device: torch.device) -> PseudoForceField:
    return PseudoForceField(*load_model(find_model(DEFAULT_MODEL)), device=device)


def _so3net(device: torch.device) -> PseudoForceField:
    torch.manual_seed(0)
    network = ForceNetwork(NetworkSettings("so3net", features=32, interactions=2)).requires_grad_(False)
    return PseudoForceField(network, ModelCard("so3net", network.settings, (1, 6, 7, 8, 9), 29), device)


def samplers(device: torch.device, nfe: int = 12) -> Iterator[Check]:
    """Each sampler around a locked scaffold with an exact distance, twice with one seed."""
    model, scaffold = _shipped(device), Structure([6, 6, 8], [[0.0, 0.0, 0.0], [1.5, 0.0, 0.0], [2.1, 1.3, 0.0]])
    request = GenerationRequest(
        "C4H8O2", count=4, nfe=nfe, scaffold=scaffold, locked=(0, 1, 2), constraints=(Distance((3, 4), DISTANCE),)
    )
    for sampler in SAMPLERS.values():
        wanted = replace(request, mode=sampler.mode, sampler=sampler.id)
        first, second = (_generated(model, wanted) for _ in range(2))
        found = _fault(first, scaffold)
        yield Check(f"sampler {sampler.id}", found or "locks and distance exact", "both exact", not found)
        same = np.array_equal(first, second)
        yield Check(f"sampler {sampler.id}, again", "the same" if same else "others", "the same to the bit", same)


def _generated(model: PseudoForceField, request: GenerationRequest) -> np.ndarray:
    """Coordinates `[count, n_atoms, 3]` in Å at the end of a run."""
    *_, last = (job := generate(model, request)).steps
    return np.stack(job.positions(last))


def _fault(positions: np.ndarray, scaffold: Structure) -> str:
    if not np.isfinite(positions).all():
        return "not finite"
    if any((x[:3] != scaffold.positions).any() for x in positions):
        return "locked atoms moved"
    off = np.abs(np.linalg.norm(positions[:, 3] - positions[:, 4], axis=-1) - DISTANCE).max()
    return f"distance {off:.1e} Å off" if off > 1e-3 else ""


def training(device: torch.device, compiled: bool, steps: int = _STEPS) -> Iterator[Check]:
    """A short run, in bfloat16 where the card has it: stopped after a step, gone on with, and read on the CPU."""
    hardware = Hardware(device, bfloat16_is_fast(device), compiled)
    how = " and ".join(["compiled"] * compiled + ["in bfloat16"] * hardware.use_bfloat16()) or "in float32"
    settings = TrainSettings(NetworkSettings(features=64), steps=steps, batch_size=16, warmup=min(10, steps))
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory.create(Path(folder) / "run", settings, {})
        trainer = _trainer(run, settings, hardware)
        before = trainer.validate()["mean"]
        reports = trainer.steps()
        trainer.stop()
        _exhaust(reports)
        trainer = _trainer(run, settings, hardware)
        resumed = trainer.optimisation.step_count
        yield Check("training, stopped and resumed", f"at step {resumed}", "step 1", resumed == 1)
        _exhaust(trainer.steps())
        after = trainer.validate()["mean"]
        yield Check(f"training, {how}", f"loss from {before:.2f} to {after:.2f}", "less", after < before)
        apart = _apart([PseudoForceField(*load_model(run.model_folder), device=on) for on in (CPU, device)], 8)
        yield Check("its model on the CPU", f"{apart:.1e} Å apart", f"{CLOSE:g} Å", apart <= CLOSE)


def _exhaust(reports: Iterator[Report]) -> None:
    for _ in reports:
        pass


def _trainer(run: RunDirectory, settings: TrainSettings, hardware: Hardware) -> Trainer:
    sample = load_dataset(SAMPLE)
    return Trainer(run, settings, Description("check", {"name": "sample"}), sample, sample, hardware)


def throughput(device: torch.device, seconds: float) -> Iterator[Check]:
    """Times what the CPU of the same machine does; many molecules and training have to gain."""
    here, there = field(seconds, CPU), field(seconds, device)
    for name, rate in there.items():
        if name in here:
            yield _ratio(f"evaluations, {name}", rate, here[name], name.startswith("128"))
    network, many = NetworkSettings(), many_molecules()
    trained = [rates({"": our_training(many, network, False, False, on)}, seconds, on)[""] for on in (CPU, device)]
    yield _ratio("training, molecules, float32", trained[1], trained[0], True)


def _ratio(name: str, there: float, here: float, has_to_gain: bool) -> Check:
    asked = "more than 1 x" if has_to_gain else ""
    found = f"{there:,.0f}/s, {there / here:.1f} x the CPU"
    return Check(name, found, asked, there > here if has_to_gain else None)


def live(device: torch.device, seconds: float) -> Iterator[Check]:
    """Live in a window of its own; without a display it is drawn by the processor, and decides nothing."""
    command = [sys.executable, "-m", "benchmarks.live", "--device", str(device), "--seconds", str(seconds)]
    drawn = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform != "linux")
    if not drawn:
        if not shutil.which("xvfb-run"):
            yield Check("Live, 30 atoms", "no display", "", None)
            return
        command = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *command]
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "live.json"
        ended = subprocess.run([*command, "--json", str(figures)], stdout=subprocess.DEVNULL)
        if ended.returncode or not figures.exists():
            yield Check("Live, 30 atoms", "did not run", f"{FRAMES:.0f} frames/s", False)
            return
        measured = json.loads(figures.read_text())
    frames, limit = measured["frames_per_second"], measured["limit_frames_per_second"]
    drawing = "" if drawn else ", drawn by the processor"
    found = f"{frames:.0f} frames/s of {limit:.0f} at most{drawing}"
    yield Check("Live, 30 atoms", found, f"{FRAMES:.0f} frames/s", frames >= FRAMES if drawn else None)


def guarded(name: str, checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """Checks, and a failed one in place of those that an error has kept from being made."""
    try:
        yield from checks()
    except Exception as error:
        reason = (str(error).strip().splitlines() or [""])[0]
        yield Check(name, f"{type(error).__name__}: {reason[:90]}", "no error", False)


def table(checks: list[Check]) -> str:
    """One line a check."""
    verdicts = {True: "passed", False: "FAILED", None: ""}
    rows = [(c.name, c.found, c.asked, verdicts[c.passed]) for c in checks]
    rows = [("check", "found", "asked for", ""), *rows]
    widths = [max(len(row[k]) for row in rows) for k in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main(arguments: list[str] | None = None) -> int:
    """Check, print the table, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", help="cuda or cuda:1")
    parser.add_argument("--seconds", type=float, default=9.0, help="time for each rate")
    parser.add_argument("--json", type=Path, help="also write the table here")
    options = parser.parse_args(arguments)
    try:
        device = pick_device(options.device)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    parts: dict[str, Callable[[], Iterator[Check]]] = {
        "pseudo-forces": lambda: agreement(device),
        "samplers": lambda: samplers(device),
        "training": lambda: training(device, can_compile(device)),
        "throughput": lambda: throughput(device, options.seconds),
        "Live": lambda: live(device, options.seconds),
    }
    checks: list[Check] = []
    for name, part in parts.items():
        print(f"{name} …", file=sys.stderr, flush=True)
        for check in guarded(name, part):
            print(f"  {check.name}: {check.found}", file=sys.stderr, flush=True)
            checks.append(check)
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    print(f"\n{card}, torch {torch.__version__}\n\n{table(checks)}")
    if options.json:
        options.json.write_text(json.dumps([asdict(check) for check in checks], indent=1) + "\n")
    return int(any(check.passed is False for check in checks))


if __name__ == "__main__":
    sys.exit(main())
