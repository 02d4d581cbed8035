#!/usr/bin/env bash
# Kills worker, api, database and store in turn while retrains, promotions and
# predictions run, and counts afterwards (bench/chaos). See bench/world.sh.
#
#   bash bench/chaos.sh -rounds 20 -seed 1
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/world.sh
go build -o "$out/chaos" ./bench/chaos
exec "$out/chaos" -bin "$out" "$@"
