"""Choose each sampler's default settings for each budget, by validity on validation compositions.

    python -m benchmarks.sampler_scan VALIDATION.npz [--samplers a,b] [--nfe 6,15,60] [--count N] [--scaffold]
        [--install]

One setting is varied at a time, from the best found so far, all with the same compositions and the same seeds. With
`--scaffold` locked rings are completed, N of each size and kind as in `benchmarks.steering`; what comes out are the
settings of runs around locked atoms. Every trial is a row of `benchmarks/results/sampler_scan.csv`; with `--install`
the winners go into the model's card. The test set is never looked at.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.steering import Bench, Task, bare, completed, grown, scaffold_tasks
from gpff_desktop.data.packed import PackedDataset, load_dataset
from gpff_desktop.engine.checkpoint import CARD, write_json
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.precision import bfloat16_is_fast
from gpff_desktop.engine.samplers import SAMPLERS, Mode
from gpff_desktop.engine.steering import Isotropic
from gpff_desktop.session.defaults import AUTOMATIC, defaults_for
from gpff_desktop.session.evaluation import evaluate
from gpff_desktop.session.models import DEFAULT_MODEL, find_model
from gpff_desktop.training.memory import keep_large_blocks

RESULTS = Path(__file__).parent / "results" / "sampler_scan.csv"
GRID: dict[str, tuple[float, ...]] = {
    "step": (1.0, 1.15, 1.3),
    "noise": (0.0, 0.2, 0.4, 0.8, 1.2),
    "noise_end": (0.5, 1.0),
    "sigma_min": (0.03, 0.05, 0.1),
    "rho": (4.0, 7.0),
    "churn": (0.0, 0.2),
}
WIDTHS: dict[Mode, tuple[float, ...]] = {"relaxation": (1.25, 1.5, 1.75, 2.0, 2.5), "diffusion": (2.0, 3.0, 5.0, 10.0)}
AUTOMATIC_NFE = 60

Settings = dict[str, float]
Score = Callable[[str, int, Settings], float]
"""The valid share that a sampler reaches at a budget with some settings."""
_OTHER_SCAFFOLDS = 1
"""Seed of the scaffolds; `benchmarks.steering` measures with those of seed 0."""


def of_compositions(field: PseudoForceField, data: PackedDataset, count: int) -> Score:
    """Scores by what is generated for compositions."""

    def score(name: str, nfe: int, settings: Settings) -> float:
        rows = evaluate(field, data, count=count, seed=0, samplers=[name], budgets=[nfe], overrides=settings)
        return next(rows).valid

    return score


def of_scaffolds(field: PseudoForceField, data: PackedDataset, count: int) -> Score:
    """Scores by how often locked rings are completed, bare ones and with one substituent to grow."""
    bench = Bench(field, [], _OTHER_SCAFFOLDS)
    tasks = [t for how in (bare, grown) for part in scaffold_tasks(data, count, how, bench.seed).values() for t in part]

    def score(name: str, nfe: int, settings: Settings) -> float:
        return float(np.mean([_completed_share(bench, part, name, nfe, settings) for part in _by_start(tasks)]))

    return score


def _by_start(tasks: list[Task]) -> tuple[list[Task], list[Task]]:
    return [task for task in tasks if task.prior is None], [task for task in tasks if task.prior is not None]


def _completed_share(bench: Bench, tasks: list[Task], name: str, nfe: int, settings: Settings) -> float:
    priors = [task.prior or Isotropic(settings["start_width"]) for task in tasks]
    molecules, kept = [task.molecule for task in tasks], [task.kept for task in tasks]
    rest = {knob: value for knob, value in settings.items() if knob != "start_width"}
    return float(np.mean(completed(bench.run(name, nfe, priors, locked=kept, molecules=molecules, **rest), tasks)))


def scan(
    field: PseudoForceField, score: Score, name: str, nfe: int, scaffold: bool = False
) -> Iterator[tuple[Settings, float]]:
    """Try settings of one sampler at one budget; yields each trial's settings and valid share, the best one last."""
    known: dict[tuple[tuple[str, float], ...], float] = {}

    def valid(settings: Settings) -> float:
        key = tuple(sorted(settings.items()))
        if key not in known:
            known[key] = score(name, nfe, settings)
        return known[key]

    best = starting_point(field, name, nfe, scaffold)
    yield dict(best), valid(best)
    for knob, values in knobs(name).items():
        for value in values:
            trial = {**best, knob: value}
            if trial.get("noise", 1.0) == 0.0 and knob == "noise_end":
                continue
            yield trial, valid(trial)
        best = dict(max((key for key in known), key=known.__getitem__))
    yield best, valid(best)


