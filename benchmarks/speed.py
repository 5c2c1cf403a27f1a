"""How fast this machine trains and evaluates: ratios against stock SchNetPack, measured in one run.

python -m benchmarks.speed [--device cuda] [--seconds S] [--features F] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks.stock import StockTraining, all_pairs, pair_inputs, plain, with_weights_of
from gpff_desktop.data.importing import import_dataset
from gpff_desktop.data.packed import PackedDataset, load_dataset
from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.network import DensePaiNN, ForceNetwork, NetworkSettings
from gpff_desktop.engine.precision import bfloat16_is_fast, can_compile, pick_device
from gpff_desktop.resources_path import resources
from gpff_desktop.session.models import DEFAULT_MODEL, find_model
from gpff_desktop.structure import Structure
from gpff_desktop.training.batches import DeviceData
from gpff_desktop.training.memory import keep_large_blocks
from gpff_desktop.training.optimisation import Optimisation
from gpff_desktop.training.settings import TrainSettings

SAMPLE = resources() / "datasets" / "qm9_sample.npz"
BATCH = 64


CPU = torch.device("cpu")


def rates(
    tasks: dict[str, Callable[[], int]], seconds: float, device: torch.device = CPU, rounds: int = 3
) -> dict[str, float]:
    """Work done per second by each task: the best of several turns, the tasks taking turns."""
    for task in tasks.values():
        task()
    _finish(device)
    best = dict.fromkeys(tasks, 0.0)
    for _ in range(rounds):
        for name, task in tasks.items():
            begin, done = time.perf_counter(), 0
            while time.perf_counter() - begin < seconds / rounds:
                done += task()
            _finish(device)
            best[name] = max(best[name], done / (time.perf_counter() - begin))
    return best


def _finish(device: torch.device) -> None:
    """Wait for what a graphics card still has to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def our_training(
    dataset: PackedDataset, network: NetworkSettings, compiled: bool, bfloat16: bool, device: torch.device = CPU
) -> Callable[[], int]:
    """A function that takes one step of our training loop and returns the number of molecules."""
    settings = TrainSettings(network=network, steps=10**6, batch_size=BATCH)
    data = DeviceData(dataset, BATCH, 0, device)
    net = ForceNetwork(network).to(device)
    forward = torch.compile(net, dynamic=True) if compiled else net
    optimisation = Optimisation(net, settings, forward, bfloat16)

    def step() -> int:
        batch = data.noised(optimisation.step_count, settings.noise)
        optimisation.step(batch, 0.0)
        return len(batch.numbers)

    step()
    step()
    return step


def many_molecules() -> PackedDataset:
    """The sample of QM9 many times over: a real set has hundreds of molecules of each size to fill its batches."""
    sample = load_dataset(SAMPLE)
    return sample.subset(np.tile(np.arange(len(sample)), 64))


def training(seconds: float, network: NetworkSettings, device: torch.device) -> dict[str, float]:
    """Molecules per second: our loop eager, our loop as `gpff train` runs it here, and SchNetPack's."""
    many = many_molecules()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "sample.db"
        for _ in import_dataset([SAMPLE], database):
            pass
        tasks: dict[str, Callable[[], int]] = {
            f"SchNetPack, {workers} loader processes": StockTraining(
                database, plain(network), BATCH, workers, device
            ).step
            for workers in (0, 2)
        }
        tasks["ours, eager, float32"] = our_training(many, network, False, False, device)
        if can_compile(device):
            as_run = our_training(many, network, True, bfloat16_is_fast(device), device)
            tasks["ours, as gpff train runs it here"] = as_run
        return rates(tasks, seconds, device)


