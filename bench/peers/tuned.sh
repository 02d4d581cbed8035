#!/usr/bin/env bash
# LightGBM tuned by a hundred trials of optuna on our features, and our blend, on March 2017: 10 minutes.
# Needs LFB_TEST_DATA. bench/peers.sh makes the environment and the program first.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -z "${LFB_TEST_DATA:-}" ]; then
	echo "tuned: LFB_TEST_DATA is not set: the real rows are needed" >&2
	exit 0
fi
bench/peers/.venv/bin/python -m pip install --quiet --disable-pip-version-check -r bench/peers/requirements-tuned.txt
exec bench/out/peers.bin -folder bench/out/accuracy -python bench/peers/.venv/bin/python \
	-real "$LFB_TEST_DATA/lfb_incidents_2017_jan_mar.csv" -runs 1 -section tuned
