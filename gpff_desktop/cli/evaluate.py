"""`gpff evaluate`: valid, unique, new and stable molecules by sampler and budget, beside the data's own score."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gpff_desktop.cli.errors import notice, user_errors
from gpff_desktop.cli.options import Device, Force, Json, Model
from gpff_desktop.cli.output import check_folder, plain_table, print_json, print_table, progress_bar
from gpff_desktop.cli.running import load_field

if TYPE_CHECKING:
    from gpff_desktop.data.packed import PackedDataset
    from gpff_desktop.engine.field import PseudoForceField
    from gpff_desktop.session.evaluation import Row

EVALUATE_EXAMPLES = """
Examples:

    gpff evaluate qm9.db --count 1000 --samplers direct,heun --nfe 6,15,60 --out scores

    gpff evaluate qm9.db --samplers all --train-set qm9.db --out scores --json

    gpff evaluate qm9.db --samplers direct --nfe 60 --start-width 2.5 --noise 0.8 --out wide
"""
RESULTS, TABLE, CHART = "results.json", "results.csv", "validity.png"

Data = Annotated[Path, typer.Argument(metavar="DATA", help="A data set (.db or .npz) to take compositions from.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for results.csv, results.json and validity.png.")]
Count = Annotated[int, typer.Option(help="Molecules for each sampler and budget.")]
Samplers = Annotated[str, typer.Option(help="Samplers, separated by commas, or all.")]
Budgets = Annotated[str, typer.Option("--nfe", help="Network evaluations for each molecule, separated by commas.")]
Seed = Annotated[int, typer.Option(help="Chooses compositions and noise.")]
TrainSet = Annotated[
    Path | None,
    typer.Option(
        help="Data set or list of SMILES (.smi, .smi.gz) a molecule must be absent from to count as new.",
        show_default="what the model was trained on, if it says",
    ),
]
Bfloat16 = Annotated[bool, typer.Option("--bfloat16/--float32", help="Precision of matrix products.")]
Width = Annotated[float | None, typer.Option(help="Width of the starting cloud in Å.", show_default="by budget")]
Noise = Annotated[float | None, typer.Option(help="λ of direct denoising in Å.", show_default="by budget")]


@dataclasses.dataclass
class Results:
    """The results of one folder: what was asked, and the rows so far, the data's own first.

    Parameters
    ----------
    folder
        Where they are written, after every row.
    asked
        Everything that decides the rows.
    rows
        What was measured.
    """

    folder: Path
    asked: dict[str, Any]
    rows: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def take_up(self, force: bool) -> None:
        """Go on from rows that an interrupted command left, unless they are to be replaced.

        Raises
        ------
        ValueError
            If the folder holds the results of something else.
        """
        path = self.folder / RESULTS
        if force or not path.exists():
            return
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            same, rows = found["asked"] == self.asked, list(found["rows"])
        except (ValueError, KeyError, TypeError):
            same, rows = False, []
        if not same:
            raise ValueError(f"'{self.folder}' holds other results; use --force to replace them or another folder")
        self.rows = rows

    def done(self) -> set[tuple[str, int]]:
        """Samplers and budgets measured already."""
        return {(row["sampler"], row["nfe"]) for row in self.rows}

    def add(self, row: Row) -> None:
        """Take in a row and write everything."""
        self.rows.append(row.as_dict())
        with _replaced(self.folder / TABLE).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(self.rows[0]))
            writer.writeheader()
            writer.writerows(self.rows)
        text = json.dumps(self.as_dict(), indent=1, ensure_ascii=False) + "\n"
        _replaced(self.folder / RESULTS).write_text(text, encoding="utf-8")
        for name in (TABLE, RESULTS):
            os.replace(_replaced(self.folder / name), self.folder / name)

    def as_dict(self) -> dict[str, Any]:
        """The document, as `results.json` holds it."""
        return {"asked": self.asked, "rows": self.rows}


def _replaced(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def evaluate_command(
    data: Data,
    out: Out,
    count: Count = 250,
    samplers: Samplers = "direct,heun",
    nfe: Budgets = "6,15,30,60,128,256",
    seed: Seed = 0,
    train_set: TrainSet = None,
    start_width: Width = None,
    noise: Noise = None,
    model: Model = None,
    device: Device = "auto",
    bfloat16: Bfloat16 = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Measure a model: one structure for each of many compositions, by sampler and budget.

    An interrupted command goes on where it stopped when it is given again.
    """
    from gpff_desktop.data.packed import load_dataset

    overrides = {"start_width": start_width, "noise": noise}
    with user_errors():
        names, budgets = _names(samplers), _budgets(nfe)
        field = load_field(model, device, bfloat16)
        dataset = load_dataset(data)
        train_set = train_set or _trained_on(model)
        asked = {
            "model": field.card.name, "model_sha256": field.card.sha256, "data": data.name, "data_size": len(dataset),
            "count": count, "seed": seed, "train_set": train_set and train_set.name, "bfloat16": bfloat16,
            "overrides": {key: value for key, value in overrides.items() if value is not None},
        }  # fmt: skip
        results = Results(_made(out), asked)
        results.take_up(force)
        rows = _prepare(field, dataset, results, names, budgets, train_set)
        to_do = {(name, budget) for name in names for budget in budgets} - results.done()
    _measure(rows, results, len(to_do))
    _draw(results)
    if as_json:
        print_json(results.as_dict())
    else:
        _print(results)


