"""What this machine computes fastest: device, bfloat16, compilation."""

from __future__ import annotations

import importlib.util
import os
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
    if device.type not in ("cpu", "cuda"):
        raise ValueError(f"unknown device '{name}'; use auto, cpu or cuda")
    if device.type == "cuda":
        _check_present(device)
    return device


def _check_present(device: torch.device) -> None:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        raise ValueError("there is no CUDA device here; use --device cpu or auto")
    if (device.index or 0) >= count:
        raise ValueError(f"there is no device '{device}' here; the last one is cuda:{count - 1}")


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether matrix products in bfloat16 have hardware of their own (AMX or AVX512-BF16 on a CPU, tensor cores)."""
    if device.type == "cuda":
        # Not torch's own `is_bf16_supported`, which counts emulation as well.
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu":
        return False
    return any(probe() for probe in map(_cpu_probe, ("_is_amx_tile_supported", "_is_avx512_bf16_supported")))


def _cpu_probe(name: str) -> Callable[[], bool]:
    return getattr(torch.cpu, name, lambda: False)


def can_compile(device: torch.device) -> bool:
    """Whether `torch.compile` can work here: Triton and a C compiler for CUDA, a C++ compiler for the CPU."""
    if device.type != "cuda":
        return _on_path("g++", "clang++")
    has_triton = importlib.util.find_spec("triton") is not None and torch.cuda.get_device_capability(device) >= (7, 0)
    return has_triton and _on_path(os.environ.get("CC") or "gcc", "gcc", "clang")


def _on_path(*compilers: str) -> bool:
    return any(shutil.which(compiler) for compiler in compilers)
