#!/usr/bin/env bash
# Every page of the web UI through axe-core: light, dark and on a phone. Needs chromium and
# npm; axe-core is pinned and kept under bench/out/axe.
set -euo pipefail
cd "$(dirname "$0")/.."
version=4.14.1
axe=$PWD/bench/out/axe/$version/package/axe.min.js
if [ ! -f "$axe" ]; then
	mkdir -p "bench/out/axe/$version"
	npm pack --silent --pack-destination "bench/out/axe/$version" "axe-core@$version" >/dev/null
	tar -C "bench/out/axe/$version" -xzf "bench/out/axe/$version/axe-core-$version.tgz" package/axe.min.js
fi
cd tools/browser
LFB_AXE=$axe go test -count 1 -timeout 20m -run '^TestAxe$' -v .
