"""What the bridge answers, with the shipped model."""

import json
import threading

import numpy as np
import pytest

from gpff_desktop.bridge.server import Bridge
from gpff_desktop.elements import formula, number
from gpff_desktop.structure import Structure
from tests.bridge.conftest import message_of, shipped


def positions(structure):
    return np.array(structure["coordinates"])


def formula_of(structure):
    return formula([number(symbol) for symbol in structure["elements"]])


def test_hello_tells_the_protocol_and_what_the_models_know(talk):
    answer = talk.ask("hello")
    assert answer["protocol"] == 1
    assert {"name": "qm9", "elements": ["H", "C", "N", "O"], "max_atoms": 29} in answer["models"]
    assert answer["default"] == "qm9"


def test_generated_candidates_are_judged_and_say_where_they_come_from(talk):
    talk.say({"id": "a", "type": "generate", "formula": "C2H6O", "count": 2, "nfe": 6, "seed": 3, "frames": True})
    started, *steps, result = talk.until_the_end()
    assert {answer["id"] for answer in (started, *steps, result)} == {"a"}
    assert [formula_of({"elements": one}) for one in started["elements"]] == ["C2H6O", "C2H6O"]
    assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
    assert np.shape(steps[0]["frames"]) == (2, 9, 3)
    assert np.allclose(steps[-1]["frames"][0], result["structures"][0]["coordinates"], atol=1e-4)
    assert (result["model"], result["seed"], result["stopped"], result["nfe"]) == ("qm9", 3, False, 12)
    for candidate in result["structures"]:
        assert formula_of(candidate) == "C2H6O"
        assert candidate["properties"]["GPFF_seed"] == "3"
        assert candidate["valid"] == bool(candidate["smiles"]) != bool(candidate["reason"])


def test_the_same_seed_gives_the_same_candidates(talk):
    one, again, other = (talk.ask("generate", formula="C2H6", nfe=3, seed=seed) for seed in (5, 5, 6))
    assert one["structures"][0]["coordinates"] == again["structures"][0]["coordinates"]
    assert one["structures"][0]["coordinates"] != other["structures"][0]["coordinates"]


def test_relaxing_leaves_locked_atoms_to_the_last_bit_and_tells_how_far_the_others_moved(talk):
    drawn = message_of("CCO")
    drawn["coordinates"][1][0] += 0.3
    relaxed = talk.ask("relax", structure=drawn, locked=[0, 3], nfe=8)
    (result,) = relaxed["structures"]
    assert [result["coordinates"][atom] for atom in (0, 3)] == [drawn["coordinates"][atom] for atom in (0, 3)]
    assert result["bonds"] == drawn["bonds"], "what the host said is bonded stays so"
    moved = np.linalg.norm(positions(result) - positions(drawn), axis=1)
    assert relaxed["moved"]["furthest"] == pytest.approx(moved.max())


def test_something_grows_in_place_of_a_hydrogen_and_all_else_stays(talk):
    ethane = message_of("CC")
    for where in ({"at": [2]}, {"locked": [0, 1, 3, 4, 5, 6, 7]}):
        grown = talk.ask("grow", structure=ethane, add="CH3", nfe=6, **where)
        assert grown["kept"] == [0, 1, 3, 4, 5, 6, 7]
        (result,) = grown["structures"]
        assert formula_of(result) == "C3H8"
        assert result["coordinates"][:7] == [ethane["coordinates"][atom] for atom in grown["kept"]]
        assert isinstance(result["loss"], str)
    whole = talk.ask("grow", structure=ethane, at=[0], formula="C3H8", nfe=3)
    assert formula_of(whole["structures"][0]) == "C3H8"


def test_conformers_keep_the_bonds_and_differ(talk):
    found = talk.ask("conformers", structure=message_of("CCCO", bonds=False), count=3, nfe=3)
    assert "of 3 starts" in found["found"]
    assert all(len(one["elements"]) == 12 for one in found["structures"])


