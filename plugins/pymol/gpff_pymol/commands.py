"""The commands. They never change an object of the user's: results are new objects."""

from __future__ import annotations

import atexit
import random
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from pymol import CmdException, cmd

from . import client
from .molecules import as_structure, copy_of, objects_of, picked, show_all, show_frames, shown_state

Number = int | str
"""As it comes from a script or from the command line, where everything is text."""

bridge = client.Client()
atexit.register(bridge.close)
_watchers: list[Callable[[Mapping[str, Any]], object]] = []
_LARGEST_SEED = 2**31


def register(to: Any) -> None:
    """Add the commands to a PyMOL."""
    for command in (gpff_relax, gpff_generate, gpff_grow, gpff_conformers, gpff_open, gpff_stop, gpff_setup):
        to.extend(command.__name__, command)


def watch(watcher: Callable[[Mapping[str, Any]], object]) -> None:
    """Have each step of a run told, as the bridge does, and what the commands say (a `said` message with `text`)."""
    _watchers.append(watcher)


def gpff_relax(
    selection: str = "sele", nfe: Number = 100, animate: Number = 0, name: str = "", _self: Any = cmd
) -> str | None:
    """
    DESCRIPTION

        Relax the molecule that a selection lies in. Its atoms that are not
        selected stay exactly where they are. The result is a new object.

    USAGE

        gpff_relax [ selection [, nfe [, animate [, name ]]]]

    ARGUMENTS

        nfe = most network evaluations {default: 100}

        animate = 1: another object has each step as a state {default: 0}
    """
    molecule = _told(picked, _self, selection)
    frames: list[Any] = []
    result = _run(
        "relax", frames if int(animate) else None, structure=molecule.structure, locked=list(molecule.others),
        nfe=int(nfe),
    )  # fmt: skip
    if not result["structures"]:
        _nothing()
        return None
    name = _new_name(_self, name, f"{molecule.structure['title']}_relaxed")
    copy_of(_self, name, molecule, [result["structures"][0]["coordinates"]])
    _self.set_title(name, 1, client.told(result["structures"][0]))
    _animate(_self, name, result["structures"][0], frames)
    moved = result["moved"]
    change = f", but {moved['change']}" if moved["change"] else ""
    _say(f"{name}: moved {moved['rmsd']:.2f} Å (RMSD){change}; {client.told(result['structures'][0])}")
    return name


def gpff_generate(
    formula: str,
    count: Number = 1,
    nfe: Number = 60,
    mode: str = "relaxation",
    seed: Number = "",
    animate: Number = 0,
    split: Number = 0,
    name: str = "",
    _self: Any = cmd,
) -> str | None:
    """
    DESCRIPTION

        Generate molecules of a formula. They are the states of a new object,
        each with its verdict as the title.

    USAGE

        gpff_generate formula [, count [, nfe [, mode [, seed [, animate
            [, split [, name ]]]]]]]

    ARGUMENTS

        mode = relaxation or diffusion {default: relaxation}

        seed = the same seed gives the same molecules {default: a new one}

        animate = 1: another object has each step of the first molecule as a
        state {default: 0}

        split = 1: a group of objects instead of states {default: 0}

    EXAMPLE

        gpff_generate C7H10N2O2, count=10
    """
    options = {"formula": str(formula), "count": int(count), "nfe": int(nfe), "mode": mode, "seed": _seed(seed)}
    frames: list[Any] = []
    result = _run("generate", frames if int(animate) else None, **options)
    return _show(_self, name or f"gpff_{formula}", result, int(split), frames)


def gpff_grow(
    selection: str,
    add: str,
    count: Number = 4,
    nfe: Number = 60,
    mode: str = "relaxation",
    seed: Number = "",
    replace: Number = 0,
    animate: Number = 0,
    split: Number = 0,
    name: str = "",
    _self: Any = cmd,
) -> str | None:
    """
    DESCRIPTION

        Let something grow on a molecule. Selected hydrogens give way to it, and
        other selected atoms give up one hydrogen each; with replace=1 the
        selected atoms themselves give way. All other atoms stay exactly where
        they are. The results are states of a new object.

    USAGE

        gpff_grow selection, add [, count [, nfe [, mode [, seed [, replace
            [, animate [, split [, name ]]]]]]]]

    ARGUMENTS

        add = formula of what is to grow, such as CH3 or C2H4O

    EXAMPLE

        gpff_grow sele, CH3
    """
    molecule = _told(picked, _self, selection)
    where = {"locked": list(molecule.others)} if int(replace) else {"at": list(molecule.chosen)}
    options = {"count": int(count), "nfe": int(nfe), "mode": mode, "seed": _seed(seed)}
    frames: list[Any] = []
    wanted = frames if int(animate) else None
    result = _run("grow", wanted, structure=molecule.structure, add=str(add), **where, **options)
    return _show(_self, name or f"{molecule.structure['title']}_grown", result, int(split), frames)


