"""`gpff generate --repeat`: running again what made a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gpff_desktop.cli.running import read_all

if TYPE_CHECKING:
    from gpff_desktop.session.generation import GenerationRequest
    from gpff_desktop.structure import Structure

_CANDIDATE = "GPFF_candidate"
_SAMPLER = "GPFF_sampler"


def read_request(path: Path, model: str | None, options: Collection[str]) -> tuple[GenerationRequest, str]:
    """The request that made a file, and the name or path of the very model that ran it.

    Parameters
    ----------
    path
        A file that `gpff generate` wrote.
    model
        The model to use, if the user named one.
    options
        Names of options that contradict the file's own record.

    Raises
    ------
    ValueError
        If the file was not generated, the model is not here, or its weights are not the same.
    """
    from gpff_desktop.plugin_samplers import provide_sampler
    from gpff_desktop.session.generation import EDITED_KEY, RequestError, repeat_request

    if options:
        names = ", ".join("--" + name.replace("_", "-") for name in options)
        raise RequestError(f"--repeat takes everything from the file; leave out {names}")
    structures = read_all(path)
    provide_sampler(structures[0].properties.get(_SAMPLER, ""))
    edited = (structure for structure in structures if EDITED_KEY in structure.properties)
    request, name, sha256 = repeat_request(next(edited, structures[0]))
    return request, _same_model(model, name, sha256)


def _same_model(chosen: str | None, name: str, sha256: str) -> str:
    from gpff_desktop.engine.checkpoint import CheckpointError, load_card
    from gpff_desktop.session.models import find_model, installed_models

    if chosen is None:
        for model in installed_models():
            if model.card and model.card.sha256 == sha256:
                return str(model.path)
        raise CheckpointError(f"model '{name}' (hash {sha256[:12]}) made the file; name its folder with --model")
    found = load_card(find_model(chosen)).sha256
    if found != sha256:
        raise CheckpointError(
            f"model '{chosen}' has the hash {found[:12]}, but the file was made by '{name}' with {sha256[:12]}"
        )
    return chosen


def largest_difference(structures: Sequence[Structure], path: Path) -> float:
    """Largest difference in Å between any coordinate of a file and that of the same candidate."""
    by_candidate = {item.properties[_CANDIDATE]: item for item in structures}
    differences = [
        float(abs(item.positions - by_candidate[item.properties[_CANDIDATE]].positions).max())
        for item in read_all(path)
        if item.properties.get(_CANDIDATE) in by_candidate
    ]
    return max(differences, default=0.0)
