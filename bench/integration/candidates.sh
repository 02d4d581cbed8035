#!/usr/bin/env bash
# Holds candidates/python to ruff, mypy and its tests, then fits all its candidates and
# holds what internal/ml/external reads of them to what onnxruntime and LightGBM answer.
# Last the whole way on real rows: retrain, promote, explain, export to MLflow, roll back.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=$PWD/bench/candidates/.venv
package=candidates/python
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r $package/requirements.txt -r $package/requirements-check.txt
(cd $package && "$venv/bin/ruff" check . && "$venv/bin/ruff" format --check . && "$venv/bin/mypy" && "$venv/bin/pytest" -q)
export LFB_PYTHON="$venv/bin/python" PYTHONPATH=$PWD/$package
go test -count 1 -tags integration -timeout 30m ./internal/ml/external "$@"

mlflow=$PWD/bench/mlflow/.venv
[ -x "$mlflow/bin/python" ] || python3 -m venv "$mlflow"
"$mlflow/bin/python" -m pip install --quiet --disable-pip-version-check -r bench/mlflow/requirements.txt
cd deploy/local
LFB_MLFLOW_VENV=$mlflow/bin go test -count 1 -tags gms_pure_go,integration -ldflags=-s -vet=off -timeout 30m -run TestPythonCandidates "$@" .
