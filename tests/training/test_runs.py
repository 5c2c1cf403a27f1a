"""A training run: it resumes exactly, its card is truthful, and its folder says in one line what is wrong."""

import csv
import datetime
import json
from dataclasses import replace

import pytest
import torch

import gpff_desktop
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.checkpoint import CheckpointError, load_model, save_model
from gpff_desktop.structure import Structure
from gpff_desktop.training.description import Description
from gpff_desktop.training.run import RunDirectory
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.status import CONFIG, METRICS, STATE, RunError
from gpff_desktop.training.trainer import Hardware, Trainer

PLAIN = Hardware(torch.device("cpu"), bfloat16=False, compiled=False)


@pytest.fixture(scope="module")
def parts(molecule):
    """Six molecules of C, H, N, O and one of S to train on; two others to validate with."""
    sulfide = Structure([16, 1, 1], molecule(3).positions)
    carbons = [Structure([6] * 4, molecule(4, seed).positions) for seed in range(4)]
    training = PackedDataset.from_structures([*carbons, molecule(5), sulfide, sulfide])
    return training, PackedDataset.from_structures([molecule(4, 9), molecule(5, 8)])


@pytest.fixture
def settings(tiny_card):
    return TrainSettings(tiny_card().network, steps=8, batch_size=3, warmup=2, ema_decay=0.9, seed=5)


@pytest.fixture
def trainer(tmp_path, settings, parts):
    """Make a trainer in a new run, or go on with an earlier one: `trainer(name, **changes_of_the_settings)`."""

    def make(name="run", initial=None, **changes):
        path = tmp_path / name
        if (path / CONFIG).exists():
            run, wanted, _ = RunDirectory.open(path)
        else:
            wanted = replace(settings, **changes)
            run = RunDirectory.create(path, wanted, {"name": "sample"})
        return Trainer(run, wanted, Description("mine", {"name": "sample"}), *parts, PLAIN, initial)

    return make


def train(trainer):
    return list(trainer.steps())


def stop_after(trainer, count):
    """Train some steps and close the run there, as Ctrl-C does."""
    steps = trainer.steps()
    trainer.optimisation.step = counted(trainer.optimisation.step, count)
    with pytest.raises(KeyboardInterrupt):
        list(steps)


def counted(step, count):
    taken = iter(range(count))

    def limited(*args):
        if next(taken, None) is None:
            raise KeyboardInterrupt
        return step(*args)

    return limited


def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(trainer):
    straight = trainer("straight")
    train(straight)
    stop_after(trainer("broken"), 3)
    resumed = trainer("broken")
    assert resumed.optimisation.step_count == 3
    assert resumed.elapsed > 0
    train(resumed)
    expected = straight.optimisation.tensors()
    for name, value in resumed.optimisation.tensors().items():
        assert torch.equal(value, expected[name]), name
    assert resumed.optimisation.step_count == straight.optimisation.step_count == 8
    assert resumed.molecules == straight.molecules
    assert load_model(resumed.run.model_folder)[1].sha256 == load_model(straight.run.model_folder)[1].sha256


def test_a_finished_run_takes_no_more_steps(trainer):
    train(trainer())
    again = trainer()
    assert again.progress == 1.0
    assert train(again) == []
    assert again.optimisation.step_count == 8


def test_closing_the_iterator_saves(trainer):
    first = trainer()
    steps = first.steps()
    report = next(steps)
    steps.close()
    assert report.step == first.optimisation.step_count
    assert trainer().optimisation.step_count == report.step
    assert 0 < report.progress <= 1
    assert report.loss > 0


def test_a_budget_of_time_ends_the_run(trainer):
    timed = trainer(steps=None, hours=0.5 / 3600)
    reports = train(timed)
    assert timed.elapsed >= 0.5
    assert reports[-1].progress == 1.0
    assert timed.optimisation.step_count > 1


def test_validation_is_of_the_average_and_repeats(trainer):
    fresh = trainer()
    before = fresh.validate()
    assert before == fresh.validate()
    assert set(before) == {"sigma_0.05", "sigma_0.1", "mean"}  # one band a batch; there are two
    assert before["mean"] == pytest.approx((before["sigma_0.05"] + before["sigma_0.1"]) / 2)
    train(fresh)
    assert fresh.validate() != before


def test_the_card_is_truthful(trainer, parts):
    trained = trainer()
    train(trained)
    network, card = load_model(trained.run.model_folder)
    assert card.name == "mine"
    assert card.elements == tuple(sorted(set(parts[0].numbers.tolist())))
    assert 16 in card.elements
    assert card.max_atoms == 5
    assert card.compositions[:2] == ("C4", "H2S")
    assert len(card.compositions) == 3
    assert card.network == trained.settings.network
    assert card.data == {"name": "sample"}
    assert card.recipe["steps_taken"] == 8
    assert card.recipe["molecules_seen"] == trained.molecules
    assert card.recipe["seed"] == 5
    assert card.recipe["noise"] == {"mean": -0.7, "std": 1.2, "minimum": 0.05, "maximum": 30.0}
    assert card.created == datetime.date.today().isoformat()
    assert card.version == gpff_desktop.__version__
    average = trained.optimisation.average.state_dict()
    assert all(torch.equal(value, average[name]) for name, value in network.state_dict().items())


