"""`gpff models`: which models are installed, and what they say of themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

from gpff_desktop.cli.errors import user_errors
from gpff_desktop.cli.options import Force, Json
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

    gpff models install mine.gpffmodel

    gpff models install runs/mine/model --name mine

    gpff models export mine mine.gpffmodel

    gpff models remove mine
"""
_SHOW = "show"


class _ShowsByDefault(TyperGroup):
    """What is no subcommand is the name of a model to show."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, args if args and args[0] in known else [_SHOW, *args])


models_app = typer.Typer(
    cls=_ShowsByDefault,
    help="List, show, install, export and remove models.",
    epilog=MODELS_EXAMPLES,
    pretty_exceptions_enable=False,
)


@models_app.command(_SHOW, epilog=MODELS_EXAMPLES)
def show_command(
    name: Annotated[str | None, typer.Argument(help="Show the whole card of this model.", metavar="[NAME]")] = None,
    card: Annotated[str | None, typer.Option("--card", metavar="NAME|PATH", help="The same as NAME.")] = None,
    as_json: Json = False,
) -> None:
    """List the installed models, or show the card of one; the word `show` may be left out."""
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


@models_app.command("install")
def install_command(
    source: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="A .gpffmodel file, or a model's folder.")],
    name: Annotated[str | None, typer.Option(help="What to call it.", show_default="what its card says")] = None,
) -> None:
    """Install a model for the window and the command line. Everything is checked and nothing in it is executed."""
    from gpff_desktop.session.model_files import install_file, install_folder

    with user_errors():
        installed = (install_folder if source.is_dir() else install_file)(source, name)
    print(f"installed as {installed.name}")


@models_app.command("export")
def export_command(
    name: Annotated[str, typer.Argument(metavar="NAME|FOLDER", help="An installed model, or the folder of one.")],
    file: Annotated[Path, typer.Argument(help="The file to write, *.gpffmodel.")],
    force: Force = False,
) -> None:
    """Write a model into one file that others can install."""
    from gpff_desktop.session.model_files import export_model

    with user_errors():
        export_model(name, file, overwrite=force)
    print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


@models_app.command("remove")
def remove_command(name: Annotated[str, typer.Argument(help="One of your own models.")]) -> None:
    """Delete one of your own models; the one that came with the program stays."""
    from gpff_desktop.session.model_files import remove_model

    with user_errors():
        remove_model(name)
    print(f"removed {name}")


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
