#!/bin/sh
# Run a nextbest command for `mlflow run`, from the root of the checkout and with its environment,
# so that NEXTBEST_HOME's default (./var) means the same folder as everywhere else.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
export PATH="$root/.venv/bin:$PATH"
# MLflow passes every parameter; `--as-of end` is nextbest's own default, left out.
case "$*" in *"--as-of end"*)
  command=$1
  shift
  for word in "$@"; do
    shift
    case "$word" in --as-of | end) ;; *) set -- "$@" "$word" ;; esac
  done
  set -- "$command" "$@"
  ;;
esac
exec nextbest "$@"
