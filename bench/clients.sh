#!/usr/bin/env bash
# Both APIs against their documents and real clients: validators, generated Python and
# TypeScript clients, tritonclient, kserve, pandas, polars, and schemathesis for so many
# seconds a document (60; the bar is 600). Needs python3 and node with npm; packages are
# pinned and kept beside it.
set -euo pipefail
cd "$(dirname "$0")/clients"
if ! cmp -s requirements.txt .venv/installed.txt; then
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	cp requirements.txt .venv/installed.txt
fi
cmp -s package.json node_modules/installed.json || { npm install --silent --no-audit --no-fund --no-package-lock && cp package.json node_modules/installed.json; }
cd ../..
export LFB_CLIENTS=$PWD/bench/clients/check.sh SECONDS_FUZZED=${1:-60}
go test -count 1 -tags integration -timeout 60m -run '^(TestClients|TestWhatHoldsOfEveryAnswer)$' ./api/user -random-calls=4000
go test -count 1 -tags integration -timeout 60m -run '^TestClients$' ./api/admin
