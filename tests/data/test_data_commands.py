"""`gpff data import` and `gpff data stats`: what they print, and how they fail."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.chemistry.known import read_known
from gpff_desktop.cli.data import data_app
from gpff_desktop.cli.training_data import load_training_data
from gpff_desktop.data.packed import load_dataset
from gpff_desktop.structure import Structure
from gpff_desktop.training.settings import TrainSettings

WATER = Structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])


@pytest.fixture
def water_file(tmp_path):
    path = tmp_path / "water.xyz"
    write_structures(path, [WATER.with_positions(WATER.positions * scale) for scale in (1, 1.01, 1.02)])
    with path.open("a") as file:
        file.write("2\n\nH 0 0 0\nH 0 0 0.1\n")
    return path


def gpff_data(*arguments):
    return CliRunner().invoke(data_app, [str(argument) for argument in arguments])


def assert_refused(result, word):
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert word in result.stderr


def test_import_makes_a_data_set_and_names_what_it_left_out(water_file, tmp_path):
    result = gpff_data("import", water_file, "--out", tmp_path / "water.db")
    assert result.exit_code == 0
    assert "3 of 4 records kept" in result.stdout
    assert "water.xyz, record 4: two atoms overlap" in result.stdout
    assert "at least 10 structures; add some before you train on these 3" in result.stderr
    assert len(load_dataset(tmp_path / "water.db")) == 3


def test_import_reports_as_json(water_file, tmp_path):
    result = gpff_data("import", water_file, "-o", tmp_path / "water.db", "--json")
    report = json.loads(result.stdout)
    assert (report["n_read"], report["n_kept"], report["n_problems"]) == (4, 3, 1)
    assert report["problems"][0]["record"] == 4


def test_import_replaces_only_with_force(water_file, tmp_path):
    assert gpff_data("import", water_file, "-o", tmp_path / "water.db").exit_code == 0
    assert_refused(gpff_data("import", water_file, "-o", tmp_path / "water.db"), "--force")
    assert gpff_data("import", water_file, "-o", tmp_path / "water.db", "--force").exit_code == 0


def test_check_prints_what_it_found_and_writes_nothing(tmp_path):
    shutil.copy("resources/datasets/qm9_sample.npz", tmp_path)
    (tmp_path / "bad.xyz").write_text("1\n\nHe nan 0 0\n")
    result = gpff_data("check", tmp_path)
    assert result.exit_code == 0
    for words in ("201 records", "200 would be kept", "unreadable", "bad.xyz, 1: atom 1", "C–H", "Elements: H"):
        assert words in result.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"qm9_sample.npz", "bad.xyz"}


def test_check_of_too_little_fails_after_its_report(water_file):
    result = gpff_data("check", water_file)
    assert result.exit_code == 2
    assert "4 records" in result.stdout
    assert result.stderr.startswith("gpff: 3 of 4 records would be kept (1 overlapping atoms)")
    assert len(result.stderr.strip().splitlines()) == 1
    report = json.loads(gpff_data("check", water_file, "--json", "--smiles").stdout)
    assert (report["n_records"], report["n_kept"]) == (4, 3)
    assert report["smiles"] == {"n_judged": 3, "n_valid": 3, "n_distinct": 1}


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ((), 3),
        (("--keep-duplicates",), 4),
        (("--keep-overlapping",), 4),
        (("--one-piece",), 2),
        (("--equilibrium",), 2),
        (("--min-atoms", 3), 1),
        (("--max-atoms", 2), 2),
        (("--elements", "H,C"), 1),
    ],
    ids=str,
)
def test_each_rule_changes_what_check_and_import_keep(tmp_path, options, kept):
    path = tmp_path / "mixed.xyz"
    good, overlapping, long, apart = (
        "H 0 0 0\nH 0 0 0.74\n",
        "F 0 0 0\nF 0 0 0.1\n",
        "O 0 0 0\nH 0 0 1.15\n",
        "He 0 0 9\n",
    )
    path.write_text("".join(f"2\n\n{atoms}" for atoms in (good, good, overlapping, long)))
    with path.open("a") as file:
        file.write(f"3\n\n{apart}{good}")
    assert f"{kept} would be kept" in gpff_data("check", path, *options).stdout
    result = gpff_data("import", path, "-o", tmp_path / "out.db", *options)
    assert f"{kept} of 5 records kept" in result.stdout


def test_a_model_made_of_an_imported_data_set_cites_where_it_comes_from(tmp_path):
    gpff_data("import", "resources/datasets/qm9_sample.npz", "-o", tmp_path / "mine.db")
    card = load_training_data(tmp_path / "mine.db", None, TrainSettings(steps=1)).card
    assert card["manifest"]["sources"][0]["name"] == "qm9_sample.npz"
    assert card["manifest"]["n_kept"] == 200
    assert json.loads(json.dumps(card)) == card


def test_stats_shows_figures(water_file, tmp_path):
    gpff_data("import", water_file, "-o", tmp_path / "water.db")
    result = gpff_data("stats", tmp_path / "water.db")
    assert result.exit_code == 0
    assert "3 structures, 9 atoms, 1 formulas" in result.stdout
    assert "H2O" in result.stdout


def test_stats_prints_json(water_file, tmp_path):
    gpff_data("import", water_file, "-o", tmp_path / "water.db")
    figures = json.loads(gpff_data("stats", tmp_path / "water.db", "--json").stdout)
    assert figures["elements"] == {"H": 6, "O": 3}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["import", "missing.sdf", "-o", "out.db"], "missing.sdf"),
        (["import", "water.xyz", "-o", "out.txt"], "*.db"),
        (["import", "water.xyz", "-o", "out.db", "--elements", "H,Xy"], "unknown element 'Xy'"),
        (["check", "missing.sdf"], "missing.sdf"),
        (["check", "water.xyz", "--min-atoms", "9", "--max-atoms", "3"], "9 to 3"),
        (["stats", "missing.db"], "missing.db"),
        (["stats", "water.xyz"], "gpff data import"),
    ],
)
def test_wrong_input_costs_one_line_and_exit_code_2(water_file, monkeypatch, arguments, word):
    monkeypatch.chdir(water_file.parent)
    assert_refused(gpff_data(*arguments), word)


@pytest.mark.parametrize("command", ["check", "import", "stats"])
def test_help_shows_examples(command):
    result = gpff_data(command, "--help")
    assert result.exit_code == 0
    assert f"gpff data {command}" in result.stdout


def test_smiles_lists_the_distinct_molecules_once(water_file, tmp_path):
    gpff_data("import", water_file, "-o", tmp_path / "water.db")
    result = gpff_data("smiles", tmp_path / "water.db", "--out", tmp_path / "known.smi.gz")
    assert result.exit_code == 0
    assert "1 molecules of 3 structures" in result.stdout
    assert read_known(tmp_path / "known.smi.gz") == {"O"}
    assert_refused(gpff_data("smiles", tmp_path / "water.db", "-o", tmp_path / "known.smi.gz"), "--force")
    assert_refused(gpff_data("smiles", tmp_path / "water.db", "-o", tmp_path / "known.csv"), ".smi")
