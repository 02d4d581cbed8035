#!/usr/bin/env bash
# Exports to a real MLflow server and loads the champion with Python: makes
# bench/mlflow/.venv from the pinned requirements and runs the tests.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=$PWD/bench/mlflow/.venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r bench/mlflow/requirements.txt
LFB_MLFLOW_VENV=$venv/bin go test -count 1 -tags integration -timeout 20m ./internal/mlflow "$@"
