#!/usr/bin/env bash
# One retrain on one, two and three workers, one of three killed in a fit, and what
# sharding the forest would buy (bench/scaleout). Needs mariadbd. The first build
# takes minutes: part holds the Temporal server.
#
#   bash bench/scaleout.sh -incidents 60000 -only workers,kill,shards
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/bench/out/chaos
mkdir -p "$out"
CGO_ENABLED=0 go build -trimpath -o "$out/" ./worker ./starter ./api
(cd deploy/local && go build -tags gms_pure_go -ldflags='-s -w' -o "$out/" ./part)
go build -o "$out/scaleout" ./bench/scaleout
exec "$out/scaleout" -bin "$out" "$@"
