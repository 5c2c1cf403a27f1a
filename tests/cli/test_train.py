"""`gpff train`: stopped in any way and taken up again, a run ends as if nothing had been."""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from gpff_desktop.atomic_file import file_hash
from gpff_desktop.data.packed import PackedDataset, load_dataset
from gpff_desktop.engine.checkpoint import load_card, load_tensors
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.session.file_lock import FileLock
from gpff_desktop.structure import Structure
from gpff_desktop.training.memory import keep_large_blocks
from gpff_desktop.training.monitor import sampled
from gpff_desktop.training.status import LOCK, RunStatus, read_status, write_status
from tests.cli.conftest import ETHANOL, SAMPLE

PLAIN = ("--no-compile", "--float32", "--device", "cpu", "--samples-every", 0)
SMALL = (*PLAIN, "--preset", "small", "--batch-size", 4)


@pytest.fixture(autouse=True)
def _denormals_as_before():
    yield
    torch.set_flush_denormal(False)


@pytest.fixture
def train(gpff):
    return lambda *arguments: gpff("train", *arguments)


def state(run):
    tensors = load_tensors(run / "state.safetensors")
    return {name: value for name, value in tensors.items() if name != "progress.elapsed"}


class Trainings(subprocess.Popen):
    """A process of several `gpff train`, one after another, that saves twice a second."""

    def __init__(self, folder: Path, *commands: tuple[object, ...]) -> None:
        calls = [["train", *map(str, command)] for command in commands]
        program = (
            "import sys; from gpff_desktop.cli import main; from gpff_desktop.training import trainer\n"
            "trainer._SAVE_EVERY = 0.5; trainer._REPORT_EVERY = 0.1\n"
            f"sys.exit(max(main(call) for call in {calls}))"
        )
        self.metrics, self.saved = folder / "run" / "metrics.csv", folder / "run" / "state.safetensors"
        super().__init__([sys.executable, "-c", program], cwd=folder, stderr=subprocess.PIPE, text=True)

    def wait_until_it_trains(self) -> None:
        lines = self.lines()
        while self.poll() is None and not (self.lines() > lines and self.saved.exists()):
            time.sleep(0.01)
        assert self.poll() is None, self.stderr.read()

    def lines(self) -> int:
        return len(self.metrics.read_bytes().splitlines()) if self.metrics.exists() else 0


@pytest.mark.slow
def test_a_run_killed_and_then_stopped_kindly_ends_bit_for_bit_like_one_in_one_go(tmp_path):
    begin, go_on = (SAMPLE, "--steps", 60, *SMALL, "--out"), (SAMPLE, "--resume", *PLAIN, "--out", "run")
    with Trainings(tmp_path, (*begin, "run")) as killed:
        killed.wait_until_it_trains()
        killed.kill()
    step = steps_saved(tmp_path / "run")
    assert 0 < step < 60
    with Trainings(tmp_path, go_on, go_on, (*begin, "whole")) as stopped:
        stopped.wait_until_it_trains()
        stopped.send_signal(signal.SIGTERM)
        said = stopped.stderr.read()
    assert stopped.returncode == 0
    assert said.count("--resume") == 1, said
    assert (steps_saved(tmp_path / "run"), steps_saved(tmp_path / "whole")) == (60, 60)
    broken, whole = state(tmp_path / "run"), state(tmp_path / "whole")
    assert [name for name in whole if not torch.equal(whole[name], broken[name])] == []


def steps_saved(run):
    return int(load_tensors(run / "state.safetensors")["progress.step"])


def test_a_run_leaves_a_model_that_generates_and_says_what_it_was_trained_on(gpff, train, tmp_path):
    run = tmp_path / "mine"
    result = train(SAMPLE, "--out", run, "--steps", 3, "--seed", 4, *SMALL, "--json")
    assert result.code == 0
    assert (result.document["step"], result.document["finished"]) == (3, True)
    card = load_card(run / "model")
    assert (card.name, card.recipe["seed"], card.recipe["steps_taken"]) == ("mine", 4, 3)
    assert (card.data["file"], card.data["held_out_by"]) == (SAMPLE.name, "composition")
    assert card.data["molecules"] + card.data["validation_molecules"] == 200
    assert list((run / "tensorboard").glob("events.*"))
    made = gpff("generate", "--formula", "CH4", "--nfe", 2, "--model", run / "model", "--out", tmp_path / "out.sdf")
    assert made.code == 0


