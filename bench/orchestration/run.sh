#!/usr/bin/env bash
# What orchestration costs a step: a retrain of six steps that do nothing, on the
# local Temporal and on `airflow standalone` from PyPI, one after the other on this
# machine. Prints the table, as bench/out/orchestration.md has it. RUNS is how often
# Airflow runs it.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p bench/out
here=$PWD

rm -f bench/out/overhead.json bench/out/airflow.json
(cd deploy/local && LFB_BENCH_OVERHEAD=$here/bench/out/overhead.json go test -count 1 -tags gms_pure_go,measured -ldflags="-s -w" -timeout 30m -run TestOrchestrationOverhead -v . | grep -v '^=== ') >&2

venv=$PWD/bench/orchestration/.venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r bench/orchestration/requirements.txt
"$venv/bin/python" bench/orchestration/airflow_bench.py bench/out/airflow.json "${RUNS:-10}" >&2 || echo "Airflow did not run: see above" >&2

python3 bench/orchestration/table.py bench/out/overhead.json bench/out/airflow.json | tee bench/out/orchestration.md
