"""What holds for every host plugin: it can be installed by itself, and needs nothing but its host."""

import ast
import sys
from pathlib import Path

import pytest

from gpff_desktop.bridge import client
from tests.plugins.conftest import PLUGINS

COPIES = sorted(PLUGINS.glob("*/**/client.py"))
HOSTS = {"pymol": {"pymol", "chempy"}, "chimerax": {"chimerax", "numpy"}, "avogadro": set()}


@pytest.mark.parametrize("copy", COPIES, ids=lambda copy: copy.relative_to(PLUGINS).parts[0])
def test_each_plugin_carries_the_client_as_it_is(copy):
    there = Path(client.__file__).read_bytes()
    assert copy.read_bytes() == there, f"copy gpff_desktop/bridge/client.py over {copy.relative_to(PLUGINS.parent)}"


@pytest.mark.parametrize("host", HOSTS)
def test_a_plugin_imports_only_its_host_and_the_standard_library(host):
    files = sorted((PLUGINS / host).rglob("*.py"))
    assert files
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 10))
        own = {path.stem if path.suffix else path.name for path in (PLUGINS / host).rglob("*")}
        for node in ast.walk(tree):
            names = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.split(".")[0] in sys.stdlib_module_names | HOSTS[host] | own, f"{file}: {name}"


@pytest.mark.parametrize("host", HOSTS)
def test_a_plugin_says_how_it_is_installed_its_licence_and_its_version(host):
    readme = (PLUGINS / host / "README.md").read_text(encoding="utf-8")
    for heading in ("## Install", "## Use", "## What was run where"):
        assert heading in readme
    assert "MIT" in readme
    assert "0.1.0" in readme
    assert "gpff-bridge --remember" in readme
