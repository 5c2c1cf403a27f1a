"""Exit codes, help, and how quickly the program answers."""

import subprocess
import sys

import pytest

COMMANDS = ("generate", "relax", "evaluate", "train", "models", "app", "data")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(gpff, command):
    result = gpff(command, "--help")
    assert result.code == 0
    assert "Usage" in result.stdout
    if command not in ("app", "data"):
        assert "Examples" in result.stdout
        assert "--json" in result.stdout


def test_without_a_command_the_help_is_shown(gpff):
    result = gpff()
    assert result.code == 2
    assert all(command in result.stdout + result.stderr for command in COMMANDS)
    assert "gpff:" not in result.stderr


@pytest.mark.parametrize("arguments", [("bake",), ("generate", "--bake"), ("relax",), ("train", "a", "b")])
def test_wrong_usage_is_one_line(gpff, arguments):
    gpff(*arguments).assert_refused("--help")


def test_anything_else_is_exit_code_1_with_a_traceback_only_on_request(gpff, monkeypatch):
    def burst():
        raise RuntimeError("out of memory\non the device")

    monkeypatch.setattr("gpff_desktop.session.models.installed_models", burst)
    result = gpff("models")
    assert (result.code, result.stdout) == (1, "")
    assert result.stderr == "gpff: RuntimeError: out of memory on the device (GPFF_DEBUG=1 shows where)\n"
    monkeypatch.setenv("GPFF_DEBUG", "1")
    assert "Traceback" in gpff("models").stderr
    assert "in burst" in gpff("models").stderr


def run(*command):
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=60)


def test_help_waits_for_neither_torch_nor_rdkit():
    heavy = "{'torch', 'schnetpack', 'rdkit', 'ase', 'vispy', 'PySide6', 'matplotlib'}"
    program = (
        f"import sys; from gpff_desktop.cli import main; main(['--help']); sys.exit(len({heavy} & set(sys.modules)))"
    )
    result = run("-c", program)
    assert result.returncode == 0
    assert "generate" in result.stdout


def test_the_installed_command_exits_with_the_code():
    result = run("-c", "import sys; from gpff_desktop.cli import main; sys.exit(main())", "generate", "--count", "2")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("gpff: ")
    assert len(result.stderr.splitlines()) == 1
