#!/bin/sh
# The main job: the window where there is a screen, a few generated molecules where there is none.
set -eu

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" = Darwin ]; then
    exec .venv/bin/gpff-desktop "$@"
fi
mkdir -p out
echo "There is no display here, so this generates four molecules of C7H10N2O2 without a window."
.venv/bin/gpff generate --formula C7H10N2O2 --count 4 --seed 1 --force \
    --out out/generated.sdf --screenshot out/generated.png
echo "Molecules: $PWD/out/generated.sdf"
echo "Picture:   $PWD/out/generated.png"