def starting_point(field: PseudoForceField, name: str, nfe: int, scaffold: bool) -> Settings:
    """The settings that the model has now."""
    now = defaults_for(field.card, name, nfe, scaffold)
    reads = [knob for knob in SAMPLERS[name].reads if knob in GRID]
    return {"start_width": now.start_width, **{knob: float(getattr(now.settings, knob)) for knob in reads}}


def knobs(name: str) -> dict[str, tuple[float, ...]]:
    """What is varied for a sampler, the most important first."""
    return {"start_width": WIDTHS[SAMPLERS[name].mode], **{k: v for k, v in GRID.items() if k in SAMPLERS[name].reads}}


def install(card_file: Path, chosen: Mapping[str, list[dict[str, Any]]], scaffold: bool, command: str) -> None:
    """Write the winners into a model's card, beside those of samplers and budgets that were not scanned."""
    card = json.loads(card_file.read_text(encoding="utf-8"))
    samplers = card["defaults"].setdefault("scaffold" if scaffold else "samplers", {})
    for name, rows in chosen.items():
        kept = {row["nfe"]: row for row in samplers.get(name, [])} | {row["nfe"]: row for row in rows}
        samplers[name] = [kept[nfe] for nfe in sorted(kept)]
    if not scaffold:
        card["defaults"]["automatic"] = {mode: best_at(samplers, mode, AUTOMATIC_NFE) for mode in WIDTHS}
    card["defaults"]["scaffold_chosen_by" if scaffold else "chosen_by"] = command
    write_json(card_file, card)


def best_at(samplers: Mapping[str, list[dict[str, Any]]], mode: Mode, nfe: int) -> str:
    """The sampler of a mode that was best at the scanned budget nearest to `nfe`; the usual one if none was scanned."""
    rows = {
        name: min(found, key=lambda row: abs(math.log(row["nfe"] / nfe)))
        for name, found in samplers.items()
        if SAMPLERS[name].mode == mode
    }
    return max(rows, key=lambda name: rows[name]["valid"]) if rows else AUTOMATIC[mode]


def _command(options: argparse.Namespace) -> str:
    how = f"--samplers {options.samplers} --nfe {options.nfe} --count {options.count}{' --scaffold' * options.scaffold}"
    return f"python -m benchmarks.sampler_scan {options.data} {how} --install"


def main() -> None:
    """Scan, print, record and install."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="validation set (.npz or .db)")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--samplers", default=",".join(SAMPLERS))
    parser.add_argument("--nfe", default="6,15,60")
    parser.add_argument("--count", type=int, default=100, help="compositions a trial")
    parser.add_argument("--scaffold", action="store_true", help="complete locked rings")
    parser.add_argument("--install", action="store_true", help="write the winners into the model's card")
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    keep_large_blocks()
    folder = find_model(options.model)
    field = PseudoForceField.load(folder)
    field = PseudoForceField(field.network, replace(field.card), field.device, bfloat16_is_fast(field.device))
    data = load_dataset(options.data)
    score = (of_scaffolds if options.scaffold else of_compositions)(field, data, options.count)
    chosen: dict[str, list[dict[str, Any]]] = {}
    RESULTS.parent.mkdir(exist_ok=True)
    with open(RESULTS, "a", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        if stream.tell() == 0:
            table.writerow(["model", "sampler", "nfe", "compositions", "settings", "valid", "of"])
        for name in options.samplers.split(","):
            for nfe in map(int, options.nfe.split(",")):
                settings, valid = {}, 0.0
                for settings, valid in scan(field, score, name, nfe, options.scaffold):
                    print(f"{name} {nfe} {settings} {100 * valid:.1f} %", flush=True)
                    trial = [name, nfe, options.count, json.dumps(settings), round(valid, 4)]
                    table.writerow([field.card.sha256[:12], *trial, "scaffolds" if options.scaffold else ""])
                stream.flush()
                found = {"valid": round(valid, 3), "compositions": options.count}
                chosen.setdefault(name, []).append({"nfe": nfe, **settings, **found})
                if options.install:
                    install(folder / CARD, chosen, options.scaffold, _command(options))


if __name__ == "__main__":
    main()
