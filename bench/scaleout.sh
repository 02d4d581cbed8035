#!/usr/bin/env bash
# One retrain on one, two and three workers, one of three killed in a fit, and what
# sharding the forest would buy (bench/scaleout). See bench/world.sh.
#
#   bash bench/scaleout.sh -incidents 60000 -only workers,kill,shards
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/world.sh
go build -o "$out/scaleout" ./bench/scaleout
exec "$out/scaleout" -bin "$out" "$@"
