"""What fine-tuning on elements that the shipped model has never seen brings, against training from nothing.

    python -m benchmarks.fine_tuning MOLECULES.npz [--minutes 8] [--most 200] [--nfe 60] [--threads 2]
    python -m benchmarks.fine_tuning --draw

Compositions are held out; a model is asked for one structure for each entry of the held-out part. Before fine-tuning
the shipped model can be asked for those alone that hold none of the new elements. Training from nothing takes as many
steps with batches of the same size, hence the same time, whatever else the machine is doing. Writes
`benchmarks/results/fine_tuning.csv` (one figure a row) and `docs/fine_tuning.png`.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gpff_desktop.cli.training_start import FINE_TUNING_RATE
from gpff_desktop.data.packed import PackedDataset, load_dataset
from gpff_desktop.engine.checkpoint import load_card, load_model
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.session.evaluation import evaluate, reference_row
from gpff_desktop.session.models import DEFAULT_MODEL, find_model
from gpff_desktop.training.description import Description
from gpff_desktop.training.memory import keep_large_blocks
from gpff_desktop.training.run import RunDirectory
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.trainer import Hardware, Report, Trainer

ROOT = Path(__file__).parents[1]
CSV, PICTURE = ROOT / "benchmarks" / "results" / "fine_tuning.csv", ROOT / "docs" / "fine_tuning.png"
FIELDS = ("model", "minutes", "molecules_seen", "compositions", "figure", "value")
SAMPLER = "direct"
KNOWN, NEW, EVERYTHING = "known elements", "new elements", "all"
HELD_OUT, BATCH = 0.1, 16
FROM_NOTHING = 1e-3


@dataclass(frozen=True)
class Parts:
    """The data: what is trained on, what is held out, and of that what models are asked for."""

    training: PackedDataset
    held_out: PackedDataset
    asked: dict[str, PackedDataset]

    @classmethod
    def of(cls, dataset: PackedDataset, elements: Sequence[int], seed: int, most: int) -> Parts:
        """Divide a data set by composition; at most so many entries are asked for, with and without new elements."""
        training, held_out = dataset.split(HELD_OUT, seed)
        familiar = np.isin(held_out.element_numbers, elements)
        new = held_out.element_counts[:, ~familiar].sum(axis=1) > 0
        return cls(training, held_out, {KNOWN: _spread(held_out, ~new, most), NEW: _spread(held_out, new, most)})


def _spread(dataset: PackedDataset, wanted: np.ndarray, most: int) -> PackedDataset:
    indices = np.flatnonzero(wanted)
    return dataset.subset(indices[np.linspace(0, len(indices) - 1, min(most, len(indices))).round().astype(int)])


def generated(field: PseudoForceField, parts: Parts, nfe: int, seed: int) -> Iterator[tuple[str, str, float]]:
    """Figures of what a model generates for held-out compositions, as (compositions, figure, value)."""
    for name, data in parts.asked.items():
        if not set(data.element_numbers.tolist()) <= set(field.card.elements):
            yield name, "refused", len(data)
            continue
        row = next(evaluate(field, data, count=len(data), seed=seed, samplers=(SAMPLER,), budgets=(nfe,)))
        yield name, "count", len(data)
        yield name, "valid", row.valid
        yield name, "atom_stability", row.atom_stability


def trained(trainer: Trainer, model: str) -> Iterator[Report]:
    """Train to the end of the budget, saying now and then how it goes."""
    for report in trainer.steps():
        if report.validation:
            print(f"{model}: {report.progress:.0%}, validation {report.validation['mean']:.3f}", flush=True)
            yield report


def measured(name: str, trainer: Trainer, parts: Parts, nfe: int, seed: int) -> Iterator[dict[str, Any]]:
    """Rows of one training: its validation loss over time, then what it generates."""
    loss = {"model": name, "compositions": EVERYTHING, "figure": "validation_loss"}
    yield {**loss, "minutes": 0, "molecules_seen": 0, "value": trainer.validate()["mean"]}
    for report in trained(trainer, name):
        spent = {"minutes": round(report.elapsed / 60, 2), "molecules_seen": report.molecules}
        yield {**loss, **spent, "value": report.validation["mean"]}
    field = PseudoForceField(trainer.optimisation.average, trainer.card())
    spent = {"minutes": round(trainer.elapsed / 60, 2), "molecules_seen": trainer.molecules}
    for compositions, figure, value in generated(field, parts, nfe, seed):
        yield {"model": name, **spent, "compositions": compositions, "figure": figure, "value": value}


def trainer_of(folder: Path, parts: Parts, options: argparse.Namespace, steps: int | None) -> Trainer:
    """A run that starts from the shipped model, or, for so many steps, from nothing with the same network."""
    parent = None if steps else find_model(DEFAULT_MODEL)
    network = load_card(find_model(DEFAULT_MODEL)).network
    budget: dict[str, Any] = {"steps": steps} if steps else {"hours": options.minutes / 60}
    rate = FROM_NOTHING if steps else options.rate
    settings = TrainSettings(network, batch_size=BATCH, learning_rate=rate, warmup=20, seed=options.seed, **budget)
    description = Description(folder.name, parent=load_card(parent) if parent else None)
    run = RunDirectory.create(folder, settings, {})
    hardware = Hardware(torch.device(options.device), compiled=False)
    return Trainer(run, settings, description, parts.training, parts.held_out, hardware, parent)


def rows(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Everything that is measured, the cheapest first."""
    network, card = load_model(find_model(DEFAULT_MODEL))
    parts = Parts.of(load_dataset(options.data), card.elements, options.seed, options.most)
    before = {"model": "before", "minutes": 0, "molecules_seen": 0}
    for name, data in parts.asked.items():
        valid = reference_row(data, count=len(data), seed=options.seed).valid
        yield {**before, "model": "data", "compositions": name, "figure": "valid", "value": valid}
    for compositions, figure, value in generated(PseudoForceField(network, card), parts, options.nfe, options.seed):
        yield {**before, "compositions": compositions, "figure": figure, "value": value}
    steps = None
    for name in ("fine-tuned", "from nothing"):
        with tempfile.TemporaryDirectory() as folder:
            trainer = trainer_of(Path(folder) / "run", parts, options, steps)
            yield from measured(name, trainer, parts, options.nfe, options.seed)
            steps = trainer.optimisation.step_count


