"""`gpff data import` and `gpff data stats`: what they print, and how they fail."""

import json

import pytest
from typer.testing import CliRunner

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.chemistry.known import read_known
from gpff_desktop.cli.data import data_app
from gpff_desktop.data.packed import load_dataset
from gpff_desktop.structure import Structure

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
        (["stats", "missing.db"], "missing.db"),
        (["stats", "water.xyz"], "gpff data import"),
    ],
)
def test_wrong_input_costs_one_line_and_exit_code_2(water_file, monkeypatch, arguments, word):
    monkeypatch.chdir(water_file.parent)
    assert_refused(gpff_data(*arguments), word)


@pytest.mark.parametrize("command", ["import", "stats"])
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
