"""What steering does, measured on validation compositions: scaffolds, shapes, exact geometry, and the two modes.

    python -m benchmarks.steering [--count 50] [--data resources/datasets/qm9_validation.npz] [--only scaffold]
    python -m benchmarks.steering --draw

Writes `benchmarks/results/steering.csv` (one figure a row) and `docs/steering.png`.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes

from gpff_desktop.chemistry.building.topology import bonds_by_distance, neighbour_lists
from gpff_desktop.chemistry.judge import judge_all
from gpff_desktop.chemistry.metrics import rmsd
from gpff_desktop.chemistry.selecting import scaffold
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.priors import Noise, candidate_seeds
from gpff_desktop.engine.samplers import SamplerSettings, sample
from gpff_desktop.engine.steering import (
    Angle,
    Constraint,
    Distance,
    Isotropic,
    Prior,
    Shape,
    Shaped,
    Steering,
    Surroundings,
    Torsion,
)
from gpff_desktop.engine.steering.rows import deviations
from gpff_desktop.resources_path import resources
from gpff_desktop.session.attachment import Site
from gpff_desktop.session.defaults import chosen
from gpff_desktop.session.models import DEFAULT_MODEL, find_model
from gpff_desktop.session.scaffold import scaffold_kept
from gpff_desktop.structure import Structure

ROOT = Path(__file__).parents[1]
CSV, PICTURE = ROOT / "benchmarks" / "results" / "steering.csv", ROOT / "docs" / "steering.png"
BUDGETS = (6, 15, 30, 60)
LOCKED = (3, 5, 7)
SHAPES = {"rod": (8.0, 1.0, 1.0), "disc": (4.0, 4.0, 1.0), "ball": (1.0, 1.0, 1.0)}
GEOMETRY: tuple[Distance | Angle | Torsion, ...] = (
    Distance((0, 1), 1.54),
    Angle((0, 1, 2), 111.0),
    Torsion((0, 1, 2, 3), 60.0),
)
MODES = {"relaxation": "direct", "diffusion": "adaptive-ancestral"}
FROM_RODS = {"relaxation": "direct", "diffusion": "reverse-sde"}
AT_ONCE = 32


@dataclass(frozen=True)
class Figure:
    """One measured number, and what it is of."""

    experiment: str
    setting: str
    nfe: int
    count: int
    quantity: str
    value: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """Structures where a run started, and where it ended."""

    starts: list[Structure]
    ends: list[Structure]

    @property
    def valid(self) -> float:
        """Share of valid ones among the ends."""
        return float(np.mean([verdict.valid for verdict in judge_all(self.ends)]))


class Bench:
    """A field and the molecules that runs are asked for.

    Parameters
    ----------
    field
        The field.
    molecules
        Known structures; runs get their compositions.
    seed
        Seed of all noise.
    """

    def __init__(self, field: PseudoForceField, molecules: Sequence[Structure], seed: int) -> None:
        self.field, self.molecules, self.seed = field, list(molecules), seed

    def run(
        self,
        name: str,
        nfe: int,
        prior: Prior | Sequence[Prior] | None = None,
        constraints: Sequence[Constraint] = (),
        locked: Sequence[int] | None = None,
        molecules: Sequence[Structure] | None = None,
        **settings: float,
    ) -> Outcome:
        """Run a sampler once for every composition, all from one prior or each from its own.

        `locked` counts the first atoms of each that stay.
        """
        molecules = self.molecules if molecules is None else molecules
        counts = [0] * len(molecules) if locked is None else list(locked)
        seeds = candidate_seeds(self.seed, len(molecules))
        outcome = Outcome([], [])
        first_prior = prior if isinstance(prior, Prior) or prior is None else prior[0]
        width = first_prior.width if first_prior else None
        choice = chosen(self.field.card, name, nfe, scaffold=locked is not None, start_width=width, **settings)
        usual = first_prior or Isotropic(choice.start_width)
        priors = [usual] * len(molecules) if prior is None or isinstance(prior, Prior) else list(prior)
        for first in range(0, len(molecules), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            noise = Noise(seeds[part], self.field.device)
            start = _start(molecules[part], counts[part], priors[part], noise)
            ended = self._end(name, nfe, start, counts[part], constraints, noise, choice.settings)
            outcome.starts.extend(_structures(molecules[part], start, start.positions))
            outcome.ends.extend(_structures(molecules[part], start, ended))
        return outcome

    def _end(
        self,
        name: str,
        nfe: int,
        start: Batch,
        counts: Sequence[int],
        constraints: Sequence[Constraint],
        noise: Noise,
        settings: SamplerSettings,
    ) -> torch.Tensor:
        locks = Locks.of_atoms(start, [range(count) for count in counts])
        steering = Steering(constraints, start, locks)
        *_, last = sample(
            name, self.field, start, budget=nfe, locks=locks, noise=noise, settings=settings, steering=steering
        )
        return last.positions


def _start(molecules: Sequence[Structure], counts: Sequence[int], priors: Sequence[Prior], noise: Noise) -> Batch:
    parts = []
    for k, (molecule, count, prior) in enumerate(zip(molecules, counts, priors, strict=True)):
        kept = molecule.positions[:count]
        cloud = prior.draw(len(molecule) - count, [k], noise, Surroundings(kept))[0]
        parts.append(torch.cat([torch.from_numpy(kept.copy()).to(cloud.device), cloud]))
    return Batch.from_structures(molecules, noise.device).with_positions(torch.cat(parts))


def _structures(molecules: Sequence[Structure], batch: Batch, positions: torch.Tensor) -> list[Structure]:
    return [Structure(m.numbers, x) for m, x in zip(molecules, batch.split(positions), strict=True)]


@dataclass(frozen=True, eq=False)
class Task:
    """A scaffold to complete: the molecule with `kept` atoms first, and where the others start (`None`: around it)."""

    molecule: Structure
    kept: int
    prior: Prior | None = None


def bare(molecule: Structure) -> tuple[int, Task]:
    """The heavy atoms of a molecule's rings alone, every hydrogen and substituent given up; how many these are."""
    ring = _ring(molecule)
    return len(ring), Task(_first(molecule, ring), len(ring))


