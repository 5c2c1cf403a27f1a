"""`gpff evaluate`."""

import csv
import json

import pytest

from tests.cli.conftest import ETHANOL, SAMPLE


@pytest.fixture
def evaluate(gpff, tmp_path):
    def run(*arguments, out=tmp_path / "scores"):
        return gpff("evaluate", SAMPLE, "--model", "tiny", "--count", 3, "--out", out, *arguments)

    return run


def rows_of(folder):
    with (folder / "results.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_results_are_written_as_tables_and_as_a_chart(evaluate, tmp_path):
    result = evaluate("--samplers", "direct,ode", "--nfe", "1,2", "--train-set", SAMPLE)
    assert result.code == 0
    assert "data" in result.stdout
    rows = rows_of(tmp_path / "scores")
    assert [(row["sampler"], row["nfe"]) for row in rows] == [
        ("data", "0"), ("direct", "1"), ("direct", "2"), ("ode", "1"), ("ode", "2"),
    ]  # fmt: skip
    assert float(rows[0]["valid"]) > 0.5
    assert float(rows[0]["novel"]) == 0
    assert (tmp_path / "scores" / "validity.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(p.name for p in (tmp_path / "scores").iterdir()) == ["results.csv", "results.json", "validity.png"]


def test_an_interrupted_evaluation_goes_on_where_it_stopped(evaluate, tmp_path, monkeypatch):
    from gpff_desktop.session import evaluation

    evaluate("--samplers", "direct", "--nfe", "1")
    before = json.loads((tmp_path / "scores" / "results.json").read_text())["rows"]
    monkeypatch.setattr(evaluation, "reference_row", None)
    result = evaluate("--samplers", "direct,damped", "--nfe", "1", "--json")
    assert result.document["rows"][:2] == before
    assert [row["sampler"] for row in result.document["rows"]] == ["data", "direct", "damped"]
    assert "direct" not in result.stderr


def test_results_of_something_else_are_kept_unless_forced(evaluate):
    evaluate("--samplers", "direct", "--nfe", "1")
    evaluate("--samplers", "direct", "--nfe", "1", "--seed", 1).assert_refused("--force")
    rows = evaluate("--samplers", "direct", "--nfe", "2", "--seed", 1, "--force", "--json").document["rows"]
    assert [row["nfe"] for row in rows] == [0, 2]


def test_all_means_every_sampler(evaluate):
    rows = evaluate("--samplers", "all", "--nfe", "1", "--bfloat16", "--json").document["rows"]
    assert len({row["sampler"] for row in rows}) == 10


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--samplers", "magic"), "magic"),
        (("--nfe", "6,0"), "6,0"),
        (("--nfe", ""), "NFE"),
        (("--count", 0), "count"),
        (("--count", 500), "holds 200"),
        (("--model", "nowhere"), "nowhere"),
        (("--start-width", -1), "width"),
        (("--train-set", "nowhere.npz"), "nowhere.npz"),
    ],
)
def test_wrong_input_costs_one_line_and_exit_code_2(evaluate, arguments, word):
    evaluate("--samplers", "direct", *arguments).assert_refused(word)


def test_files_are_checked_before_anything_is_computed(gpff, evaluate, tmp_path):
    evaluate(out=ETHANOL).assert_refused("is a file")
    evaluate(out="/proc/scores").assert_refused("/proc")
    gpff("evaluate", ETHANOL, "--out", tmp_path).assert_refused("gpff data import")
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(SAMPLE.read_bytes()[:1000])
    gpff("evaluate", damaged, "--model", "tiny", "--out", tmp_path).assert_refused("damaged.npz")


def test_a_list_of_smiles_tells_what_is_new(evaluate, tmp_path):
    (tmp_path / "known.smi").write_text("C\n")
    rows = evaluate("--samplers", "direct", "--nfe", "1", "--train-set", tmp_path / "known.smi", "--json").document[
        "rows"
    ]
    assert rows[0]["novel"] == 1, "methane is not among the data"
