"""`gpff models`: which models are installed, and what they say of themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from gpff_desktop.cli.errors import user_errors
from gpff_desktop.cli.options import Json
from gpff_desktop.cli.output import plain_table, print_json, print_table

if TYPE_CHECKING:
    from gpff_desktop.engine.checkpoint import ModelCard
    from gpff_desktop.session.models import InstalledModel

SHOWN_COMPOSITIONS = 12
SHOWN_FIGURES = 4

MODELS_EXAMPLES = """
Examples:

    gpff models

    gpff models qm9

    gpff models --card runs/mine/model --json
"""


def models_command(
    name: Annotated[str | None, typer.Argument(help="Show the whole card of this model.", metavar="[NAME]")] = None,
    card: Annotated[str | None, typer.Option("--card", metavar="NAME|PATH", help="The same as NAME.")] = None,
    as_json: Json = False,
) -> None:
    """List the installed models, or show the card of one."""
    from gpff_desktop.engine.checkpoint import load_card
    from gpff_desktop.session.models import find_model, installed_models

    wanted = name or card
    if wanted:
        with user_errors():
            found = load_card(find_model(wanted))
        _show(found, as_json)
    elif as_json:
        print_json([_as_dict(model) for model in installed_models()])
    else:
        _print_list(installed_models())


def _as_dict(model: InstalledModel) -> dict[str, Any]:
    card = model.card.as_dict() if model.card else None
    return {"name": model.name, "path": str(model.path), "problem": model.problem or None, "card": card}


def _print_list(models: list[InstalledModel]) -> None:
    if not models:
        print("No model is installed; train one with: gpff train DATA --out RUN")
        return
    table = plain_table("model", "elements", "max atoms", "trained on", "molecules seen", "figures")
    for model in models:
        cells = _summary(model.card) if model.card else ("", "", "", "", model.problem)
        table.add_row(model.name, *map(escape, cells))
    print_table(table)


def _summary(card: ModelCard) -> tuple[str, str, str, str, str]:
    from gpff_desktop import elements

    symbols = " ".join(elements.symbol(z) for z in elements.hill_order(card.elements))
    data = str(card.data.get("name", ""))
    if "molecules" in card.data:
        data += f" ({_figure(card.data['molecules'])})"
    recipe = card.recipe
    seen = _figure(recipe.get("molecules_seen_in_all", recipe.get("molecules_seen", "")))
    return symbols, str(card.max_atoms), data, seen, _key_figures(card.figures)


def _key_figures(figures: Mapping[str, Any]) -> str:
    numbers = [(key, value) for key, value in figures.items() if isinstance(value, int | float | str)]
    return ", ".join(f"{key} {_figure(value)}" for key, value in numbers[:SHOWN_FIGURES])


def _figure(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def _show(card: ModelCard, as_json: bool) -> None:
    values = card.as_dict()
    if as_json:
        print_json(values)
        return
    from gpff_desktop import elements

    values["elements"] = [elements.symbol(z) for z in elements.hill_order(card.elements)]
    more = len(card.compositions) - SHOWN_COMPOSITIONS
    values["compositions"] = [*card.compositions[:SHOWN_COMPOSITIONS], *([f"… {more:,} more"] if more > 0 else [])]
    table = plain_table("", "")
    for key, value in values.items():
        table.add_row(key, escape(_readable(value)))
    print_table(table)


def _readable(value: Any) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_flat(inner)}" for key, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _flat(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping | list | tuple) else str(value)