def representation(seconds: float, network: NetworkSettings, device: torch.device) -> tuple[dict[str, float], float]:
    """Structures per second of the representation, ours and stock with the same weights, and their difference."""
    sample = load_dataset(SAMPLE)
    torch.manual_seed(0)
    dense = DensePaiNN(plain(network)).eval().to(device)
    stock = with_weights_of(dense).to(device)
    many = Batch.from_structures([sample.structure(k) for k in range(128)], device)
    one = Batch.from_structures([sample.structure(int(np.argmax(sample.n_atoms)))], device)

    def ours(batch: Batch) -> torch.Tensor:
        scalars = batch.positions.new_empty(len(batch.numbers), network.features, dtype=torch.float32)
        for atoms in batch.same_size_groups(20_000):
            scalars[atoms] = dense(batch.numbers[atoms], batch.positions[atoms].float(), None)[0]
        return scalars

    pairs = {id(batch): all_pairs(batch) for batch in (one, many)}

    def theirs(batch: Batch) -> torch.Tensor:
        return stock(pair_inputs(batch, pairs[id(batch)]))["scalar_representation"]

    with torch.no_grad():
        difference = float((ours(many) - theirs(many)).abs().max())
        tasks: dict[str, Callable[[], int]] = {}
        for label, batch in (("one structure", one), ("128 structures", many)):
            for name, function in (("ours", ours), ("SchNetPack", theirs)):
                tasks[f"{name}, {label}"] = lambda f=function, b=batch: (f(b), len(b))[1]  # type: ignore[misc]
        return rates(tasks, seconds, device), difference


def field(seconds: float, device: torch.device) -> dict[str, float]:
    """Evaluations per second of the shipped model: one structure of 30 atoms at a time, and 128 of QM9's sizes."""
    shipped = PseudoForceField.load(find_model(DEFAULT_MODEL), device)
    sample = load_dataset(SAMPLE)
    torch.manual_seed(0)
    cloud = Structure([6] * 14 + [1] * 16, 2 * torch.randn(30, 3, dtype=torch.float64).numpy())
    single = Batch.from_structures([cloud], device)
    many = Batch.from_structures([sample.structure(k) for k in range(128)], device)
    tasks: dict[str, Callable[[], int]] = {
        "one structure of 30 atoms": lambda: (shipped.forces(single), 1)[1],
        "128 structures of 9 to 29 atoms": lambda: (shipped.forces(many), 128)[1],
    }
    if bfloat16_is_fast(shipped.device):
        fast = PseudoForceField(shipped.network, shipped.card, device, bfloat16=True)
        tasks["128 structures, bfloat16"] = lambda: (fast.forces(many), 128)[1]
    return rates(tasks, seconds, device)


def report(title: str, figures: dict[str, float], unit: str, against: str | None = None) -> None:
    """Print figures and, for all of ours, their ratio to the named one."""
    print(f"\n{title}")
    for name, value in figures.items():
        ratio = f"   {value / figures[against]:5.2f} x {against}" if against and name != against else ""
        print(f"  {name:40s} {value:9.1f} {unit}{ratio}")


def main() -> None:
    """Measure, print, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="where to compute: auto, cpu, cuda or cuda:1")
    parser.add_argument("--seconds", type=float, default=9.0, help="time for each figure")
    parser.add_argument("--features", type=int, default=128, help="width of the network that is trained")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    device = pick_device(options.device)
    torch.set_flush_denormal(True)
    keep_large_blocks()
    network = NetworkSettings(features=options.features)
    threads = torch.get_num_threads()
    print(f"torch {torch.__version__}, {device}, {threads} threads, PaiNN {network.features} x {network.interactions}")
    trained = training(options.seconds, network, device)
    stock = max((name for name in trained if name.startswith("SchNetPack")), key=lambda name: trained[name])
    report("Training", trained, "molecules/s", stock)
    evaluated, difference = representation(options.seconds, network, device)
    for label in ("one structure", "128 structures"):
        pair = {name: value for name, value in evaluated.items() if name.endswith(label)}
        report(f"Representation, {label}, same weights", pair, "structures/s", f"SchNetPack, {label}")
    print(f"  largest difference of the features: {difference:.1e}")
    figures = field(options.seconds, device)
    report("Pseudo-forces of the shipped model", figures, "evaluations/s")
    if options.json:
        everything = {"training": trained, "representation": evaluated, "difference": difference, "field": figures}
        options.json.write_text(json.dumps(everything, indent=1) + "\n")


if __name__ == "__main__":
    main()
