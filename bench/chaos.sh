#!/usr/bin/env bash
# Kills worker, api, database and store in turn while retrains, promotions and
# predictions run, and counts afterwards (bench/chaos). Needs mariadbd. The first
# build takes minutes: part holds the Temporal server.
#
#   bash bench/chaos.sh -rounds 20 -seed 1
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/bench/out/chaos
mkdir -p "$out"
CGO_ENABLED=0 go build -trimpath -o "$out/" ./worker ./starter ./api
(cd deploy/local && go build -tags gms_pure_go -ldflags='-s -w' -o "$out/" ./part)
go build -o "$out/chaos" ./bench/chaos
exec "$out/chaos" -bin "$out" "$@"