def grown(molecule: Structure) -> tuple[int, Task]:
    """Rings with their hydrogens, the one substituent to be grown anew, as the window's Grow does it; 0 if not one."""
    ring = _ring(molecule)
    partners = neighbour_lists(len(molecule), bonds_by_distance(molecule))
    around = [(atom, other) for atom in ring for other in partners[atom] if other not in ring]
    leaving = [(atom, other) for atom, other in around if molecule.numbers[other] != 1]
    if len(leaving) != 1:
        return 0, Task(molecule, 0)
    hydrogens = [other for _, other in around if molecule.numbers[other] == 1]
    # Its first atom stands for the hydrogen that a user would give up: only the direction is read.
    site = Site(molecule, (leaving[0][1],), (leaving[0][0],))
    return len(ring), Task(_first(molecule, [*ring, *hydrogens]), len(ring) + len(hydrogens), site.start(1))


def _ring(molecule: Structure) -> list[int]:
    return sorted(atom for atom in scaffold(molecule) if molecule.numbers[atom] != 1)


def _first(molecule: Structure, atoms: Sequence[int]) -> Structure:
    order = [*atoms, *(atom for atom in range(len(molecule)) if atom not in set(atoms))]
    return Structure(molecule.numbers[order], molecule.positions[order])


def scaffolds(bench: Bench, dataset: PackedDataset, count: int) -> Iterator[Figure]:
    """Validity of completions around locked rings of 3, 5 and 7 heavy atoms against the budget."""
    for how in (grown, bare):
        for size, tasks in scaffold_tasks(dataset, count, how, bench.seed).items():
            for nfe in BUDGETS:
                priors = [task.prior for task in tasks if task.prior]
                molecules, kept = [task.molecule for task in tasks], [task.kept for task in tasks]
                done = bench.run("direct", nfe, priors or None, locked=kept, molecules=molecules)
                yield from _completed(done, tasks, f"{size} ring atoms, {how.__name__}", nfe)


def scaffold_tasks(
    dataset: PackedDataset, count: int, how: Callable[[Structure], tuple[int, Task]], seed: int
) -> dict[int, list[Task]]:
    """The first `count` scaffolds of each size, in an order that the seed decides, with two atoms or more to place."""
    found: dict[int, list[Task]] = {size: [] for size in LOCKED}
    for index in np.random.default_rng(seed).permutation(len(dataset)):
        size, task = how(dataset.structure(int(index)))
        if size in found and len(found[size]) < count and len(task.molecule) - task.kept >= 2:
            found[size].append(task)
        if all(len(tasks) == count for tasks in found.values()):
            break
    return found


def completed(done: Outcome, tasks: Sequence[Task]) -> list[bool]:
    """Which ends are valid and have the scaffold's bonds and stereo as they were."""
    survived = [not scaffold_kept(end, t.molecule, range(t.kept)) for end, t in zip(done.ends, tasks, strict=True)]
    return [verdict.valid and kept for verdict, kept in zip(judge_all(done.ends), survived, strict=True)]


