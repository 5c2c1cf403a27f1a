"""The Avogadro plugin, fed with the JSON that Avogadro sends."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest

from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.elements import formula
from tests.plugins.conftest import PLUGINS


def cjson_of(smiles, **atoms):
    structure = from_smiles(smiles)
    return {
        "chemicalJson": 1,
        "name": smiles,
        "atoms": {
            "coords": {"3d": structure.positions.ravel().tolist()},
            "elements": {"number": structure.numbers.tolist()},
            "formalCharges": [0] * len(structure),
            **atoms,
        },
        "bonds": {
            "connections": {"index": structure.bonds[:, :2].ravel().tolist()},
            "order": structure.bonds[:, 2].tolist(),
        },
        "properties": {"totalCharge": 0},
    }


def places(cjson):
    return np.array(cjson["atoms"]["coords"]["3d"]).reshape(-1, 3)


def formula_of(cjson):
    return formula(cjson["atoms"]["elements"]["number"])


@pytest.fixture
def run(importable, direct):
    """Run a command as Avogadro 2.0 asks for it."""
    importable("avogadro")
    from avogadro_gpff.commands import run

    def ask(name, cjson, selected=(), **options):
        message = {"cjson": cjson, "selectedAtoms": list(selected), "options": options}
        return run(name, json.dumps(message), direct)

    return ask


def test_relaxing_moves_the_selected_atoms_and_keeps_all_else_of_the_molecule(run):
    drawn = cjson_of("CCO")
    answer = run("relax", drawn, [3, 4, 5, 8], nfe=6, frames=True)
    relaxed = answer["cjson"]
    still = [0, 1, 2, 6, 7]
    assert np.array_equal(places(relaxed)[still], places(drawn)[still])
    assert not np.array_equal(places(relaxed), places(drawn))
    assert (relaxed["bonds"], relaxed["properties"]) == (drawn["bonds"], drawn["properties"])
    assert np.allclose(relaxed["atoms"]["coords"]["3dSets"][-1], relaxed["atoms"]["coords"]["3d"], atol=1e-3)
    assert "RMSD" in answer["message"]
    assert "3dSets" not in run("relax", drawn, nfe=3)["cjson"]["atoms"]["coords"]


def test_the_best_of_the_generated_molecules_is_shown_and_all_are_opened_on_wish(run, direct):
    answer = run("generate", {}, formula=" C2H6O ", count=3, nfe=6, mode="relaxation", open=True)
    assert formula_of(answer["cjson"]) == "C2H6O"
    assert len(answer["cjson"]["bonds"]["connections"]["index"]) == 2 * len(answer["cjson"]["bonds"]["order"])
    best = direct.opened[0]
    assert len(direct.opened) == 3
    assert np.array_equal(places(answer["cjson"]), best["coordinates"])
    assert best["valid"] or not any(one["valid"] for one in direct.opened)
    assert "of 3 valid, seed" in answer["message"]


def test_something_grows_at_the_selection_and_is_selected_afterwards(run):
    ethane = cjson_of("CC")
    answer = run("grow", ethane, [2], add="CH3", count=1, nfe=6)
    assert formula_of(answer["cjson"]) == "C3H8"
    assert np.array_equal(places(answer["cjson"])[:7], np.delete(places(ethane), 2, 0))
    assert answer["selectedAtoms"] == [7, 8, 9, 10]


def test_older_versions_say_in_other_ways_what_is_selected_and_chosen(importable, direct):
    importable("avogadro")
    from avogadro_gpff.commands import run

    for message in (
        {"cjson": cjson_of("CC"), "selectedatoms": [2], "add": "CH3", "count": 1, "nfe": 3},
        {"cjson": cjson_of("CC", selected=[0, 0, 1, 0, 0, 0, 0, 0]), "add": "CH3", "count": 1, "nfe": 3},
    ):
        assert formula_of(run("grow", json.dumps(message), direct)["cjson"]) == "C3H8"
        assert direct.asked[-1][1]["at"] == [2]


@pytest.mark.parametrize(
    ("name", "cjson", "options", "reason"),
    [
        ("relax", {}, {}, "no molecule with coordinates"),
        ("relax", {"atoms": {"elements": {"number": [6]}}}, {}, "no molecule with coordinates"),
        ("relax", cjson_of("CCl"), {}, "does not know Cl"),
        ("generate", {}, {"formula": "Qq2"}, "Qq"),
        ("generate", {}, {"formula": "C400"}, "trusted up to 58"),
        ("grow", cjson_of("CC"), {"add": "CH3"}, "select the hydrogens"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line_and_the_molecule_comes_back_as_it_was(
    run, name, cjson, options, reason
):
    answer = run(name, cjson, **options)
    assert reason in answer["error"]
    assert "\n" not in answer["error"]
    assert answer["cjson"] == cjson


def test_what_is_no_json_is_told_in_one_line(importable, direct):
    importable("avogadro")
    from avogadro_gpff.commands import run

    for text in ("", "[1]", '{"cjson": 3}'):
        assert "no molecule in Chemical JSON" in run("relax", text, direct)["error"]
    damaged = {"cjson": {"atoms": [1]}}
    assert "cannot be read" in run("relax", json.dumps(damaged), direct)["error"]


def test_the_molecule_opens_in_the_desktop_and_stays(run, direct):
    ethane = cjson_of("CC")
    assert run("open", ethane)["cjson"] == ethane
    assert direct.opened[0]["elements"] == ethane["atoms"]["elements"]["number"]


def test_scripts_answer_what_older_versions_ask_them(importable, capsys):
    importable("avogadro")
    from avogadro_gpff import script

    for name in ("relax", "generate", "grow", "open"):
        assert script(name, ["--display-name", "--lang", "de_DE"]) == 0
        assert script(name, ["--menu-path"]) == 0
        title, menu = capsys.readouterr().out.splitlines()
        assert menu == "&Extensions|GPFF"
        assert title
        assert script(name, ["--print-options", "--debug"]) == 0
        options = json.loads(capsys.readouterr().out)
        assert options["inputMoleculeFormat"] == "cjson"
        assert {"label", "default", "type"} <= set().union(*options["userOptions"].values()) or name == "open"


def test_a_package_answers_what_avogadro_2_asks_it(importable, monkeypatch, capsys, direct):
    importable("avogadro")
    import avogadro_gpff

    monkeypatch.setattr(avogadro_gpff, "Client", lambda: direct)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"cjson": {}, "options": {"formula": "C2H6", "nfe": 3}})))
    assert avogadro_gpff.main(["generate", "--lang", "en_GB"]) == 0
    assert formula_of(json.loads(capsys.readouterr().out)["cjson"]) == "C2H6"
    assert avogadro_gpff.main(["dance"]) == 2


def test_a_script_started_without_gpff_desktop_says_so_in_json_alone(tmp_path):
    ethane = cjson_of("CC")
    environment = {"PATH": "", "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path), "APPDATA": str(tmp_path)}
    script = PLUGINS / "avogadro" / "relax.py"
    ran = subprocess.run(
        [sys.executable, "-B", str(script), "--run-command", "--lang", "en"], input=json.dumps({"cjson": ethane}),
        capture_output=True, text=True, env=environment, timeout=300, check=True,
    )  # fmt: skip
    answer = json.loads(ran.stdout)
    assert ran.stderr == "", "older versions of Avogadro read both streams as one"
    assert "gpff-bridge --remember" in answer["error"]
    assert answer["cjson"] == ethane


def test_the_metadata_names_commands_that_are_there():
    import tomllib

    folder = PLUGINS / "avogadro"
    metadata = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    entries = metadata["tool"]["avogadro"]["menu-commands"]
    assert {entry["identifier"] for entry in entries} == {"relax", "generate", "grow", "open"}
    for entry in entries:
        assert "user-options" not in entry or (folder / entry["user-options"]).is_file()
    older = json.loads((folder / "plugin.json").read_text(encoding="utf-8"))
    assert older["version"] == metadata["project"]["version"] == "0.1.0"