@pytest.mark.parametrize(
    ("kind", "options", "reason"),
    [
        ("dance", {}, "unknown request 'dance'; there are hello, relax"),
        ("generate", {}, "generate needs 'formula'"),
        ("generate", {"formula": "C2H6", "cuont": 3}, "no option 'cuont'; it has formula"),
        ("generate", {"formula": "C2H6", "count": "3"}, "'count' of generate must be a whole number"),
        ("generate", {"formula": "C2H6", "count": True}, "must be a whole number"),
        ("generate", {"formula": "C2H6", "count": 0}, "at least 1"),
        ("generate", {"formula": "C2Qq"}, "Qq"),
        ("generate", {"formula": "C2H5Cl"}, "does not know Cl; it knows C, H, N, O"),
        ("generate", {"formula": "C400"}, "trusted up to 58"),
        ("generate", {"formula": "C2H6", "model": "none"}, "there is no model 'none'"),
        ("generate", {"formula": "C2H6", "mode": "magic"}, "unknown mode"),
        ("relax", {"structure": 3}, "an object with 'elements'"),
        ("relax", {"structure": message_of("CC"), "locked": [8]}, "there is no atom 8: the structure has 8"),
        ("relax", {"structure": message_of("CC"), "locked": [-1]}, "counted from 0"),
        ("relax", {"structure": message_of("CCl")}, "does not know Cl"),
        ("grow", {"structure": message_of("CC"), "add": "CH3"}, "grow needs 'at'"),
        ("grow", {"structure": message_of("CC"), "at": [2]}, "either 'formula'"),
        ("grow", {"structure": message_of("CC"), "at": [2], "formula": "CH3"}, "lacks atoms of the scaffold"),
        ("conformers", {"structure": message_of("CCl")}, "does not know Cl"),
        ("open", {"structures": []}, "no structure to open"),
        ("open", {"structures": [3]}, "must be a list"),
        ("cancel", {"of": 1.5}, "must be the id of a request"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(talk, kind, options, reason):
    import re

    assert re.search(reason, talk.refused(kind, **options))


def test_a_damaged_line_is_refused_and_the_next_one_is_answered(talk):
    talk.say('{"id": 1, "type": ')
    assert talk.until_the_end()[-1] == {
        "id": None,
        "type": "error",
        "message": "the line is not JSON; send one JSON object on each line",
    }
    assert talk.ask("hello")["type"] == "result"


def test_a_cancelled_run_ends_within_an_evaluation_and_keeps_what_it_has_reached(talk):
    def cancel_at_the_third(answer):
        if answer["type"] == "step" and answer["step"] == 3:
            talk.say({"id": "c", "type": "cancel", "of": 1})

    talk.heard = cancel_at_the_third
    talk.say({"id": 1, "type": "generate", "formula": "C2H6", "nfe": 40})
    talk.say({"id": 2, "type": "generate", "formula": "C2H6", "nfe": 2})
    answers = talk.until_the_end()
    assert answers[-1] == {"id": "c", "type": "result", "cancelled": [1]}
    first = talk.until_the_end()[-1]
    assert (first["id"], first["stopped"], first["nfe"], len(first["structures"])) == (1, True, 3, 1)
    second = talk.until_the_end()[-1]
    assert (second["id"], second["stopped"]) == (2, False), "only the one that was named is cancelled"


def test_when_the_input_closes_the_run_in_progress_is_ended(talk):
    begun, answers = threading.Event(), []

    def send(answer):
        answers.append(answer)
        begun.set()

    def lines():
        yield json.dumps({"id": 1, "type": "generate", "formula": "C2H6", "nfe": 10_000})
        assert begun.wait(300)

    Bridge(send, shipped).serve(lines())
    assert answers[-1]["type"] == "result"
    assert answers[-1]["stopped"]


def test_an_unforeseen_failure_is_told_in_one_line_and_the_bridge_lives_on(talk, monkeypatch, capsys):
    def out_of_memory(*_):
        raise RuntimeError("out of memory\nwith a long story")

    monkeypatch.setattr(type(shipped()), "forces", out_of_memory)
    assert talk.refused("generate", formula="C2H6") == "RuntimeError: out of memory"
    assert "long story" in capsys.readouterr().err
    monkeypatch.undo()
    assert talk.ask("generate", formula="C2H6", nfe=2)["type"] == "result"


def test_structures_are_handed_over_in_a_file_with_their_provenance(talk, monkeypatch, tmp_path):
    from gpff_desktop.bridge import desktop
    from gpff_desktop.chemistry.formats import read_structures

    started = []
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setattr(desktop.subprocess, "Popen", lambda command, **_: started.append(command))
    monkeypatch.setattr(desktop.tempfile, "mkdtemp", lambda prefix: str(tmp_path))
    made = talk.ask("generate", formula="C2H6", nfe=3)["structures"]
    opened = talk.ask("open", structures=made)
    assert started[0][1:] == ["-m", "gpff_desktop.gui.app", opened["file"]]
    (read,) = read_structures(opened["file"]).structures
    assert isinstance(read, Structure)
    assert read.properties["GPFF_model"] == "qm9"
    assert read.formula == "C2H6"

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert "no screen" in talk.refused("open", structures=made)
