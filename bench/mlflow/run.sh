#!/usr/bin/env bash
# Exports to real MLflow servers, a new one and the last before logged models, and
# loads the champion with Python: makes bench/mlflow/.venv and .venv-2 from the pinned
# requirements and runs the tests.
set -euo pipefail
cd "$(dirname "$0")/../.."

for n in "" -2; do
	venv=$PWD/bench/mlflow/.venv$n
	[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
	"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "bench/mlflow/requirements$n.txt"
done

LFB_MLFLOW_VENV=$PWD/bench/mlflow/.venv/bin LFB_MLFLOW2_VENV=$PWD/bench/mlflow/.venv-2/bin go test -count 1 -tags integration -timeout 20m ./internal/mlflow "$@"
