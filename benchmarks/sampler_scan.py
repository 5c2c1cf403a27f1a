"""Choose each sampler's default settings for each budget, by validity on validation compositions.

    python -m benchmarks.sampler_scan VALIDATION.npz [--samplers a,b] [--nfe 6,15,60] [--count N] [--install]

One setting is varied at a time, from the best found so far, all with the same compositions and the same seeds.
Every trial is a row of `benchmarks/results/sampler_scan.csv`; with `--install` the winners go into the model's card.
The test set is never looked at.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from gpff_desktop.data.packed import PackedDataset, load_dataset
from gpff_desktop.engine.checkpoint import CARD, write_json
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.precision import bfloat16_is_fast
from gpff_desktop.engine.samplers import SAMPLERS, Mode
from gpff_desktop.session.defaults import AUTOMATIC, defaults_for
from gpff_desktop.session.evaluation import evaluate
from gpff_desktop.session.models import DEFAULT_MODEL, find_model
from gpff_desktop.training.memory import keep_large_blocks

RESULTS = Path(__file__).parent / "results" / "sampler_scan.csv"
GRID: dict[str, tuple[float, ...]] = {
    "step": (1.0, 1.15, 1.3),
    "noise": (0.0, 0.2, 0.4, 0.8),
    "noise_end": (0.5, 1.0),
    "sigma_min": (0.03, 0.05, 0.1),
    "rho": (4.0, 7.0),
    "churn": (0.0, 0.2),
}
WIDTHS: dict[Mode, tuple[float, ...]] = {"relaxation": (1.25, 1.5, 1.75, 2.0, 2.5), "diffusion": (2.0, 3.0, 5.0, 10.0)}
AUTOMATIC_NFE = 60

Settings = dict[str, float]


def scan(
    field: PseudoForceField, data: PackedDataset, name: str, nfe: int, count: int
) -> Iterator[tuple[Settings, float]]:
    """Try settings of one sampler at one budget; yields each trial's settings and valid share, the best one last."""
    known: dict[tuple[tuple[str, float], ...], float] = {}

    def valid(settings: Settings) -> float:
        key = tuple(sorted(settings.items()))
        if key not in known:
            rows = evaluate(field, data, count=count, seed=0, samplers=[name], budgets=[nfe], overrides=settings)
            known[key] = next(rows).valid
        return known[key]

    best = starting_point(field, name, nfe)
    yield dict(best), valid(best)
    for knob, values in knobs(name).items():
        for value in values:
            trial = {**best, knob: value}
            if trial.get("noise", 1.0) == 0.0 and knob == "noise_end":
                continue
            yield trial, valid(trial)
        best = dict(max((key for key in known), key=known.__getitem__))
    yield best, valid(best)


def starting_point(field: PseudoForceField, name: str, nfe: int) -> Settings:
    """The settings that the model has now."""
    now = defaults_for(field.card, name, nfe)
    reads = [knob for knob in SAMPLERS[name].reads if knob in GRID]
    return {"start_width": now.start_width, **{knob: float(getattr(now.settings, knob)) for knob in reads}}


def knobs(name: str) -> dict[str, tuple[float, ...]]:
    """What is varied for a sampler, the most important first."""
    return {"start_width": WIDTHS[SAMPLERS[name].mode], **{k: v for k, v in GRID.items() if k in SAMPLERS[name].reads}}


def install(card_file: Path, chosen: Mapping[str, list[dict[str, Any]]]) -> None:
    """Write the winners into a model's card, beside those of samplers and budgets that were not scanned."""
    card = json.loads(card_file.read_text(encoding="utf-8"))
    samplers = card["defaults"].setdefault("samplers", {})
    for name, rows in chosen.items():
        kept = {row["nfe"]: row for row in samplers.get(name, [])} | {row["nfe"]: row for row in rows}
        samplers[name] = [kept[nfe] for nfe in sorted(kept)]
    card["defaults"]["automatic"] = {mode: best_at(samplers, mode, AUTOMATIC_NFE) for mode in WIDTHS}
    card["defaults"]["chosen_by"] = "python -m benchmarks.sampler_scan resources/datasets/qm9_validation.npz"
    write_json(card_file, card)


def best_at(samplers: Mapping[str, list[dict[str, Any]]], mode: Mode, nfe: int) -> str:
    """The sampler of a mode that was best at the scanned budget nearest to `nfe`; the usual one if none was scanned."""
    rows = {
        name: min(found, key=lambda row: abs(math.log(row["nfe"] / nfe)))
        for name, found in samplers.items()
        if SAMPLERS[name].mode == mode
    }
    return max(rows, key=lambda name: rows[name]["valid"]) if rows else AUTOMATIC[mode]


def main() -> None:
    """Scan, print, record and install."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="validation set (.npz or .db)")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--samplers", default=",".join(SAMPLERS))
    parser.add_argument("--nfe", default="6,15,60")
    parser.add_argument("--count", type=int, default=100, help="compositions a trial")
    parser.add_argument("--install", action="store_true", help="write the winners into the model's card")
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    keep_large_blocks()
    folder = find_model(options.model)
    field = PseudoForceField.load(folder)
    field = PseudoForceField(field.network, replace(field.card), field.device, bfloat16_is_fast(field.device))
    data = load_dataset(options.data)
    chosen: dict[str, list[dict[str, Any]]] = {}
    RESULTS.parent.mkdir(exist_ok=True)
    with open(RESULTS, "a", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        if stream.tell() == 0:
            table.writerow(["model", "sampler", "nfe", "compositions", "settings", "valid"])
        for name in options.samplers.split(","):
            for nfe in map(int, options.nfe.split(",")):
                settings, valid = {}, 0.0
                for settings, valid in scan(field, data, name, nfe, options.count):
                    print(f"{name} {nfe} {settings} {100 * valid:.1f} %", flush=True)
                    trial = [name, nfe, options.count, json.dumps(settings), round(valid, 4)]
                    table.writerow([field.card.sha256[:12], *trial])
                stream.flush()
                score = {"valid": round(valid, 3), "compositions": options.count}
                chosen.setdefault(name, []).append({"nfe": nfe, **settings, **score})
                if options.install:
                    install(folder / CARD, chosen)


if __name__ == "__main__":
    main()
