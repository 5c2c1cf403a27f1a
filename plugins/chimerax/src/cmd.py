"""The commands. They never change a model of the user's: results are new models."""

from __future__ import annotations

import atexit
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chimerax.atomic import AtomicStructure, AtomsArg, Element
from chimerax.core.commands import (
    BoolArg,
    CmdDesc,
    EnumOf,
    FloatArg,
    IntArg,
    OpenFileNameArg,
    PositiveIntArg,
    StringArg,
)
from chimerax.core.commands import register as register_in_chimerax
from chimerax.core.errors import UserError
from chimerax.core.models import Model

from . import client
from .structures import Picked, Structure, build, picked

bridge = client.Client()
atexit.register(bridge.close)
_LARGEST_SEED = 2**31
_SAMPLING = [
    ("count", PositiveIntArg),
    ("evaluations", PositiveIntArg),
    ("mode", EnumOf(("relaxation", "diffusion"))),
    ("seed", IntArg),
]


def gpff_relax(session: Any, atoms: Any, evaluations: int = 100, animate: bool = False) -> Any:
    """Relax the molecule that atoms belong to; its other atoms stay where they are. Returns the new model."""
    molecule = _told(picked, atoms)
    frames: list[Any] = []
    result = _run(
        session, "relax", frames if animate else None, structure=molecule.structure, locked=molecule.others,
        nfe=evaluations,
    )  # fmt: skip
    relaxed, moved = result["structures"][0], result["moved"]
    change = f", but {moved['change']}" if moved["change"] else ""
    session.logger.info(f"GPFF: moved {moved['rmsd']:.2f} Å (RMSD){change}; {client.told(relaxed)}")
    return _add(session, f"{molecule.model.name} relaxed", [relaxed], molecule, molecule.names, frames)


def gpff_generate(
    session: Any, formula: str, count: int = 1, evaluations: int = 60, mode: str = "relaxation", seed: int | None = None
) -> Any:
    """Generate molecules of a formula. Returns the new model, whose parts they are if they are several."""
    result = _run(session, "generate", None, formula=formula, **_sampling(count, evaluations, mode, seed))
    return _candidates(session, formula, result, None)


def gpff_grow(
    session: Any,
    atoms: Any,
    add: str,
    count: int = 4,
    evaluations: int = 60,
    mode: str = "relaxation",
    seed: int | None = None,
    replace: bool = False,
) -> Any:
    """Let something grow in place of hydrogens, or with `replace` in place of the atoms. Returns the new model."""
    molecule = _told(picked, atoms)
    where = {"locked": molecule.others} if replace else {"at": list(molecule.chosen)}
    sampling = _sampling(count, evaluations, mode, seed)
    result = _run(session, "grow", None, structure=molecule.structure, add=add, **where, **sampling)
    return _candidates(session, f"{molecule.model.name} grown", result, molecule)


def gpff_conformers(session: Any, atoms: Any, count: int = 10, apart: float = 0.3) -> Any:
    """Find other shapes of the molecule that atoms belong to. Returns the new model; None if there are none."""
    molecule = _told(picked, atoms)
    result = _run(session, "conformers", None, structure=molecule.structure, count=count, apart=apart, seed=_new_seed())
    session.logger.info(f"GPFF: {result['found']}")
    if not result["structures"]:
        return None
    return _add(session, f"{molecule.model.name} conformers", result["structures"], molecule, molecule.names)


def gpff_open(session: Any, atoms: Any) -> None:
    """Open atoms in GPFF Desktop, those of each model as a structure."""
    models = dict.fromkeys(atom.structure for atom in atoms)
    parts = [tuple(atom for atom in atoms if atom.structure is model) for model in models]
    _run(session, "open", None, structures=[Picked(part, ()).structure for part in parts])


def gpff_setup(session: Any, python: str) -> None:
    """Note which Python has GPFF Desktop, for all host programs."""
    session.logger.info(f"GPFF: noted in {_told(client.remember, python)}")
    bridge.close()


