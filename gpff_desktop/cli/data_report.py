"""The report of `gpff data check` as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.table import Table

from gpff_desktop.cli.output import plain_table, print_table

if TYPE_CHECKING:
    from gpff_desktop.data.report import CheckReport, Histogram

SHOWN_SIZES = 16
SHOWN_PAIRS = 12
BAR = 30


def print_report(report: CheckReport) -> None:
    """Print what a check found."""
    print(f"{report.n_records:,} records, {report.n_structures:,} structures, {report.n_formulas:,} formulas")
    print(f"{report.n_kept():,} would be kept")
    if report.elements:
        print("Elements: " + ", ".join(f"{symbol} {count:,}" for symbol, count in report.elements.items()))
    if report.greatest_force is not None:
        print(f"Forces: {report.n_with_forces:,} records, the greatest {report.greatest_force:.3g} eV/Å")
    if report.nearest.counts:
        print(f"Nearest two atoms: {_range(report.nearest)} Å")
    if report.smiles:
        print(f"Valid molecules: {report.smiles.n_valid:,}, of which {report.smiles.n_distinct:,} are different")
    if report.faults or report.left_out():
        print_table(_faults(report))
    if report.sizes:
        print_table(_sizes(report.sizes))
    if report.bond_lengths:
        print_table(_bond_lengths(report.bond_lengths))


def _faults(report: CheckReport) -> Table:
    table = plain_table("", "records", "left out", "first: file, record, reason", title="Faults")
    firsts = {problem.fault: problem for problem in reversed(report.problems)}
    left_out = report.left_out()
    for fault in [*report.faults, *(reason for reason in left_out if reason not in report.faults)]:
        first = firsts.get(fault)
        place = f"{first.file}, {first.record}: {first.message}" if first else ""
        table.add_row(fault, f"{report.faults.get(fault, 0):,}", f"{left_out.get(fault, 0):,}", place)
    return table


def _sizes(sizes: Mapping[int, int]) -> Table:
    """Sizes in equal ranges, so that data sets of any spread fit a screen."""
    least, most = min(sizes), max(sizes)
    step = -(-(most - least + 1) // SHOWN_SIZES)
    counts = {start: sum(sizes.get(start + i, 0) for i in range(step)) for start in range(least, most + 1, step)}
    table = plain_table("atoms", "structures", "", title="Sizes")
    for start, count in counts.items():
        name = str(start) if step == 1 else f"{start}–{min(start + step - 1, most)}"
        table.add_row(name, f"{count:,}", "█" * round(BAR * count / max(counts.values())))
    return table


def _bond_lengths(lengths: Mapping[str, Histogram]) -> Table:
    hidden = len(lengths) - SHOWN_PAIRS
    title = "Bonds" if hidden <= 0 else f"Bonds (the commonest {SHOWN_PAIRS} of {len(lengths)} pairs)"
    table = plain_table("pair", "bonds", "lengths, Å", title=title)
    for pair, histogram in list(lengths.items())[:SHOWN_PAIRS]:
        table.add_row(pair, f"{sum(histogram.counts):,}", _range(histogram))
    return table


def _range(histogram: Histogram) -> str:
    return f"{histogram.edges[0]:.2f} to {histogram.edges[-1]:.2f}"
