"""`gpff relax`, `gpff models` and `gpff app`."""

import numpy as np
import pytest

from gpff_desktop.chemistry.formats import read_structures
from tests.cli.conftest import ETHANOL, save_random_model


@pytest.fixture
def relax(gpff):
    return lambda *arguments: gpff("relax", "--model", "tiny", "--nfe", 4, *arguments)


@pytest.mark.parametrize("sampler", ["lbfgs", "damped"])
def test_relax_reports_how_far_each_structure_moved(relax, two_waters, tmp_path, sampler):
    out = tmp_path / "out.sdf"
    result = relax(two_waters, "--out", out, "--sampler", sampler, "--fmax", 0, "--json")
    rows = result.document["structures"]
    assert [(row["structure"], row["title"], row["nfe"]) for row in rows] == [(1, "water", 4), (2, "water", 4)]
    assert all(row["rmsd"] > 0 and row["sigma_before"] > 0 and row["sigma_after"] >= 0 for row in rows)
    relaxed = read_structures(out).structures[0]
    assert (relaxed.title, relaxed.properties["GPFF_sampler"]) == ("water", sampler)


def test_relax_prints_a_table(relax, tmp_path):
    result = relax(ETHANOL, "--out", tmp_path / "out.xyz")
    assert result.code == 0
    assert "moved (RMSD), Å" in result.stdout


def test_relax_leaves_locked_atoms_where_they_are(relax, tmp_path):
    out = tmp_path / "out.xyz"
    assert relax(ETHANOL, "--lock-atoms", "1-3", "--out", out).code == 0
    before, after = read_structures(ETHANOL).structures[0], read_structures(out).structures[0]
    moved = np.any(before.positions != after.positions, axis=1)
    assert not moved[:3].any()
    assert moved[3:].all()


def test_relax_says_which_records_it_left_out(relax, two_waters, tmp_path):
    with two_waters.open("a") as file:
        file.write("2\n\nH nan 0 0\nH 0 0 1\n")
    result = relax(two_waters, "--out", tmp_path / "out.sdf", "--json")
    assert len(result.document["structures"]) == 2
    assert "record 3 left out" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--nfe", 0), "NFE"),
        (("--fmax", -1), "f_max"),
        (("--sampler", "heun"), "lbfgs or damped"),
        (("--lock-atoms", "1-9"), "all atoms"),
        (("--lock-atoms", "10"), "atom 10"),
        (("--lock-atoms", "a"), "list of atoms"),
        (("--model", "nowhere"), "nowhere"),
    ],
)
def test_relax_refuses_wrong_input(relax, tmp_path, arguments, word):
    relax(ETHANOL, "--out", tmp_path / "out.sdf", *arguments).assert_refused(word)
    assert not list(tmp_path.iterdir())


def test_relax_checks_files_first(relax, tmp_path):
    relax(tmp_path / "nowhere.sdf", "--out", tmp_path / "out.sdf").assert_refused("nowhere.sdf")
    relax(ETHANOL, "--out", tmp_path / "out.cif", "--model", "nowhere").assert_refused("out.cif")
    relax(ETHANOL, "--out", tmp_path / "out.smi", "--model", "nowhere").assert_refused("no coordinates")
    relax(ETHANOL, "--out", ETHANOL, "--model", "nowhere").assert_refused("--force")


def test_models_are_listed_with_what_they_know(gpff):
    result = gpff("models")
    assert result.code == 0
    assert "tiny" in result.stdout
    assert "C H N O" in result.stdout


def test_models_as_json_hold_whole_cards_and_name_damage(gpff, models_folder, tmp_path, monkeypatch):
    damaged = save_random_model(tmp_path / "damaged", 1)
    save_random_model(tmp_path / "whole", 1)
    (damaged / "card.json").write_text("{}")
    monkeypatch.setenv("GPFF_MODELS", str(tmp_path))
    listed = {model["name"]: model for model in gpff("models", "--json").document}
    assert listed["whole"]["card"]["max_atoms"] == 29
    assert "format" in listed["damaged"]["problem"]
    assert "damaged" in gpff("models").stdout


@pytest.mark.parametrize("arguments", [("tiny",), ("--card", "tiny")])
def test_a_card_is_shown_in_full(gpff, arguments):
    assert gpff("models", *arguments, "--json").document["network"]["features"] == 16
    assert "sha256" in gpff("models", *arguments).stdout
    gpff("models", "nowhere").assert_refused("nowhere", "tiny")


def test_the_window_needs_a_screen(gpff, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    gpff("app").assert_refused("no screen", "gpff generate")


def test_the_window_gets_the_options_it_is_started_with(gpff, monkeypatch):
    started = []
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.setattr("subprocess.call", lambda command: started.append(command[3:]) or 0)
    assert gpff("app", "--model", "tiny", "--no-plugins").code == 0
    assert started == [["--model", "tiny", "--no-plugins"]]


def test_models_are_installed_exported_and_removed(gpff, tmp_path, monkeypatch):
    run = save_random_model(tmp_path / "run" / "model", 1)
    monkeypatch.setenv("GPFF_MODELS", str(tmp_path / "models"))
    assert gpff("models", "install", run, "--name", "mine").stdout == "installed as mine\n"
    assert gpff("models", "export", "mine", tmp_path / "mine.gpffmodel").code == 0
    gpff("models", "export", "mine", tmp_path / "mine.gpffmodel").assert_refused("--force")
    assert gpff("models", "install", tmp_path / "mine.gpffmodel").stdout == "installed as mine-2\n"
    assert gpff("models", "remove", "mine").code == 0
    assert {model["name"] for model in gpff("models", "--json").document} == {"qm9", "mine-2"}
    gpff("models", "remove", "qm9").assert_refused("came with the program")
    gpff("models", "install", ETHANOL).assert_refused("is not the file of a model")
    assert gpff("models", "show", "mine-2", "--json").document["name"] == "mine-2"
