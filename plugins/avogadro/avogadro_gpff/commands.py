"""What the menu commands do with a molecule."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .cjson import MoleculeError, as_structure, moved, new, selected_atoms
from .client import Client, told

Answer = dict[str, Any]
_SAMPLING = ("count", "nfe", "mode")
_LARGEST_SEED = 2**31


@dataclass(frozen=True)
class Command:
    """A menu entry.

    Parameters
    ----------
    title
        What the menu calls it.
    work
        Gets Avogadro's message, the options and the bridge; returns what Avogadro is told.
    """

    title: str
    work: Callable[[Mapping[str, Any], Mapping[str, Any], Client], Answer]


def run(name: str, text: str, bridge: Client) -> Answer:
    """What Avogadro is told when a command has run.

    Some versions of Avogadro replace the molecule with whatever comes back, so that one that failed sends it unchanged.

    Parameters
    ----------
    name
        One of `COMMANDS`.
    text
        Avogadro's JSON: the molecule, what is selected, and the options, in an object of their own or beside these.
    bridge
        Does the work.
    """
    message: Mapping[str, Any] = {}
    try:
        message = _read(text)
        answer = COMMANDS[name].work(message, message.get("options") or message, bridge)
    except (ValueError, OSError) as error:
        answer = {"error": str(error)}
    except (KeyError, TypeError, AttributeError) as error:
        answer = {"error": f"the molecule cannot be read ({type(error).__name__}: {error}); save it and open it again"}
    return {"moleculeFormat": "cjson", "cjson": message.get("cjson", {}), **answer}


def _read(text: str) -> Mapping[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("cjson"), dict):
        raise MoleculeError("Avogadro sent no molecule in Chemical JSON")
    return message


def _relax(message: Mapping[str, Any], options: Mapping[str, Any], bridge: Client) -> Answer:
    structure, chosen = as_structure(message["cjson"]), set(selected_atoms(message))
    locked = [atom for atom in range(len(structure["elements"])) if chosen and atom not in chosen]
    frames: list[Any] = []

    def step(told_of: Mapping[str, Any]) -> None:
        if told_of["type"] == "step" and told_of["frames"][0]:
            frames.append(told_of["frames"][0])

    wanted: dict[str, Any] = {"frames": True} if options.get("frames") else {}
    result = bridge.run(
        "relax", step=step if wanted else None, structure=structure, locked=locked, nfe=int(options.get("nfe", 100)),
        **wanted,
    )  # fmt: skip
    (relaxed,), how = result["structures"], result["moved"]
    change = f", but {how['change']}" if how["change"] else ""
    text = f"Atoms moved {how['rmsd']:.2f} Å (RMSD){change}; {told(relaxed)}."
    return {"cjson": moved(message["cjson"], relaxed, frames), "message": text}


def _generate(message: Mapping[str, Any], options: Mapping[str, Any], bridge: Client) -> Answer:
    result = bridge.run("generate", formula=str(options.get("formula", "")).strip(), **_sampling(options))
    return _best(result, options, bridge)


def _grow(message: Mapping[str, Any], options: Mapping[str, Any], bridge: Client) -> Answer:
    structure, chosen = as_structure(message["cjson"]), selected_atoms(message)
    if not chosen:
        raise MoleculeError("select the hydrogens to replace, or the atoms that are to grow")
    add = str(options.get("add", "")).strip()
    result = bridge.run("grow", structure=structure, at=chosen, add=add, **_sampling(options))
    answer = _best(result, options, bridge)
    n_atoms = len(answer["cjson"]["atoms"]["elements"]["number"])
    return {**answer, "selectedAtoms": list(range(len(result["kept"]), n_atoms))}


def _open(message: Mapping[str, Any], options: Mapping[str, Any], bridge: Client) -> Answer:
    bridge.run("open", structures=[as_structure(message["cjson"])])
    return {}


def _sampling(options: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: options[name] for name in _SAMPLING if name in options}
    return {**given, "seed": random.randrange(_LARGEST_SEED)}


def _best(result: Mapping[str, Any], options: Mapping[str, Any], bridge: Client) -> Answer:
    """The first choice of the results: whole and valid ones go before others, and those with less noise left."""
    structures = sorted(result["structures"], key=lambda one: (bool(one.get("loss")), not one["valid"], one["sigma"]))
    if options.get("open"):
        bridge.run("open", structures=structures)
    valid = sum(one["valid"] and not one.get("loss") for one in structures)
    loss = f"; {structures[0]['loss']}" if structures[0].get("loss") else ""
    text = f"{valid} of {len(structures)} valid, seed {result['seed']}. Shown: {told(structures[0])}{loss}."
    return {"cjson": new(structures[0]), "message": text}


COMMANDS = {
    "relax": Command("Relax with GPFF…", _relax),
    "generate": Command("Generate…", _generate),
    "grow": Command("Grow on selection…", _grow),
    "open": Command("Open in GPFF Desktop", _open),
}