def write(found: Iterator[dict[str, Any]], path: Path) -> None:
    """Write each row as soon as it is measured, and print it."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, FIELDS)
        writer.writeheader()
        for row in found:
            writer.writerow({**row, "value": f"{row['value']:.4g}"})
            stream.flush()
            print(", ".join(f"{key} {value}" for key, value in row.items()), flush=True)


def draw(path: Path, picture: Path) -> None:
    """Validation loss against time, and what is valid before and after."""
    from matplotlib import pyplot as plt

    with path.open(encoding="utf-8") as stream:
        found = [
            {**row, "value": float(row["value"]), "minutes": float(row["minutes"])} for row in csv.DictReader(stream)
        ]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    losses = [row for row in found if row["figure"] == "validation_loss"]
    for model in dict.fromkeys(row["model"] for row in losses):
        curve = [row for row in losses if row["model"] == model]
        left.plot([int(row["molecules_seen"]) for row in curve], [row["value"] for row in curve], "o-", label=model)
    left.set(xlabel="molecules seen", ylabel="validation loss of the average", ylim=(0, None))
    left.legend(frameon=False)
    _draw_validity(right, [row for row in found if row["figure"] == "valid"])
    right.text(1, 1.2, "refused: elements it does not know", va="center", fontsize=8)
    figure.savefig(picture, dpi=150)


def _draw_validity(axes: Any, found: list[dict[str, Any]]) -> None:
    models = list(dict.fromkeys(row["model"] for row in found))
    for offset, compositions in ((-0.2, KNOWN), (0.2, NEW)):
        chosen = {row["model"]: 100 * row["value"] for row in found if row["compositions"] == compositions}
        places = [models.index(model) + offset for model in chosen]
        bars = axes.barh(places, list(chosen.values()), 0.38, label=f"compositions of {compositions}")
        axes.bar_label(bars, fmt="%.0f", padding=2, fontsize=8)
    axes.set(xlabel="valid, %", xlim=(0, 110))
    axes.set_yticks(range(len(models)), models)
    axes.invert_yaxis()
    axes.legend(frameon=False, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


def main() -> None:
    """Measure and draw, or draw alone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="molecules with new elements, .npz or .db")
    parser.add_argument("--minutes", type=float, default=8.0, help="training time of each model")
    parser.add_argument("--rate", type=float, default=FINE_TUNING_RATE, help="learning rate of fine-tuning")
    parser.add_argument("--most", type=int, default=200, help="held-out entries asked for, of either kind")
    parser.add_argument("--nfe", type=int, default=60, help="network evaluations for each structure")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=CSV)
    parser.add_argument("--draw", action="store_true", help="only draw what was measured")
    options = parser.parse_args()
    if not options.draw:
        keep_large_blocks()
        torch.set_num_threads(options.threads)
        write(rows(options), options.out)
    if options.out == CSV:
        draw(CSV, PICTURE)


if __name__ == "__main__":
    main()
