"""The client that host programs carry: against the real bridge once, otherwise against small scripts."""

import ast
import sys
import textwrap
from pathlib import Path

import pytest

from gpff_desktop.bridge import client
from gpff_desktop.bridge.client import BridgeError, Client
from tests.bridge.conftest import message_of

ROOT = Path(__file__).parents[2]
GREETING = 'print(\'{"id": 1, "type": "result", "protocol": 1}\', flush=True)\n'


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Settings of one's own, and neither variable nor script."""
    monkeypatch.setattr(client, "settings_file", lambda: tmp_path / "settings" / "bridge.json")
    monkeypatch.delenv("GPFF_PYTHON", raising=False)
    monkeypatch.setenv("PATH", "")
    return tmp_path


def scripted(body):
    """A client of a bridge that reads a line, greets, and then does what a script says."""
    return Client([sys.executable, "-c", "import sys\nsys.stdin.readline()\n" + GREETING + textwrap.dedent(body)])


def test_the_real_bridge_is_started_used_and_ended(monkeypatch):
    monkeypatch.chdir(ROOT)  # a host's PYTHONPATH is not handed on
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    told, idle = [], []
    with Client([sys.executable, "-m", "gpff_desktop.bridge"]) as one:
        result = one.run(
            "relax", step=told.append, idle=lambda: idle.append(one.busy), structure=message_of("O"), nfe=3
        )
        process = one._process
        with pytest.raises(BridgeError, match="Qq"):
            one.run("generate", formula="Qq3")
    assert client.told(result["structures"][0]) == "valid, O"
    assert [answer["type"] for answer in told][:2] == ["started", "step"]
    assert idle
    assert all(idle)
    assert not one.busy
    assert process.poll() == 0, "it ends by itself when its input closes"


def test_where_the_bridge_is_comes_from_the_variable_then_the_settings_then_the_path(settings, monkeypatch):
    with pytest.raises(BridgeError, match="gpff-bridge --remember") as missing:
        client.bridge_command()
    assert "\n" not in str(missing.value)
    script = settings / "gpff-bridge"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(settings))
    assert client.bridge_command() == [str(script)]
    client.remember(sys.executable)
    assert client.bridge_command() == [sys.executable, "-m", "gpff_desktop.bridge"]
    monkeypatch.setenv("GPFF_PYTHON", "/another/python")
    assert client.bridge_command() == ["/another/python", "-m", "gpff_desktop.bridge"]


def test_damaged_settings_are_as_good_as_none_and_a_missing_python_is_not_noted(settings):
    client.remember(sys.executable)
    client.settings_file().write_text("[")
    with pytest.raises(BridgeError, match="not found"):
        client.bridge_command()
    with pytest.raises(BridgeError, match="there is no file '/nowhere/python'"):
        client.remember("/nowhere/python")


def test_a_bridge_that_cannot_be_started_is_named():
    with pytest.raises(BridgeError, match="cannot be started with '/nowhere/python'"):
        Client(["/nowhere/python"]).run("hello")


def test_a_bridge_that_dies_in_a_run_is_told_in_one_line_and_started_again():
    one = scripted("""
        sys.stdin.readline()
        print("a long story\\nKilled by the weather", file=sys.stderr)
    """)
    for _ in range(2):
        with pytest.raises(BridgeError, match=r"ended unexpectedly \(Killed by the weather\); try again") as died:
            one.run("generate", formula="C2H6")
        assert "\n" not in str(died.value)
        assert not one.busy
        one._ids = iter((1, 2))  # the script greets request 1


def test_a_bridge_of_another_protocol_is_refused():
    one = Client([sys.executable, "-c", GREETING.replace('"protocol": 1', '"protocol": 9')])
    with pytest.raises(BridgeError, match="protocol 1, GPFF Desktop 9"):
        one.run("hello")


def test_a_second_request_during_a_run_is_refused_and_the_first_can_be_cancelled():
    one = scripted("""
        sys.stdin.readline()
        print('{"id": 2, "type": "step", "step": 1}', flush=True)
        assert '"cancel", "of": 2' in sys.stdin.readline()
        print('not JSON')
        print('{"id": 99, "type": "result"}')
        print('{"id": 2, "type": "result", "stopped": true}', flush=True)
    """)
    refused = []

    def on_step(answer):
        with pytest.raises(BridgeError, match="busy") as busy:
            one.run("hello")
        refused.append(busy.value)
        one.cancel()

    assert one.run("generate", step=on_step)["stopped"]
    assert len(refused) == 1
    one.close()


def test_whoever_stops_waiting_cancels_the_run():
    one = scripted("""
        sys.stdin.readline()
        print('{"id": 2, "type": "step", "step": 1}', flush=True)
        if '"cancel", "of": 2' in sys.stdin.readline():
            print('cancelled', file=sys.stderr)
    """)

    def interrupted(answer):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one.run("generate", step=interrupted)
    complaints = one._complaints
    one.close()
    complaints.seek(0)
    assert b"cancelled" in complaints.read()


def test_the_client_needs_nothing_but_the_standard_library():
    tree = ast.parse(Path(client.__file__).read_text(encoding="utf-8"), feature_version=(3, 10))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names
