#!/usr/bin/env bash
# Side by side with Python's libraries: makes bench/peers/.venv where it is not,
# runs bench/peers and prints its table, which stays in bench/out/peers/table.md.
#
#   bash bench/peers.sh                     everything: about 20 minutes on two quiet cores
#   SECTION=fit,row RUNS=3 bash bench/peers.sh
#
# Sections: fit fit500 forest row batch contrib clean. The rows are made at the first
# run (two minutes, 1.5 GB under bench/out/peers); delete the folder to make them anew.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=bench/peers/.venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r bench/peers/requirements.txt
mkdir -p bench/out
go build -trimpath -o bench/out/peers.bin ./bench/peers
real=${LFB_TEST_DATA:-}
[ -z "$real" ] || real=$real/lfb_incidents_2017_jan_mar.csv
exec bench/out/peers.bin -python "$venv/bin/python" -real "$real" -runs "${RUNS:-5}" -section "${SECTION:-}"
