#!/usr/bin/env bash
# The build steps of deploy/Dockerfile by hand: static binaries that say what they
# take, and the user's folder. What needs a docker engine is not tried here.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
steps=$(grep -c '^RUN ' deploy/Dockerfile)
build=$(sed -n 's|^RUN \(CGO_ENABLED=0 go build.*\)|\1|p' deploy/Dockerfile)
[ "$steps" = 3 ] && [ -n "$build" ] || { echo "deploy/Dockerfile has other steps than this script knows"; exit 1; }
go mod download
bash -c "${build//\/out\//$out/}"
for name in worker starter api; do
	if ldd "$out/$name" >/dev/null 2>&1; then echo "$name is not static"; exit 1; fi
	help=$(cd "$out" && "./$name" -help)
	[[ $help == *LFB_MYSQL_ADDRESS* ]] || { echo "$name -help says nothing"; exit 1; }
	echo "$name: static, $(stat -c %s "$out/$name") bytes"
done
while read -r _ from _; do
	case $from in go.mod | . | --from=build) ;; *) echo "COPY $from is not known"; exit 1 ;; esac
done < <(grep '^COPY' deploy/Dockerfile)
