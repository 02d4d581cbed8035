#!/usr/bin/env bash
# Side by side with Python's libraries: makes bench/peers/.venv where it is not,
# runs bench/peers and prints its table, which stays in bench/out/peers/table.md.
#
#   bash bench/peers.sh                     everything: about 20 minutes on two quiet cores
#   SECTION=fit,row RUNS=3 bash bench/peers.sh
#
# Sections: fit fit500 forest row batch contrib clean, of the engine; accuracy and
# tuned are bench/peers/SECTION.sh, where there is one, and print lines of their own.
# relevance, only where it is asked for, is the feature-selection report (Boruta).
# The rows are made at the first run (two minutes, 1.5 GB under bench/out/peers); delete
# the folder to make them anew.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=bench/peers/.venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r bench/peers/requirements.txt
mkdir -p bench/out/peers
go build -trimpath -o bench/out/peers.bin ./bench/peers
real=${LFB_TEST_DATA:-}
[ -z "$real" ] || real=$real/lfb_incidents_2017_jan_mar.csv

engine=() others=()
IFS=, read -ra asked <<<"${SECTION:-fit,fit500,forest,row,batch,contrib,clean,accuracy,tuned}"
for section in "${asked[@]}"; do
	case $section in
	accuracy | tuned) others+=("$section") ;;
	*) engine+=("$section") ;;
	esac
done
if [ ${#engine[@]} -gt 0 ]; then
	bench/out/peers.bin -python "$venv/bin/python" -real "$real" -runs "${RUNS:-5}" -section "$(
		IFS=,
		echo "${engine[*]}"
	)"
fi
for section in "${others[@]}"; do
	if [ -f "bench/peers/$section.sh" ]; then
		bash "bench/peers/$section.sh" | tee -a bench/out/peers/table.md
	fi
done
