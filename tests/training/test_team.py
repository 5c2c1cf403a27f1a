"""Several processes train one model: the same weights everywhere, those of one process over all their batches."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.checkpoint import load_tensors, save_tensors
from gpff_desktop.engine.network import NetworkSettings
from gpff_desktop.resources_path import resources
from gpff_desktop.training import team as teams
from gpff_desktop.training.description import Description
from gpff_desktop.training.optimisation import pseudo_force_loss
from gpff_desktop.training.run import RunDirectory
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.team import Team, assemble
from gpff_desktop.training.trainer import Hardware, Trainer

ROOT = Path(__file__).parents[2]
STEPS = 3
MEMBER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.training.test_team import trained
trained(Path(sys.argv[1]))
"""


def trainer(folder, team):
    dataset = PackedDataset.from_npz(resources() / "datasets" / "qm9_sample.npz")
    settings = TrainSettings(NetworkSettings(features=8, interactions=1, radial=8), steps=STEPS, batch_size=4, warmup=1)
    run = RunDirectory(folder)
    if team.leads:
        run = RunDirectory.create(folder, settings, {})
    parts = dataset.split(0.1, 0)
    return Trainer(run, settings, Description(), *parts, Hardware(torch.device("cpu"), False, False), team=team)


def trained(folder):
    """What each member of the team does."""
    torch.set_num_threads(1)
    team, _ = assemble(torch.device("cpu"), devices=2)
    member = trainer(folder / "run", team)
    reports = list(member.steps())
    save_tensors(folder / f"rank{team.rank}.safetensors", member.optimisation.tensors())
    (folder / f"rank{team.rank}.txt").write_text(f"{member.molecules} {member.elapsed!r} {reports[-1].progress}")


class InTurn(Team):
    """Both members in one process: it holds back the first one's gradients until the second one's are there."""

    def __init__(self):
        self.rank, self.size, self.first = 0, 2, None

    def average(self, gradients):
        assert self.first is not None
        for gradient, other in zip(gradients, self.first, strict=True):
            gradient.copy_((gradient + other) / 2)


def alone(folder):
    """One process that takes the batches of both, two to a step."""
    team = InTurn()
    one = trainer(folder, team)
    optimisation, settings = one.optimisation, one.settings
    drawn = (settings.noise, settings.align_below, settings.kept_share)
    for step in range(STEPS):
        optimisation.network.zero_grad()
        batch = one.data.noised(2 * step, *drawn)
        forces = optimisation.forward(batch.numbers, batch.positions, batch.kept)
        pseudo_force_loss(forces, batch, settings.weight_ceiling).mean().backward()
        team.first = [p.grad.clone() for p in optimisation.network.parameters() if p.grad is not None]
        optimisation.step(one.data.noised(2 * step + 1, *drawn), step / STEPS)
    return optimisation.tensors()


@pytest.mark.slow
def test_two_processes_have_the_weights_of_one_over_all_their_batches(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    common |= {"TORCHELASTIC_RUN_ID": "test", "GROUP_RANK": "0", "OMP_NUM_THREADS": "1"}  # as torchrun sets them
    members = [
        subprocess.Popen(
            [sys.executable, "-c", MEMBER.format(root=str(ROOT)), str(tmp_path)],
            env={**os.environ, **common, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    said = [member.communicate(timeout=300)[1] for member in members]
    assert [member.returncode for member in members] == [0, 0], said
    first, second = (load_tensors(tmp_path / f"rank{rank}.safetensors") for rank in range(2))
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    assert (tmp_path / "rank0.txt").read_text() == (tmp_path / "rank1.txt").read_text()
    expected = alone(tmp_path / "alone")
    for name, value in first.items():
        torch.testing.assert_close(value, expected[name], atol=2e-5, rtol=1e-3, msg=name)
    saved = load_tensors(tmp_path / "run" / "state.safetensors")
    assert all(torch.equal(saved[name], value) for name, value in first.items())


def test_one_device_needs_no_team(monkeypatch):
    team, device = assemble(torch.device("cpu"))
    assert (team.size, team.leads, device.type) == (1, True, "cpu")
    assert team.mean([1.0, 2.0]) == [1.0, 2.0]
    with pytest.raises(ValueError, match="must be at least 1"):
        assemble(torch.device("cpu"), devices=0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(ValueError, match="there are 2 graphics cards here, not 4"):
        assemble(torch.device("cuda"), devices=4)


def test_processes_of_torchrun_and_slurm_are_recognised(monkeypatch):
    for name in ("WORLD_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS_PER_NODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLURM_NTASKS", "4")  # a batch script, which is one process
    assert teams.started_outside() == ("", 1)
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "4")
    assert teams.started_outside() == ("SLURM", 4)
    with pytest.raises(
        ValueError, match="SLURM has started 4 processes, --devices and --nodes ask for 6: let them agree"
    ):
        assemble(torch.device("cpu"), devices=2, nodes=3)
    with pytest.raises(ValueError, match="start them with --ntasks-per-node"):
        assemble(torch.device("cpu"), devices=4)
    monkeypatch.setenv("WORLD_SIZE", "2")  # torchrun, started by SLURM once on each machine
    with pytest.raises(ValueError, match="torchrun has started 2 processes, --devices and --nodes ask for one"):
        assemble(torch.device("cpu"))
