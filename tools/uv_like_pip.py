"""Run uv with the package sources that pip is set up to use; uv does not read pip's settings.

Usage: python tools/uv_like_pip.py pip install …
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

# pip's name, uv's name, and what joins several values there
SETTINGS = {
    "find-links": ("UV_FIND_LINKS", ","),
    "index-url": ("UV_DEFAULT_INDEX", ""),
    "extra-index-url": ("UV_INDEX", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", ""),
    "timeout": ("UV_HTTP_TIMEOUT", ""),
    "cert": ("SSL_CERT_FILE", ""),
}
SECTIONS = ("global", "install", ":env:")  # a later one wins, as with pip


def pip_settings() -> dict[str, str]:
    """Settings from pip's configuration files and environment variables, by name."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found: dict[tuple[str, str], str] = {}
    for line in lines:
        key, _, value = line.partition("=")
        section, _, name = key.partition(".")
        found[section, name] = str(ast.literal_eval(value))
    return {name: value for section in SECTIONS for (s, name), value in found.items() if s == section}


def uv_environment() -> dict[str, str]:
    """The environment for uv; what is set in it already stays as it is."""
    environment: dict[str, str] = {}
    for name, value in pip_settings().items():
        if name in SETTINGS:
            variable, joint = SETTINGS[name]
            environment[variable] = joint.join(value.split()) if joint else value
    if "UV_INDEX" in environment:  # pip looks into every index for the best version
        environment["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return environment | os.environ


if __name__ == "__main__":
    uv = Path(sys.executable).with_name("uv")
    sys.exit(subprocess.run([uv, *sys.argv[1:]], env=uv_environment(), check=False).returncode)
