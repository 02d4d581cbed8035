#!/usr/bin/env bash
# Fuzzes every fuzz target of the root module for the time given, one after the other.
set -euo pipefail
time=${1:-30s}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' . | grep -v '^./deploy/local' | xargs -n1 dirname | sort -u | while read -r pkg; do
  grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$pkg"/*_test.go | awk '{print $2}' | while read -r name; do
    echo "fuzz $pkg $name for $time"
    # The go command at times calls its own time limit a failure when a worker is
    # busy at that moment: "context deadline exceeded",
    # and no failing input. Only that is let through.
    if ! go test "$pkg" -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 1x >"$log" 2>&1 </dev/null; then
      if grep -q 'context deadline exceeded' "$log" && ! grep -qE 'Failing input|panic|fuzzing process' "$log"; then
        echo "ended by the time limit while a worker was busy"
        continue
      fi
      cat "$log"
      exit 1
    fi
    tail -3 "$log" | grep -E 'execs|^ok' || true
  done
done
