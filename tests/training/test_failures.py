"""What can end a run beside its user: told in one line, and the last good state kept."""

import errno
import json
from types import SimpleNamespace

import pytest
import torch
from safetensors import SafetensorError

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine import checkpoint
from gpff_desktop.engine.checkpoint import load_model, load_tensors
from gpff_desktop.training.description import Description
from gpff_desktop.training.failures import in_words
from gpff_desktop.training.run import RunDirectory
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.sitting import Sitting
from gpff_desktop.training.status import STATE, RunError, RunStatus, express, read_status, wish_of, write_status
from gpff_desktop.training.trainer import Hardware, Trainer

PLAIN = Hardware(torch.device("cpu"), bfloat16=False, compiled=False)
GPU_LOST = RuntimeError("CUDA error: unspecified launch failure\nCUDA kernel errors might be reported\nelsewhere")
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def parts(molecule):
    molecules = [molecule(size, seed) for size in (4, 5) for seed in range(6)]
    return PackedDataset.from_structures(molecules), PackedDataset.from_structures(molecules[:4])


@pytest.fixture
def trainer(tmp_path, parts, tiny_card):
    """Make a trainer in a new run, or go on with an earlier one: `trainer(**changes_of_the_settings)`."""

    def make(**changes):
        path = tmp_path / "run"
        budget = {"steps": 8} if not {"epochs", "hours"} & changes.keys() else {}
        settings = TrainSettings(tiny_card().network, batch_size=3, warmup=1, ema_decay=0.9, **budget, **changes)
        run = RunDirectory(path) if path.exists() else RunDirectory.create(path, settings, {})
        return Trainer(run, settings, Description("mine"), *parts, PLAIN)

    return make


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), ("memory of the graphics card",)),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: not enough memory"), ("the machine",)),
        (MemoryError(), ("the memory of the machine ran out", "smaller batches")),
        (GPU_LOST, ("graphics card stopped answering", "resume")),
        (NO_SPACE, ("the disk is full", "resume")),
        (SafetensorError("I/O error: No space left on device (os error 28)"), ("the disk is full",)),
        (RuntimeError("[Rank 1] NCCL watchdog timeout"), ("connection to another process",)),
        (RunError("name the same\nfiles"), ("name the same files",)),
    ],
)
def test_what_the_machine_does_to_a_run_is_said_in_one_line(error, words):
    said = in_words(error)
    assert all(word in said for word in words), said
    assert "\n" not in said


def test_a_fault_of_the_program_is_not_explained_away():
    assert in_words(KeyError("x")) is None
    assert in_words(RuntimeError("shapes do not match")) is None


def test_a_full_disk_leaves_the_last_good_state_and_model_whole(trainer, monkeypatch):
    first = trainer()
    steps = first.steps()
    next(steps)
    first.save()
    state, model = load_tensors(first.run.path / STATE), load_model(first.run.model_folder)[1]

    def full(tensors, path):
        path.write_bytes(b"half")
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(OSError, match="No space left") as error:
        list(steps)
    assert "the disk is full" in in_words(error.value)
    kept = load_tensors(first.run.path / STATE)
    assert all(torch.equal(value, kept[name]) for name, value in state.items())
    assert load_model(first.run.model_folder)[1] == model
    assert not [path for path in first.run.path.rglob("*") if "partial" in path.name]
    monkeypatch.undo()
    list(trainer().steps())
    assert trainer().progress == 1.0


def test_a_card_that_cannot_be_written_leaves_the_pair_of_weights_and_card_whole(trainer, monkeypatch):
    first = trainer()
    list(first.steps())
    before = load_model(first.run.model_folder)[1]
    first.optimisation.step(first.data.noised(0, first.settings.noise), 0.0)
    monkeypatch.setattr(checkpoint, "_json", lambda values: (_ for _ in ()).throw(NO_SPACE))
    with pytest.raises(OSError, match="No space"):
        first.save_model()
    assert load_model(first.run.model_folder)[1] == before


def test_a_graphics_card_lost_in_a_step_leaves_what_was_saved_and_the_run_goes_on_from_there(trainer, monkeypatch):
    first = trainer()
    steps = first.steps()
    reached = next(steps).step
    first.save()

    def lost(*_):
        raise GPU_LOST

    monkeypatch.setattr(first.optimisation, "step", lost)
    monkeypatch.setattr(first.optimisation, "tensors", lost)  # what is on a lost card cannot be saved either
    with pytest.raises(RuntimeError, match="unspecified launch failure"):
        list(steps)
    again = trainer()
    assert again.optimisation.step_count == reached
    load_model(first.run.model_folder)