def gpff_conformers(
    selection: str = "sele",
    count: Number = 10,
    apart: float | str = 0.3,
    seed: Number = "",
    name: str = "",
    _self: Any = cmd,
) -> str | None:
    """
    DESCRIPTION

        Find conformers of the molecule that a selection lies in: its bonds and
        stereo are kept. They are the states of a new object.

    USAGE

        gpff_conformers [ selection [, count [, apart [, seed [, name ]]]]]

    ARGUMENTS

        count = how many starts are relaxed {default: 10}

        apart = those nearer to each other than this RMSD in Å count as one
        {default: 0.3}
    """
    molecule = _told(picked, _self, selection)
    options = {"count": int(count), "apart": float(apart), "seed": _seed(seed)}
    result = _run("conformers", None, structure=molecule.structure, **options)
    if not result["structures"]:
        _nothing(result.get("found") or "no conformer was found")
        return None
    name = _new_name(_self, name, f"{molecule.structure['title']}_conformers")
    copy_of(_self, name, molecule, [one["coordinates"] for one in result["structures"]])
    _say(f"{name}: {result['found']}")
    return name


def gpff_open(selection: str = "enabled", _self: Any = cmd) -> None:
    """
    DESCRIPTION

        Open the selected atoms in GPFF Desktop, each object as a structure.

    USAGE

        gpff_open [ selection ]
    """
    names = _told(objects_of, _self, selection)
    models = [(_self.get_model(f"({selection}) and {name}", shown_state(_self, name)), name) for name in names]
    _run("open", None, structures=[as_structure(model, name) for model, name in models])
    _say(f"{', '.join(names)} will open in GPFF Desktop")


def gpff_stop(_self: Any = cmd) -> None:
    """
    DESCRIPTION

        End the run in progress; what it has reached is kept.

    USAGE

        gpff_stop
    """
    bridge.cancel()


def gpff_setup(python: str, _self: Any = cmd) -> None:
    """
    DESCRIPTION

        Tell all host plugins which Python has GPFF Desktop. Running
        "gpff-bridge --remember" there does the same.

    USAGE

        gpff_setup path
    """
    try:
        _say(f"noted in {client.remember(str(python))}")
    except (ValueError, OSError) as error:
        raise CmdException(str(error)) from None
    bridge.close()


def _show(to: Any, name: str, result: Mapping[str, Any], split: int, frames: list[Any]) -> str | None:
    """Results of a generation as a new object; returns its name."""
    structures = result["structures"]
    if not structures:
        _nothing()
        return None
    name = _new_name(to, "", name)
    show_all(to, name, structures, [_verdict(one) for one in structures], bool(split))
    _animate(to, name, structures[0], frames)
    valid = sum(one["valid"] and not one.get("loss") for one in structures)
    _say(f"{name}: {valid} of {len(structures)} valid, seed {result['seed']}")
    return name


def _verdict(structure: Mapping[str, Any]) -> str:
    loss = structure.get("loss")
    return f"{client.told(structure)}; {loss}" if loss else client.told(structure)


def _animate(to: Any, name: str, structure: Mapping[str, Any], frames: list[Any]) -> None:
    if frames:
        show_frames(to, _new_name(to, "", f"{name}_run"), structure, frames)


def _run(kind: str, frames: list[Any] | None, **options: Any) -> Any:
    """The result of a request; the steps of its first molecule are added to `frames` if there are any to fill."""

    def step(message: Mapping[str, Any]) -> None:
        if frames is not None and message["type"] == "step":
            frames.append(message["frames"][0])
        for watcher in _watchers:
            watcher(message)

    wanted = {"frames": True} if frames is not None else {}
    return _told(bridge.run, kind, step=step, idle=_keep_window_alive, **options, **wanted)


def _told(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What a call returns; what it refuses becomes PyMOL's error of one line."""
    try:
        return call(*arguments, **options)
    except ValueError as error:
        raise CmdException(str(error)) from None


def _keep_window_alive() -> None:
    qt = sys.modules.get("pymol.Qt")
    if qt is None or threading.current_thread() is not threading.main_thread():
        return
    application = qt.QtWidgets.QApplication.instance()
    if application is not None:
        application.processEvents()


def _new_name(to: Any, wanted: str, usual: str) -> str:
    """A name that no object has, so that nothing is replaced."""
    legal = to.get_legal_name(wanted or usual)
    return legal if legal not in to.get_names("all") else str(to.get_unused_name(f"{legal}_"))


def _seed(given: object) -> int:
    return int(str(given)) if str(given) else random.randrange(_LARGEST_SEED)


def _say(text: str) -> None:
    print(f" GPFF: {text}")
    for watcher in _watchers:
        watcher({"type": "said", "text": text})


def _nothing(why: str = "stopped before there was anything to show") -> None:
    _say(why)
