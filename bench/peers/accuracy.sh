#!/usr/bin/env bash
# LightGBM's defaults on the original's call-time columns, and our blend, on March 2017: 20 s.
# Needs LFB_TEST_DATA. bench/peers.sh makes the environment and the program first.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -z "${LFB_TEST_DATA:-}" ]; then
	echo "accuracy: LFB_TEST_DATA is not set: the real rows are needed" >&2
	exit 0
fi
exec bench/out/peers.bin -folder bench/out/accuracy -python bench/peers/.venv/bin/python \
	-real "$LFB_TEST_DATA/lfb_incidents_2017_jan_mar.csv" -runs 1 -section accuracy
