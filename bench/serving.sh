#!/usr/bin/env bash
# Serving side by side: the original's way in Python, a lean one, and ours. Prints a
# table and writes it to bench/out/serving.md. Needs wrk and python3; the Python
# packages are pinned and kept in a virtual environment beside them.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v wrk >/dev/null || { echo 'wrk is not installed (apt-get install wrk)' >&2; exit 1; }
venv=bench/serving/.venv
if ! cmp -s bench/serving/requirements.txt "$venv/installed.txt"; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement bench/serving/requirements.txt
  cp bench/serving/requirements.txt "$venv/installed.txt"
fi
mkdir -p bench/out
go build -o bench/out/api ./api
go build -o bench/out/serving ./bench/serving
exec bench/out/serving -api bench/out/api -python "$venv/bin/python" -out bench/out "$@"