def _completed(done: Outcome, tasks: Sequence[Task], setting: str, nfe: int) -> Iterator[Figure]:
    pairs = list(zip(done.ends, tasks, strict=True))
    drift = max(float(np.abs((end.positions - t.molecule.positions)[: t.kept]).max()) for end, t in pairs)
    yield Figure("scaffold", setting, nfe, len(tasks), "valid", done.valid)
    yield Figure(
        "scaffold", setting, nfe, len(tasks), "valid with the scaffold", float(np.mean(completed(done, tasks)))
    )
    yield Figure("scaffold", setting, nfe, len(tasks), "lock drift, Å", drift)


def _variances(structure: Structure) -> np.ndarray:
    """Principal variances `[3]`, the largest first, as shares of their sum."""
    values = np.linalg.eigvalsh(np.cov(structure.positions.T))[::-1]
    return np.asarray(values / values.sum())


def shapes(bench: Bench, nfe: int = 60) -> Iterator[Figure]:
    """Principal variances asked for and achieved, with the shape held and with the start alone."""
    for name, ratio in SHAPES.items():
        asked = np.sort(ratio)[::-1] / sum(ratio)
        for how, constraints in (("start", ()), ("held", (Shape(ratio),))):
            done = bench.run("direct", nfe, Shaped(1.5, ratio), constraints)
            achieved = np.mean([_variances(end) for end in done.ends], axis=0)
            setting, count = f"{name}, {how}", len(done.ends)
            yield Figure("shape", setting, nfe, count, "valid", done.valid)
            for k, axis in enumerate(("largest", "middle", "smallest")):
                yield Figure("shape", setting, nfe, count, f"{axis} variance asked", float(asked[k]))
                yield Figure("shape", setting, nfe, count, f"{axis} variance achieved", float(achieved[k]))


def geometry(bench: Bench, nfe: int = 60) -> Iterator[Figure]:
    """Largest deviation from an exact distance, angle and torsion on the first four heavy atoms."""
    molecules = [m for m in bench.molecules if (m.numbers[:4] > 1).all()]
    for mode, name in MODES.items():
        done = bench.run(name, nfe, constraints=GEOMETRY, molecules=molecules)
        yield Figure("geometry", mode, nfe, len(molecules), "valid", done.valid)
        for constraint in GEOMETRY:
            off = [
                float(deviations([constraint], torch.from_numpy(end.positions.copy())[None])[0].abs())
                for end in done.ends
            ]
            angular = not isinstance(constraint, Distance)
            largest = np.degrees(max(off)) if angular else max(off)
            unit = "°" if angular else "Å"
            yield Figure(
                "geometry", mode, nfe, len(molecules), f"{constraint.kind}, largest deviation, {unit}", float(largest)
            )


def dual(bench: Bench, nfe: int = 64) -> Iterator[Figure]:
    """From rod-like clouds, as wide as their sampler likes: does a mode stay near its start, or go to the data?"""
    data = np.array([_variances(molecule)[0] for molecule in bench.molecules])
    yield from _spread("data", 0, data)
    for mode, name in FROM_RODS.items():
        options = {"noise": 0.0} if mode == "relaxation" else {}
        width = chosen(bench.field.card, name, nfe).start_width
        done = bench.run(name, nfe, Shaped(width, SHAPES["rod"]), **options)
        largest = np.array([_variances(end)[0] for end in done.ends])
        if mode == "relaxation":
            yield from _spread("start", 0, np.array([_variances(start)[0] for start in done.starts]))
        yield from _spread(mode, nfe, largest)
        apart = [rmsd(start, end) for start, end in zip(done.starts, done.ends, strict=True)]
        yield Figure("dual", mode, nfe, len(apart), "RMSD to the start, Å", float(np.mean(apart)))
        yield Figure("dual", mode, nfe, len(apart), "distance to the data", float(_wasserstein(largest, data)))
        yield Figure("dual", mode, nfe, len(apart), "valid", done.valid)


def _spread(setting: str, nfe: int, largest: np.ndarray) -> Iterator[Figure]:
    for percent in (5, 25, 50, 75, 95):
        value = float(np.percentile(largest, percent))
        yield Figure("dual", setting, nfe, len(largest), f"largest variance, percentile {percent}", value)


def _wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    grid = np.linspace(0, 1, 201)
    return float(np.abs(np.quantile(a, grid) - np.quantile(b, grid)).mean())


