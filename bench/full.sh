#!/usr/bin/env bash
# The whole history: 1,592,069 synthetic incidents and 2,211,937 mobilisations
# through fetch, load and clean, on the embedded database or on MariaDB.
#
#   bash bench/full.sh embedded|mariadb [incidents months]
#
# Prints the seconds of each step and the process's peak resident memory. Needs
# `make run` to have built .lfb/bin/lfb; takes up to ten minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
database=${1:?embedded or mariadb}
incidents=${2:-1592069} months=${3:-180}
bin=${LFB_BIN:-.lfb/bin/lfb}
state=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; rm -rf "$state"' EXIT
"$bin" -state.dir "$state/lfb" -local.database "$database" -local.temporal-port 27233 -local.ui-port 28080 \
  -local.s3-port 29000 -local.mysql-port 23306 -api.user 127.0.0.1:28001 -api.admin 127.0.0.1:28002 -api.web 127.0.0.1:28501 \
  -source synthetic -source.incidents "$incidents" -source.months "$months" -source.from 2009-01 \
  -train.candidates baseline-mean,baseline >"$state/out" 2>&1 &
pid=$!
until grep -qE 'plan +(done|FAILED)|run failed' "$state/out" || ! kill -0 "$pid" 2>/dev/null; do sleep 1; done
grep -E '(fetch|load|clean|plan) +(done|FAILED)|run failed' "$state/out" || cat "$state/out"
grep -E 'VmHWM|VmRSS' "/proc/$pid/status"
du -sh "$state/lfb" | cut -f1
