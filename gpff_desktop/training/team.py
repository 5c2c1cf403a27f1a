"""The processes that train one model together: each draws its own batches, gradients are averaged, one writes."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.utils import parameters_to_vector, vector_to_parameters

if TYPE_CHECKING:
    from lightning_fabric import Fabric


_STARTERS = {"torchrun": "WORLD_SIZE", "SLURM": "SLURM_STEP_NUM_TASKS"}


class Team:
    """One process alone.

    Attributes
    ----------
    rank, size
        Number of this process, from 0, and how many there are; only rank 0 writes files.
    """

    rank, size = 0, 1

    @property
    def leads(self) -> bool:
        """Whether this process writes files and talks to the user."""
        return self.rank == 0

    def average(self, gradients: Sequence[Tensor]) -> None:
        """Replace gradients by their mean over all processes."""

    def mean(self, values: Sequence[float]) -> list[float]:
        """Mean of each value over all processes; every process gets the same numbers."""
        return list(values)

    def wait(self) -> None:
        """Wait until every process has come this far."""

    def leave(self) -> None:
        """Let go of the others: a process that is done must not wait for them to end."""


class FabricTeam(Team):
    """Processes that Lightning Fabric has started, or has found started by torchrun or SLURM.

    Parameters
    ----------
    fabric
        A launched Fabric.
    """

    def __init__(self, fabric: Fabric) -> None:
        self.fabric = fabric
        self.rank, self.size = fabric.global_rank, fabric.world_size

    def average(self, gradients: Sequence[Tensor]) -> None:
        """As one message: small ones would cost a round trip each."""
        flat = parameters_to_vector(gradients)
        vector_to_parameters(self._mean(flat), gradients)

    def mean(self, values: Sequence[float]) -> list[float]:
        return self._mean(torch.tensor(values, dtype=torch.float64, device=self.fabric.device)).tolist()

    def wait(self) -> None:
        self.fabric.barrier()

    def leave(self) -> None:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()

    def _mean(self, tensor: Tensor) -> Tensor:
        reduced = self.fabric.all_reduce(tensor, reduce_op="mean")
        assert isinstance(reduced, Tensor)
        return reduced


def started_outside() -> tuple[str, int]:
    """Who has started this process as one of several, torchrun or SLURM's `srun`, and how many; nobody, one."""
    for starter, name in _STARTERS.items():
        # A batch script has SLURM_NTASKS too, but is alone: only srun says how many tasks its step has.
        count = int(os.environ.get(name, "1") or 1)
        if count > 1:
            return starter, count
    return "", 1


def _checked_starter(asked: int) -> str:
    starter, started = started_outside()
    if starter and started != asked:
        count = "one" if asked == 1 else str(asked)
        raise ValueError(
            f"{starter} has started {started} processes, --devices and --nodes ask for {count}: let them agree"
        )
    if starter == "SLURM" and "SLURM_NTASKS_PER_NODE" not in os.environ:
        raise ValueError("SLURM does not say how many processes a machine has; start them with --ntasks-per-node")
    return starter


def assemble(device: torch.device, devices: int = 1, nodes: int = 1) -> tuple[Team, torch.device]:
    """The team of this process and the device it computes on.

    Where neither torchrun nor SLURM has started the processes, those of this machine are started here: they run the
    same command line.

    Parameters
    ----------
    device
        Where to compute: its kind decides between graphics cards and processors.
    devices, nodes
        Processes on each machine, and machines.

    Raises
    ------
    ValueError
        If there are not so many devices, or torchrun or SLURM has started another number of processes.
    """
    if devices < 1 or nodes < 1:
        raise ValueError("the numbers of devices and nodes must be at least 1")
    starter = _checked_starter(devices * nodes)
    if devices * nodes == 1:
        return Team(), device
    if device.type == "cuda" and not starter and devices > torch.cuda.device_count():
        raise ValueError(f"there are {torch.cuda.device_count()} graphics cards here, not {devices}; lower --devices")
    from lightning_fabric import Fabric

    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    fabric = Fabric(accelerator=device.type, devices=devices, num_nodes=nodes, strategy="ddp", precision="32-true")
    fabric.launch()
    return FabricTeam(fabric), fabric.device
