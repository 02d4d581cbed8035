#!/usr/bin/env bash
# Fuzzes every fuzz target of the root module for the time given, one after the other.
set -euo pipefail
time=${1:-30s}
grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' . | grep -v '^./deploy/local' | xargs -n1 dirname | sort -u | while read -r pkg; do
  grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$pkg"/*_test.go | awk '{print $2}' | while read -r name; do
    echo "fuzz $pkg $name for $time"
    go test "$pkg" -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 5s </dev/null
  done
done
