"""Put the results of `gpff evaluate` into a model's card and the README.

gpff evaluate TEST.npz --count 1000 --samplers direct --nfe 6,15,60 --out A
gpff evaluate TEST.npz --count 1000 --samplers heun --nfe 64 --out B
python -m benchmarks.model_figures A B [--model NAME]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from gpff_desktop.chemistry.known import KNOWN
from gpff_desktop.cli.evaluate import RESULTS
from gpff_desktop.engine.checkpoint import CARD, write_json
from gpff_desktop.session.models import DEFAULT_MODEL, find_model

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- model figures -->", "<!-- end of model figures -->"
COLUMNS = ("sampler", "nfe", "valid", "unique", "novel", "atom_stability", "molecule_stability", "start_width", "noise")


def markdown(results: dict[str, Any]) -> str:
    """The table: one row a sampler and budget, the data's own score first."""
    head = "| sampler | NFE | valid | unique | novel | stable atoms | stable molecules | start width | λ |"
    lines = [head, "|---|" + "--:|" * 8]
    for row in sorted(results["rows"], key=lambda r: (r["nfe"] > 0, r["sampler"], r["nfe"])):
        name = "*the data themselves*" if row["nfe"] == 0 else row["sampler"]
        shares = [_percent(row[key]) for key in COLUMNS[2:7]]
        lengths = [f"{row[key]:g} Å" if row[key] is not None else "" for key in COLUMNS[7:]]
        lines.append("| " + " | ".join([name, str(row["nfe"] or ""), *shares, *lengths]) + " |")
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def into_card(results: dict[str, Any], card_file: Path, commands: list[str]) -> None:
    """Write the rows and the commands that measured them into a card.

    Raises
    ------
    ValueError
        If the results are of other weights than the card's.
    """
    card = json.loads(card_file.read_text(encoding="utf-8"))
    if card["sha256"] != results["asked"]["model_sha256"]:
        raise ValueError("these results are of other weights; run gpff evaluate with this model first")
    rows = [{key: row[key] for key in COLUMNS} for row in results["rows"]]
    best = [row for row in rows if row["sampler"] == card["defaults"]["automatic"]["relaxation"]]
    valid = ", ".join(f"{_percent(row['valid'])} at {row['nfe']} NFE" for row in best)
    card["figures"] = {"valid": valid, "commands": commands, "asked": results["asked"], "rows": rows}
    write_json(card_file, card)


def into_readme(table: str, commands: list[str], readme: Path) -> None:
    """Replace what stands between the two marks."""
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    how = "\n".join(["Measured with", "", "```sh", *commands, "```"])
    readme.write_text(f"{before}{BEGIN}\n{table}\n\n{how}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Read the results and write card and README."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+", help="folders that gpff evaluate wrote")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    options = parser.parse_args()
    parts = [json.loads((folder / RESULTS).read_text(encoding="utf-8")) for folder in options.results]
    results = merged(parts)
    commands = list(map(command_of, parts))
    into_card(results, find_model(options.model) / CARD, commands)
    into_readme(markdown(results), commands, README)
    print(markdown(results))


def merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Results of the same model on the same compositions, as one.

    Raises
    ------
    ValueError
        If they are of different models or compositions.
    """
    if any(part["asked"] != parts[0]["asked"] for part in parts):
        raise ValueError("these results are of different models, data or seeds")
    rows = {(row["sampler"], row["nfe"]): row for part in parts for row in part["rows"]}
    return {"asked": parts[0]["asked"], "rows": list(rows.values())}


def command_of(results: dict[str, Any]) -> str:
    """The command that gives these results."""
    asked, rows = results["asked"], [row for row in results["rows"] if row["nfe"]]
    samplers = ",".join(dict.fromkeys(row["sampler"] for row in rows))
    budgets = ",".join(map(str, sorted({row["nfe"] for row in rows})))
    named = asked["train_set"] not in (None, KNOWN)  # the list that comes with the model needs no naming
    reference = f" --train-set {asked['train_set']}" if named else ""
    precision = " --bfloat16" if asked["bfloat16"] else ""
    return (
        f"gpff evaluate resources/datasets/{asked['data']} --count {asked['count']} --samplers {samplers} "
        f"--nfe {budgets} --seed {asked['seed']}{reference}{precision} --out DIR"
    )


if __name__ == "__main__":
    main()