_COMMANDS: dict[str, tuple[Callable[..., Any], CmdDesc]] = {
    "gpff relax": (
        gpff_relax,
        CmdDesc(
            required=[("atoms", AtomsArg)],
            keyword=[("evaluations", PositiveIntArg), ("animate", BoolArg)],
            synopsis="relax the molecule that atoms belong to",
        ),
    ),
    "gpff generate": (
        gpff_generate,
        CmdDesc(required=[("formula", StringArg)], keyword=_SAMPLING, synopsis="generate molecules of a formula"),
    ),
    "gpff grow": (
        gpff_grow,
        CmdDesc(
            required=[("atoms", AtomsArg)],
            keyword=[("add", StringArg), *_SAMPLING, ("replace", BoolArg)],
            required_arguments=["add"],
            synopsis="let something grow in place of hydrogens",
        ),
    ),
    "gpff conformers": (
        gpff_conformers,
        CmdDesc(
            required=[("atoms", AtomsArg)],
            keyword=[("count", PositiveIntArg), ("apart", FloatArg)],
            synopsis="find other shapes of a molecule",
        ),
    ),
    "gpff open": (gpff_open, CmdDesc(required=[("atoms", AtomsArg)], synopsis="open atoms in GPFF Desktop")),
    "gpff setup": (
        gpff_setup,
        CmdDesc(required=[("python", OpenFileNameArg)], synopsis="tell where GPFF Desktop is installed"),
    ),
}


def register_one(name: str, logger: Any) -> None:
    """Register one command with ChimeraX."""
    function, description = _COMMANDS[name]
    register_in_chimerax(name, description, function, logger=logger)


def _run(session: Any, kind: str, frames: list[Any] | None, **options: Any) -> Any:
    """The result of a request; its steps are told in the status line, and added to `frames` if that is a list."""

    def step(message: Mapping[str, Any]) -> None:
        if message["type"] != "step":
            return
        session.logger.status(f"GPFF: evaluation {message['step']} of {message['budget']}")
        if frames is not None and message["frames"][0]:
            frames.append(message["frames"][0])

    wanted = {"frames": True} if frames is not None else {}
    return _told(bridge.run, kind, step=step, **options, **wanted)


def _told(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What a call returns; what it refuses becomes ChimeraX's error of one line."""
    try:
        return call(*arguments, **options)
    except (ValueError, OSError) as error:
        raise UserError(str(error)) from None


def _sampling(count: int, evaluations: int, mode: str, seed: int | None) -> dict[str, Any]:
    return {"count": count, "nfe": evaluations, "mode": mode, "seed": _new_seed() if seed is None else seed}


def _new_seed() -> int:
    return random.randrange(_LARGEST_SEED)


def _candidates(session: Any, name: str, result: Mapping[str, Any], origin: Picked | None) -> Any:
    structures = result["structures"]
    for number, one in enumerate(structures, start=1):
        loss = f"; {one['loss']}" if one.get("loss") else ""
        session.logger.info(f"GPFF: {number}: {client.told(one)}{loss}")
    valid = sum(one["valid"] and not one.get("loss") for one in structures)
    session.logger.info(f"GPFF: {valid} of {len(structures)} valid, seed {result['seed']}")
    return _add(session, name, structures, origin)


def _add(
    session: Any,
    name: str,
    structures: Sequence[Structure],
    origin: Picked | None = None,
    names: Sequence[str] = (),
    frames: Sequence[Any] = (),
) -> Any:
    """Add structures as a model, or several as the parts of one, where the model that they come from is."""
    models = [build(AtomicStructure(session, name=name), Element.get_element, one, names) for one in structures]
    for model in models:
        if origin is not None:
            model.position = origin.model.position
    if frames:
        _add_frames(models[0], frames)
    whole = models[0]
    if len(models) > 1:
        whole = Model(name, session)
        whole.add(models)
    session.models.add([whole])
    return whole


def _add_frames(model: Any, frames: Sequence[Any]) -> None:
    """Make the steps of a run the coordinate sets of a model, which the last one shows."""
    from numpy import array, float64

    for number, frame in enumerate(frames, start=1):
        model.add_coordset(number, array(frame, float64))
    model.active_coordset_id = len(frames)