@pytest.mark.slow
def test_two_processes_of_slurm_train_one_model_and_one_of_them_writes_and_tells(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    step = {"SLURM_NTASKS": "2", "SLURM_STEP_NUM_TASKS": "2", "SLURM_NTASKS_PER_NODE": "1", "SLURM_NNODES": "2"}
    step |= {"SLURM_JOB_ID": "1", "SLURM_JOB_NAME": "train", "SLURM_NODELIST": "localhost", "SLURM_LOCALID": "0"}
    step |= {"MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "gpff_desktop.cli", "train", SAMPLE, "--out", tmp_path / "run", "--nodes", 2]
    members = [
        subprocess.Popen(
            list(map(str, (*command, "--steps", 3, "--json", *SMALL))),
            env={**os.environ, **step, "SLURM_PROCID": str(rank), "SLURM_NODEID": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    told = [member.communicate(timeout=300) for member in members]
    assert [member.returncode for member in members] == [0, 0], told
    assert told[1][0] == ""
    document = json.loads(told[0][0])
    assert (document["finished"], document["step"]) == (True, 3)
    assert document["molecules"] > 3 * 4  # both have brought some
    assert load_card(tmp_path / "run" / "model").recipe["molecules_seen"] == document["molecules"]


def test_a_finished_run_has_nothing_left_to_do(train, tmp_path):
    train(SAMPLE, "--out", tmp_path / "run", "--steps", 1, *SMALL)
    before = state(tmp_path / "run")
    result = train(SAMPLE, "--out", tmp_path / "run", "--resume", *PLAIN)
    assert result.code == 0
    assert "nothing left" in result.stdout
    assert all(torch.equal(value, before[name]) for name, value in state(tmp_path / "run").items())


def test_training_begins_with_the_weights_of_another_model(train, tmp_path, models_folder):
    rate = ("--learning-rate", 1e-9, "--schedule", "exponential", "--name", "child")
    result = train(SAMPLE, "--out", tmp_path / "run", "--steps", 1, "--init", "tiny", *rate, *PLAIN)
    assert result.code == 0
    parent = load_tensors(models_folder / "tiny" / "model.safetensors")
    child = load_tensors(tmp_path / "run" / "model" / "model.safetensors")
    assert all(torch.allclose(parent[name], child[name], atol=1e-6) for name in parent)
    assert load_card(tmp_path / "run" / "model").name == "child"


def test_molecules_are_sampled_while_training(train, tmp_path, monkeypatch):
    monkeypatch.setattr("gpff_desktop.training.monitor.NFE", 2)
    result = train(SAMPLE, "--out", tmp_path / "run", "--steps", 2, *SMALL, "--samples-every", 1, "--json")
    assert 0 <= result.document["samples"]["valid_percent"] <= 100
    assert "of sampled molecules valid" in result.stderr
    assert ",samples,valid_percent," in (tmp_path / "run" / "metrics.csv").read_text()


def test_a_data_set_of_one_composition_is_divided_by_structure(train, tmp_path):
    frames = tmp_path / "frames.npz"
    water = np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])
    np.savez(frames, numbers=[8, 1, 1], positions=np.stack([water * (1 + 0.001 * k) for k in range(40)]))
    result = train(frames, "--out", tmp_path / "run", "--steps", 1, *SMALL)
    assert result.code == 0
    assert "structures are held out instead" in result.stderr
    assert load_card(tmp_path / "run" / "model").data["held_out_by"] == "structure"


def test_validation_data_may_come_from_another_file(train, tmp_path):
    held_out = tmp_path / "held_out.npz"
    load_dataset(SAMPLE).subset(np.arange(20)).save(held_out)
    asked = (SAMPLE, "--out", tmp_path / "run", "--validation", held_out)
    assert train(*asked, "--steps", 1, *SMALL, "--representation", "so3net").code == 0
    assert load_card(tmp_path / "run" / "model").data["validation_molecules"] == 20
    train(SAMPLE, "--out", tmp_path / "run", "--resume", *PLAIN).assert_refused("other data")
    assert train(*asked, "--resume", *PLAIN).code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((SAMPLE, "--steps", 0), ("budget",)),
        ((SAMPLE, "--hours", -1), ("budget",)),
        ((SAMPLE, "--hours", 1, "--steps", 1), ("either",)),
        ((SAMPLE, "--preset", "huge"), ("huge", "small")),
        ((SAMPLE, "--schedule", "steep"), ("steep",)),
        ((SAMPLE, "--representation", "schnet"), ("schnet",)),
        ((SAMPLE, "--init", "nowhere"), ("nowhere",)),
        ((SAMPLE, "--init", "tiny", "--preset", "small"), ("--preset",)),
        ((SAMPLE, "--resume"), ("no run",)),
        ((SAMPLE, "--device", "abacus"), ("abacus",)),
        ((ETHANOL,), ("gpff data import",)),
        (("nowhere.db",), ("nowhere.db",)),
        ((SAMPLE, "--validation", "nowhere.db"), ("nowhere.db",)),
    ],
)
def test_wrong_input_costs_one_line_and_exit_code_2(train, tmp_path, arguments, words):
    train(*arguments, "--out", tmp_path / "run").assert_refused(*words)
    assert not (tmp_path / "run").exists()


def test_runs_are_neither_overwritten_nor_bent(train, tmp_path):
    run = tmp_path / "run"
    train(SAMPLE, "--out", run, "--steps", 1, *SMALL)
    before = json.loads((run / "config.json").read_text())
    train(SAMPLE, "--out", run, "--steps", 1).assert_refused("--resume")
    train(SAMPLE, "--out", run, "--resume", "--steps", 9).assert_refused("--steps")
    assert json.loads((run / "config.json").read_text()) == before
    (run / "state.safetensors").write_bytes(b"damaged")
    train(SAMPLE, "--out", run, "--resume", *PLAIN).assert_refused("damaged", "--init")


def test_samples_of_a_perfect_field_are_valid_and_new_where_they_are_not_known(models_folder):
    methane = 0.63 * np.array([[0.0, 0, 0], [1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]])

    class Perfect(PseudoForceField):
        def forces(self, batch, kept=None):
            return 2 * (torch.from_numpy(methane) - batch.positions)

    loaded = PseudoForceField.load(models_folder / "tiny", "cpu")
    field = Perfect(loaded.network, loaded.card)
    dataset = PackedDataset.from_structures([Structure([6, 1, 1, 1, 1], methane)] * 3)
    made = sampled(field, dataset, known={"C"})
    assert made.figures == {"valid_percent": 100.0, "sigma": pytest.approx(0.0, abs=0.01), "novel_percent": 0.0}
    assert [(s.title, s.properties["valid"], s.formula) for s in made.structures] == [("C", "yes", "CH4")]
    assert sampled(field, dataset, known=()).figures["novel_percent"] == 100


def test_memory_settings_are_taken_up_by_glibc_and_by_nothing_else():
    assert keep_large_blocks() == (platform.libc_ver()[0] == "glibc")


def test_a_finished_run_is_installed_with_its_card_and_says_so(train, tmp_path, monkeypatch):
    monkeypatch.setenv("GPFF_MODELS", str(tmp_path / "models"))
    run = tmp_path / "mine"
    asked = ("--epochs", 1, "--patience", 5, "--licence", "CC0-1.0", "--validation-fraction", 0.2, "--install")
    asked += ("--source", "the laboratory")
    assert train(SAMPLE, "--out", run, *asked, *PLAIN, "--preset", "small", "--batch-size", 64).code == 0
    status = read_status(run)
    assert (status.state, status.model, status.progress) == ("finished", "mine", 1.0)
    assert status.message == "finished; the model is installed as mine"
    card = load_card(tmp_path / "models" / "mine")
    assert (card.licence, card.recipe["epochs"], card.recipe["patience"]) == ("CC0-1.0", 1, 5)
    assert (card.data["licence"], card.data["source"]) == ("CC0-1.0", "the laboratory")
    assert 1 <= card.data["validation_molecules"] <= 40
    assert set(card.figures["validation_loss"]) >= {"mean", "sigma_0.05"}


def test_what_ends_a_run_is_in_its_status_and_on_stderr(train, tmp_path, monkeypatch):
    run = tmp_path / "run"

    def out_of_memory(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    with monkeypatch.context() as broken:
        broken.setattr("gpff_desktop.training.optimisation.Optimisation.step", out_of_memory)
        train(SAMPLE, "--out", run, "--steps", 2, *SMALL).assert_refused("memory of the graphics card ran out")
    assert read_status(run).state == "failed"
    assert "smaller batches" in read_status(run).message
    assert train(SAMPLE, "--out", run, "--resume", *PLAIN).code == 0
    assert read_status(run).state == "finished"


def test_a_run_that_is_being_trained_is_left_alone(train, tmp_path, monkeypatch):
    monkeypatch.setattr("gpff_desktop.cli.train._PATIENCE", 0.05)
    run = tmp_path / "run"
    train(SAMPLE, "--out", run, "--steps", 1, *SMALL)
    lock = FileLock(run / LOCK)
    assert lock.acquire()
    write_status(run, RunStatus("running"))
    train(SAMPLE, "--out", run, "--resume", *PLAIN).assert_refused("is being trained by another process")
    assert read_status(run) == RunStatus("running")
    lock.release()


def test_the_speed_is_measured_without_leaving_anything_behind(train, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gpff_desktop.training.speed._SECONDS", 0.0)
    result = train(SAMPLE, "--measure", "--json", "--preset", "small", "--device", "cpu", "--batch-size", 4)
    figures = result.document
    assert figures["molecules"] == 190
    assert figures["seconds_per_epoch"] == pytest.approx(190 / figures["molecules_per_s"], rel=0.05)
    assert list(tmp_path.iterdir()) == []


def molecules(path, numbers, count):
    positions = np.random.default_rng(0).normal(size=(count, len(numbers), 3))
    np.savez(path, numbers=numbers, positions=positions)
    return path


def test_data_that_nothing_can_be_learned_from_are_refused(train, tmp_path):
    one = molecules(tmp_path / "one.npz", [8, 1, 1], 1)
    train(one, "--out", tmp_path / "run").assert_refused("one molecule", "at least 10")
    heavy = molecules(tmp_path / "heavy.npz", [101, 1, 1], 20)
    train(heavy, "--out", tmp_path / "run").assert_refused("Md", "leave these structures out")
    train(SAMPLE).assert_refused("--out")
    assert not (tmp_path / "run").exists()


def test_an_imported_data_set_takes_its_manifest_into_the_card_and_the_run_can_be_resumed(gpff, train, tmp_path):
    assert gpff("data", "import", SAMPLE, "--out", tmp_path / "mine.db").code == 0
    run = tmp_path / "run"
    assert train(tmp_path / "mine.db", "--out", run, "--steps", 1, *SMALL).code == 0
    manifest = load_card(run / "model").data["manifest"]
    assert manifest["sources"][0]["name"] == SAMPLE.name
    assert manifest["sources"][0]["sha256"] == file_hash(SAMPLE)
    assert train(tmp_path / "mine.db", "--out", run, "--resume", *PLAIN).code == 0


def test_a_run_of_another_version_is_refused_and_left_alone(train, tmp_path):
    run = tmp_path / "run"
    train(SAMPLE, "--out", run, "--steps", 1, *SMALL)
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**config, "format": 99}))
    before = sorted((path, path.read_bytes()) for path in run.glob("*.json"))
    train(SAMPLE, "--out", run, "--resume", *PLAIN).assert_refused("is of another version; start a new one")
    assert sorted((path, path.read_bytes()) for path in run.glob("*.json")) == before


def test_whether_to_compile_is_decided_once_for_a_run(train, tmp_path, monkeypatch):
    run = tmp_path / "run"
    left_open = ("--device", "cpu", "--float32", "--samples-every", 0)
    assert train(SAMPLE, "--out", run, "--steps", 2, "--preset", "small", "--batch-size", 4, *left_open).code == 0
    assert json.loads((run / "config.json").read_text())["data"]["compiled"] is False
    monkeypatch.setattr("gpff_desktop.training.speed._WORTH_COMPILING", 0.0)
    monkeypatch.setattr("torch.compile", lambda *_, **__: pytest.fail("compiled after all"))
    assert train(SAMPLE, "--out", run, "--resume", *left_open).code == 0
