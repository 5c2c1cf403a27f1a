#!/bin/sh
# Installs the system libraries that Qt, OpenGL and the virtual display need, on Debian and Ubuntu.
# As root it installs what is missing; otherwise it prints the one line that does. Elsewhere it does nothing.
set -eu

command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 || exit 0

wanted="xvfb xauth libegl1 libgl1 libgl1-mesa-dri libfontconfig1 fonts-dejavu-core libglib2.0-0 libdbus-1-3
        libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"

installed() {
    dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q 'install ok installed'
}

missing=""
for package in $wanted; do
    # Newer releases call some of these libraries …t64; asking apt for the old name still works there.
    installed "$package" || installed "${package}t64" || missing="$missing $package"
done
# Whoever brings another Python than Debian's brings its venv module too.
if [ "$(command -v "${PYTHON:-python3}")" = /usr/bin/python3 ] && ! /usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null
then
    missing="$missing python3-venv"
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # a list of packages
    { apt-get update -q && apt-get install -q -y --no-install-recommends $missing; } ||
        echo "These packages could not be installed, the window and its tests may not work:$missing" >&2
else
    echo "Some system packages are missing. Install them with this line, then repeat the command:" >&2
    echo "    sudo apt-get install --no-install-recommends$missing" >&2
fi
