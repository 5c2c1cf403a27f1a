"""`python -m benchmarks.gpu`: what it finds right on the pretend device, and how it says what is not."""

from __future__ import annotations

import json

import pytest
import torch

from benchmarks import gpu
from benchmarks.gpu import Check
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.samplers import SAMPLERS
from tests.pretend_device import pretend_cuda


@pytest.fixture
def quick(monkeypatch):
    """Two samplers, and nothing that takes a window or time."""
    monkeypatch.setattr(gpu, "SAMPLERS", {name: SAMPLERS[name] for name in ("direct", "heun")})
    monkeypatch.setattr(gpu, "throughput", lambda device, seconds: iter([Check("speed", "2 x", "", None)]))
    monkeypatch.setattr(gpu, "live", lambda device, seconds: iter([Check("Live", "40 frames/s", "30", True)]))
    for name, few in {"agreement": {"count": 2}, "samplers": {"nfe": 1}, "training": {"steps": 4}}.items():
        monkeypatch.setattr(gpu, name, _with(getattr(gpu, name), few))
    monkeypatch.setattr(gpu, "can_compile", lambda device: False)


def _with(checks, few):
    return lambda device, *rest: checks(device, *rest, **few)


def test_a_card_that_computes_right_passes(quick, capsys, tmp_path):
    with pretend_cuda():
        code = gpu.main(["--json", str(tmp_path / "table.json")])
    found = json.loads((tmp_path / "table.json").read_text())
    assert [check["name"] for check in found if check["passed"] is False] == []
    assert code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("a pretended card")
    assert len(lines) == 4 + 1 + len(found) - 1
    assert {"sampler heun, again", "training, stopped and resumed"} <= {check["name"] for check in found}


def test_a_card_that_computes_wrong_fails_and_says_what(quick, capsys, monkeypatch):
    forces = PseudoForceField.forces
    monkeypatch.setattr(
        PseudoForceField,
        "forces",
        lambda self, *rest: forces(self, *rest) * (1.01 if self.device.type == "cuda" else 1),
    )
    monkeypatch.setattr(gpu, "training", lambda *_: (_ for _ in ()).throw(torch.cuda.OutOfMemoryError("no memory")))
    with pretend_cuda():
        assert gpu.main([]) == 1
    failed = [line for line in capsys.readouterr().out.splitlines() if line.rstrip().endswith("FAILED")]
    assert [line.split("  ")[0] for line in failed] == [
        "pseudo-forces, PaiNN, the shipped model",
        "pseudo-forces, SO3net",
        "training",
    ]
    assert "OutOfMemoryError: no memory" in failed[-1]


def test_without_a_card_it_says_so_in_a_line(capsys):
    assert gpu.main([]) == 2
    assert capsys.readouterr().err.strip() == "there is no CUDA device here; use --device cpu or auto"
