#!/usr/bin/env bash
# Holds candidates/python to ruff, mypy and its tests, then fits all its candidates and
# holds what internal/ml/external reads of them to what onnxruntime and LightGBM answer.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=$PWD/bench/candidates/.venv
package=candidates/python
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r $package/requirements.txt -r $package/requirements-check.txt
(cd $package && "$venv/bin/ruff" check . && "$venv/bin/ruff" format --check . && "$venv/bin/mypy" && "$venv/bin/pytest" -q)
export LFB_PYTHON="$venv/bin/python" PYTHONPATH=$PWD/$package
go test -count 1 -tags integration -timeout 30m ./internal/ml/external "$@"
