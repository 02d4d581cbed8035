#!/usr/bin/env bash
# Holds internal/ml/lightgbm and internal/ml/onnx against the real libraries:
# makes bench/.venv, installs pinned versions and runs both packages' tests.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=bench/.venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
	lightgbm==4.7.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

export LFB_PYTHON="$PWD/$venv/bin/python"
go test -count 1 -timeout 60m -tags integration ./internal/ml/lightgbm ./internal/ml/onnx "$@"