def draw(figures: Sequence[Figure], path: Path) -> None:
    """Draw the experiments side by side."""
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(13, 3.6), layout="constrained")
    left, middle, right = canvas.subplots(1, 3)
    _draw_scaffolds(left, figures)
    _draw_shapes(middle, figures)
    _draw_modes(right, figures)
    canvas.savefig(path, dpi=150)


def _draw_scaffolds(axes: Axes, figures: Sequence[Figure]) -> None:
    for k, size in enumerate(LOCKED):
        for how, line in (("grown", "o-"), ("bare", "o:")):
            setting = f"{size} ring atoms, {how}"
            rows = [f for f in figures if f.setting == setting and f.quantity == "valid with the scaffold"]
            axes.plot([f.nfe for f in rows], [100 * f.value for f in rows], line, color=f"C{k}", label=setting)
    axes.set(xscale="log", xlabel="network evaluations", ylabel="valid, scaffold kept, %", ylim=(0, 100))
    axes.set_xticks(BUDGETS, map(str, BUDGETS))
    axes.minorticks_off()
    axes.set_title("Completing a locked scaffold")
    axes.legend(fontsize="x-small")


def _draw_shapes(axes: Axes, figures: Sequence[Figure]) -> None:
    for how, marker, label in (("start", "o", "start alone"), ("held", "s", "shape held")):
        rows = [f for f in figures if f.experiment == "shape" and f.setting.endswith(how)]
        asked, achieved = ([f.value for f in rows if f.quantity.endswith(word)] for word in ("asked", "achieved"))
        axes.plot(asked, achieved, marker, label=label, alpha=0.8)
    axes.plot([0, 1], [0, 1], color="0.7", zorder=0)
    axes.set(xlabel="principal variance asked, share", ylabel="achieved, share", title="Rod, disc and ball")
    axes.legend()


def _draw_modes(axes: Axes, figures: Sequence[Figure]) -> None:
    for k, setting in enumerate(("start", *MODES, "data")):
        low, quarter, median, three_quarters, high = (
            f.value for f in figures if (f.experiment, f.setting) == ("dual", setting) and "percentile" in f.quantity
        )
        axes.plot([k, k], [low, high], color="0.6", lw=2)
        axes.plot([k, k], [quarter, three_quarters], color=f"C{k}", lw=12, solid_capstyle="butt")
        axes.plot([k], [median], "_", color="white", ms=12, mew=2)
    axes.set_xticks(range(4), ("rod-like start", *MODES, "data"))
    axes.set(ylabel="largest principal variance, share", title="Near the start, or where the data are")


def measure(options: argparse.Namespace) -> Iterator[Figure]:
    """All experiments, or one of them."""
    dataset = PackedDataset.from_npz(options.data)
    picked = np.random.default_rng(options.seed).permutation(len(dataset))[: options.count]
    field = PseudoForceField.load(find_model(options.model), options.device)
    bench = Bench(field, [dataset.structure(int(k)) for k in picked], options.seed)
    experiments = {
        "scaffold": partial(scaffolds, bench, dataset, options.count),
        "shape": partial(shapes, bench),
        "geometry": partial(geometry, bench),
        "dual": partial(dual, bench),
    }
    for name in [options.only] if options.only else experiments:
        yield from experiments[name]()


def save(figures: Sequence[Figure], path: Path) -> None:
    """Write one figure a row."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(Figure.__dataclass_fields__)
        writer.writerows(vars(figure).values() for figure in figures)


def load(path: Path) -> list[Figure]:
    """Read what `save` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Figure(r["experiment"], r["setting"], int(r["nfe"]), int(r["count"]), r["quantity"], float(r["value"]))
        for r in rows
    ]


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50, help="compositions for each figure")
    parser.add_argument("--data", type=Path, default=resources() / "datasets" / "qm9_validation.npz")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=("scaffold", "shape", "geometry", "dual"), help="the others stay as they are")
    parser.add_argument("--draw", action="store_true", help="draw the picture again, from the figures that are there")
    options = parser.parse_args()
    if not options.draw:
        figures = [figure for figure in load(CSV) if figure.experiment != options.only] if options.only else []
        for figure in measure(options):
            where = f"{figure.experiment}, {figure.setting}, {figure.nfe} NFE"
            print(f"{where}: {figure.quantity} {figure.value:.4g}", flush=True)
            figures.append(figure)
        save(figures, CSV)
    draw(load(CSV), PICTURE)
    print(CSV, PICTURE, sep="\n")


if __name__ == "__main__":
    main()
