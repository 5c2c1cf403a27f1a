"""What this machine computes fastest: device, bfloat16, compilation."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import torch


def pick_device(name: str = "auto") -> torch.device:
    """The device called `auto`, `cpu`, `cuda`, `cuda:1`, …

    Raises
    ------
    ValueError
        If there is no such device here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ValueError(f"unknown device '{name}'; use auto, cpu or cuda") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError("there is no CUDA device here; use --device cpu or auto")
    return device


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether matrix products in bfloat16 have hardware of their own (AMX or AVX512-BF16 on a CPU, tensor cores)."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type != "cpu":
        return False
    return any(probe() for probe in map(_cpu_probe, ("_is_amx_tile_supported", "_is_avx512_bf16_supported")))


def _cpu_probe(name: str) -> Callable[[], bool]:
    return getattr(torch.cpu, name, lambda: False)


def can_compile(device: torch.device) -> bool:
    """Whether `torch.compile` can work here: Triton for CUDA, a C++ compiler for the CPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (7, 0)
    return any(shutil.which(compiler) for compiler in ("g++", "clang++"))
