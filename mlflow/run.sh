#!/bin/sh
# Run a nextbest command for `mlflow run`, from the root of the checkout and with its environment,
# so that NEXTBEST_HOME's default (./var) means the same folder as everywhere else.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
export PATH="$root/.venv/bin:$PATH"
exec nextbest "$@"
