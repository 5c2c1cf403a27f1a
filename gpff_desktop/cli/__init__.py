"""The command line: `gpff`. Commands load torch and RDKit themselves, so that `--help` does not wait for them."""

from __future__ import annotations

import io
import os
import sys
import traceback
import warnings
from collections.abc import Sequence

import typer

from gpff_desktop.cli.app import app_command
from gpff_desktop.cli.data import data_app
from gpff_desktop.cli.errors import FAILED, notice
from gpff_desktop.cli.evaluate import EVALUATE_EXAMPLES, evaluate_command
from gpff_desktop.cli.generate import GENERATE_EXAMPLES, generate_command
from gpff_desktop.cli.models import models_app
from gpff_desktop.cli.relax import RELAX_EXAMPLES, relax_command
from gpff_desktop.cli.train import TRAIN_EXAMPLES, train_command

DEBUG_VARIABLE = "GPFF_DEBUG"

app = typer.Typer(
    name="gpff",
    help="Generate molecules with a generative pseudo-force field, and train and measure such fields.",
    epilog="Exit codes: 0 done, 2 the input is wrong, 1 anything else (GPFF_DEBUG=1 shows where).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("generate", epilog=GENERATE_EXAMPLES)(generate_command)
app.command("relax", epilog=RELAX_EXAMPLES)(relax_command)
app.command("evaluate", epilog=EVALUATE_EXAMPLES)(evaluate_command)
app.command("train", epilog=TRAIN_EXAMPLES)(train_command)
app.add_typer(models_app, name="models")
app.add_typer(data_app, name="data")
app.command("app")(app_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 done, 2 the user's input is wrong, 1 anything else."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # σ̂ must not end a command on a console without Greek
    try:
        with warnings.catch_warnings():
            if not _debugging():  # libraries warn their programmers, not our users
                warnings.simplefilter("ignore")
            return int(app(arguments, prog_name="gpff", standalone_mode=False) or 0)
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> int:
    usage = getattr(error, "format_message", None)  # typer has click, or a copy of click, beneath: known by this
    if usage is not None:
        if usage():  # empty when the help was shown because nothing was asked
            notice(usage() + " (--help lists what there is)")
        return int(getattr(error, "exit_code", FAILED))
    if _debugging():
        traceback.print_exception(error)
    notice(f"{type(error).__name__}: {error} ({DEBUG_VARIABLE}=1 shows where)")
    return FAILED


def _debugging() -> bool:
    return os.environ.get(DEBUG_VARIABLE) == "1"