# One sitting


def test_a_sitting_tells_where_it_stands_and_heeds_what_it_is_asked(trainer, parts):
    first = trainer()
    write_status(first.run.path, RunStatus("starting"))
    express(first.run.path, "pause")
    with Sitting(first, parts[1], 0) as sitting:
        list(sitting.train(lambda: False))
        assert (sitting.wish, sitting.finished) == ("pause", False)
        sitting.end("paused", "paused")
    assert wish_of(first.run.path) is None
    reached = first.optimisation.step_count
    assert 0 < reached < 8
    second = trainer()
    express(second.run.path, "finish")
    with Sitting(second, parts[1], 0) as sitting:
        list(sitting.train(lambda: False))
        assert sitting.finished
        sitting.conclude()
        sitting.end("finished", "done", "mine")
    status = read_status(second.run.path)
    assert (status.state, status.message, status.model) == ("finished", "done", "mine")
    card = load_model(second.run.model_folder)[1]
    assert set(card.figures["validation_loss"]) >= {"mean"}
    assert card.recipe["steps_taken"] == reached + 1


def test_a_run_says_that_it_compiles_until_its_first_step_is_done(trainer, parts):
    run = trainer()
    run.compiles = True
    with Sitting(run, parts[1], 0) as sitting:
        reports = sitting.train(lambda: False)
        said = []
        run.optimisation.step = _telling(run.optimisation.step, lambda: said.append(read_status(run.run.path).message))
        next(reports)
        assert set(said) == {"compiling the network, which takes a minute or two"}
        assert read_status(run.run.path).message == ""
        reports.close()


def _telling(step, tell):
    def told(*arguments):
        tell()
        return step(*arguments)

    return told


def test_a_budget_of_epochs_sees_the_data_so_many_times(trainer):
    run = trainer(epochs=3)
    reports = list(run.steps())
    assert run.optimisation.step_count == run.total_steps == 3 * run.data.batches_per_epoch == 12
    assert run.molecules == 36
    assert reports[-1].progress == 1.0
    assert run.seconds_left == 0


def test_the_time_left_does_not_count_how_long_the_first_step_was(trainer, monkeypatch):
    run = trainer(epochs=3)
    clock, step, durations = [0.0], run.optimisation.step, iter([1000.0, *[2.0] * 11])

    def timed(*arguments):
        clock[0] += next(durations)
        return step(*arguments)

    monkeypatch.setattr(run.optimisation, "step", timed)
    monkeypatch.setattr("gpff_desktop.training.trainer.time", SimpleNamespace(monotonic=lambda: clock[0]))
    left = [(report.step, run.seconds_left) for report in run.steps()]
    assert left == [(1, None), *((step, 2.0 * (12 - step)) for step in range(2, 13))]


def test_training_ends_when_patience_does_and_keeps_the_best_average(trainer, monkeypatch):
    monkeypatch.setattr("gpff_desktop.training.trainer._REPORT_EVERY", 0.0)
    monkeypatch.setattr("gpff_desktop.training.trainer._VALIDATE_FIRST", 0.0)
    monkeypatch.setattr("gpff_desktop.training.trainer._VALIDATE_EVERY", 0.0)
    run = trainer(epochs=100, patience=3)
    losses = iter([5.0, 3.0, 4.0, 4.0, 4.0])
    averages = []

    def validate():
        averages.append({k: v.clone() for k, v in run.optimisation.average.state_dict().items()})
        return {"mean": next(losses)}

    monkeypatch.setattr(run, "validate", validate)
    list(run.steps())
    assert run.converged
    assert len(averages) == 5
    run.take_best()
    taken = run.optimisation.average.state_dict()
    assert all(torch.equal(value, taken[name]) for name, value in averages[1].items())
    assert not all(torch.equal(value, taken[name]) for name, value in averages[-1].items())


def test_a_status_that_cannot_be_read_is_none(tmp_path):
    assert read_status(tmp_path) is None
    for text in ("{", "[]", '{"state": "asleep"}', "{}"):
        (tmp_path / "status.json").write_text(text)
        assert read_status(tmp_path) is None
    write_status(tmp_path, RunStatus("paused", loss=1.5))
    values = json.loads((tmp_path / "status.json").read_text())
    (tmp_path / "status.json").write_text(json.dumps({**values, "later": 1}))
    assert read_status(tmp_path) == RunStatus("paused", loss=1.5)
