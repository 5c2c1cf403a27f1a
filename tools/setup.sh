#!/bin/sh
# Fills .venv with everything the program and its tests need. Run by `make setup`, which knows when.
set -eu

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "GPFF Desktop needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11 setup" >&2
    exit 1
fi
sh tools/debian-packages.sh
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$python has no venv module. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2
    exit 1
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet 'uv>=0.5,<1'
.venv/bin/python tools/uv_like_pip.py pip install --python .venv/bin/python --editable '.[dev]'
# Said again where it does not scroll away.
[ "$(id -u)" = 0 ] || sh tools/debian-packages.sh