def test_metrics_are_appended_row_by_row(trainer):
    stop_after(trainer(), 2)
    train(trainer())
    with open(trainer().run.path / METRICS, newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["step"]) for row in rows if row["name"] == "loss"][-1] == 8
    assert {row["name"] for row in rows if row["kind"] == "train"} == {"loss", "learning_rate", "molecules_per_s"}
    assert {row["name"] for row in rows if row["kind"] == "validation"} == {"sigma_0.05", "sigma_0.1", "mean"}
    assert all(float(row["value"]) > 0 for row in rows)


# Beginning from a model


def test_a_run_begins_from_a_model(trainer):
    first = trainer("first")
    train(first)
    second = trainer("second", initial=first.run.model_folder)
    start = second.optimisation.network.state_dict()
    assert all(torch.equal(v, start[k]) for k, v in first.optimisation.average.state_dict().items())
    train(second)
    assert any(not torch.equal(v, start[k]) for k, v in first.optimisation.average.state_dict().items())


def test_a_model_of_another_network_is_refused_in_one_line(trainer, tmp_path, tiny_network, tiny_card):
    save_model(tmp_path / "other", tiny_network("so3net"), tiny_card("so3net"))
    with pytest.raises(RunError, match=r"another network than this run \(representation so3net instead of painn\)"):
        trainer(initial=tmp_path / "other")


def test_a_folder_that_is_no_model_is_refused(trainer, tmp_path):
    with pytest.raises(CheckpointError, match="is not a model"):
        trainer(initial=tmp_path)


# Run directories


def refused(path, message, call=RunDirectory.open):
    with pytest.raises(RunError, match=message) as error:
        call(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_a_run_comes_back_with_its_settings(tmp_path, settings):
    RunDirectory.create(tmp_path / "deep" / "run", settings, {"name": "Größen"})
    run, read, data = RunDirectory.open(tmp_path / "deep" / "run")
    assert (read, data) == (settings, {"name": "Größen"})
    assert run.load_state() == ({}, {})


def test_a_second_run_in_one_folder_is_refused(tmp_path, settings):
    RunDirectory.create(tmp_path, settings, {})
    refused(tmp_path, "holds a run already; go on with --resume", lambda p: RunDirectory.create(p, settings, {}))


def test_a_folder_that_cannot_be_made_is_refused(tmp_path, settings):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        refused(path, "choose another folder", lambda p: RunDirectory.create(p, settings, {}))


def test_a_folder_without_a_run_is_refused(tmp_path):
    refused(tmp_path, "holds no run; start one without --resume")
    refused(tmp_path / "nowhere", "holds no run; start one without --resume")


@pytest.mark.parametrize(
    "text",
    ["no json", "[1, 2]", '"text"', '{"format": 1}', '{"format": 1, "settings": {}, "data": {}}', "null"],
)
def test_settings_that_cannot_be_read_are_refused(tmp_path, text):
    (tmp_path / CONFIG).write_text(text)
    refused(tmp_path, "the settings of run .* cannot be read; start a new one")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda settings: settings["network"].pop("bounded"),
        lambda settings: settings["network"].update(representation="schnet"),
        lambda settings: settings.update(hours=1.0),
        lambda settings: settings.update(network=[]),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path, settings, spoil):
    RunDirectory.create(tmp_path, settings, {})
    config = json.loads((tmp_path / CONFIG).read_text())
    spoil(config["settings"])
    (tmp_path / CONFIG).write_text(json.dumps(config))
    refused(tmp_path, "cannot be read; start a new one")


def test_a_run_of_another_version_is_refused(tmp_path):
    (tmp_path / CONFIG).write_text('{"format": 99}')
    refused(tmp_path, "is of another version")


def truncated(path):
    path.write_bytes(path.read_bytes()[:-50])


def something_else(path):
    path.write_bytes(b"something else")


def without_a_moment(path):
    from gpff_desktop.engine.checkpoint import load_tensors, save_tensors

    tensors = load_tensors(path)
    save_tensors(path, {k: v for k, v in tensors.items() if not k.startswith("network.head")})


def without_counters(path):
    from gpff_desktop.engine.checkpoint import load_tensors, save_tensors

    save_tensors(path, {k: v for k, v in load_tensors(path).items() if not k.startswith("progress")})


@pytest.mark.parametrize("damage", [truncated, something_else, without_a_moment, without_counters])
def test_a_damaged_state_is_refused_in_one_line(trainer, damage):
    first = trainer()
    train(first)
    damage(first.run.path / STATE)
    refused(first.run.path, "is damaged; continue from its model with --init", lambda _: trainer())
