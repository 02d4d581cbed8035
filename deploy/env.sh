#!/usr/bin/env bash
# Makes .env for docker compose from .env.example, with random passwords, readable
# by its owner alone. One that is there stays.
set -euo pipefail
cd "$(dirname "$0")/.."
[ ! -e .env ] || { echo ".env is there already"; exit 0; }
umask 077
while IFS= read -r line; do
	case $line in
	LFB_S3_ACCESS= | LFB_S3_SECRET= | LFB_MYSQL_PASSWORD= | TEMPORAL_DB_PASSWORD= | GRAFANA_PASSWORD=)
		echo "$line$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" ;;
	*) echo "$line" ;;
	esac
done <.env.example >.env.new
mv .env.new .env
echo "made .env"