def _names(text: str) -> list[str]:
    from gpff_desktop.engine.samplers import SAMPLERS, sampler

    return list(SAMPLERS) if text == "all" else [sampler(name.strip()).id for name in text.split(",")]


def _budgets(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise ValueError(f"'{text}' is not a list of NFE budgets; write numbers from 1, such as 6,15,60")
    return sorted({int(part) for part in parts})


def _made(folder: Path) -> Path:
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"'{folder}' is a file; choose a folder for the results")
    folder.mkdir(parents=True, exist_ok=True)
    check_folder(folder)
    return folder


def _prepare(
    field: PseudoForceField,
    dataset: PackedDataset,
    results: Results,
    names: list[str],
    budgets: list[int],
    train_set: Path | None,
) -> Iterator[Row]:
    """The rows still to be measured, each computed when it is asked for; the data's own is written at once."""
    from gpff_desktop.session.evaluation import chosen_structures, evaluate, reference_row

    choice = {"count": results.asked["count"], "seed": results.asked["seed"]}
    chosen_structures(dataset, **choice, field=field)  # whatever is wrong comes up before the slow part
    known = _known_molecules(train_set) if train_set else None
    if not results.rows:
        results.add(reference_row(dataset, **choice, reference_smiles=known))
    return evaluate(
        field, dataset, **choice, samplers=names, budgets=budgets, reference_smiles=known,
        overrides=results.asked["overrides"], skip=results.done(),
    )  # fmt: skip


def _measure(rows: Iterator[Row], results: Results, total: int) -> None:
    with progress_bar("{task.completed:.0f} of {task.total:.0f}") as bar:
        task = bar.add_task("Evaluating", total=total)
        for row in rows:
            results.add(row)
            bar.update(task, advance=1)
            if bar.disable:
                notice(f"{row.sampler}, {row.nfe} NFE: {row.valid:.1%} valid in {row.seconds:.1f} s")


def _trained_on(model: str | None) -> Path | None:
    """The list of molecules that a model was trained on, if it comes with one."""
    from gpff_desktop.chemistry.known import KNOWN
    from gpff_desktop.session.models import DEFAULT_MODEL, find_model

    path = find_model(model or DEFAULT_MODEL) / KNOWN
    return path if path.is_file() else None


def _known_molecules(path: Path) -> AbstractSet[str]:
    from gpff_desktop.chemistry.known import is_list, read_known
    from gpff_desktop.data.packed import load_dataset
    from gpff_desktop.session.evaluation import molecules_of

    if is_list(path):
        return read_known(path)
    dataset = load_dataset(path)
    notice(f"reading the molecules of {path.name} ({len(dataset):,} structures)")
    return molecules_of(dataset, processes=os.cpu_count() or 1)


def _print(results: Results) -> None:
    columns = ("valid", "unique", "new", "atoms stable", "molecules stable")
    table = plain_table("sampler", "NFE", *(f"{name}, %" for name in columns), "σ̂ left, Å", "seconds")
    for row in results.rows:
        shares = (row[key] for key in ("valid", "unique", "novel", "atom_stability", "molecule_stability"))
        cells = ("" if share is None else f"{100 * share:.1f}" for share in shares)
        sigma = "" if row["sigma"] is None else f"{row['sigma']:.3f}"
        seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f}"
        table.add_row(row["sampler"], str(row["nfe"] or ""), *cells, sigma, seconds)
    print_table(table)
    print(results.folder)


def _draw(results: Results) -> None:
    """Validity against NFE, one line a sampler, the data's own score as a dashed line."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import NullLocator, ScalarFormatter

    data, *rows = results.rows
    figure, axes = pyplot.subplots(figsize=(6.4, 4.2), dpi=150, layout="constrained")
    axes.axhline(100 * data["valid"], color="0.4", linestyle="--", label="the data themselves")
    for name in dict.fromkeys(row["sampler"] for row in rows):
        points = sorted((row["nfe"], 100 * row["valid"]) for row in rows if row["sampler"] == name)
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set(xscale="log", ylim=(0, 102), xlabel="network evaluations (NFE)", ylabel="valid, %")
    axes.set_xticks(sorted({row["nfe"] for row in rows}))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_title(f"{results.asked['model']} on {results.asked['count']} compositions of {results.asked['data']}")
    axes.legend()
    figure.savefig(results.folder / CHART)
    pyplot.close(figure)
