"""Training runs as processes: one at a time, found again, and told in words when they die."""

import errno
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gpff_desktop.resources_path import resources
from gpff_desktop.session import training_runs
from gpff_desktop.session.training_metrics import MetricsReader
from gpff_desktop.session.training_request import RunRequest, train_arguments
from gpff_desktop.session.training_runs import TrainingRuns, user_runs_folder
from gpff_desktop.training.status import (
    LOCK,
    METRICS,
    STATE,
    STATUS,
    RunError,
    RunStatus,
    read_status,
    wish_of,
    write_status,
)

DATA = resources() / "datasets" / "qm9_sample.npz"
TRAINER = """
import sys, time
from pathlib import Path
from gpff_desktop.session.file_lock import FileLock
from gpff_desktop.training.status import LOCK, STATE, RunStatus
from gpff_desktop.training.status import forget_wish, read_status, wish_of, write_status
run = Path(sys.argv[1])
lock = FileLock(run / LOCK)
assert lock.acquire()
status = read_status(run).now("running", at=time.time())
while not (wish := wish_of(run)) and not (run.parent / "enough").exists():
    status = RunStatus(**{**vars(status), "step": status.step + 1})
    write_status(run, status)
    (run / STATE).touch()
    time.sleep(0.02)
forget_wish(run)
write_status(run, status.now("paused" if wish == "pause" else "finished", at=time.time()))
"""
"""Does what the real one does with files, without learning anything."""


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Runs of the stand-in; what still runs in the end finishes."""
    monkeypatch.setattr(training_runs, "_command", lambda _, path: [sys.executable, "-c", TRAINER, str(path)])
    runs = TrainingRuns(tmp_path / "runs")
    yield runs
    runs.folder.mkdir(exist_ok=True)
    (runs.folder / "enough").touch()
    for info in runs.runs():
        if info.status.active:
            wait_for(runs, info.name, "finished", "failed", "paused")


def request(name="mine", **changes):
    return replace(RunRequest(DATA, name, epochs=2), **changes)


def wait_for(runs, name, *states):
    end = time.monotonic() + 60
    while runs.run(name).state not in states:
        assert time.monotonic() < end, (runs.run(name).status, runs.run(name).log())
        time.sleep(0.02)
    return runs.run(name)


def pid_of(runs, name):
    return runs._children[runs.folder / name].pid


def test_runs_wait_for_each_other_and_go_on_where_they_were_paused(runs):
    assert [runs.start(request(name)).state for name in ("first", "second")] == ["starting", "queued"]
    wait_for(runs, "first", "running")
    assert {info.name for info in runs.poll()} == {"first", "second"}
    runs.pause("first")
    paused = wait_for(runs, "first", "paused")
    assert wish_of(paused.path) is None
    runs.poll()
    wait_for(runs, "second", "running")
    assert runs.resume("first").state == "queued"
    runs.stop("second")
    wait_for(runs, "second", "finished")
    runs.poll()
    going_on = wait_for(runs, "first", "running")
    assert going_on.status.step >= paused.status.step > 0
    with pytest.raises(RunError, match="still training; pause or stop it first"):
        runs.remove("first")
    (runs.folder / "enough").touch()
    wait_for(runs, "first", "finished")
    runs.remove("second")
    assert [info.name for info in runs.runs()] == ["first"]
    assert runs.poll()
    assert runs.poll() == []  # nothing has changed since


def test_a_killed_trainer_is_told_in_words_and_can_be_resumed(runs):
    runs.start(request())
    wait_for(runs, "mine", "running")
    while not (runs.folder / "mine" / STATE).exists():
        time.sleep(0.01)
    os.kill(pid_of(runs, "mine"), signal.SIGKILL)
    failed = wait_for(runs, "mine", "failed")
    assert "ended from outside" in failed.status.message
    assert "\n" not in failed.status.message
    assert read_status(failed.path) == failed.status
    assert failed.resumable
    runs.resume("mine")
    assert wait_for(runs, "mine", "running").status.step >= failed.status.step


def test_a_run_outlives_a_killed_starter_and_is_found_again(runs):
    program = (
        "import sys, time; from pathlib import Path; from gpff_desktop.session import training_runs as t\n"
        f"t._command = lambda _, path: [sys.executable, '-c', {TRAINER!r}, str(path)]\n"
        f"t.TrainingRuns({str(runs.folder)!r}).start(t.RunRequest(Path({str(DATA)!r}), 'mine', epochs=1))\n"
        "time.sleep(600)"
    )
    package = Path(training_runs.__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program], cwd=package) as starter:
        while read_status(runs.folder / "mine") is None or runs.run("mine").state != "running":
            assert starter.poll() is None
            time.sleep(0.02)
        starter.kill()
    step = runs.run("mine").status.step
    while runs.run("mine").status.step <= step + 3:
        assert runs.run("mine").state == "running"
        time.sleep(0.02)
    runs.pause("mine")
    wait_for(runs, "mine", "paused")


def test_a_trainer_that_dies_before_it_begins_has_failed(runs, monkeypatch):
    monkeypatch.setattr(training_runs, "_command", lambda *_: [sys.executable, "-c", "raise SystemExit('no torch')"])
    runs.start(request())
    assert "no torch" in wait_for(runs, "mine", "failed").log()
    monkeypatch.setattr(training_runs, "_command", lambda *_: ["/nowhere/python"])
    assert "No such file" in runs.resume("mine").status.message


def test_a_start_of_another_program_is_believed_for_a_while(runs):
    (runs.folder / "theirs").mkdir(parents=True)
    write_status(runs.folder / "theirs", RunStatus("starting", since=time.time()))
    assert runs.run("theirs").state == "starting"
    write_status(runs.folder / "theirs", RunStatus("starting", since=time.time() - 3600))
    assert runs.run("theirs").state == "failed"


def test_what_was_never_begun_can_be_paused_and_removed_but_not_stopped(runs):
    runs.start(request("first"))
    runs.start(request("second"))
    assert runs.pause("second").state == "paused"
    with pytest.raises(RunError, match="has not learned anything yet"):
        runs.stop("second")
    runs.remove("second")
    for act in (runs.run, runs.pause, runs.resume, runs.stop, runs.remove):
        with pytest.raises(RunError, match="there is no run 'second'"):
            act("second")
    with pytest.raises(RunError, match=r"is (starting|running): there is nothing to resume"):
        runs.resume("first")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "../up"}, "cannot be the name"),
        ({"name": ""}, "cannot be the name"),
        ({"data": Path("nowhere.db")}, "no data set 'nowhere.db'"),
        ({"init": "qm9"}, "either the size of a new network or a model"),
        ({"preset": None}, "either the size of a new network or a model"),
        ({"hours": 1.0}, "either hours or epochs"),
        ({"epochs": 0}, "budget must be positive"),
        ({"validation_fraction": 1.0}, "between 0 and 1"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_line(runs, changes, message):
    with pytest.raises(RunError, match=message) as error:
        runs.start(request(**changes))
    assert "\n" not in str(error.value)
    assert runs.runs() == []


def test_a_run_that_died_of_a_full_disk_has_failed_although_nobody_could_write_that_down(runs, monkeypatch):
    (runs.folder / "mine").mkdir(parents=True)
    write_status(runs.folder / "mine", RunStatus("running", step=7, since=5.0))
    with monkeypatch.context() as full:
        full.setattr("gpff_desktop.training.status.atomic_write", no_room)
        found = runs.run("mine")
        assert (found.state, found.status.step, found.resumable) == ("failed", 7, True)
        assert "make room" in found.status.message
        assert runs.poll()
        assert not runs.poll()  # told once
    assert read_status(runs.folder / "mine").state == "running"
    assert runs.run("mine").state == "failed"


def no_room(_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_second_run_of_one_name_is_refused(runs):
    runs.start(request())
    with pytest.raises(RunError, match="there is a run 'mine' already"):
        runs.start(request())


def test_a_request_comes_back_from_disk_and_becomes_a_command(runs, tmp_path):
    asked = request(preset=None, init="qm9", epochs=None, hours=0.5, patience=4, source="A. Nobody", licence="MIT")
    assert RunRequest.from_dict(json.loads(json.dumps(asked.as_dict()))) == asked
    begin, go_on = (train_arguments(asked, tmp_path, resume) for resume in (False, True))
    assert begin[:2] == go_on[:2] == ["train", str(DATA.resolve())]
    said = dict(itertools.pairwise(begin))
    assert (said["--init"], said["--source"], said["--licence"]) == ("qm9", "A. Nobody", "MIT")
    assert "--preset" not in begin
    assert "--resume" in go_on
    assert not {"--init", "--hours", "--seed", "--name"} & set(go_on)


def test_folders_that_are_no_runs_are_passed_over(runs):
    (runs.folder / "other").mkdir(parents=True)
    (runs.folder / "broken").mkdir()
    (runs.folder / "broken" / STATUS).write_text('{"state": "asleep"}')
    assert runs.runs() == []
    assert TrainingRuns(runs.folder / "nowhere").poll() == []


def test_the_folder_of_runs_is_that_of_the_environment_or_of_the_system(monkeypatch, tmp_path):
    monkeypatch.setenv(training_runs.FOLDER_VARIABLE, str(tmp_path))
    assert user_runs_folder() == tmp_path == TrainingRuns().folder
    monkeypatch.delenv(training_runs.FOLDER_VARIABLE)
    assert user_runs_folder().parts[-2:] == ("gpff-desktop", "runs")


def test_metrics_are_read_as_they_grow_and_steps_taken_again_replace_the_old_ones(tmp_path):
    reader = MetricsReader(tmp_path)
    assert reader.read() == {}
    path = tmp_path / METRICS
    path.write_text("step,elapsed_s,kind,name,value\n1,0.5,train,loss,3\n2,1.0,train,loss,2\n3,1.5,train,lo")
    assert reader.read()["train/loss"].values.tolist() == [3, 2]
    with path.open("a") as stream:
        stream.write("ss,1\n2,1.1,train,loss,2.5\n2,1.1,validation,mean,9\n")
    curves = reader.read()
    assert curves["train/loss"].steps.tolist() == [1, 2]
    assert curves["train/loss"].values.tolist() == [3, 2.5]
    assert curves["validation/mean"].seconds.tolist() == [1.1]
    path.write_text("step,elapsed_s,kind,name,value\n")
    assert reader.read() == {}


def test_the_lock_and_not_a_number_says_whether_a_trainer_lives(runs):
    """Numbers of processes are given out again; the lock ends with the process that holds it."""
    path = runs.folder / "old"
    path.mkdir(parents=True)
    (path / LOCK).touch()
    write_status(path, RunStatus("running", step=7))
    assert runs.run("old").state == "failed"
    assert runs.run("old").status.step == 7
