#!/bin/sh
# Create the virtual environment from the lock file. Safe to run again; needs Python and venv only.
set -eu
python=$1
venv=$2

fail() {
  echo "setup: $1" >&2
  exit 1
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  fail "'$python' is not Python 3.11 or newer. Install it, or name it: make PYTHON=python3.12"
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  "$python" -m venv --clear "$venv" >/dev/null 2>&1 ||
    fail "'$python -m venv' failed. On Debian or Ubuntu: sudo apt install python3-venv"
fi

echo "setup: installing the locked packages into $venv (a few minutes on the first run)"
# uv installs the lock in seconds; where it cannot reach the index (pip may know a mirror that uv
# does not), pip does the same, slower.
uv=$(grep '^uv==' requirements.lock || true)
if ! { [ -n "$uv" ] && "$venv/bin/python" -m pip install --quiet "$uv" &&
  "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --compile-bytecode -r requirements.lock; }; then
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.lock ||
    fail "the locked packages could not be installed; the lines above say why"
fi
# hatchling is in the lock, so the project itself installs without another download.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  --no-deps --no-build-isolation --editable .

"$venv/bin/python" - <<'PY' || fail "LightGBM needs OpenMP. Debian: sudo apt install libgomp1. macOS: brew install libomp"
import lightgbm
PY
echo "setup: done"
